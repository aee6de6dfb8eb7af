"""Recalibration: how the school's own outcomes correct the chances that the curve gives.

log odds = the class year's intercept + slope * the curve's log odds: a Bayesian logistic update from identity.
The intercept may change from class year to class year, so it follows a changed standard as evidence allows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit

from pipelines.contracts.readiness import FailuresVerdict
from pipelines.marts.model.chance import Floats, log_odds, told
from pipelines.marts.model.newton import log_likelihood, maximum
from pipelines.policy.readiness import RecalibrationPriors


@dataclass(frozen=True, eq=False)
class Recalibration:
    """The recalibration of one exam's first attempts, or retakes: an intercept a class year, one slope, and their
    covariance; `prior_sd` is that of each class year's intercept."""

    intercept: Floats
    slope: float
    cov: Floats
    outcomes: int
    prior_sd: Floats

    def of_ninety(self, year: int) -> float:
        """What the curve's 90 % has become for one class year."""
        return float(told(self.intercept[year] + self.slope * log_odds(np.array(0.9))))

    def of(self, year: int) -> tuple[float, float, Floats, float]:
        """One class year's intercept, slope, packed covariance, and share of the prior uncertainty that is left."""
        cov = np.array([self.cov[year, year], self.cov[year, -1], self.cov[-1, -1]])
        left = min(1.0, float(np.sqrt(cov[0]) / self.prior_sd[year])) if self.outcomes else 1.0
        return float(self.intercept[year]), self.slope, cov, left


def recalibration(raw: Floats, passed: Floats, year: Floats, years: int, priors: RecalibrationPriors) -> Recalibration:
    """The posterior's mode within policy's bounds of the slope, and the curvature there, from the curve's chances, the
    outcomes and their class years (0 is the oldest of `years`)."""
    prior = _prior(years, priors)
    precision = prior.T @ prior
    identity, x = np.append(np.zeros(years), 1.0), log_odds(raw)

    def log_posterior(at: Floats) -> float:
        return log_likelihood(passed, at[year] + at[-1] * x) - float(((prior @ (at - identity)) ** 2).sum()) / 2

    def derivatives(at: Floats) -> tuple[Floats, Floats]:
        mu = expit(at[year] + at[-1] * x)
        miss = passed - mu
        gradient = np.append(np.bincount(year, miss, years), miss @ x) - prior.T @ (prior @ (at - identity))
        return gradient, precision + _information(x, mu * (1 - mu), year, years)

    mode, information = maximum(log_posterior, derivatives, identity)
    if not priors.least_slope <= mode[-1] <= priors.most_slope:
        mode, information = _with_slope(float(np.clip(mode[-1], priors.least_slope, priors.most_slope)),
                                        log_posterior, derivatives, mode[:-1])
    cov = np.asarray(np.linalg.inv(information), dtype=np.float64)
    prior_sd = np.sqrt(np.diag(np.linalg.inv(precision)))[:-1]
    return Recalibration(mode[:-1], float(mode[-1]), cov, len(raw), prior_sd)


def _with_slope(
    slope: float, log_posterior: Callable[[Floats], float],
    derivatives: Callable[[Floats], tuple[Floats, Floats]], start: Floats,
) -> tuple[Floats, Floats]:
    """The mode where the slope is this bound (the posterior is concave, so no point within is higher), and the
    information of all parameters there."""
    def of_intercepts(at: Floats) -> tuple[Floats, Floats]:
        gradient, information = derivatives(np.append(at, slope))
        return gradient[:-1], information[:-1, :-1]

    intercepts, _ = maximum(lambda at: log_posterior(np.append(at, slope)), of_intercepts, start)
    mode = np.append(intercepts, slope)
    return mode, derivatives(mode)[1]


def _prior(years: int, priors: RecalibrationPriors) -> Floats:
    """The square root of the prior precision: the first year's intercept about 0, each next one about the one before,
    the slope about 1. A square root, because the precision itself would lose digits by cancellation."""
    differences = np.eye(years + 1) - np.eye(years + 1, k=-1)
    differences[-1, -2] = 0
    return differences / np.array([[priors.intercept_sd], *[[priors.drift_sd]] * (years - 1), [priors.slope_sd]])


def _information(x: Floats, weight: Floats, year: Floats, years: int) -> Floats:
    information = np.zeros((years + 1, years + 1))
    information[:-1, :-1] = np.diag(np.bincount(year, weight, years))
    information[-1, :-1] = information[:-1, -1] = np.bincount(year, weight * x, years)
    information[-1, -1] = weight @ (x * x)
    return information


def failures_by_class(before: pl.DataFrame, priors: RecalibrationPriors) -> pl.DataFrame:
    """Failures by exam and class year, first attempts and retakes apart, against those that the curve expected.

    `before` has exam, first, class_year, raw, passed, intercept, ninety. 95 % of such classes would fall between
    `low` and `high`; `verdict_id` is a FailuresVerdict.
    """
    fail = 1 - pl.col("raw")
    rows = before.group_by("exam", "first", "class_year").agg(
        sat=pl.len(), failed=(~pl.col("passed")).sum(), expected=fail.sum(),
        sd=(fail * (1 - fail)).sum().sqrt(), intercept=pl.col("intercept").first(), ninety=pl.col("ninety").first(),
    ).sort("exam", "first", "class_year", descending=[True, True, False], nulls_last=True)
    low, high = (pl.col("expected") + side * priors.drift_sds * pl.col("sd") for side in (-1, 1))
    few = pl.col("expected") < priors.fewest_expected
    return rows.with_columns(low=low.clip(0), high=pl.min_horizontal(high, "sat")).with_columns(
        verdict_id=pl.when((pl.col("sat") < priors.fewest_sat) | (few & pl.col("failed").is_between("low", "high")))
        .then(pl.lit(FailuresVerdict.TOO_FEW_TO_SAY))
        .when(pl.col("failed") > pl.col("high")).then(pl.lit(FailuresVerdict.MORE_FAILURES))
        .when(pl.col("failed") < pl.col("low")).then(pl.lit(FailuresVerdict.FEWER_FAILURES))
        .otherwise(pl.lit(FailuresVerdict.AS_EXPECTED))
    ).drop("sd")
