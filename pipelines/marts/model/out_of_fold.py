"""Chances as they are judged: each student's by a recalibration that has not seen this student's outcomes.

Students are dealt into folds. What is judged is what is in force: the same curve, outcomes and function but for a fold.
"""

from dataclasses import dataclass, replace

import dataframely as dy
import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.contracts.readiness import Observation
from pipelines.marts.model.class_forms import COVARIATES
from pipelines.marts.model.curve_in_use import CurveInUse, updates
from pipelines.marts.model.readiness import Readiness
from pipelines.policy import Policy

OF_STUDENT, OF_EXAM = ["student_id"], ["exam", "first"]
NOTHING_LACKED = {name: pl.lit(0.0) for name in COVARIATES}  # the last score alone


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Every decided attempt of a student with an earlier score (`before`), and for each fold the curve recalibrated
    without it: `curves` on our chances, `last_curves` on the last equated score through the same curve.

    `before` has student_id, exam, first, class_year, group, passed, fold, and three chances, null where there is none:
    p_pass, last_score_p and base_rate (the pass rate of the others at this exam, first attempts or retakes).
    """

    folds: pl.DataFrame  # student_id, fold
    curves: list[CurveInUse]
    last_curves: list[CurveInUse]
    before: pl.DataFrame

    def p_pass(self, rows: pl.DataFrame) -> pl.Series:
        """The chance of readiness with this `mean` and `variance`; rows have student_id, exam, first, group and
        COVARIATES."""
        return _each_fold(rows.join(self.folds, on="student_id", how="left", maintain_order="left"), self.curves)

    def last_score_p(self, rows: pl.DataFrame) -> pl.Series:
        """The same at the score `last` on the EPC scale, null where there is none."""
        rows = rows.join(self.folds, on="student_id", how="left", maintain_order="left")
        variance = pl.lit(self.last_curves[0].score_variance)
        return _each_fold(rows.with_columns(mean="last", variance=variance, **NOTHING_LACKED), self.last_curves)

    def base_rate(self, rows: pl.DataFrame) -> pl.Series:
        """The pass rate of the other folds; rows have student_id, exam, first."""
        rates = self.before.select(*OF_EXAM, "fold", "base_rate").unique()
        return rows.join(self.folds, on="student_id", how="left", maintain_order="left").join(
            rates, on=[*OF_EXAM, "fold"], how="left", maintain_order="left")["base_rate"]


def out_of_fold(readiness: Readiness, observations: dy.DataFrame[Observation], policy: Policy) -> OutOfFold:
    """The recalibrations of a fit, each without one fold of the students, and the chances that they give."""
    now = readiness.curve_in_use
    folds = _dealt(now.before["student_id"], policy.readiness.backtest.folds)
    before = now.before.join(folds, on="student_id", how="left", maintain_order="left")
    before = _with_last(before, observations)
    of_last = before.with_columns(raw=_last_raw(before, now), **NOTHING_LACKED).filter(pl.col("last").is_not_null())
    numbers = range(int(folds["fold"].n_unique()) or 1)
    curves, last_curves = (
        [replace(now, updates=updates(now, part.filter(pl.col("fold") != n), policy)) for n in numbers]
        for part in (before, of_last)
    )
    rates = pl.concat([_rates(before, n, policy) for n in numbers])
    before = before.join(rates, on=[*OF_EXAM, "fold"], how="left", maintain_order="left")
    held = OutOfFold(folds, curves, last_curves, before)
    return replace(held, before=before.with_columns(
        p_pass=held.p_pass(before.drop("fold")), last_score_p=held.last_score_p(before.drop("fold"))))


def _dealt(student_ids: pl.Series, folds: int) -> pl.DataFrame:
    """student_id, fold: the same students in the same folds each time."""
    ids = student_ids.unique().sort()
    order = np.random.default_rng(0).permutation(len(ids))
    return pl.DataFrame({"student_id": ids, "fold": pl.Series(order % min(folds, max(len(ids), 1)), dtype=pl.Int64)})


def _with_last(before: pl.DataFrame, observations: dy.DataFrame[Observation]) -> pl.DataFrame:
    """`before` with `last`, the newest equated score from before the attempt."""
    anchors = observations.filter("anchor").select("student_id", "taken_on", last="epc").sort("taken_on")
    return before.with_row_index("n").sort("taken_on").join_asof(
        anchors, on="taken_on", by="student_id", allow_exact_matches=False, check_sortedness=False
    ).sort("n").drop("n")


def _last_raw(rows: pl.DataFrame, curve: CurveInUse) -> pl.Series:
    """The working curve's chance at each row's `last`."""
    pass_curve = curve.pass_curve(rows["exam"], rows["first"].to_numpy(), rows["group"].to_numpy())
    score = pass_curve.working_score(rows["last"].to_numpy(), np.full(len(rows), curve.score_variance))
    return pl.Series(ndtr(score), dtype=pl.Float64)


def _each_fold(rows: pl.DataFrame, curves: list[CurveInUse]) -> pl.Series:
    """The chance of each row by the curve that has not seen its fold; a student of no fold is in none."""
    chance = np.full(len(rows), np.nan)
    fold, mean, variance = rows["fold"].fill_null(0).to_numpy(), rows["mean"].to_numpy(), rows["variance"].to_numpy()
    for n, curve in enumerate(curves):
        at = np.flatnonzero(fold == n)
        part = rows[at]
        pass_curve = curve.pass_curve(
            part["exam"], part["first"].to_numpy(), part["group"].to_numpy(), part.select(COVARIATES).to_numpy())
        chance[at] = pass_curve.chance(mean[at], variance[at])
    return pl.Series(chance, dtype=pl.Float64).fill_nan(None)


def _rates(before: pl.DataFrame, fold: int, policy: Policy) -> pl.DataFrame:
    others = before.filter(pl.col("fold") != fold).group_by(OF_EXAM).agg(
        base_rate=pl.when(pl.len() >= policy.readiness.backtest.fewest_for_rate).then(pl.col("passed").mean()))
    return others.with_columns(fold=pl.lit(fold, pl.Int64))
