"""Retakes: when each student may, must and had better sit again."""

from datetime import date

import dataframely as dy
import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.contracts.readiness import CLOSED, Band, Observation
from pipelines.contracts.retakes import Retake, Window
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.readiness import Readiness, day_number
from pipelines.marts.retakes.deadlines import contradictions, latest_sittings
from pipelines.marts.retakes.gates import gates, with_gates
from pipelines.marts.retakes.rules import attempt_counts, earliest_sittings, no_attempts, standing
from pipelines.marts.retakes.test_day import exams_of_track
from pipelines.marts.text import day_text, percent_text
from pipelines.policy import Policy

STATES = [
    "Passed", "Awaiting result", "Out of attempts", "No date fits", "Planned before the rules allow",
    "Result would be late", "No date planned", "Target not reached in window", "Fits",
]
CHUNK = 10_000  # students projected at once, so that memory stays flat
DATES = ["planned_on", "clerkship_starts_on", "eligibility_starts_on", "eligibility_ends_on"]


def retakes(
    facts: Facts, readiness: Readiness, as_of: date, policy: Policy
) -> dy.DataFrame[Retake]:
    """One row per student and exam with any attempt up to as_of, sorted by student and exam.

    `attempts_left` is what the limit in force leaves (1 is the last allowed attempt). A deadline that the last attempt
    already outlived is none for the next. Gates count where the facts have assessments, those on question-bank items
    where they have topics.
    """
    counts = standing(attempt_counts(facts.attempts, as_of, policy))
    rows = _windows(counts, facts, readiness, as_of, policy)
    return Retake.validate(rows.select(Retake.column_names()), cast=True)


