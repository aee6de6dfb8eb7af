"""Sittings: which exams each student still has before them, and on what day they are taken to sit."""

from datetime import date

import polars as pl

from pipelines.marts.rules import attempt_counts, standing
from pipelines.policy import Policy

PLANNED, CLASS, USUAL, UNKNOWN = (
    "planned date", "class's usual date", "usual date of the year", "no date known, so the day asked"
)
PENDING = "the sitting that awaits its result"


def exams_of_track(students: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One row per student and exam of their track: a blank track follows the programme, a blank programme is MD."""
    by_programme = {e.programme: e.name for e in policy.exams}
    usual = pl.col("programme").fill_null("MD").replace_strict(by_programme, default=by_programme["MD"])
    both = pl.lit([e.name for e in policy.exams], dtype=pl.List(pl.String))
    one = pl.concat_list(pl.col("exam_track").fill_null(usual))
    return (
        students.select("student_id", "class_year", "programme", "exam_track", "planned_on")
        .unique("student_id", maintain_order=True)
        .with_columns(exam=pl.when(pl.col("exam_track") == "both").then(both).otherwise(one))
        .explode("exam").drop("programme", "exam_track").sort("student_id", "exam")
    )


def sittings(students: pl.DataFrame, attempts: pl.DataFrame, as_of: date, policy: Policy) -> pl.DataFrame:
    """One row per student and exam of their track: what the attempts say (see rules), test_on and test_on_basis.

    A date planned on or before the last attempt is that attempt's. A sitting that awaits its result is the one the
    chance is about. Null after a pass or the last attempt.
    """
    counts = standing(attempt_counts(attempts, as_of, policy))
    rows = exams_of_track(students, policy).join(
        counts, on=["student_id", "exam"], how="left", maintain_order="left"
    ).with_columns(pl.col("attempts_used").fill_null(0))
    planned = pl.when(
        pl.col("planned_on") >= as_of, (pl.col("planned_on") > pl.col("last_attempt_on")).fill_null(True)
    ).then(pl.col("planned_on"))
    usual_in_class = (
        pl.coalesce("first_on", "planned_on").to_physical().median().over("class_year", "exam").round()
        .cast(pl.Int32).cast(pl.Date)
    )
    usual = policy.usual_test
    by_year = pl.date(pl.col("class_year") - usual.years_before, usual.month, usual.day)
    pending = pl.when(pl.col("standing") == "Awaiting result").then(pl.col("last_attempt_on"))
    over = pl.col("standing").is_in(["Passed", "Out of attempts"]).fill_null(False)
    rows = rows.with_columns(
        pending_on=pending, planned=planned,
        class_on=pl.when(usual_in_class >= as_of).then(usual_in_class),
        usual_on=pl.when(by_year >= as_of).then(by_year),
    )
    choices = [("pending_on", PENDING), ("planned", PLANNED), ("class_on", CLASS), ("usual_on", USUAL)]
    basis = pl.coalesce(*(pl.when(pl.col(c).is_not_null()).then(pl.lit(b)) for c, b in choices), pl.lit(UNKNOWN))
    day = pl.coalesce(*(c for c, _ in choices), pl.lit(as_of))
    return rows.with_columns(
        test_on=pl.when(~over).then(day), test_on_basis=pl.when(~over).then(basis)
    ).drop("pending_on", "planned", "class_on", "usual_on")
