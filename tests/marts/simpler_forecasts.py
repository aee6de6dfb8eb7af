"""Forecasts that need no model: the last score, recalibrated or through policy's curve, and a pooled logistic.

They know of each class what is known of the newest: its scores up to the same day of its year.
"""

from datetime import timedelta

import numpy as np
import polars as pl
from scipy.optimize import minimize
from scipy.special import expit, ndtr

from tests.marts.builders import POLICY
from tests.marts.worlds import AS_OF_DAY, Floats, Made, begins

RIDGE = 0.01  # on standardized slopes: as good as none, but separated outcomes have a maximum too


def logistic(x: Floats, passed: np.ndarray, new: Floats) -> Floats:
    """The chances of the rows `new` by a logistic regression of `passed` on the columns of x."""
    mean, sd = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    z, sign = (x - mean) / sd, np.where(passed, -1.0, 1.0)

    def loss(at: Floats) -> tuple[float, Floats]:
        eta = at[0] + z @ at[1:]
        miss = sign * expit(sign * eta)
        value = np.logaddexp(0, sign * eta).sum() + RIDGE / 2 * (at[1:] @ at[1:])
        return float(value), np.append(miss.sum(), miss @ z + RIDGE * at[1:])

    best = minimize(loss, np.zeros(1 + z.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-6}).x
    return np.asarray(expit(best[0] + (new - mean) / sd @ best[1:]))


def features(school: Made, seen: pl.DataFrame) -> pl.DataFrame:
    """A row a student: last (newest equated score), newest (of any), mean, count, days to the exam; null where none."""
    days = pl.Series([begins(group) + timedelta(days=AS_OF_DAY) for group in school.group], dtype=pl.Date)
    people = school.students.select("student_id", "planned_on", known_on=days)
    known = seen.join(people, on="student_id").filter(pl.col("taken_on") <= pl.col("known_on")).sort("taken_on")
    by_student = known.group_by("student_id").agg(
        last=pl.col("epc").filter("anchor").last(), newest=pl.col("epc").last(), mean=pl.col("epc").mean(),
        count=pl.len().cast(pl.Float64),
    )
    sat = school.attempts.select("student_id", sat_on="taken_on")
    ahead = (pl.coalesce("sat_on", "planned_on") - pl.col("known_on")).dt.total_days().cast(pl.Float64)
    return people.join(by_student, on="student_id", how="left", maintain_order="left").join(
        sat, on="student_id", how="left", maintain_order="left"
    ).with_columns(ahead=ahead.fill_null(ahead.median()).fill_null(0.0))


def simpler_forecasts(school: Made, seen: pl.DataFrame) -> dict[str, Floats]:
    """Of each student of the newest class, nan where there is no such score: the chances `last`, `static`, `pooled`.

    Without outcomes `last` is the same as `static`, and `pooled` is nan.
    """
    rows = features(school, seen)
    sat = rows["sat_on"].is_not_null().to_numpy()
    last = rows["last"].cast(pl.Float64).to_numpy()
    x = rows.select("newest", "mean", "ahead", "count").cast(pl.Float64).to_numpy()
    curve, new = POLICY.readiness.curves.working, school.newest
    static = ndtr((last[new] - curve.c) / curve.s)
    if not sat.any():
        return {"last": static, "static": static, "pooled": np.full(len(new), np.nan)}
    with_last, scored = sat & np.isfinite(last), sat & np.isfinite(x[:, 0])
    return {
        "last": logistic(last[with_last, None], school.passed[with_last], last[new, None]), "static": static,
        "pooled": logistic(x[scored], school.passed[scored], x[new]),
    }