def first_sittings(
    facts: Facts, readiness: Readiness, as_of: date, policy: Policy
) -> dy.DataFrame[Window]:
    """The same for each student and exam of their track without an attempt up to as_of."""
    sat = facts.attempts.filter(pl.col("taken_on") <= as_of).select("student_id", "exam")
    none = exams_of_track(facts.students, policy).select("student_id", "exam").join(
        sat, on=["student_id", "exam"], how="anti", maintain_order="left"
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
    for column in ("gates", "gates_state", "gates_ahead"):
        if column not in rows.columns:
            rows = rows.with_columns(pl.lit(None, pl.String).alias(column))
    rows = latest_sittings(rows, policy).pipe(_recommended, facts.observations, readiness, as_of, policy)
    newest = pl.max_horizontal("evidence_on", "last_attempt_on")
    due = newest.fill_null(as_of) + pl.duration(days=policy.advice.assessment_every_days)
    over = pl.col("standing").is_in(CLOSED).fill_null(False)
    left = (pl.col("attempt_limit") - pl.col("attempts_used")).clip(0)
    rows = rows.with_columns(
        pl.when(~over).then("gates").alias("gates"), pl.when(~over).then("gates_state").alias("gates_state"),
        attempts_left=left, last_allowed=(left == 1) & ~over,
        next_assessment_due_on=pl.when(~over).then(due),
        state=_state(as_of, policy),
    )
    return rows.pipe(contradictions, policy)


def _recommended(
    rows: pl.DataFrame, observations: dy.DataFrame[Observation], readiness: Readiness, as_of: date, policy: Policy
) -> pl.DataFrame:
    """recommended_on and why (not): the first day of the window whose chance reaches the advice's target, and the gates
    to be met before it."""
    advice = policy.advice
    opening = pl.when((pl.col("eligibility_ends_on") > pl.col("last_attempt_on")).fill_null(True)).then(
        "eligibility_starts_on")
    evidence = observations.lazy().filter(pl.col("taken_on") <= as_of).group_by("student_id").agg(
        evidence_on=pl.col("taken_on").max()
    ).collect()
    horizon = pl.lit(as_of) + pl.duration(days=advice.horizon_days)
    rested = pl.col("last_attempt_on").dt.offset_by(f"{advice.months_between_attempts}mo")
    rows = rows.join(evidence, on="student_id", how="left", maintain_order="left").with_columns(
        opens=pl.max_horizontal("earliest_on", rested, opening),
        closes=pl.min_horizontal("latest_on", horizon),
    ).with_row_index("n")
    ahead, sees = pl.col("earliest_on").is_not_null(), pl.col("evidence_on").is_not_null()
    awaits = (pl.col("standing") == Band.AWAITING_RESULT).fill_null(False)
    open_rows = rows.filter(ahead, sees, ~awaits, pl.col("opens") <= pl.col("closes"))
    found = open_rows.select("n").hstack(_first_days(open_rows, readiness, as_of, policy))
    target = round(100 * advice.target_probability)
    best = percent_text((pl.col("best") * 100).floor().clip(0, target - 1) / 100)
    age = (pl.lit(as_of) - pl.col("evidence_on")).dt.total_days()
    old = pl.when(age > policy.recent_days).then(pl.format(", from a score {} d old", age)).otherwise(pl.lit(""))
    waits = pl.when(pl.col("gates_ahead").is_not_null()).then(
        pl.format("; only once this is met: {}", "gates_ahead")).otherwise(pl.lit(""))
    reason = (
        pl.when(~ahead).then("earliest_rule")
        .when(awaits).then(pl.lit("Awaiting the result"))
        .when(~sees).then(pl.lit("No self-assessment to judge by"))
        .when(pl.col("opens") > pl.col("closes")).then(pl.format(
            "No day left: from {}{}, and by {}", day_text("opens"),
            pl.when(pl.col("last_attempt_on").is_null()).then(pl.lit("")).otherwise(
                pl.lit(f" with {advice.months_between_attempts} months of rest")), day_text("closes")))
        .when(pl.col("recommended_on").is_null())
        .then(pl.format("Not reached in the window: expected at best {}", best))
        .otherwise(pl.format(f"First day of the window with {target} % or more expected{{}}{{}}", old, waits))
    )
    return rows.join(found, on="n", how="left", maintain_order="left").with_columns(recommended_reason=reason)


def _first_days(rows: pl.DataFrame, readiness: Readiness, as_of: date, policy: Policy) -> pl.DataFrame:
    """recommended_on and best: for each row's window, the first day at the target (or null), and its best chance."""
    today, who = day_number(as_of), readiness.rows(rows["student_id"])
    lens = readiness.lens(who, rows["exam"])
    target = lens.reaching(policy.advice.target_probability)
    opens, closes = (rows[c].to_physical().to_numpy().astype(np.int64) for c in ("opens", "closes"))
    first, best = np.full(len(rows), -1), np.full(len(rows), -np.inf)
    for at in range(0, len(rows), CHUNK):
        part = slice(at, at + CHUNK)
        days = np.arange(today, max(int(closes[part].max()), today) + 1)
        mean, variance, _ = readiness.project(who[part], days[None, :], sits=True)
        score = (mean - lens.c[part, None]) / np.sqrt(lens.spread[part, None] + variance)
        score[(days < opens[part, None]) | (days > closes[part, None])] = -np.inf
        reached = score >= target[part, None]
        first[part] = np.where(reached.any(axis=1), days[reached.argmax(axis=1)], -1)
        best[part] = score.max(axis=1)
    return pl.DataFrame({"day": first.astype(np.int32), "best": lens.recalibrated(ndtr(best))}).select(
        recommended_on=pl.when(pl.col("day") >= 0).then(pl.col("day")).cast(pl.Date), best="best"
    )


def planned_ahead(as_of: date) -> pl.Expr:
    """The planned date where it is a plan: a day in the past, or up to the last attempt, is none."""
    after_last = (pl.col("planned_on") > pl.col("last_attempt_on")).fill_null(True)
    return pl.when(pl.col("planned_on") >= as_of, after_last).then(pl.col("planned_on"))


def _state(as_of: date, policy: Policy) -> pl.Expr:
    """One word for where the plan stands."""
    planned = planned_ahead(as_of)
    sees = pl.col("evidence_on").is_not_null()
    closed = pl.col("earliest_rule").str.starts_with(policy.no_rule.gate_closed)
    return (
        pl.when(pl.col("standing") == Band.PASSED).then(pl.lit("Passed"))
        .when(pl.col("standing") == Band.AWAITING_RESULT).then(pl.lit("Awaiting result"))
        .when(pl.col("earliest_on").is_null() & ~closed).then(pl.lit("Out of attempts"))
        .when(closed | (pl.col("earliest_on") > pl.col("latest_on"))).then(pl.lit("No date fits"))
        .when(planned < pl.col("earliest_on")).then(pl.lit("Planned before the rules allow"))
        .when(planned > pl.col("latest_on")).then(pl.lit("Result would be late"))
        .when(planned.is_null()).then(pl.lit("No date planned"))
        .when(sees & pl.col("recommended_on").is_null()).then(pl.lit("Target not reached in window"))
        .otherwise(pl.lit("Fits"))
    )


__all__ = ["STATES", "attempt_counts", "first_sittings", "retakes"]
