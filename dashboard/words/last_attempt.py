"""The mark of students whose next attempt is the last allowed one."""

import polars as pl

from dashboard.words.columns import Column

LAST_ALLOWED = "last_allowed"  # its id among the bands of a filter
WORD = "Last allowed attempt"
MARK = f"! {WORD}"
BADGE = f":red-badge[{MARK}]"


def mark() -> pl.Expr:
    """MARK where a row's `last_allowed` is true, else null."""
    return pl.when("last_allowed").then(pl.lit(MARK))


NOTE = Column("note", "Note", help="Where the next attempt is the last that the rules allow", width=150)


def noted(rows: pl.DataFrame, retakes: pl.DataFrame) -> pl.DataFrame:
    """The rows with `note`: MARK for students before their last allowed attempt at an exam."""
    last = retakes.filter("last_allowed")["student_id"].unique()
    return rows.with_columns(note=pl.when(pl.col("student_id").is_in(last.implode())).then(pl.lit(MARK)))
