"""Bytes -> a table of text: delimiter, header row, and rows numbered as a spreadsheet shows them.

A well-formed CSV is a lazy Polars scan, never held in memory. What Polars would refuse or misread (ragged rows,
quotation marks that do not add up, lines ending in a bare carriage return) goes through records.py into Parquet.
"""

import re
from dataclasses import dataclass, replace
from itertools import chain, islice, repeat, zip_longest
from pathlib import Path

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.bounds import Effort, few_columns
from pipelines.sheets.decode import Text, read_text
from pipelines.sheets.dialect import dialect
from pipelines.sheets.layout import layout_of
from pipelines.sheets.recognise import HEADER_WITHIN, Recognised, recognise
from pipelines.sheets.records import Record, in_blocks
from pipelines.sheets.report import Answers
from pipelines.sheets.shape import shaped
from pipelines.sheets.workbook import first_cells, is_workbook, read_workbook

CELLS_TOGETHER = 4_000_000
ROOM = 32


@dataclass(frozen=True)
class TextTable:
    """The rows below the header, all text: `sheet_row`, `c0`.. one per header cell, `extra` (CSV text of cells beyond
    the header) and `fault` (why the row cannot be trusted). `raw` has the cells as the sheet does; in `tidied` they
    are stripped, and a blank one is null."""

    file: str
    found: Recognised
    encoding: str
    delimiter: str
    raw: pl.LazyFrame
    doubts: list[str]
    text: Text | None = None

    @property
    def columns(self) -> list[str]:
        return ["sheet_row", *(f"c{i}" for i in range(len(self.found.cells))), "extra", "fault"]

    @property
    def tidied(self) -> pl.LazyFrame:
        """Cells without surrounding space (no-break space too); an empty one is null."""
        cells = pl.col([f"c{i}" for i in range(len(self.found.cells))]).str.strip_chars()
        return self.raw.with_columns(pl.when(cells != "").then(cells))

    @property
    def rows(self) -> pl.LazyFrame:
        """The rows as the layout means them."""
        return shaped(self.tidied, self.found)


def open_table(source: Path, file: str, answers: Answers, policy: Policy, scratch: Path) -> TextTable:
    """The sheet as text, its kind recognised. Raises SheetRefused with one sentence."""
    layout = layout_of(answers.layout) if answers.layout else None
    asked = layout.kind if layout else answers.kind
    if is_workbook(source):
        book = read_workbook(source, file, asked, policy, layout)
        found = replace(book.found, days=answers.dates, said=answers.all_rows)
        return _with_rows(TextTable(file, found, book.format, "", pl.LazyFrame(), book.doubts), book.rows.lazy())
    text = read_text(source, file, scratch)
    delimiter, head = dialect(text, file, asked, policy, layout)
    found = replace(recognise(head, file, asked, policy, layout), days=answers.dates, said=answers.all_rows)
    few_columns(found.cells, file)
    table = TextTable(file, found, text.encoding, delimiter, pl.LazyFrame(), text.doubts, text)
    widest = max(len(cells) for cells in head)
    ragged = widest > len(found.cells) + ROOM
    if text.lone_returns or ragged or (text.quotes and _odd_quotes(text, delimiter)):
        return carefully(table, scratch)
    return _with_rows(table, _scanned(table, widest))


def head_of(source: Path, file: str, policy: Policy, scratch: Path) -> list[list[str]]:
    """The first rows as text, whatever the sheet is; of a workbook, those of its first sheet in sight."""
    if is_workbook(source):
        return first_cells(source, file)
    return dialect(read_text(source, file, scratch), file, None, policy)[1][:HEADER_WITHIN]


def wider(table: TextTable) -> TextTable:
    """The same scan for rows of up to `ROOM` cells beyond the header, where some row had more than the first ones."""
    return _with_rows(table, _scanned(table, len(table.found.cells) + ROOM))


def carefully(table: TextTable, scratch: Path) -> TextTable:
    """The same table read record by record: slower, and nothing is too ragged for it."""
    found, text = table.found, table.text
    assert text is not None
    width = len(found.cells)
    parts: list[pl.DataFrame] = []
    files: list[Path] = []
    tall: list[int] = []
    row = 1
    with text.path.open(encoding="utf-8-sig") as lines:
        for block in in_blocks(lines, table.delimiter, width, Effort(table.file, text.path.stat().st_size)):
            tall += [n for n, r in enumerate(block, row) if isinstance(r, Record) and r.lines > 1][: 3 - len(tall)]
            parts.append(_frame(block, row, width, table.delimiter))
            row += len(block)
            if sum(map(len, parts)) * width > CELLS_TOGETHER:
                files.append(_kept(parts, scratch / f"careful-{len(files):06}.parquet"))
    files.append(_kept(parts, scratch / f"careful-{len(files):06}.parquet"))
    rows = pl.scan_parquet(files).filter(pl.col("sheet_row") > found.header_row)
    doubts = list(table.doubts)
    if tall:
        doubts.append(f"Row {tall[0]} has a cell over several lines; check that no quotation mark is missing there.")
    return _with_rows(replace(table, doubts=doubts), rows)


