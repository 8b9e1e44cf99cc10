"""Word lists and tables as commented text files, and templates of pages."""
