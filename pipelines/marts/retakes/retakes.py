"""Windows: the first allowed, last allowed and recommended day of each student's next sitting."""

from datetime import date

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.readiness import CLOSED, Band, Observation
from pipelines.contracts.retakes import EarliestBar, RecommendedReason, Retake, Window, WindowState
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.readiness import Readiness, day_number
from pipelines.marts.retakes.deadlines import contradictions, latest_sittings
from pipelines.marts.retakes.gates import gates, with_gates
from pipelines.marts.retakes.rules import attempt_counts, earliest_sittings, no_attempts, standing
from pipelines.marts.retakes.test_day import exams_of_track
from pipelines.policy import Policy

NO_GATES = {
    "gate_results": pl.lit(None, Retake.gate_results.dtype), "gates_state_id": pl.lit(None, pl.String),
    "gates_ahead_ids": pl.lit(None, pl.List(pl.String)),
}
CHUNK = 10_000  # students projected at once, so that memory stays flat
DATES = ["planned_on", "clerkship_starts_on", "eligibility_starts_on", "eligibility_ends_on"]


def retakes(
    facts: Facts, readiness: Readiness, as_of: date, policy: Policy
) -> dy.DataFrame[Retake]:
    """One row per student and exam with any attempt up to as_of, sorted by student and exam.

    `attempts_left` is what the limit in force leaves (1: the next attempt is the last allowed one). A deadline on or
    before the last attempt does not apply to the next. Gates count if the facts have assessments, and gates on
    question-bank items if they have topics.
    """
    counts = standing(attempt_counts(facts.attempts, as_of, policy))
    rows = _windows(counts, facts, readiness, as_of, policy)
    return Retake.validate(rows.select(Retake.column_names()), cast=True)


def first_sittings(
    facts: Facts, readiness: Readiness, as_of: date, policy: Policy
) -> dy.DataFrame[Window]:
    """The window of each student and exam of their track without an attempt up to as_of."""
    attempted = facts.attempts.filter(pl.col("taken_on") <= as_of).select("student_id", "exam")
    none = exams_of_track(facts.students, policy).select("student_id", "exam").join(
        attempted, on=["student_id", "exam"], how="anti", maintain_order="left"
    )
    rows = _windows(standing(no_attempts(none, as_of, policy)), facts, readiness, as_of, policy)
    return Window.validate(rows.select(Window.column_names()), cast=True)


def _windows(
    counts: pl.DataFrame, facts: Facts, readiness: Readiness, as_of: date, policy: Policy
) -> pl.DataFrame:
    people = facts.students.select("student_id", "class_year", *DATES).unique("student_id")
    rows = counts.join(people, on="student_id", how="inner", maintain_order="left")
    if facts.assessments is not None:
        rows = with_gates(rows, gates(rows, facts.assessments, as_of, policy, facts.topics))
    rows = earliest_sittings(rows, as_of, policy)
    rows = rows.with_columns(**{name: no_gate for name, no_gate in NO_GATES.items() if name not in rows.columns})
    rows = latest_sittings(rows, policy).pipe(_recommended, facts.observations, readiness, as_of, policy)
    newest = pl.max_horizontal("evidence_on", "last_attempt_on")
    due = newest.fill_null(as_of) + pl.duration(days=policy.rules.advice.assessment_every_days)
    over = pl.col("standing").is_in(CLOSED).fill_null(False)
    left = (pl.col("attempt_limit") - pl.col("attempts_used")).clip(0)
    rows = rows.with_columns(
        *(pl.when(~over).then(column).alias(column) for column in ("gate_results", "gates_state_id")),
        attempts_left=left, last_allowed=(left == 1) & ~over,
        next_assessment_due_on=pl.when(~over).then(due),
        state_id=_state(as_of),
    )
    return rows.pipe(contradictions, policy)


