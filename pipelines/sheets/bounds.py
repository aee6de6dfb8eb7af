"""What no table of text has, checked while the text streams past: hostile text is refused before it costs time or
memory. Honest text of any length passes; tests/sheets/test_hostile_text.py measures what is left."""

import time
from dataclasses import dataclass, field

from pipelines.errors import SheetRefused

LINE_BYTES = 1 << 20
COLUMNS = 2_000
UPLOAD_BYTES = 200 << 20
EMPTY_LINES = 10_000_000  # so many lines of less than LINE_LEAST bytes on average are no rows
LINE_LEAST = 8
SECONDS = 10  # of processor time, for each UPLOAD_BYTES
FAULTS = 0.5  # of them may go to looking into faults; the rest is for reading
LOOK_EVERY = 1 << 20
AGAIN = "check that it is the sheet you meant, or export it again as CSV or XLSX"


@dataclass
class Lines:
    """Line lengths of a text that is shown chunk by chunk; a line ends in \\n or \\r."""

    file: str
    line: int = 0
    seen: int = 0
    lines: int = 0

    def see(self, chunk: bytes) -> None:
        """Raises SheetRefused for a line longer than any table has, and for millions of lines with nothing in them."""
        self._lengths(chunk)
        if self.seen <= UPLOAD_BYTES:
            self.lines += chunk.count(b"\n")
        self.seen += len(chunk)
        if self.lines > EMPTY_LINES and self.seen < LINE_LEAST * self.lines:
            raise SheetRefused(f"{self.file} has over {EMPTY_LINES // 1_000_000} million lines with next to nothing in "
                               f"them, as no table has; {AGAIN}.")

    def _lengths(self, chunk: bytes) -> None:
        ends = [at for mark in (b"\n", b"\r") if (at := chunk.find(mark, 0, LINE_BYTES)) >= 0]
        longest = self.line + (min(ends) if ends else len(chunk))
        if longest > LINE_BYTES:
            raise SheetRefused(f"{self.file} has a line of over 1 MB, as no table has; {AGAIN}.")
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) if ends else -1
        self.line = len(chunk) - last - 1 if ends else longest


def few_columns(cells: list[str], file: str) -> None:
    """Raises SheetRefused for a header of more columns than any sheet of a school has."""
    if len(cells) > COLUMNS:
        raise SheetRefused(f"{file} has a header of over {COLUMNS:,} columns, as no table has; {AGAIN}.")


@dataclass
class Effort:
    """Processor time that a text's faults may cost: rows whose quotation marks must be looked into one by one."""

    file: str
    bytes: int
    used: float = 0.0
    began: float = field(default_factory=time.thread_time)
    looked: int = 0

    def begin(self) -> None:
        self.began = time.thread_time()

    def end(self) -> None:
        self.used += time.thread_time() - self.began

    def spent(self, characters: int, lines: int) -> None:
        """Raises SheetRefused where faults cost so much that reading the text would take more than SECONDS."""
        self.looked += characters + 50 * (1 + lines)
        if self.looked < LOOK_EVERY:
            return
        self.looked = 0
        if self.used + time.thread_time() - self.began > FAULTS * SECONDS * max(1.0, self.bytes / UPLOAD_BYTES):
            raise SheetRefused(f"{self.file} takes more than {SECONDS} seconds to read, as text whose quotation marks "
                               f"make no rows does; {AGAIN}.")
