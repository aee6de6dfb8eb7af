"""The text table: a sheet's header and its rows as text, numbered as a spreadsheet shows them.

A well-formed CSV is a lazy Polars scan, never held in memory. What Polars would refuse or misread (ragged rows,
quotation marks that do not add up, lines ending in a bare carriage return) is first rewritten by messy_csv.py.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.files.cell_counts import CellCounts, shifted_lines
from pipelines.sheets.files.cell_text import plain_cells
from pipelines.sheets.files.delimiter import dialect
from pipelines.sheets.files.encoding import Text, read_text
from pipelines.sheets.files.limits import Effort, check_size
from pipelines.sheets.files.messy_csv import ROOM, in_blocks, is_odd
from pipelines.sheets.files.second_table import is_too_large, without_second_table
from pipelines.sheets.files.workbook import first_cells, is_workbook, read_workbook
from pipelines.sheets.headers.detect import recognize
from pipelines.sheets.headers.header import HEADER_WITHIN, Recognized
from pipelines.sheets.headers.layout import layout_of
from pipelines.sheets.headers.melting import with_answers
from pipelines.sheets.headers.reshape import shaped
from pipelines.sheets.report import Answers


@dataclass(frozen=True)
class TextTable:
    """The rows below the header, all text: `sheet_row`, `c0`.. one per header cell, `extra` (CSV text of cells beyond
    the header) and `fault` (why the row cannot be trusted; `RULE:COLUMN` for a rule of its own). `raw` has the cells as
    the sheet does; in `tidied` they are plain, and a blank one is null. `without_values` names the columns of which
    results could not be read; `tab` is that of a workbook; `shifted` is the fault of each row with another count
    of cells, once `is_counted`; `ends_before` is the row where a second table begins."""

    file: str
    header: Recognized
    encoding: str
    delimiter: str
    raw: pl.LazyFrame
    doubts: list[str]
    text: Text | None = None
    without_values: list[str] = field(default_factory=list)
    tab: str = ""
    shifted: dict[int, str] = field(default_factory=dict)
    is_counted: bool = True
    ends_before: int | None = None

    @property
    def last_cell(self) -> pl.Expr:
        """The last cell of a row. Where the rows are not counted, none has more cells, and one with fewer ends with a
        blank."""
        return pl.col(f"c{len(self.header.cells) - 1}")

    @property
    def columns(self) -> list[str]:
        return ["sheet_row", *(f"c{i}" for i in range(len(self.header.cells))), "extra", "fault"]

    @property
    def tidied(self) -> pl.LazyFrame:
        """Cells without surrounding space, wrappers and invisible characters; an empty one is null, as is a
        spreadsheet's error."""
        return self.raw.with_columns(plain_cells(self.header))

    @property
    def rows(self) -> pl.LazyFrame:
        """The rows as the layout reshapes them."""
        return shaped(self.tidied, self.header)


def open_table(source: Path, file: str, answers: Answers, policy: Policy, scratch: Path) -> TextTable:
    """The sheet as text, its kind recognized, down to where a second table begins. Raises SheetRefused with one
    sentence."""
    table = _whole_table(source, file, answers, policy, scratch)
    if table.text is not None and is_too_large(table.text.lines, len(table.header.cells)):
        return table
    try:
        return without_second_table(table, policy)
    except pl.exceptions.ComputeError:  # a row has more cells than the scan has room for
        return without_second_table(rewritten_table(table, scratch), policy)


def _whole_table(source: Path, file: str, answers: Answers, policy: Policy, scratch: Path) -> TextTable:
    layout = layout_of(answers.layout) if answers.layout else None
    kind_name = layout.kind if layout else answers.kind
    if is_workbook(source):
        book = read_workbook(source, file, kind_name, policy, layout, answers.tab)
        header = _for_reading(book.header, answers, policy)
        check_size(len(header.cells), book.rows.height, file, len(header.scores))
        table = TextTable(file, header, book.format, "", pl.LazyFrame(), book.doubts,
                          without_values=book.without_values, tab=book.tab)
        return _with_rows(table, book.rows.lazy())
    text = read_text(source, file, scratch)
    delimiter, head = dialect(text, file, kind_name, policy, layout)
    header = _for_reading(recognize(head, file, kind_name, policy, layout), answers, policy)
    check_size(len(header.cells), text.lines, file, len(header.scores))
    table = TextTable(file, header, text.encoding, delimiter, pl.LazyFrame(), text.doubts, text)
    widest = max(len(cells) for cells in head)
    ragged = widest > len(header.cells) + ROOM
    if text.lone_returns or ragged or (text.quotes and _odd_quotes(text, delimiter)):
        return rewritten_table(table, scratch)
    ends_filled = all(cells[-1].strip() for cells in head[header.header_row:] if len(cells) == len(header.cells))
    table = _with_rows(replace(table, is_counted=False), _scanned(table, widest))
    return table if ends_filled and widest <= len(header.cells) and not header.beside else counted(table)


def counted(table: TextTable) -> TextTable:
    """The table with the fault of each row that has another count of cells than the others."""
    if table.is_counted or table.text is None:
        return table
    header = table.header
    shifted = shifted_lines(table.text, table.delimiter, header.header_row, len(header.cells))
    return replace(table, raw=_with_faults(table.raw, shifted), shifted=shifted, is_counted=True)


