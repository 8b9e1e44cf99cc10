"""Reading articles from files and writing tables: encodings, records, web pages, and the scoring of folders."""