def _recommended(
    rows: pl.DataFrame, observations: dy.DataFrame[Observation], readiness: Readiness, as_of: date, policy: Policy
) -> pl.DataFrame:
    """The rows with recommended_on, the first day of the window whose chance reaches the target, the reason for it or
    for none, and the days that were searched."""
    advice = policy.rules.advice
    opening = pl.when((pl.col("eligibility_ends_on") > pl.col("last_attempt_on")).fill_null(True)).then(
        "eligibility_starts_on")
    evidence = observations.lazy().filter(pl.col("taken_on") <= as_of).group_by("student_id").agg(
        evidence_on=pl.col("taken_on").max()
    ).collect()
    horizon = pl.lit(as_of) + pl.duration(days=advice.horizon_days)
    rested = pl.col("last_attempt_on").dt.offset_by(f"{advice.months_between_attempts}mo")
    ahead = pl.col("earliest_on").is_not_null()
    rows = rows.join(evidence, on="student_id", how="left", maintain_order="left").with_columns(
        evidence_age_days=(pl.lit(as_of) - pl.col("evidence_on")).dt.total_days(),
        sought_from_on=pl.when(ahead).then(pl.max_horizontal("earliest_on", rested, opening)),
        sought_until_on=pl.when(ahead).then(pl.min_horizontal("latest_on", horizon)),
    ).with_row_index("n")
    has_evidence = pl.col("evidence_on").is_not_null()
    opens, closes = pl.col("sought_from_on"), pl.col("sought_until_on")
    awaits = (pl.col("standing") == Band.AWAITING_RESULT).fill_null(False)
    has_chance = ~pl.col("exam").is_in(readiness.exams_without_chance)
    open_rows = rows.filter(ahead, has_evidence, has_chance, ~awaits, opens <= closes)
    days = open_rows.select("n").hstack(_first_days(open_rows, readiness, as_of, policy))
    reason = (
        pl.when(~ahead).then(pl.lit(RecommendedReason.NOT_ALLOWED))
        .when(awaits).then(pl.lit(RecommendedReason.AWAITING_RESULT))
        .when(~has_evidence).then(pl.lit(RecommendedReason.NO_EVIDENCE))
        .when(~has_chance).then(pl.lit(RecommendedReason.CHANCE_NOT_SHOWN))
        .when(opens > closes).then(pl.lit(RecommendedReason.NO_DAY_LEFT))
        .when(pl.col("recommended_on").is_null()).then(pl.lit(RecommendedReason.TARGET_NOT_REACHED))
        .otherwise(pl.lit(RecommendedReason.TARGET_REACHED))
    )
    return rows.join(days, on="n", how="left", maintain_order="left").with_columns(recommended_reason_id=reason)


def _first_days(rows: pl.DataFrame, readiness: Readiness, as_of: date, policy: Policy) -> pl.DataFrame:
    """Each row's recommended_on, the first day at the target (or null), and best_chance up to its last day."""
    today, students = day_number(as_of), readiness.rows(rows["student_id"])
    pass_curve = readiness.pass_curve(students, rows["exam"])
    c, spread = pass_curve.middle
    target = pass_curve.reaching(policy.rules.advice.target_probability)
    opens, closes = (rows[c].to_physical().to_numpy().astype(np.int64) for c in ("sought_from_on", "sought_until_on"))
    first, best = np.full(len(rows), -1), np.full(len(rows), -np.inf)
    for at in range(0, len(rows), CHUNK):
        part = slice(at, at + CHUNK)
        days = np.arange(today, max(int(closes[part].max()), today) + 1)
        mean, variance, _ = readiness.project(students[part], days[None, :], sits=True)
        score = (mean - c[part, None]) / np.sqrt(spread[part, None] + variance)
        score[(days < opens[part, None]) | (days > closes[part, None])] = -np.inf
        reached = score >= target[part, None]
        first[part] = np.where(reached.any(axis=1), days[reached.argmax(axis=1)], -1)
        best[part] = score.max(axis=1)
    return pl.DataFrame({"day": first.astype(np.int32), "best_chance": pass_curve.recalibrated(best)}).select(
        "best_chance", recommended_on=pl.when(pl.col("day") >= 0).then(pl.col("day")).cast(pl.Date)
    )


def planned_ahead(as_of: date) -> pl.Expr:
    """The planned date if it lies ahead; null for a day in the past or up to the last attempt."""
    after_last = (pl.col("planned_on") > pl.col("last_attempt_on")).fill_null(True)
    return pl.when(pl.col("planned_on") >= as_of, after_last).then(pl.col("planned_on"))


def _state(as_of: date) -> pl.Expr:
    """The state of the plan (WindowState), the first that holds."""
    planned = planned_ahead(as_of)
    has_evidence, allowed = pl.col("evidence_on").is_not_null(), pl.col("earliest_on").is_not_null()
    closed = pl.col("earliest_bar_id") == EarliestBar.GATE_CLOSED
    decided = pl.col("standing").is_in([Band.PASSED, Band.AWAITING_RESULT])
    return (
        pl.when(decided).then("standing")
        .when(~allowed & ~closed).then(pl.lit(WindowState.OUT_OF_ATTEMPTS))
        .when(closed | (pl.col("earliest_on") > pl.col("latest_on"))).then(pl.lit(WindowState.NO_DATE_FITS))
        .when(planned < pl.col("earliest_on")).then(pl.lit(WindowState.PLANNED_TOO_EARLY))
        .when(planned > pl.col("latest_on")).then(pl.lit(WindowState.RESULT_LATE))
        .when(planned.is_null()).then(pl.lit(WindowState.NO_DATE_PLANNED))
        .when(has_evidence & pl.col("recommended_on").is_null()).then(pl.lit(WindowState.TARGET_NOT_REACHED))
        .otherwise(pl.lit(WindowState.FITS))
    )


__all__ = ["attempt_counts", "first_sittings", "retakes"]
