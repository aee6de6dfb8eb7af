"""Messy CSV: records from text that Polars would misread. Quoted line breaks are kept; a stray quotation mark loses its
own row and never swallows the rows below.

Polars reads well-formed tables; this reads the others (docs/sheets.md lists them) and the first rows of all.
"""

import csv
import io
import re
import statistics
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice, repeat, zip_longest
from typing import NamedTuple, TextIO

import polars as pl

from pipelines.sheets.files.cell_counts import counted_lines
from pipelines.sheets.files.limits import Effort

LINES_IN_A_CELL = 100
BLOCK_CHARACTERS = 1 << 22
STRAY = "stray quote"
ROOM = 32  # cells beyond the header that Polars is given room for


class Record(NamedTuple):
    """One row's cells; `fault` is why they cannot be trusted, `lines` how many lines of text it covers."""

    cells: list[str]
    fault: str | None = None
    lines: int = 1


@dataclass
class Source:
    """Lines of text (which end in \n) that can be peeked at before they are consumed."""

    text: TextIO
    ahead: deque[str] = field(default_factory=deque)

    def fill(self) -> int:
        """Reads some megabytes further; how many lines lie ahead, 0 at the end."""
        self.ahead.extend(self.text.readlines(BLOCK_CHARACTERS))
        return len(self.ahead)

    def skip(self, lines: int) -> None:
        for _ in range(lines):
            self.ahead.popleft()

    def peek(self, place: int) -> str | None:
        while len(self.ahead) <= place and (line := self.text.readline()):
            self.ahead.append(line)
        return self.ahead[place] if place < len(self.ahead) else None


def in_blocks(text: TextIO, delimiter: str, width: int, effort: Effort) -> Iterator[pl.DataFrame]:
    """Every record of the text, as frames of `width` columns c0.., short records padded; `extra`, the CSV text of cells
    beyond them that hold something; `fault`; `lines`; how many `cells` it has, and whether it ends with a blank one.
    Lines that are a record each go through Polars, those whose quotation marks are odd one by one."""
    source = Source(text)
    one_by_one = records(source, delimiter, width, effort)
    while source.fill():
        lines = _with_oddness(source.ahead, delimiter, width)
        odd: list[tuple[int, Record]] = []
        place = 0
        swallowed: list[int] = []
        for at in lines.filter("odd")["at"].to_list():
            if at >= place:
                source.skip(at - place)
                record = next(one_by_one)
                odd.append((at, record))
                place = at + record.lines
                swallowed += range(at + 1, place)
        source.skip(max(0, len(lines) - place))
        clean = lines.filter(~pl.col("odd") & ~pl.col("at").is_in(swallowed))
        parts = [
            _split(clean.filter(~pl.col("quoted")), delimiter, width),
            _parsed(clean.filter("quoted"), delimiter, width, effort),
            _one_by_one(odd, width),
        ]
        yield pl.concat(parts).sort("at").drop("at")


def is_odd(line: pl.Expr, delimiter: str) -> pl.Expr:
    """True where quotation marks are not just around whole cells, or doubled inside them: Polars would misread the
    line, or join it to the next."""
    d = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{d}\r\n]*)'
    return ~line.str.contains(rf"^{cell}(?:{d}{cell})*\r?\n?$")


def records(source: Source, delimiter: str, width: int, effort: Effort) -> Iterator[Record]:
    """Every record, one by one; `width` is how many cells a row of this table has. A quotation mark that is never
    closed, or only after a line that looks like a row, loses its own line."""
    while (line := source.peek(0)) is not None:
        source.skip(1)
        cells, is_open = _read(line, delimiter)
        effort.spend(line, cells)
        used, inside = 0, []
        while cells and is_open and used < LINES_IN_A_CELL and (more := source.peek(used)) is not None:
            swallowed = more.split('"', 1)[0]
            if width > 1 and swallowed.count(delimiter) >= width - 1:
                break
            rest, is_open = _read('"' + more, delimiter)
            effort.spend(more, rest)
            used += 1
            if rest is None:
                cells = None
                break
            inside.append(rest[0])
            if len(rest) > 1:
                cells[-1] += "".join(inside)
                cells += rest[1:]
                inside = []
        if cells is None or is_open or (used and len(cells) > max(width, 1)):
            yield Record(line.rstrip("\n").split(delimiter), fault=STRAY)
        else:
            if inside:
                cells[-1] += "".join(inside)
            source.skip(used)
            yield Record(cells, lines=1 + used)