def _with_rows(table: TextTable, rows: pl.LazyFrame) -> TextTable:
    return replace(table, raw=rows.select(table.columns))


def of_parquet(table: TextTable, rows: Path) -> TextTable:
    """The table with those of its rows alone that lie in a Parquet of its columns."""
    return replace(table, raw=pl.scan_parquet(rows, glob=False))


def _odd_quotes(text: Text, delimiter: str) -> bool:
    """Whether a quotation mark stands inside a cell's text, or is open at the end of a line."""
    line, d = pl.col("line"), re.escape(delimiter)
    open_quote = line.str.count_matches('"', literal=True) % 2 == 1
    inside = line.str.contains(rf'[^{d}"]"[^{d}"\r]')
    odd = pl.scan_lines(text.path, glob=False).select((open_quote | inside).any())
    return bool(odd.collect(engine="streaming").item())


def _scanned(table: TextTable, widest: int) -> pl.LazyFrame:
    """Polars' own scan. Raises ComputeError when collected if a row further down is longer than `widest`."""
    assert table.text is not None
    header_row, width = table.found.header_row, max(widest, len(table.found.cells))
    names = [f"c{i}" for i in range(width)]
    rows = pl.scan_csv(
        table.text.path, glob=False, has_header=False, schema=dict.fromkeys(names, pl.String),
        separator=table.delimiter, skip_lines=header_row, row_index_name="sheet_row",
        row_index_offset=header_row + 1, missing_columns="insert",
    )
    beyond = names[len(table.found.cells):]
    filled = [pl.when(pl.col(c).str.strip_chars() != "").then(pl.col(c)) for c in beyond]
    extra = pl.concat_str(filled, separator=",", ignore_nulls=True) if beyond else pl.lit("")
    return rows.with_columns(
        pl.col("sheet_row").cast(pl.Int32), extra=pl.when(extra != "").then(extra), fault=pl.lit(None, pl.String)
    )


def _frame(block: list[str] | list[Record], first: int, width: int, delimiter: str) -> pl.DataFrame:
    """A block as a frame of `width` columns; short rows padded, cells beyond the header kept in `extra`."""
    names = [f"c{i}" for i in range(width)]
    number = pl.int_range(first, first + pl.len(), dtype=pl.Int32).alias("sheet_row")
    if isinstance(block[0], Record):
        cells, faults, _ = zip(*block, strict=True)
        columns = islice(chain(zip_longest(*cells, fillvalue=""), repeat(("",) * len(cells))), width)
        frame = pl.DataFrame(dict(zip(names, columns, strict=True)), schema=dict.fromkeys(names, pl.String))
        beyond = pl.Series([row[width:] for row in cells], dtype=pl.List(pl.String))
        return frame.select(number, *names, extra=_extra(pl.lit(beyond)), fault=pl.Series(faults, dtype=pl.String))
    split = pl.DataFrame({"cells": block}).select(pl.col("cells").str.strip_chars_end("\n").str.split(delimiter))
    return split.select(
        number, pl.col("cells").list.to_struct(fields=names).alias("row"),
        extra=_extra(pl.col("cells").list.slice(width)), fault=pl.lit(None, pl.String),
    ).unnest("row")


def _extra(beyond: pl.Expr) -> pl.Expr:
    """Cells beyond the header as CSV text; null where they hold nothing."""
    filled = beyond.list.eval(pl.element().str.contains(r"\S")).list.any()
    return pl.when(filled).then(beyond.list.eval(quoted(pl.element())).list.join(","))


def _kept(parts: list[pl.DataFrame], path: Path) -> Path:
    """The frames as one file; the list is empty after."""
    pl.concat(parts).write_parquet(path, compression="lz4")
    parts.clear()
    return path


def quoted(text: pl.Expr) -> pl.Expr:
    """A cell as CSV text."""
    doubled = '"' + text.str.replace_all('"', '""', literal=True) + '"'
    return pl.when(text.str.contains('[,"\n\r]')).then(doubled).otherwise(text)
