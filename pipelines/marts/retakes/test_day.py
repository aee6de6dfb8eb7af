"""The test day: each student's next sitting of each exam, and the day on which it is assumed."""

from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Student
from pipelines.contracts.readiness import CLOSED, Band, TestDayBasis
from pipelines.contracts.school_facts import Facts
from pipelines.marts.retakes.gates import gates, with_gates
from pipelines.marts.retakes.rules import attempt_counts, earliest_sittings, no_attempts, standing
from pipelines.policy import Policy


def exams_of_track(students: dy.DataFrame[Student], policy: Policy) -> pl.DataFrame:
    """One row per student and exam of their track; a blank track follows the program, a blank program is MD."""
    by_program = {e.program: e.name for e in policy.exams}
    usual = pl.col("program").fill_null("MD").replace_strict(by_program, default=by_program["MD"])
    both = pl.lit([e.name for e in policy.exams], dtype=pl.List(pl.String))
    one = pl.concat_list(pl.col("exam_track").fill_null(usual))
    return (
        students.select("student_id", "class_year", "program", "exam_track", "planned_on")
        .unique("student_id", maintain_order=True)
        .with_columns(exam=pl.when(pl.col("exam_track") == "both").then(both).otherwise(one))
        .explode("exam").drop("program", "exam_track").sort("student_id", "exam")
    )


def sittings(facts: Facts, as_of: date, policy: Policy) -> pl.DataFrame:
    """One row per student and exam of their track: the attempt counts (see rules), test_on and test_on_basis_id.

    test_on is the sitting that awaits its result, else the first that exists of: the planned date (not one up to the
    last attempt); for a retaker, the first day that the rules and the advised rest allow; the end of the class's usual
    window, by which policy's share of its first or planned dates lies; the day on which the class before sat; policy's
    usual day of the year; the first day
    that the rules allow; as_of. A day that nobody planned is never before the first that the rules and the school's
    gates allow, if the facts have the scores they need. Null after a pass or the last attempt.
    """
    key, counts = ["student_id", "exam"], attempt_counts(facts.attempts, as_of, policy)
    tracks = exams_of_track(facts.students, policy)
    if facts.assessments is not None:
        none = tracks.join(counts, on=key, how="anti", maintain_order="left")
        counts = pl.concat([counts, no_attempts(none, as_of, policy).select(counts.columns)])
        counts = with_gates(counts, gates(counts, facts.assessments, as_of, policy, facts.topics))
    counts = standing(counts).pipe(earliest_sittings, as_of, policy)
    rows = tracks.join(counts, on=key, how="left", maintain_order="left").with_columns(
        pl.col("attempts_used").fill_null(0)
    )
    last = pl.col("last_attempt_on")

    def ahead(day: pl.Expr) -> pl.Expr:
        return pl.when(day >= as_of, (day > last).fill_null(True)).then(day)

    def allowed(day: pl.Expr) -> pl.Expr:
        return pl.when(day.is_not_null()).then(pl.max_horizontal(day, "earliest_on"))

    rows = _with_earlier_classes(rows, policy)
    usual = policy.readiness.usual_test
    usual_in_class = (
        pl.coalesce("first_on", "planned_on").to_physical().quantile(usual.window_share, "lower")
        .over("class_year", "exam").cast(pl.Int32).cast(pl.Date)
    )
    by_year = pl.date(pl.col("class_year") - usual.years_before, usual.month, usual.day)
    rested = pl.max_horizontal("earliest_on", last.dt.offset_by(f"{policy.rules.advice.months_between_attempts}mo"))
    over = pl.col("standing").is_in(CLOSED).fill_null(False)
    rows = rows.with_columns(
        pending_on=pl.when(pl.col("standing") == Band.AWAITING_RESULT).then(last), planned=ahead(pl.col("planned_on")),
        class_on=allowed(ahead(usual_in_class)), earlier_on=allowed(ahead(pl.col("earlier_day"))),
        usual_on=allowed(ahead(by_year)),
        allowed_on=pl.when(pl.col("earliest_on") > as_of).then("earliest_on"),
        rested_on=pl.when(last.is_not_null() & (rested > as_of)).then(rested),
    )
    choices = {
        "pending_on": TestDayBasis.AWAITED_SITTING, "planned": TestDayBasis.PLANNED_DATE,
        "rested_on": TestDayBasis.AFTER_REST, "class_on": TestDayBasis.CLASS_WINDOW,
        "earlier_on": TestDayBasis.EARLIER_CLASSES, "usual_on": TestDayBasis.USUAL_DATE,
        "allowed_on": TestDayBasis.FIRST_ALLOWED,
    }
    bases = (pl.when(pl.col(day).is_not_null()).then(pl.lit(basis)) for day, basis in choices.items())
    basis = pl.coalesce(*bases, pl.lit(TestDayBasis.DATE_UNKNOWN))
    return rows.with_columns(
        test_on=pl.when(~over).then(pl.coalesce(*choices, pl.lit(as_of))),
        test_on_basis_id=pl.when(~over).then(basis),
    ).drop(*choices, "earlier_day")


def _with_earlier_classes(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The rows with `earlier_day`: the day on which half of the newest earlier class had sat, in the same year of its
    course; null without an earlier class of whom enough have."""
    sat = rows.drop_nulls(["first_on", "class_year"]).group_by("exam", "class_year").agg(
        pl.len(), half_on=pl.col("first_on").median().cast(pl.Date), sat_year=pl.col("class_year").first()
    ).filter(pl.col("len") >= policy.readiness.recalibration.fewest_sat).drop("len").sort("class_year")
    years = pl.format("{}y", pl.col("class_year") - pl.col("sat_year"))
    return rows.with_row_index("n").sort("class_year").join_asof(
        sat, on="class_year", by="exam", allow_exact_matches=False, check_sortedness=False
    ).sort("n").with_columns(earlier_day=pl.col("half_on").dt.offset_by(years)).drop("n", "half_on", "sat_year")