def _with_oddness(lines: deque[str], delimiter: str, width: int) -> pl.DataFrame:
    """Each line with its place, whether it is quoted, and whether it must be read alone: its quotation marks are odd,
    or it has more cells than Polars is given room for."""
    line = pl.col("line")
    long = line.str.count_matches(delimiter, literal=True) >= width + ROOM
    return (
        pl.DataFrame({"line": list(lines)}, schema={"line": pl.String}).with_row_index("at")
        .with_columns(quoted=line.str.contains('"', literal=True))
        .with_columns(odd=pl.col("quoted") & (long | is_odd(line, delimiter)))
    )


def _split(lines: pl.DataFrame, delimiter: str, width: int) -> pl.DataFrame:
    names = [*(f"c{i}" for i in range(width)), "beyond"]
    line, beyond = pl.col("line").str.strip_chars_end("\n"), pl.col("beyond")
    row = line.str.splitn(delimiter, width + 1).struct.rename_fields(names).alias("row")
    filled = beyond.str.contains(rf"[^\s{re.escape(delimiter)}]")
    comma = delimiter != "," and beyond.str.contains(",", literal=True)
    as_csv = beyond.str.replace_all(delimiter, ",", literal=True).str.strip_chars_end(",")
    counted = counted_lines(pl.col("line"), delimiter, quotes=False)
    return lines.select("at", row, *counted).unnest("row").select(
        "at", *names[:-1], "cells", "blank_end", fault=pl.lit(None, pl.String), lines=pl.lit(1, pl.Int32),
        extra=pl.when(filled & comma).then(_extra(pl.when(filled & comma).then(beyond).str.split(delimiter)))
        .when(filled).then(as_csv),
    ).select("at", *names[:-1], "extra", "fault", "lines", "cells", "blank_end")


def _parsed(lines: pl.DataFrame, delimiter: str, width: int, effort: Effort) -> pl.DataFrame:
    if lines.is_empty():
        return _one_by_one([], width)
    widest = max(width, 1 + lines.select(pl.col("line").str.count_matches(delimiter, literal=True).max()).item())
    text = "".join(lines["line"])
    names = [f"c{i}" for i in range(widest)]
    try:
        cells = pl.read_csv(
            io.BytesIO(text.encode()), has_header=False, separator=delimiter, missing_columns="insert",
            schema=dict.fromkeys(names, pl.String),
        )
    except pl.exceptions.ComputeError:
        each = records(Source(io.StringIO(text)), delimiter, width, effort)
        return _one_by_one([*zip(lines["at"], each, strict=True)], width)
    beyond = pl.concat_list(pl.col(names[width:]).fill_null("")) if widest > width else pl.lit([], pl.List(pl.String))
    counted = lines.select("at", *counted_lines(pl.col("line"), delimiter, quotes=True))
    return counted.hstack(cells).select(
        "at", *names[:width], "cells", "blank_end", extra=_extra(beyond), fault=pl.lit(None, pl.String),
        lines=pl.lit(1, pl.Int32),
    ).select("at", *names[:width], "extra", "fault", "lines", "cells", "blank_end")


def _one_by_one(numbered: list[tuple[int, Record]], width: int) -> pl.DataFrame:
    cells = [record.cells for _, record in numbered]
    columns = islice(chain(zip_longest(*cells, fillvalue=""), repeat(("",) * len(cells))), width)
    beyond = pl.Series([row[width:] or None for row in cells], dtype=pl.List(pl.String))
    return pl.DataFrame(
        [pl.Series("at", [at for at, _ in numbered], pl.UInt32),
         *(pl.Series(f"c{i}", column, pl.String) for i, column in enumerate(columns)),
         pl.select(extra=_extra(pl.lit(beyond))).to_series(),
         pl.Series("fault", [record.fault for _, record in numbered], pl.String),
         pl.Series("lines", [record.lines for _, record in numbered], pl.Int32),
         pl.Series("cells", [len(row) for row in cells], pl.UInt32),
         pl.Series("blank_end", [bool(row) and not row[-1].strip() for row in cells], pl.Boolean)],
    )


def _extra(beyond: pl.Expr) -> pl.Expr:
    filled = beyond.list.eval(pl.element().str.contains(r"\S")).list.any()
    return pl.when(filled).then(beyond.list.eval(quoted(pl.element())).list.join(",").str.strip_chars_end(","))


def quoted(text: pl.Expr) -> pl.Expr:
    """A cell as CSV text."""
    doubled = '"' + text.str.replace_all('"', '""', literal=True) + '"'
    return pl.when(text.str.contains('[,"\n\r]')).then(doubled).otherwise(text)


def _read(line: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """A line's cells, and whether the last is still open at its end; None where its quotation marks do not add up."""
    if '"' not in line:
        return line.rstrip("\n").split(delimiter) if line.strip("\n") else [], False
    if re.search(rf'(?:^|{re.escape(delimiter)}) +"', line):  # `a, "b, c"`: the blank is not part of the cell
        try:
            return next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True), []), False
        except csv.Error:
            pass
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

