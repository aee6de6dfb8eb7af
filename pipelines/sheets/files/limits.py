"""Limits on text, checked while it streams: hostile text is refused before it costs time or memory. Honest text of any
length passes; tests/sheets/test_hostile_text.py measures what still gets through."""

from dataclasses import dataclass

import numpy as np

from pipelines.errors import SheetRefused

MILLION = 1_000_000
LINE_BYTES = 1 << 20
COLUMNS = 2_000
UPLOAD_BYTES = 200 << 20
CELLS, ROWS = 30_000_000, 10_000_000  # in UPLOAD_BYTES; 25,000 students' 22 areas of eight assessments have 23 and 3
SECONDS = 10  # for a text of UPLOAD_BYTES within these limits, on two cores and in 1 GB
WORK = 600_000_000  # characters that may be read one by one, in UPLOAD_BYTES
LINE_COST, CELL_COST = 2_000, 50  # in characters
ADVICE = "check that it is the sheet you meant, or export it again as CSV or XLSX"


@dataclass
class Lines:
    """Line lengths of a text, given chunk by chunk; a line ends in \\n or \\r. `lines` counts those of the first
    UPLOAD_BYTES."""

    file: str
    line: int = 0
    bytes_read: int = 0
    lines: int = 0

    def add(self, chunk: bytes) -> None:
        """Raises SheetRefused for a line longer than any table has."""
        self._lengths(chunk)
        if self.bytes_read <= UPLOAD_BYTES:
            bytes_ = np.frombuffer(chunk, np.uint8)  # three times as fast as bytes.count where there are many
            self.lines += max(int(np.count_nonzero(bytes_ == ord("\n"))), chunk.count(b"\r"))
        self.bytes_read += len(chunk)

    def _lengths(self, chunk: bytes) -> None:
        ends = [at for mark in (b"\n", b"\r") if (at := chunk.find(mark, 0, LINE_BYTES)) >= 0]
        longest = self.line + (min(ends) if ends else len(chunk))
        if longest > LINE_BYTES:
            raise SheetRefused(f"{self.file} has a line of over 1 MB, as no table has; {ADVICE}.")
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) if ends else -1
        self.line = len(chunk) - last - 1 if ends else longest


def check_size(columns: int, lines: int, file: str, scores: int = 0) -> None:
    """Raises SheetRefused for more columns, rows or cells than any school's sheet has. With `scores` score columns,
    every line counts as that many rows."""
    if columns > COLUMNS:
        raise SheetRefused(f"{file} has a header of over {COLUMNS:,} columns, as no table has; {ADVICE}.")
    rows = lines * max(1, scores)
    if rows > ROWS or columns * rows > CELLS:
        each = f", a row for each of its {scores} columns of scores" if scores else ""
        raise SheetRefused(f"{file} has over {ROWS // MILLION} million rows or {CELLS // MILLION} million cells in its "
                           f"first {UPLOAD_BYTES >> 20} MB{each}, as no table has; {ADVICE}.")


@dataclass
class Effort:
    """The cost of a text's faults: lines whose quotation marks must be checked one by one."""

    file: str
    bytes: int
    spent: int = 0

    def spend(self, line: str, cells: list[str] | None) -> None:
        """Raises SheetRefused where the faults would make reading take more than SECONDS."""
        self.spent += len(line) + LINE_COST + CELL_COST * len(cells or ())
        if self.spent > WORK * max(1.0, self.bytes / UPLOAD_BYTES):
            raise SheetRefused(f"{self.file} would take more than {SECONDS} seconds to read, because "
                               f"its quotation marks do not add up; {ADVICE}.")
