"""Sittings of one exam that two sheets date a day or two apart: they are one sitting.

It is dated as the row that has a result, else as the row stored first. Two dates on one sheet stay two sittings.
"""

import polars as pl

SITTING = ["student_id", "exam"]
MOVED = {"import_id": pl.Int32, "sheet_row": pl.Int32, "student_id": pl.String, "exam": pl.String,
         "taken_on": pl.Date, "sat_on": pl.Date, "sat_import": pl.Int32}


def same_sittings(rows: pl.LazyFrame, within_days: int) -> pl.DataFrame:
    """Rows whose date (`taken_on`) is not that of their sitting (`sat_on`, from import `sat_import`): another sheet
    has the sitting at most `within_days` earlier or later. Usually none."""
    gap = pl.col("taken_on").diff().over(SITTING)
    near = gap.is_between(pl.duration(days=1), pl.duration(days=within_days)).fill_null(False)
    days = rows.filter(pl.col("doubt").is_null()).select(*SITTING, "taken_on").unique().sort(*SITTING, "taken_on")
    chained = days.with_columns(near=near).filter("near" | pl.col("near").shift(-1).over(SITTING).fill_null(False))
    groups = chained.with_columns(group=(~pl.col("near")).cum_sum()).drop("near").collect(engine="streaming")
    if groups.is_empty():
        return pl.DataFrame(schema=MOVED)
    together = rows.filter(pl.col("doubt").is_null()).join(groups.lazy(), on=[*SITTING, "taken_on"]).collect()
    one_date_a_sheet = (pl.col("taken_on").n_unique().over("group", "import_id") == 1).all().over("group")
    order = [(pl.col("outcome") == "pending").fill_null(True), "order", "import_id", "sheet_row"]
    sat_on, sat_import = (pl.col(name).sort_by(order).first().over("group") for name in ("taken_on", "import_id"))
    close = (pl.col("taken_on") - pl.col("sat_on")).abs() <= pl.duration(days=within_days)
    return together.filter(one_date_a_sheet).with_columns(sat_on=sat_on, sat_import=sat_import).filter(
        pl.col("taken_on") != pl.col("sat_on"), close).select(list(MOVED)).cast(MOVED)  # type: ignore[arg-type]


def at_their_sitting(rows: pl.LazyFrame, moved: pl.DataFrame) -> pl.LazyFrame:
    """The rows, each dated as its sitting."""
    if moved.is_empty():
        return rows
    own = [name for name in MOVED if not name.startswith("sat_")]
    return rows.join(moved.lazy().drop("sat_import"), on=own, how="left", maintain_order="left").with_columns(
        taken_on=pl.coalesce("sat_on", "taken_on")).drop("sat_on")
