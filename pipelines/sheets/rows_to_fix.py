"""A sheet looked at without being typed: its first rows for mapping, rows to fix, and which saved mapping it has."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.files.text_table import head_of, open_table
from pipelines.sheets.headers.layout import Layout
from pipelines.sheets.headers.reshape import is_not_people
from pipelines.sheets.report import Answers

REASON = "passline reason"


def first_rows(source: Path, file: str, policy: Policy) -> list[list[str]]:
    """The sheet's first rows as text, its kind unknown; for a person who maps its columns. Raises SheetRefused."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        return head_of(source, file, policy, Path(scratch))


def saved_layout_for(source: Path, file: str, saved: list[Layout], policy: Policy) -> Layout | None:
    """The mapping whose headers the sheet has, the one with most, else one of which it lacks only columns that nothing
    needs; None where none fits, or the sheet is unreadable."""
    try:
        head = first_rows(source, file, policy)
    except SheetRefused:
        return None
    fitting = [layout for layout in saved if any(layout.fits(cells) for cells in head)]
    nearly = [layout for layout in saved if any(layout.fits_nearly(cells) for cells in head)]
    return max(fitting or nearly, key=lambda layout: len(layout.headers), default=None)


def rows_with_reasons(
    source: Path, file: str, answers: Answers, reasons: dict[int, str], policy: Policy
) -> pl.DataFrame:
    """The named sheet rows under the sheet's own header, with a column that says why each was left out: to be fixed and
    uploaded again. The row of maxima of a gradebook comes along, without a reason."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        table = open_table(source, file, answers, policy, Path(scratch))
        wanted = pl.col("sheet_row").is_in(list(reasons))
        if table.found.by and table.found.by.scores and table.found.by.scores.max_row:
            wanted |= is_not_people(table.found)
        rows = table.tidied.filter(wanted).sort("sheet_row").collect()
    headers = _distinct([*table.found.cells, REASON])
    why = [reasons.get(row, "") for row in rows["sheet_row"].to_list()]
    cells = rows.select(f"c{i}" for i in range(len(table.found.cells)))
    return cells.with_columns(pl.Series(REASON, why, dtype=pl.String)).rename(
        dict(zip([*cells.columns, REASON], headers, strict=True)))


def _distinct(headers: list[str]) -> list[str]:
    """Headers as they are; where one is empty or stands twice, told apart by spaces, which do not matter when read."""
    seen: set[str] = set()
    for i, header in enumerate(headers):
        while header in seen:
            header += " "
        headers[i] = header
        seen.add(header)
    return headers
