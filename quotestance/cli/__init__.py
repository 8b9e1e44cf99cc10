"""The command line: analyze and score in main, evaluate, compare, runs and agreement in evaluate."""
