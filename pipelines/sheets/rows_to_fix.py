"""A sheet as text, without typing: its first rows for mapping, its saved mapping, and its rows to fix."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.files.text_table import head_of, open_table
from pipelines.sheets.headers.layout import Layout
from pipelines.sheets.headers.reshape import is_not_people
from pipelines.sheets.report import Answers

REASON_COLUMN = "passline reason"


def first_rows(source: Path, file: str, policy: Policy, tab: str | None = None) -> list[list[str]]:
    """The sheet's first rows as text, for a person who maps its columns. Raises SheetRefused."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        return head_of(source, file, policy, Path(scratch), tab)


def saved_layout_for(
    source: Path, file: str, saved: list[Layout], policy: Policy, tab: str | None = None
) -> Layout | None:
    """The saved mapping that fits the sheet's header and has the most columns, else one that lacks only columns nothing
    needs; None if no mapping fits or the sheet is unreadable."""
    try:
        head = first_rows(source, file, policy, tab)
    except SheetRefused:
        return None
    fitting = [layout for layout in saved if any(layout.fits(cells) for cells in head)]
    fitting_nearly = [layout for layout in saved if any(layout.fits_nearly(cells) for cells in head)]
    return max(fitting or fitting_nearly, key=lambda layout: len(layout.headers), default=None)


def rows_with_reasons(
    source: Path, file: str, answers: Answers, reasons: dict[int, str], policy: Policy
) -> pl.DataFrame:
    """Rows to fix: the given sheet rows under the sheet's own header, with the reason each was left out, to be fixed
    and uploaded again. A gradebook's row of maxima is included, without a reason."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        table = open_table(source, file, answers, policy, Path(scratch))
        wanted = pl.col("sheet_row").is_in(list(reasons))
        if table.header.layout and table.header.layout.scores and table.header.layout.scores.max_row:
            wanted |= is_not_people(table.header)
        rows = table.tidied.filter(wanted).sort("sheet_row").collect()
    headers = _distinct([*table.header.cells, REASON_COLUMN])
    reason_of_rows = [reasons.get(row, "") for row in rows["sheet_row"].to_list()]
    cells = rows.select(f"c{i}" for i in range(len(table.header.cells)))
    return cells.with_columns(pl.Series(REASON_COLUMN, reason_of_rows, dtype=pl.String)).rename(
        dict(zip([*cells.columns, REASON_COLUMN], headers, strict=True)))


def _distinct(headers: list[str]) -> list[str]:
    """The headers made distinct: spaces, which reading ignores, are added to an empty or repeated one."""
    used: set[str] = set()
    for i, header in enumerate(headers):
        while header in used:
            header += " "
        headers[i] = header
        used.add(header)
    return headers
