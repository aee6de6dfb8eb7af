"""The delimiter: the one with which most of the header is known, from the first lines alone."""

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
RARE = ["^", "~", ":", "\x1f"]  # used only where they make more of the header known
HINT = re.compile(r'(?i)"?sep=([\t\x1f!-/:-@[-`{-~])"?')  # an optional first line for Excel
SAME_WIDTH = 0.8  # share of rows
HEAD_LINES = 200
HEAD_CHARACTERS = 1 << 20


def dialect(
    text: Text, file: str, kind_name: str | None, policy: Policy, layout: Layout | None = None
) -> tuple[str, list[list[str]]]:
    """The delimiter with which most of the header is known, and the first rows read with it."""
    lines = _first_lines(text)
    whole = "".join(lines)
    hint = HINT.fullmatch(lines[0].rstrip("\r\n")) if lines else None
    heads: dict[str, list[list[str]]] = {}
    keys = {}
    for delimiter in [hint[1]] if hint else [d for d in [*DELIMITERS, *RARE] if d == "," or d in whole]:
        width, effort = usual_width(lines, delimiter), Effort(file, 0)
        rows = records(Source(io.StringIO(whole)), delimiter, width, effort)
        heads[delimiter] = [r.cells[: COLUMNS + 1] for r in rows]
        known, usual = strength(heads[delimiter], kind_name, policy, layout), delimiter not in RARE
        keys[delimiter] = (known, not known and _makes_a_table(heads[delimiter], width), usual, width)
    best = max(heads, key=lambda d: keys[d])
    return best, heads[best] or [[]]


def _makes_a_table(head: list[list[str]], width: int) -> bool:
    """True where the delimiter gives nearly every row and the header the same width; no column name is known."""
    filled = [len(cells) for cells in head if any(cells)]
    names = head[likely_header(head[:HEADER_WITHIN])] if head else []
    return 1 < width <= len(names) and filled.count(width) >= SAME_WIDTH * len(filled)


def _first_lines(text: Text) -> list[str]:
    lines: list[str] = []
    with text.path.open(encoding="utf-8-sig") as stream:
        while len(lines) < HEAD_LINES and sum(map(len, lines)) < HEAD_CHARACTERS and (line := stream.readline()):
            lines.append(line)
    return lines
