"""What other rules would change, as the Rules page shows it."""

import polars as pl

from dashboard.data.roster import named


def changed_windows(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Students whose window other rules would change: what it is now and what it would be."""
    key, columns = ["student_id", "exam"], ["earliest_on", "latest_on", "attempts_left", "state", "gates"]
    both = before.select(*key, *columns).join(after.select(*key, *columns, "earliest_rule"), on=key, suffix="_then")
    differs = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_then")) for c in columns)
    return both.filter(differs)


def changes_table(changed: pl.DataFrame, students: pl.DataFrame) -> pl.DataFrame:
    """`changed_windows` in the page's words, with names."""
    rows = changed.join(named(students), on="student_id", how="left").sort("name", "exam")
    return rows.select(
        Student="name", Exam="exam",
        **{"May sit from": "earliest_on", "would be": "earliest_on_then", "Binding rule then": "earliest_rule",
           "Gates then": "gates_then", "Sit by": "latest_on", "would be by": "latest_on_then", "Left": "attempts_left",
           "would be left": "attempts_left_then", "State": "state", "would be in": "state_then"},
    )  # fmt: skip


def versions_table(versions: pl.DataFrame) -> pl.DataFrame:
    """The rows of VERSIONS."""
    return versions.select("version", "reason", saved_on=pl.col("made_at").dt.date(), saved_by="made_by",
                           rules="wordings")  # fmt: skip
