"""What other rules would change, as the Rules page shows it."""

import polars as pl

from dashboard.data.roster import named
from dashboard.words.windows import with_words
from pipelines.policy import Policy

COMPARED = ["earliest_on", "latest_on", "attempts_left", "state_id", "gate_results"]


def changed_windows(before: pl.DataFrame, after: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The windows that other rules would change, before and after, row by row the same students and exams."""
    key = ["student_id", "exam"]
    both = before.join(after.select(*key, *COMPARED), on=key, suffix="_then", maintain_order="left")
    then = pl.struct(pl.col(f"{column}_then").alias(column) for column in COMPARED)
    changed = both.filter(pl.struct(COMPARED).ne_missing(then)).select(before.columns)
    return changed, changed.select(key).join(after, on=key, how="left", maintain_order="left")


def windows_changed(
    before: pl.DataFrame, after: pl.DataFrame, students: pl.DataFrame, policy: Policy, policy_then: Policy
) -> pl.DataFrame:
    """The rows of WINDOWS_CHANGED: both sides of `changed_windows`, each in the words of its own rules."""
    columns = ["student_id", "exam", "earliest_on", "latest_on", "attempts_left", "state"]
    now = with_words(before, policy).select(columns)
    then = with_words(after, policy_then).select(*columns, "earliest_rule", "gates")
    rows = now.join(then, on=["student_id", "exam"], suffix="_then", maintain_order="left")
    rows = rows.join(named(students), on="student_id", how="left").sort("name", "exam")
    return rows.select(
        "name", "exam", "earliest_on", "earliest_on_then", "earliest_rule", "gates", "latest_on", "latest_on_then",
        "attempts_left", "attempts_left_then", "state", "state_then",
    )  # fmt: skip


def versions_table(versions: pl.DataFrame) -> pl.DataFrame:
    """The rows of VERSIONS."""
    return versions.select("version", "reason", saved_on=pl.col("made_at").dt.date(), saved_by="made_by",
                           rules="wordings")  # fmt: skip