def _for_reading(header: Recognized, answers: Answers, policy: Policy) -> Recognized:
    """The header with a person's answers, and the texts that say there is no score."""
    return with_answers(header, answers.dates, answers.all_rows, bool(answers.add_students),
                        policy.imports.reading.no_scores)


def head_of(source: Path, file: str, policy: Policy, scratch: Path, tab: str | None = None) -> list[list[str]]:
    """The first rows as text, whatever the sheet is; of a workbook, those of this tab or of its first visible sheet."""
    if is_workbook(source):
        return first_cells(source, file, tab)
    return dialect(read_text(source, file, scratch), file, None, policy)[1][:HEADER_WITHIN]


def wider(table: TextTable) -> TextTable:
    """The table scanned again with room for `ROOM` more cells than the header, because a row had more than expected."""
    return counted(_with_rows(replace(table, is_counted=False), _scanned(table, len(table.header.cells) + ROOM)))


def rewritten_table(table: TextTable, scratch: Path) -> TextTable:
    """The table from its text rewritten record by record: slower, but it takes any ragged text."""
    header, text = table.header, table.text
    assert text is not None
    width, row, multiline_row = len(header.cells), 1, 0
    counts = CellCounts(width)
    with text.path.open(encoding="utf-8-sig") as lines, (scratch / "rewritten.csv").open("wb") as rewritten:
        for block in in_blocks(lines, table.delimiter, width, Effort(table.file, text.path.stat().st_size)):
            multiline = block.select((pl.col("lines") > 1).arg_true()).to_series()
            if len(multiline) and not multiline_row:
                multiline_row = row + multiline[0]
            below = block.with_row_index("sheet_row", offset=row).slice(max(0, header.header_row + 1 - row))
            is_filled = pl.any_horizontal(pl.col(r"^c\d+$").str.contains(r"\S"), pl.col("extra").is_not_null())
            counts.add(below.filter(is_filled, pl.col("fault").is_null()).select(
                pl.col("sheet_row").cast(pl.Int32), "cells", "blank_end"))
            below.drop("sheet_row", "lines", "cells", "blank_end").write_csv(rewritten, include_header=False)
            row += len(block)
    doubts = list(table.doubts)
    if multiline_row:
        doubts.append(
            f"Row {multiline_row} has a cell over several lines; check that no quotation mark is missing there."
        )
    columns = [f"c{i}" for i in range(width)]
    rows = _scan(Path(rewritten.name), [*columns, "extra", "fault"], ",", header.header_row)
    return _with_rows(replace(table, doubts=doubts, shifted=counts.shifted, is_counted=True), rows)


def _with_rows(table: TextTable, rows: pl.LazyFrame) -> TextTable:
    if table.ends_before is not None:
        rows = rows.filter(pl.col("sheet_row") < table.ends_before)
    return replace(table, raw=_with_faults(rows.select(table.columns), table.shifted))


def _with_faults(rows: pl.LazyFrame, shifted: dict[int, str]) -> pl.LazyFrame:
    """The rows with the fault of the shifted ones, batch by batch (as in cell_values.looked_up)."""
    if not shifted:
        return rows
    numbers, texts = pl.Series(list(shifted), dtype=pl.Int32), pl.Series(list(shifted.values()), dtype=pl.String)
    fault = pl.col("sheet_row").map_batches(
        lambda batch: batch.replace_strict(numbers, texts, default=None, return_dtype=pl.String()),
        return_dtype=pl.String(), is_elementwise=True,
    )
    return rows.with_columns(fault=pl.coalesce("fault", fault))


def of_parquet(table: TextTable, rows: Path) -> TextTable:
    """The table with only the rows in a Parquet file of its columns."""
    return replace(table, raw=pl.scan_parquet(rows, glob=False))


def _odd_quotes(text: Text, delimiter: str) -> bool:
    line = pl.col("line")
    quoted = pl.scan_lines(text.path, glob=False).filter(line.str.contains('"', literal=True))
    return bool(quoted.select(is_odd(line, delimiter).any()).collect(engine="streaming").item())


def _scanned(table: TextTable, widest: int) -> pl.LazyFrame:
    """Polars' own scan. Raises ComputeError when collected if a row further down is longer than `widest`."""
    assert table.text is not None
    header_row, width = table.header.header_row, len(table.header.cells)
    names = [f"c{i}" for i in range(max(widest, width))]
    beyond = names[width:]
    filled = [pl.when(pl.col(c).str.strip_chars() != "").then(pl.col(c)) for c in beyond]
    extra = pl.concat_str(filled, separator=",", ignore_nulls=True) if beyond else pl.lit("")
    return _scan(table.text.path, names, table.delimiter, header_row, skip=header_row).with_columns(
        extra=pl.when(extra != "").then(extra), fault=pl.lit(None, pl.String)
    )


def _scan(path: Path, columns: list[str], delimiter: str, header_row: int, skip: int = 0) -> pl.LazyFrame:
    """A well-formed text's records after `skip` lines: those below the header row, numbered from it."""
    return pl.scan_csv(
        path, glob=False, has_header=False, schema=dict.fromkeys(columns, pl.String), separator=delimiter,
        skip_lines=skip, row_index_name="sheet_row", row_index_offset=header_row + 1, missing_columns="insert",
    ).with_columns(pl.col("sheet_row").cast(pl.Int32))
