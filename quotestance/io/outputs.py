"""The files that a run makes: two tables, and beside them a folder with what it keeps.

quotes.csv               the table of quotes
quotes.articles.csv      the table of articles, in the same format
quotes.csv.cache/        results by content, the lock, and tables that are not whole yet
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from quotestance.errors import FormatError, RunError
from quotestance.io.saving import check_names, keep_mode, replacing, resolved, saving
from quotestance.io.store import SEGMENT
from quotestance.io.writers import column_names, table_format

LOCK, SPOOL = "lock", "inputs.jsonl"
_QUOTES, _ARTICLES, _JOURNAL = "quotes.partial", "articles.partial", "published.json"
_TOLD_OF_INPUTS = frozenset(("article_id", "file", "state", "why"))  # in a table of articles of whatever version
_LEFTOVER = re.compile(r"\.[0-9a-f]+\.partial")  # of a file that a killed process was writing
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # of a bucket; as a path it would be a folder "s3:"
_NAMES = (LOCK, SPOOL, _QUOTES, _ARTICLES, _JOURNAL)


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files of a run.

    Args:
        quotes: The table of quotes; what it links to, where it is a link.
    """

    quotes: Path

    @classmethod
    def of(cls, output: str | os.PathLike[str]) -> Outputs:
        """Return the files of a run with this output.

        Raises:
            FormatError: It is an address.
            RunError: It is a link in a circle, or its name is too long.
        """
        if _ADDRESS.match(os.fspath(output)):
            raise FormatError(f"{output} is no path of this machine. Name one; 'score --engine ray' writes elsewhere.")
        path = Path(output)
        check_names(path)
        return cls(resolved(path) if path.is_symlink() else path)

    @property
    def articles(self) -> Path:
        """The table of articles."""
        return self.quotes.with_suffix(f".articles{self.quotes.suffix}")

    @property
    def folder(self) -> Path:
        """What is kept."""
        return self.quotes.with_name(f"{self.quotes.name}.cache")

    @property
    def partial_quotes(self) -> Path:
        """The table of quotes before it is whole."""
        return self.folder / _QUOTES

    @property
    def partial_articles(self) -> Path:
        """The table of articles before it is whole."""
        return self.folder / _ARTICLES

    def check(self, source: Path, *, overwrite: bool) -> None:
        """Check that the tables may be written, and that the folder is one of a run.

        Args:
            source: What is read.
            overwrite: Tables may be replaced.

        Raises:
            FormatError: No table format has the suffix, or a table would be among the articles.
            IsADirectoryError: A table is a folder.
            FileExistsError: A table is there and may not be replaced, or is no table of a run, or is a link; or the
                folder holds what is not a run's, or is on another disk.
            RunError: The name of a table is too long.
        """
        table_format(self.quotes)
        check_names(self.quotes, self.articles, self.folder)
        for table in (self.quotes, self.articles):
            check_not_among(table, source)
            self._check_free(table, overwrite)
        if self.articles.exists() and not _TOLD_OF_INPUTS.issubset(column_names(self.articles)):
            raise FileExistsError(f"{self.articles} is in the way, and no table of articles. Move it.")
        self._check_folder()

    def _check_free(self, table: Path, overwrite: bool) -> None:
        if table.is_dir():
            raise IsADirectoryError(f"{table} is a folder. Name a file for the table.")
        if table.is_symlink():  # of the quotes what it leads to is here
            raise FileExistsError(f"{table} is a link, and would be replaced. Remove it, or name another output.")
        if not table.exists():
            return
        if not table.is_file():
            raise FileExistsError(f"{table} is neither a file nor a folder. Name another output.")
        # The table of articles comes first: alone, it may be what a run that was killed before the other has left.
        if not overwrite and (table == self.quotes or _digest(table) != self._journal().get(table.name)):
            raise FileExistsError(
                f"{table} is there already. Name another output, or set overwrite=True: what {self.folder.name} keeps "
                "is not scored again."
            )

    def _check_folder(self) -> None:
        if not self.folder.exists():
            return
        if not self.folder.is_dir():
            raise FileExistsError(f"{self.folder} is in the way, and no folder. Move it, or name another output.")
        if self.folder.stat().st_dev != self.folder.parent.stat().st_dev:  # a link: tables are made there, and renamed
            raise FileExistsError(f"{self.folder} is on another disk than its table. Move it, or name another output.")
        for file in self.folder.iterdir():
            if not _is_ours(file) and not file.name.startswith("."):  # what systems leave: .nfs0001, .DS_Store
                raise FileExistsError(f"{file} is not the work of a run. Move it, or name another output.")

    def make_folder(self) -> None:
        """Make the folder, where it is not there.

        Raises:
            RunError: It cannot be made.
        """
        with saving(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)

    def clear_leftovers(self) -> None:
        """Remove what killed processes left of files that they were writing."""
        for file in self.folder.iterdir():
            if _LEFTOVER.fullmatch(file.name):
                file.unlink()

    def publish(self) -> None:
        """Give the tables, which are whole, their names.

        A journal tells the next run that a table of articles which it finds alone is this run's.

        Raises:
            RunError: A table cannot be put in its place.
        """
        steps = ((self.partial_articles, self.articles), (self.partial_quotes, self.quotes))
        with saving(self.quotes):
            journal = {self.articles.name: _digest(self.partial_articles)}
            with replacing(self.folder / _JOURNAL) as stream:
                stream.write(json.dumps(journal).encode())
            for partial, table in steps:
                keep_mode(partial, table)
                partial.replace(table)

    def clear(self, *, keep_results: bool) -> None:
        """Remove what a run that has ended needs no more.

        Args:
            keep_results: Leave the results, for the next run.
        """
        for file in self.folder.iterdir():
            if file.name != LOCK and _is_ours(file) and not (keep_results and SEGMENT.fullmatch(file.name)):
                file.unlink(missing_ok=True)
        if not keep_results:
            (self.folder / LOCK).unlink(missing_ok=True)
            with suppress(OSError):  # something hidden is in it, as what NFS makes of a lock that is open
                self.folder.rmdir()

    def _journal(self) -> dict[str, str]:
        try:
            journal = json.loads((self.folder / _JOURNAL).read_bytes())
        except (OSError, ValueError):
            return {}
        return journal if isinstance(journal, dict) else {}


