"""The report of an evaluation: its figures, tables, plots and page."""
