"""Exam outcomes as evidence of readiness, and the chance that each attempt had before it."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import dataframely as dy
import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.contracts.facts import Attempt
from pipelines.marts.model.attempt_numbers import unrecorded_before
from pipelines.marts.model.class_forms import COVARIATES
from pipelines.marts.model.coefficients import Coefficients, posterior, with_outcomes
from pipelines.marts.model.drift import Failures, without_retake_gain
from pipelines.marts.model.growth import Ints, Scores, sums
from pipelines.marts.model.inputs import NEVER
from pipelines.marts.model.score_errors import robust
from pipelines.policy import Policy

if TYPE_CHECKING:
    from pipelines.marts.model.readiness import Readiness


SITTING = ["student_id", "exam"]


def decided(attempts: dy.DataFrame[Attempt], people: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Passes and fails up to as_of, in order: row, exam, day, passed, `round` (the student's nth), `first` (no failure
    of this exam before, nor an attempt number that tells of sittings not on record: nobody sits again after a pass)."""
    sitting = ["row", "exam"]
    failed_before = (pl.col("outcome") == "fail").cast(pl.Int32).cum_sum().shift(1, fill_value=0).over(sitting)
    return (
        attempts.lazy().sort("student_id", "exam", "taken_on").with_columns(
            unrecorded=unrecorded_before(SITTING))
        .filter(pl.col("taken_on") <= as_of, pl.col("outcome").is_in(["pass", "fail"]))
        .join(people.lazy().select("student_id", "row", "class_year", "group"), on="student_id")
        .sort("row", "taken_on", "exam")
        .select(
            "student_id", "row", "class_year", "group", "exam", "taken_on",
            first=(failed_before == 0) & (pl.col("unrecorded") == 0),
            day=pl.col("taken_on").to_physical().cast(pl.Int64), round=pl.int_range(pl.len()).over("row"),
            passed=pl.col("outcome") == "pass",
        ).collect()
    )


def after_outcomes(readiness: "Readiness", every: pl.DataFrame) -> "Readiness":
    """Readiness updated by passes and fails (from `decided`): one probit moment-matching update each, in order."""
    current = readiness.current
    for _, at in sorted(every.partition_by("round", as_dict=True).items()):
        current = _after(replace(readiness, current=current), at["row"].to_numpy(), at)
    return replace(readiness, current=current)


def _after(readiness: "Readiness", row: Ints, at: pl.DataFrame) -> Coefficients:
    """The coefficients after the outcomes `at` of these rows."""
    day, sign = at["day"].to_numpy(), np.where(at["passed"].to_numpy(), 1.0, -1.0)
    mean, variance, _ = readiness.project(row, day, sits=True)
    curve = [readiness.curve_in_use.curves[exam][0] for exam in at["exam"]] if len(at) else []
    c, s = np.array([x.c for x in curve]), np.array([x.s**2 for x in curve]) - readiness.curve_in_use.score_variance
    return with_outcomes(readiness.current, row, readiness.grown(row, day, day), (mean, variance), sign, c, s)


def hindsight(
    readiness: "Readiness", score_rows: pl.DataFrame, scores: Scores, every: pl.DataFrame, policy: Policy
) -> pl.DataFrame:
    """Each decided attempt of a student with an earlier score: exam, first, class_year, group, passed, and
    from that student's scores and outcomes before the day: readiness on it (`mean`, `variance`, the `shared` part of
    the variance), the curve's normal `score` and chance (`raw`), and the COVARIATES of class_forms on it."""
    rounds = every.partition_by("round", as_dict=True)
    by_round, day = [], score_rows["day"].to_numpy()
    for nth in range(len(rounds)):
        at = rounds[(nth,)]
        rows, cut = at["row"].to_numpy(), np.full(len(readiness.start), -1)
        cut[rows] = at["day"].to_numpy()
        keep = day < cut[scores.student]
        newest = np.full(len(cut), -1)
        newest[scores.student[keep]] = day[keep]
        at, rows = at.filter(pl.Series(newest[rows] >= 0)), rows[newest[rows] >= 0]
        covariates = readiness.forms.of(rows, at["day"].to_numpy()).covariates
        failed = readiness.failed
        failed_before = np.where(failed.on < cut[:, None], failed.on, NEVER)
        before = replace(readiness, failed=Failures(failed_before, failed.gain), newest=newest)
        part = scores.where(keep)
        sooner = policy.readiness.model.drift_per_day * (newest - readiness.newest)[part.student]
        part = replace(part, variance=part.variance + sooner)
        part = without_retake_gain(part, day[keep], newest, before.failed, policy.readiness.model).of(rows)
        part = robust(part, readiness.reference, policy.readiness.model)
        before = replace(
            before, current=posterior(sums(part, readiness.fit.time), readiness.fit, part.group),
            start=before.start[rows], exam=before.exam[rows], failed=before.failed.of(rows), newest=before.newest[rows],
            lift=before.lift[rows],
        )
        for earlier_round in range(nth):
            places = at.select("row").with_row_index("place")
            earlier = places.join(rounds[(earlier_round,)], on="row", maintain_order="left")
            before = replace(before, current=_after(before, earlier["place"].cast(pl.Int64).to_numpy(), earlier))
        mean, variance, shared = before.project(np.arange(len(rows)), at["day"].to_numpy(), sits=True)
        pass_curve = readiness.curve_in_use.pass_curve(at["exam"], at["first"].to_numpy(), at["group"].to_numpy())
        score = pass_curve.working_score(mean, variance)
        figures = {"mean": mean, "variance": variance, "shared": shared, "score": score,
                   **dict(zip(COVARIATES, covariates.T, strict=True))}
        by_round.append(at.with_columns(pl.Series(name, value, dtype=pl.Float64) for name, value in figures.items()))
    names = ("mean", "variance", "shared", "score", *COVARIATES)
    empty = every.clear().with_columns(pl.lit(0.0).alias(name) for name in names)
    found = pl.concat([empty, *by_round]).drop("round")
    return found.with_columns(raw=pl.Series(ndtr(found["score"].to_numpy()), dtype=pl.Float64))
