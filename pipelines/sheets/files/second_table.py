"""A second table below the first, with a header of its own: named, and not taken for rows of the first.

Looked for in tables of a size that people stack by hand; in longer ones, its rows are rejected one by one.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts.kinds import KINDS
from pipelines.errors import SheetRefused, SheetUnclear
from pipelines.policy import Policy
from pipelines.sheets.headers.detect import recognize
from pipelines.sheets.headers.header import Recognized, listed
from pipelines.sheets.headers.vocabulary import header_key, headers_of, identity_headers

if TYPE_CHECKING:
    from pipelines.sheets.files.text_table import TextTable

ROWS_AT_MOST, CELLS_AT_MOST = 20_000, 1_000_000
KNOWN_AT_LEAST = 2
LETTER_AND_NO_DIGIT = r"^\D*\pL\D*$"


def is_too_large(rows: int, columns: int) -> bool:
    """True for a table that nobody stacks by hand."""
    return rows > ROWS_AT_MOST or rows * columns > CELLS_AT_MOST


def without_second_table(table: "TextTable", policy: Policy) -> "TextTable":
    """The table above a second one, which is named among the results that are not read."""
    rows = table.raw.head(ROWS_AT_MOST + 1).select(pl.exclude("extra", "fault")).collect(engine="streaming")
    if is_too_large(rows.height, rows.width):
        return table
    header = _second_header(rows, table.header, policy)
    if header is None:
        return table
    cells = rows.filter(sheet_row=header).select(pl.exclude("sheet_row")).row(0)
    names = listed([cell.strip() for cell in cells if cell and cell.strip()])
    what = f"Row {header} begins another table ({names}), which is not read"
    doubt = f"{what}: put it on a sheet or into a file of its own, and upload that."
    ends = _begins(rows, header)
    return replace(table, raw=table.raw.filter(pl.col("sheet_row") < ends), ends_before=ends,
                   doubts=[*table.doubts, doubt], without_values=[*table.without_values, what])


def _second_header(rows: pl.DataFrame, own: Recognized, policy: Policy) -> int | None:
    """The first row, below those right under the header, that is a header with other columns."""
    names = {*identity_headers(), *(name for kind in KINDS.values() for name in headers_of(kind))}
    cells = pl.all().exclude("sheet_row")
    keys = cells.str.to_lowercase().str.replace_all(r"[\s_\-]+", " ").str.strip_chars(" #:*")
    known = pl.sum_horizontal(keys.is_in(sorted(names)).fill_null(False).cast(pl.Int32))
    candidates = rows.filter(known >= KNOWN_AT_LEAST, pl.col("sheet_row") > own.header_row + 1)
    for row, *texts in candidates.iter_rows():
        if _is_another_header([text or "" for text in texts], own, names, policy):
            return int(row)
    return None


def _is_another_header(cells: list[str], own: Recognized, names: set[str], policy: Policy) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    if 2 * sum(header_key(cell) in names for cell in filled) < len(filled):
        return False
    if [header_key(cell) for cell in cells] == [header_key(cell) for cell in own.cells]:
        return False
    try:
        header = recognize([cells], "", None, policy)
    except SheetUnclear:
        return True
    except SheetRefused:
        return len(filled) > KNOWN_AT_LEAST and all(pl.Series(filled).str.contains(LETTER_AND_NO_DIGIT))
    return _meaning(header) != _meaning(own)


def _meaning(header: Recognized) -> set[tuple[str, int, str]]:
    """What each column of the header fills, in each of its views."""
    return {(view.kind.name, column.place, column.fills) for view in header.views for column in view.columns
            if column.place < len(view.cells)}


def _begins(rows: pl.DataFrame, header: int) -> int:
    """The row where the second table begins: its header, or its title right above."""
    above = rows.filter(pl.col("sheet_row") < header).sort("sheet_row", descending=True)
    for row, *texts in above.iter_rows():
        if sum(bool(text and text.strip()) for text in texts) != 1:
            return int(row) + 1
    return header
