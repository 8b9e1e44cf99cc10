"""The command line: a module for each group of commands, and main, which has analyze and score."""