def _is_ours(file: Path) -> bool:
    """Whether a file in the folder has a name that a run gives."""
    return file.name in _NAMES or bool(SEGMENT.fullmatch(file.name) or _LEFTOVER.fullmatch(file.name))


def check_not_among(output: Path, source: Path) -> None:
    """Check that an output would not be read as articles by the next run, nor replace those that are read now.

    Args:
        output: The file or folder to be written.
        source: The articles, a file or a folder.

    Raises:
        FormatError: It would be in the folder, or is the file.
        RunError: It is a link in a circle.
    """
    is_among = output.exists() and output.samefile(source)
    if source.is_dir():
        is_among = resolved(output).is_relative_to(source.resolve())
    if is_among:
        raise FormatError(f"{output} would be among the articles of {source}. Write it to another folder.")


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def nothing_done(source: Path, reasons: list[str], skipped: int, failed: int) -> RunError:
    """Return the error of a run in which not one article was read.

    Args:
        source: What was to be read.
        reasons: Some of the inputs, each with its reason.
        skipped, failed: How many inputs there were of each state.
    """
    if not skipped + failed:
        return RunError(f"{source} holds nothing to read. Name a folder with articles.")
    more = f" and {skipped + failed - len(reasons)} more" if skipped + failed > len(reasons) else ""
    return RunError(
        f"Nothing of {source} could be scored: {skipped} skipped, {failed} failed. {'; '.join(reasons)}{more}. "
        "No table was written."
    )
