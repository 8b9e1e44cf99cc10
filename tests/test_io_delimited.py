"""Tables are read as the csv module reads them, and what is malformed costs its own line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import partial

from clock import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from quotestance.io.delimited import read_rows

CELLS = st.text(st.sampled_from('ab ,;"\n\r\u2028\t'), max_size=8)


def lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5), st.sampled_from((0, 1)))
def test_delimited_reads_what_the_csv_module_writes(table: list[list[str]], quoting: int) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL if quoting else csv.QUOTE_MINIMAL).writerows(table)
    assert [list(row.cells) for row in read_rows(lines(written.getvalue()), ",")] == table


@given(st.text(st.sampled_from('ab,"\n'), max_size=60))
def test_delimited_accepts_any_text_and_loses_no_line(text: str) -> None:
    rows = list(read_rows(lines(text), ","))
    assert [row.first for row in rows] == [1, *(row.last + 1 for row in rows)][: len(rows)]
    assert sum(row.last - row.first + 1 for row in rows) == len(text.splitlines())


def test_delimited_loses_one_line_to_a_quotation_mark_that_is_never_closed() -> None:
    rows = [f"{n},He said no.\n" for n in range(1_000)]
    for end in ("", '1000,"Fine, he said."\n'):
        found = list(read_rows(lines("id,text\n" + '7,"He said\n' + "".join(rows) + end), ","))
        assert [row.first for row in found if row.error] == [2]
        assert len(found) == 1_002 + bool(end)


def test_delimited_counts_the_lines_that_a_broken_cell_takes() -> None:
    text = 'id,text\n1,"One.\n\nTwo, three, four.\n"bad" five.\n2,B.\n'
    header, broken, last = read_rows(lines(text), ",")
    assert (header.cells, last.cells) == (("id", "text"), ("2", "B."))
    assert (broken.first, broken.last) == (2, 5)
    assert "(4 lines are lost with it)" in (broken.error or "")


def test_delimited_takes_linear_time_on_marks_that_open_and_close() -> None:
    def reading(size: int, line: str) -> Callable[[], object]:
        text = "id,text\n" + line * size
        return lambda: sum(1 for _ in read_rows(lines(text), ","))

    for line in ('a",x,"b\n', '1,"a\n', '",",\n', '"\n', '""\n', '1,a"\n"', ",,,\n"):
        assert_linear(partial(reading, line=line), 5_000, 20_000, most=3, slack=0.1)
