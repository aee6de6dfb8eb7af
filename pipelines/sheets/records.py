"""Lines of text -> records, the careful way: quoted line breaks are kept, a stray quotation mark costs its own
row and never swallows the rows below it.

Polars reads well-formed tables; this reads the others (docs/sheets.md says which) and the first rows of all.
"""

import csv
import io
import statistics
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

LINES_IN_A_CELL = 100
STRAY = "stray quote"


@dataclass(frozen=True)
class Record:
    """One row's cells; `fault` names why they cannot be trusted, `lines` how many lines of text it covers."""

    cells: list[str]
    fault: str | None = None
    lines: int = 1


def records(lines: Iterable[str], delimiter: str, width: int) -> Iterator[Record]:
    """Every record of `lines` (which end in \\n); `width` is how many cells a row of this table has."""
    source, again = iter(lines), deque[str]()
    while True:
        line = again.popleft() if again else next(source, None)
        if line is None:
            return
        if (cells := _strict(line, delimiter)) is not None:
            yield Record(cells)
            continue
        ahead = list(islice(again, LINES_IN_A_CELL))
        ahead += islice(source, LINES_IN_A_CELL - len(ahead))
        whole = _over_several_lines(line, ahead, delimiter, width)
        if whole is None:
            yield Record(line.rstrip("\n").split(delimiter), fault=STRAY)
        else:
            yield whole
        used = whole.lines - 1 if whole else 0
        for _ in range(min(len(again), len(ahead))):
            again.popleft()
        again.extendleft(reversed(ahead[used:]))


def _over_several_lines(first: str, ahead: list[str], delimiter: str, width: int) -> Record | None:
    """The record that `first` opens, closed within `ahead`; None where that would swallow what looks like a row."""
    text = first
    for i, line in enumerate(ahead):
        swallowed = line.split('"', 1)[0]
        if width > 1 and swallowed.count(delimiter) >= width - 1:
            return None
        text += line
        if '"' in line and (cells := _strict(text, delimiter)) is not None:
            return Record(cells, lines=i + 2) if len(cells) <= max(width, 1) else None
    return None


def _strict(text: str, delimiter: str) -> list[str] | None:
    """The cells of one record, or None where its quotation marks do not add up (or a cell is beyond any use)."""
    if '"' not in text:
        return text.rstrip("\n").split(delimiter) if text.strip("\n") else []
    try:
        found = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def usual_width(lines: list[str], delimiter: str) -> int:
    """How many cells most lines have: the width of the table, before anything else is known."""
    widths = [len(_strict(line, delimiter) or line.split(delimiter)) for line in lines if line.strip()]
    return statistics.mode(sorted(widths, reverse=True)) if widths else 1


def as_csv(cells: list[str]) -> str:
    """Cells joined as CSV text, quoted where needed."""
    return ",".join('"' + c.replace('"', '""') + '"' if any(x in c for x in ',"\n\r') else c for c in cells)
