"""Which mark parts the cells: the one under which the header is best known; read off the first lines alone."""

import io
import re

from pipelines.policy import Policy
from pipelines.sheets.files.encoding import Text
from pipelines.sheets.files.limits import COLUMNS, Effort
from pipelines.sheets.files.messy_csv import Source, records, usual_width
from pipelines.sheets.headers.detect import strength
from pipelines.sheets.headers.header import HEADER_WITHIN, likely_header
from pipelines.sheets.headers.layout import Layout

DELIMITERS = [",", ";", "\t", "|"]
RARE = ["^", "~", ":", "\x1f"]  # believed only where they say more than the usual ones
HINT = re.compile(r'(?i)"?sep=([\t\x1f!-/:-@[-`{-~])"?')  # a first line for Excel
STEADY = 0.8
HEAD_LINES = 200
HEAD_CHARACTERS = 1 << 20


def dialect(
    text: Text, file: str, asked: str | None, policy: Policy, layout: Layout | None = None
) -> tuple[str, list[list[str]]]:
    """The delimiter under which the header is best known, and the first rows read with it."""
    lines = _first_lines(text)
    whole = "".join(lines)
    said = HINT.fullmatch(lines[0].rstrip("\r\n")) if lines else None
    heads: dict[str, list[list[str]]] = {}
    keys = {}
    for delimiter in [said[1]] if said else [d for d in [*DELIMITERS, *RARE] if d == "," or d in whole]:
        width, effort = usual_width(lines, delimiter), Effort(file, 0)
        rows = records(Source(io.StringIO(whole)), delimiter, width, effort)
        heads[delimiter] = [r.cells[: COLUMNS + 1] for r in rows]
        known, usual = strength(heads[delimiter], asked, policy, layout), delimiter not in RARE
        keys[delimiter] = (known, not known and _parts(heads[delimiter], width), usual, width)
    best = max(heads, key=lambda d: keys[d])
    return best, heads[best] or [[]]


def _parts(head: list[list[str]], width: int) -> bool:
    """True where the delimiter makes a table of unknown column names: nearly every row, and the header, as wide."""
    filled = [len(cells) for cells in head if any(cells)]
    names = head[likely_header(head[:HEADER_WITHIN])] if head else []
    return 1 < width <= len(names) and filled.count(width) >= STEADY * len(filled)


def _first_lines(text: Text) -> list[str]:
    lines: list[str] = []
    with text.path.open(encoding="utf-8-sig") as stream:
        while len(lines) < HEAD_LINES and sum(map(len, lines)) < HEAD_CHARACTERS and (line := stream.readline()):
            lines.append(line)
    return lines
