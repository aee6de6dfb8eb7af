"""Risk: each student's readiness, chance of passing, band and reasons."""

from dataclasses import dataclass
from datetime import date

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.facts import Attempt
from pipelines.contracts.readiness import Band, Observation, Risk
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.chance import Z80
from pipelines.marts.model.growth import Ints
from pipelines.marts.model.readiness import Days, Readiness, day_number, day_numbers
from pipelines.marts.retakes.test_day import sittings
from pipelines.marts.risk.expected_loss import danger
from pipelines.marts.risk.reasons import reasons
from pipelines.policy import Policy


@dataclass(frozen=True)
class ExpectedRate:
    """The expected pass rate of `students` rows, 0-1, with its 80 % interval; nan if there are none."""

    expected: float
    low: float
    high: float
    students: int


def risk(facts: Facts, readiness: Readiness, as_of: date, policy: Policy) -> dy.DataFrame[Risk]:
    """One row per rostered student and exam of their track, sorted by student and exam.

    Withdrawn and graduated students are rows too: pages filter them. Without a planned date, gates move the test day,
    if the facts have the scores they need.
    """
    rows = _rows(facts, readiness, as_of, policy)
    by_row = reasons(rows, readiness, as_of, policy)
    rows = rows.join(by_row, on=["student_id", "exam"], how="left", maintain_order="left")
    return Risk.validate(rows.select(Risk.column_names()), cast=True)


def _rows(facts: Facts, readiness: Readiness, as_of: date, policy: Policy) -> pl.DataFrame:
    rows = sittings(facts, as_of, policy)
    rows = rows.with_columns(row=pl.Series(readiness.rows(rows["student_id"]), dtype=pl.Int64))
    for by_student in (_evidence(facts.observations, as_of), _newest_decided(facts.attempts, as_of)):
        rows = rows.join(by_student, on="student_id", how="left", maintain_order="left")
    left = (pl.col("test_on") - pl.lit(as_of)).dt.total_days().cast(pl.Int32)
    rows = rows.with_columns(
        as_of=pl.lit(as_of), evidence_count=pl.col("evidence_count").fill_null(0).cast(pl.Int32),
        evidence_age_days=(pl.lit(as_of) - pl.col("evidence_on")).dt.total_days().cast(pl.Int32),
        days_left=pl.when(left >= 0).then(left),
    )
    rows = _bands(_figures(rows, readiness, as_of, policy), policy)
    return rows.with_columns(danger=danger(rows, readiness, policy))


def _evidence(observations: dy.DataFrame[Observation], as_of: date) -> pl.DataFrame:
    """First and newest day, count, and newest printed probability of each student's evidence."""
    printed = pl.col("printed_probability")
    return (
        observations.lazy().filter(pl.col("taken_on") <= as_of).sort("student_id", "taken_on")
        .group_by("student_id").agg(
            evidence_on=pl.col("taken_on").max(), first_evidence_on=pl.col("taken_on").min(),
            evidence_count=pl.len(), printed_probability=printed.drop_nulls().last(),
        ).collect()
    )


def _newest_decided(attempts: dy.DataFrame[Attempt], as_of: date) -> pl.DataFrame:
    return (
        attempts.lazy().filter(pl.col("taken_on") <= as_of, pl.col("outcome").is_in(["pass", "fail"]))
        .sort("taken_on").unique("student_id", keep="last")
        .select("student_id", decided="outcome", decided_exam="exam", decided_on="taken_on").collect()
    )


def _figures(rows: pl.DataFrame, readiness: Readiness, as_of: date, policy: Policy) -> pl.DataFrame:
    row: Ints = rows["row"].to_numpy()
    today = np.full(len(rows), day_number(as_of))
    mean, variance, _ = readiness.project(row, today)
    sd = np.sqrt(variance)
    then = day_numbers(rows["test_on"].fill_null(as_of))
    p_pass, p_low, p_high = readiness.pass_curve(row, rows["exam"]).band(*readiness.project(row, then, sits=True))
    has_evidence = pl.col("evidence_count") > 0
    has_chance = has_evidence & pl.col("test_on").is_not_null() & ~pl.col("exam").is_in(readiness.exams_without_chance)
    trend_days = (pl.lit(as_of) - pl.col("first_evidence_on")).dt.total_days()
    return rows.with_columns(
        *(pl.when(has_evidence).then(pl.Series(figure).clip(0, 100)).alias(name) for name, figure in (
            ("readiness", mean), ("readiness_low", mean - Z80 * sd), ("readiness_high", mean + Z80 * sd))),
        *(pl.when(has_chance).then(pl.Series(figure)).alias(name) for name, figure in (
            ("p_pass", p_pass), ("p_pass_low", p_low), ("p_pass_high", p_high))),
        trend_days=pl.min_horizontal(trend_days, policy.readiness.reasons.trend_days),
    )


def _bands(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The band of each row: a state if one holds, else the band of readiness rounded to whole EPC."""
    none, old = pl.col("evidence_count") == 0, pl.col("evidence_age_days") > policy.readiness.evidence.recent_days
    whole = pl.col("readiness").round()
    bands = pl.coalesce(*(pl.when(whole < b.below).then(pl.lit(b.id)) for b in policy.readiness.bands))
    return rows.with_columns(
        band_id=pl.when(pl.col("standing").is_not_null()).then("standing")
        .when(none).then(pl.lit(Band.NO_EVIDENCE)).when(old).then(pl.lit(Band.ONLY_OLD_EVIDENCE)).otherwise(bands)
    )


def chance_by_date(
    student_id: str, exam: str, readiness: Readiness, days: Days, policy: Policy
) -> pl.DataFrame:
    """day, p_pass, p_pass_low, p_pass_high of one student if the exam is on each of these days."""
    numbers = day_numbers(days)
    row = np.repeat(readiness.rows([student_id]), len(numbers))
    pass_curve = readiness.pass_curve(row, pl.Series([exam] * len(numbers), dtype=pl.String))
    figures = pass_curve.band(*readiness.project(row, numbers, sits=True))
    return pl.DataFrame({
        "day": pl.Series(days, dtype=pl.Date),
        **dict(zip(["p_pass", "p_pass_low", "p_pass_high"], figures, strict=True)),
    })


def expected_to_pass(rows: pl.DataFrame) -> ExpectedRate:
    """The expected pass rate of these risk rows, each at the sitting that the row is about.

    Passed counts as 1, out of attempts as 0; rows without evidence are not counted, so `students` is the denominator.
    The interval joins the shared range of p_pass, which does not average out, with the chance variation of outcomes.
    """
    band = pl.col("band_id")
    certain = pl.when(band == Band.PASSED).then(1.0).when(band == Band.OUT_OF_ATTEMPTS).then(0.0)
    chances = rows.select(pl.coalesce(certain, c).alias(c) for c in ("p_pass", "p_pass_low", "p_pass_high"))
    p, low, high = (chances[c].drop_nulls().to_numpy() for c in chances.columns)
    if not len(p):
        return ExpectedRate(float("nan"), float("nan"), float("nan"), 0)
    variation = (Z80 / len(p)) * np.sqrt((p * (1 - p)).sum())
    expected = float(p.mean())
    down, up = np.hypot(expected - low.mean(), variation), np.hypot(high.mean() - expected, variation)
    return ExpectedRate(expected, max(0.0, float(expected - down)), min(1.0, float(expected + up)), len(p))
