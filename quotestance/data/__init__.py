"""Lexicons as commented text files."""
