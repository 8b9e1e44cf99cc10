"""A report on a table of quotes: a folder of pages that needs no network, no server and no models.

tables    the files that are read -> quotes and articles
speakers  quotes -> who is quoted
texts     quotes and the texts of their articles -> highlighted articles, and the words around a quote
figures   quotes -> counts, shares and their intervals
charts    figures -> SVG
cards     a quote as pages and data files show it
scripts   quotes -> the data files that the table of quotes loads as it needs them
pages     all of it -> HTML
folder    where it is written
site      what is in the folder
"""

from quotestance.report.folder import check_report_folder, holds_report
from quotestance.report.site import ReportSummary, write_report

__all__ = ["ReportSummary", "check_report_folder", "holds_report", "write_report"]
