"""The parts of a file: each tab of a workbook with a table, each sheet of a ZIP; of most files, the file itself.

A tab is known by the file's bytes and its name: `Answers.tab` names it wherever the sheet is read. A member of a ZIP is
a file of its own.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from pipelines.errors import SheetRefused, SheetUnclear
from pipelines.policy import Policy
from pipelines.sheets.files.archive import is_archive, unpack_archive
from pipelines.sheets.files.workbook import TabCells, is_workbook, tabs_of
from pipelines.sheets.headers.detect import recognize
from pipelines.sheets.headers.header import HEADER_WITHIN, likely_header
from pipelines.sheets.headers.layout import Layout, layout_of
from pipelines.sheets.report import Answers
from pipelines.sheets.rows.unread_columns import are_results

SEPARATOR = " · "
ROWS_LOOKED_AT = 1000


@dataclass(frozen=True)
class Part:
    """One sheet of a file: its name within the file ("" where it is the file), its bytes, and its tab in a workbook
    of several."""

    name: str
    path: Path
    tab: str | None = None

    def of(self, file: str) -> str:
        """The sheet's name as people know it."""
        return SEPARATOR.join(name for name in (file, self.name) if name)


@dataclass(frozen=True)
class Parts:
    """The sheets of a file, and what of it is left out, in words."""

    sheets: list[Part]
    left_out: list[str] = field(default_factory=list)


def parts_of(source: Path, file: str, answers: Answers, policy: Policy, into: Path) -> Parts:
    """The file's sheets; those of a ZIP are unpacked into `into`. Raises SheetRefused, with one sentence."""
    if answers.tab is None and is_archive(source):
        unpacked = unpack_archive(source, file, into)
        of_each = [_within(member.name, member.path, answers, policy) for member in unpacked.members]
        return Parts([part for one in of_each for part in one.sheets],
                     [note for one in of_each for note in one.left_out] + [f"“{name}” (no sheet)"
                                                                           for name in unpacked.others])
    if answers.tab is None and is_workbook(source):
        return _tabs(source, file, answers, policy)
    return Parts([Part("", source, answers.tab)])


def _within(name: str, path: Path, answers: Answers, policy: Policy) -> Parts:
    """The sheets of one member of a ZIP, named by it; one that cannot be opened is refused when it is read."""
    try:
        is_book = is_workbook(path) and not is_archive(path)
        own = _tabs(path, name, answers, policy) if is_book else Parts([Part("", path)])
    except SheetRefused:
        own = Parts([Part("", path)])
    return Parts([replace(part, name=part.of(name)) for part in own.sheets],
                 [f"{note} of {name}" for note in own.left_out])


def _tabs(source: Path, file: str, answers: Answers, policy: Policy) -> Parts:
    """The visible tabs that hold a table. Where they are fewer than two, the workbook is one sheet, as its reader finds
    it."""
    layout = layout_of(answers.layout) if answers.layout else None
    tabs, left_out = [], []
    for tab in tabs_of(source, file, ROWS_LOOKED_AT):
        if tab.cells is not None and tab.cells.is_empty():
            continue
        if tab.cells is None or tab.is_hidden:
            left_out.append(f"“{tab.name}” ({'hidden' if tab.is_hidden else 'cannot be read'})")
        elif _holds_a_table(tab, file, answers.kind, layout, policy):
            tabs.append(tab.name)
        else:
            left_out.append(f"“{tab.name}” (no table)")
    if len(tabs) < 2:
        return Parts([Part("", source)])
    return Parts([Part(tab, source, tab) for tab in tabs], left_out)


def _holds_a_table(tab: TabCells, file: str, kind: str | None, layout: Layout | None, policy: Policy) -> bool:
    """True where the tab has a header of a known kind, or columns of numbers, dates or outcomes under another."""
    assert tab.cells is not None
    head = [[cell or "" for cell in row] for row in tab.cells.head(HEADER_WITHIN).iter_rows()]
    try:
        recognize(head, file, kind, policy, layout)
    except SheetUnclear:
        return True
    except SheetRefused:
        return _holds_results(tab.cells, likely_header(head))
    return True


def _holds_results(cells: pl.DataFrame, header: int) -> bool:
    """True for a table of two columns or more, one of them mostly of numbers, dates or outcomes."""
    below = [column.drop_nulls() for column in cells.slice(header + 1)]
    filled = [texts for texts in below if len(texts)]
    return len(filled) > 1 and any(map(are_results, filled))
