"""The last allowed attempt, in the same words wherever a student stands before it."""

import polars as pl

LAST_ALLOWED = "last_allowed"  # its id among the bands of a filter
WORD = "Last allowed attempt"
MARK = f"! {WORD}"
BADGE = f":red-badge[{MARK}]"


def mark() -> pl.Expr:
    """MARK where a row's `last_allowed` is true, else null."""
    return pl.when("last_allowed").then(pl.lit(MARK))


def noted(table: pl.DataFrame, retakes: pl.DataFrame, student_id: str) -> pl.DataFrame:
    """`table` with a Note after its first named column, MARK for students before their last allowed attempt at an exam;
    the IDs are in the column `student_id`."""
    last = retakes.filter("last_allowed")["student_id"].unique()
    note = pl.when(pl.col(student_id).is_in(last.implode())).then(pl.lit(MARK)).alias("Note")
    columns = list(table.columns)
    columns.insert(columns.index("Student") + 1, "Note")
    return table.with_columns(note).select(columns)
