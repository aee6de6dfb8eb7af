"""Lines of text -> records, the careful way: quoted line breaks are kept, a stray quotation mark costs its own
row and never swallows the rows below it.

Polars reads well-formed tables; this reads the others (docs/sheets.md says which) and the first rows of all.
"""

import csv
import statistics
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TextIO

from pipelines.sheets.bounds import Effort

LINES_IN_A_CELL = 100
BLOCK_CHARACTERS = 1 << 20
STRAY = "stray quote"


class Record(NamedTuple):
    """One row's cells; `fault` names why they cannot be trusted, `lines` how many lines of text it covers."""

    cells: list[str]
    fault: str | None = None
    lines: int = 1


@dataclass
class Source:
    """Lines of text (which end in \n) that can be looked at before they are taken."""

    text: TextIO
    ahead: deque[str] = field(default_factory=deque)

    def block(self) -> list[str]:
        """The next lines, about a megabyte of them; empty at the end."""
        taken = [*self.ahead] or self.text.readlines(BLOCK_CHARACTERS)
        self.ahead.clear()
        return taken

    def peek(self, place: int) -> str | None:
        while len(self.ahead) <= place and (line := self.text.readline()):
            self.ahead.append(line)
        return self.ahead[place] if place < len(self.ahead) else None


def in_blocks(text: TextIO, delimiter: str, width: int, effort: Effort) -> Iterator[list[str] | list[Record]]:
    """Every record of the text, a block at a time: lines without a quotation mark as they are, others as records."""
    source = Source(text)
    while block := source.block():
        if not any('"' in line for line in block):
            yield block
        elif (plain := _at_once(block, delimiter)) is not None:
            yield [Record(cells) for cells in plain]
        else:
            source.ahead.extend(block)
            effort.begin()
            rows = [*_first(records(source, delimiter, width, effort), len(block))]
            effort.end()
            yield rows


def _first(found: Iterator[Record], lines: int) -> Iterator[Record]:
    """The records of so many lines; of the last, all its lines."""
    while lines > 0 and (record := next(found, None)) is not None:
        lines -= record.lines
        yield record


def records(source: Source, delimiter: str, width: int, effort: Effort) -> Iterator[Record]:
    """Every record, one by one; `width` is how many cells a row of this table has. A quotation mark that closes only
    beyond what looks like a row of its own, or never, costs its own line."""
    while (line := source.peek(0)) is not None:
        source.ahead.popleft()
        cells, is_open = _read(line, delimiter)
        used = 0
        while cells and is_open and used < LINES_IN_A_CELL and (more := source.peek(used)) is not None:
            swallowed = more.split('"', 1)[0]
            if width > 1 and swallowed.count(delimiter) >= width - 1:
                break
            rest, is_open = _read('"' + more, delimiter)
            cells = [*cells[:-1], cells[-1] + rest[0], *rest[1:]] if rest else None
            used += 1
        effort.spent(len(line), used)
        if cells is None or is_open or (used and len(cells) > max(width, 1)):
            yield Record(line.rstrip("\n").split(delimiter), fault=STRAY)
        else:
            for _ in range(used):
                source.ahead.popleft()
            yield Record(cells, lines=1 + used)


def _at_once(block: list[str], delimiter: str) -> list[list[str]] | None:
    """The rows of a block in which each line is one, else None."""
    try:
        rows = list(csv.reader(block, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows if len(rows) == len(block) else None


def _read(line: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """A line's cells, and whether the last is still open at its end; None where its quotation marks never add up."""
    if '"' not in line:
        return line.rstrip("\n").split(delimiter) if line.strip("\n") else [], False
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), []), False
    except csv.Error as error:
        if not str(error).startswith("unexpected end"):
            return None, False
    return next(csv.reader([line], delimiter=delimiter)), True


def usual_width(lines: list[str], delimiter: str) -> int:
    """How many cells most lines have: the width of the table, before anything else is known."""
    widths = [len(_read(line, delimiter)[0] or line.split(delimiter)) for line in lines if line.strip()]
    return statistics.mode(sorted(widths, reverse=True)) if widths else 1

