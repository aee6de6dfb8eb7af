"""A sheet's columns as doubts name them: by header, and by what they hold."""

from collections.abc import Iterable
from dataclasses import dataclass

import dataframely as dy

from pipelines.contracts.kinds import IDENTITY_FIELDS
from pipelines.sheets.files.workbook_worker import letter
from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.headers.vocabulary import choices_of

SHOWN = 3
LOOKED_UP = {"instrument", "area", "areas"}  # text columns that are read as a name of ours
OUTCOMES = {"outcome", "relative"}


@dataclass(frozen=True)
class SheetColumns:
    """The columns of a recognized header, by their place in the table of cells; `first` is the sheet's own place of
    the first one."""

    header: Recognized
    first: int

    @property
    def used(self) -> set[int]:
        own = {m.place for m in self.header.columns if m.place < len(self.header.cells)}
        return own | {place for s in self.header.scores for place in s.places}

    @property
    def dates(self) -> set[int]:
        return self._of(dy.Date) | {s.date_place for s in self.header.scores if s.date_place is not None}

    @property
    def results(self) -> set[int]:
        """Columns of numbers, dates and outcomes."""
        own = {m.place for m in self.header.columns if m.is_area or m.fills in OUTCOMES}
        return own | self._of(dy.Date, dy.Float64, dy.Int32) | {p for s in self.header.scores for p in s.places}

    @property
    def free_text(self) -> set[int]:
        """Columns where any text would be a value."""
        return {m.place for m in self.header.columns if m.fills in IDENTITY_FIELDS or (
            not m.is_area and m.fills not in LOOKED_UP
            and isinstance(column := self.header.kind.columns[m.fills], dy.String) and not choices_of(column))}

    def _of(self, *types: type[dy.Column]) -> set[int]:
        return {m.place for m in self.header.columns if not m.is_area and m.fills not in IDENTITY_FIELDS
                and isinstance(self.header.kind.columns[m.fills], types) and m.place < len(self.header.cells)}

    def name(self, place: int) -> str:
        header = " ".join(self.header.cells[place].split()) if 0 <= place < len(self.header.cells) else ""
        return f"“{header[:60]}”" if header else f"column {letter(place + self.first)} (no header)"

    def cell(self, row: int, place: int) -> str:
        return f"{letter(place + self.first)}{row + 1}"

    def below(self, rows: Iterable[int]) -> list[int]:
        return sorted({row for row in rows if row >= self.header.header_row})


def rows_named(rows: list[int]) -> str:
    return f"row {rows[0] + 1}" if len(rows) == 1 else "rows " + listed([str(row + 1) for row in rows])


def listed(names: list[str]) -> str:
    """A, B, C and 2 more."""
    shown = names[:SHOWN] if len(names) > SHOWN + 1 else names
    left = len(names) - len(shown)
    *before, last = [*shown, f"{left} more"] if left else shown
    return f"{', '.join(before)} and {last}" if before else last
