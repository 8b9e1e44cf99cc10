"""The report of an evaluation: what it found, with the ways to show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quotestance.evaluation.report import page, tables
from quotestance.evaluation.report.findings import Findings


@dataclass(frozen=True, eq=False, slots=True)
class Report(Findings):
    """How a system did against gold.

    ``str(report)`` is the table, ``report.to_dict()`` the JSON, and a notebook shows the whole page. The data are
    those of :class:`~quotestance.evaluation.report.findings.Findings`.
    """

    def to_markdown(self) -> str:
        """Render the report with the worst errors, as Markdown."""
        return tables.to_markdown(self)

    def to_html(self, *, links: Mapping[page.Place, str] | None = None) -> str:
        """Render the report with plots and the worst errors, as a page that loads nothing.

        Args:
            links: Article, start and end of an item to the address of the page where it stands.
        """
        return page.to_html(self, standalone=True, links=links)

    def __str__(self) -> str:
        return tables.to_text(self)

    def _repr_html_(self) -> str:
        return page.to_html(self, standalone=False)
