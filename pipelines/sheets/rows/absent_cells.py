"""Cells that hold no value though they are filled: a spreadsheet's errors, and texts that say there is no score."""

import polars as pl

from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.values import ERROR_VALUES


def says_no_score(table: TextTable) -> pl.Expr:
    """True where a sheet of one score a row says that there is none (absent, DNT), and holds nothing else."""
    header = table.header
    place = header.place_of("score")
    if header.kind.name != "assessments" or header.scores or place is None:
        return pl.lit(False)
    text = pl.col(f"c{place}").str.to_lowercase()
    others = ["extra", "fault", *(f"c{m.place}" for m in header.columns if m.is_area)]
    empty = [pl.col(name).is_null() for name in others]
    return pl.all_horizontal(text.is_in(header.no_scores), *empty).fill_null(False)


def no_score_doubts(rows: int) -> list[str]:
    """The doubt about rows that say there is no score."""
    if not rows:
        return []
    return [f"{rows:,} {'row says' if rows == 1 else 'rows say'} in place of the score that there is none (such as "
            "absent): counted as blank, not stored."]


def error_cells(table: TextTable) -> pl.LazyFrame:
    """One row: how many cells of each used column hold a spreadsheet's error, and the first sheet row of these."""
    cells = {i: pl.col(f"c{i}").str.strip_chars().is_in(ERROR_VALUES) for i in _used(table)}
    return table.raw.select(
        **{f"errors {i}": is_error.sum() for i, is_error in cells.items()},
        **{f"row {i}": pl.col("sheet_row").filter(is_error).min() for i, is_error in cells.items()},
    )


def error_doubts(table: TextTable, counts: pl.DataFrame) -> list[str]:
    """A doubt for each column with error cells, which are read as empty."""
    found = counts.to_dicts()[0] if counts.width else {}
    return [
        f"“{table.header.cells[i].strip()}” has {found[f'errors {i}']:,} error "
        f"{'cell' if found[f'errors {i}'] == 1 else 'cells'} such as #N/A or #REF! (first in row {found[f'row {i}']}): "
        "read as empty."
        for i in _used(table) if found.get(f"errors {i}")
    ]


def _used(table: TextTable) -> list[int]:
    places = {m.place for m in table.header.columns} | {p for s in table.header.scores for p in s.places}
    return sorted(p for p in places if p < len(table.header.cells))
