"""What no table of text has, checked while the text streams past: hostile text is refused before it costs time or
memory. Honest text of any length passes; tests/sheets/test_hostile_text.py measures what is left."""

from dataclasses import dataclass

import numpy as np

from pipelines.errors import SheetRefused

MILLION = 1_000_000
LINE_BYTES = 1 << 20
COLUMNS = 2_000
UPLOAD_BYTES = 200 << 20
CELLS, ROWS = 30_000_000, 10_000_000  # in UPLOAD_BYTES; 25,000 students' 22 areas of eight assessments have 23 and 3
SECONDS = 10  # what is left of a text of UPLOAD_BYTES is read in, on two cores; and in 1 GB
WORK = 600_000_000  # characters that may be looked at one by one, in UPLOAD_BYTES
A_LINE, A_CELL = 2_000, 50  # characters that a line and a cell cost as much as
AGAIN = "check that it is the sheet you meant, or export it again as CSV or XLSX"


@dataclass
class Lines:
    """Line lengths of a text that is shown chunk by chunk; a line ends in \\n or \\r. `lines` counts those of the first
    UPLOAD_BYTES."""

    file: str
    line: int = 0
    seen: int = 0
    lines: int = 0

    def see(self, chunk: bytes) -> None:
        """Raises SheetRefused for a line longer than any table has."""
        self._lengths(chunk)
        if self.seen <= UPLOAD_BYTES:
            bytes_ = np.frombuffer(chunk, np.uint8)  # three times as quick as bytes.count where there are many
            self.lines += max(int(np.count_nonzero(bytes_ == ord("\n"))), chunk.count(b"\r"))
        self.seen += len(chunk)

    def _lengths(self, chunk: bytes) -> None:
        ends = [at for mark in (b"\n", b"\r") if (at := chunk.find(mark, 0, LINE_BYTES)) >= 0]
        longest = self.line + (min(ends) if ends else len(chunk))
        if longest > LINE_BYTES:
            raise SheetRefused(f"{self.file} has a line of over 1 MB, as no table has; {AGAIN}.")
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) if ends else -1
        self.line = len(chunk) - last - 1 if ends else longest


def few_cells(columns: int, lines: int, file: str, scores: int = 0) -> None:
    """Raises SheetRefused for a header of more columns, or for more cells under it, than any sheet of a school has.
    Where `scores` columns hold a score each, every line counts as so many rows."""
    if columns > COLUMNS:
        raise SheetRefused(f"{file} has a header of over {COLUMNS:,} columns, as no table has; {AGAIN}.")
    rows = lines * max(1, scores)
    if rows > ROWS or columns * rows > CELLS:
        each = f", a row for each of its {scores} columns of scores" if scores else ""
        raise SheetRefused(f"{file} has over {ROWS // MILLION} million rows or {CELLS // MILLION} million cells in its "
                           f"first {UPLOAD_BYTES >> 20} MB{each}, as no table has; {AGAIN}.")


@dataclass
class Effort:
    """What a text's faults may cost: lines whose quotation marks must be looked into one by one."""

    file: str
    bytes: int
    spent: int = 0

    def look(self, line: str, cells: list[str] | None) -> None:
        """Raises SheetRefused where faults cost so much that reading the text would take more than SECONDS."""
        self.spent += len(line) + A_LINE + A_CELL * len(cells or ())
        if self.spent > WORK * max(1.0, self.bytes / UPLOAD_BYTES):
            raise SheetRefused(f"{self.file} would take more than {SECONDS} seconds to read, as text whose quotation "
                               f"marks make no rows does; {AGAIN}.")
