"""Recalibration: how the school's own outcomes correct the chances that the curve gives.

log odds = the class year's intercept + slope * the curve's log odds + what missing forms tell (class_forms.py): a
Bayesian logistic update from identity. The intercept may change from class year to class year, so it follows a changed
standard as evidence allows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit

from pipelines.contracts.readiness import FailuresVerdict
from pipelines.marts.model.chance import Floats, bounded, log_odds
from pipelines.marts.model.class_forms import COVARIATES
from pipelines.marts.model.newton import log_likelihood, maximum
from pipelines.policy.readiness import RecalibrationPriors


@dataclass(frozen=True, eq=False)
class Recalibration:
    """The recalibration of one exam's first attempts, or retakes: an intercept a class year, a coefficient for each of
    COVARIATES, one slope, and their covariance in this order. `prior_sd` is that of
    each class year's intercept; `inclusion` is the probability that missing forms matter."""

    intercept: Floats
    missing: Floats
    slope: float
    cov: Floats
    outcomes: int
    prior_sd: Floats
    inclusion: float

    def of_ninety(self, year: int) -> float:
        """What the curve's 90 % has become for one class year."""
        return float(bounded(self.intercept[year] + self.slope * log_odds(np.array(0.9))))

    def undecided(self, year: int) -> float:
        """The share of one class year's prior uncertainty that is left."""
        return min(1.0, float(np.sqrt(self.cov[year, year])) / self.prior_sd[year]) if self.outcomes else 1.0

    def of(self, year: int, covariates: Floats) -> tuple[Floats, Floats]:
        """The intercept of each of these students of one class year (n x COVARIATES), and the packed covariance of
        intercept and slope (n x 3)."""
        own = [year, *range(len(self.intercept), len(self.cov) - 1)]
        design = np.column_stack([np.ones(len(covariates)), covariates])
        variance = ((design @ self.cov[np.ix_(own, own)]) * design).sum(axis=1)
        slope_variance = np.full(len(design), self.cov[-1, -1])
        cov = np.stack([variance, design @ self.cov[own, -1], slope_variance], axis=1)
        return self.intercept[year] + covariates @ self.missing, cov


def recalibration(
    raw: Floats, passed: Floats, year: Floats, years: int, priors: RecalibrationPriors, covariates: Floats | None = None
) -> Recalibration:
    """The recalibration from the curve's chances, the outcomes, their class years (0 is the oldest of `years`) and
    COVARIATES (n x 2; None where nobody lacks any).

    Two recalibrations, one in which missing forms tell nothing, are averaged by how likely each is.
    """
    nothing = np.zeros((len(raw), len(COVARIATES)))
    without = _mode(np.column_stack([nothing, log_odds(raw)]), passed, year, years, priors)
    at, cov, inclusion = without.at, without.cov.copy(), 0.0
    cov[years:-1] = cov[:, years:-1] = 0
    if covariates is not None and covariates.any():
        by_forms = _mode(np.column_stack([covariates, log_odds(raw)]), passed, year, years, priors)
        inclusion = float(expit(priors.missing_forms.log_odds + by_forms.log_evidence - without.log_evidence))
        apart = by_forms.at - without.at
        at = at + inclusion * apart
        cov = inclusion * by_forms.cov + (1 - inclusion) * (cov + inclusion * np.outer(apart, apart))
    prior_sd = np.hypot(priors.intercept_sd, priors.drift_sd * np.sqrt(np.arange(years)))
    return Recalibration(at[:years], at[years:-1], float(at[-1]), cov, len(raw), prior_sd, inclusion)


@dataclass(frozen=True, eq=False)
class _Mode:
    """All parameters, their covariance, and the log evidence of the model but for a constant."""

    at: Floats
    cov: Floats
    log_evidence: float


def _mode(x: Floats, passed: Floats, year: Floats, years: int, priors: RecalibrationPriors) -> _Mode:
    """The posterior's mode within policy's bounds of the slope, and the curvature there, from COVARIATES and the log
    odds (`x`)."""
    prior = _prior(years, priors)
    precision = prior.T @ prior
    identity = np.append(np.zeros(len(prior) - 1), 1.0)

    def log_posterior(at: Floats) -> float:
        return log_likelihood(passed, at[year] + x @ at[years:]) - float(((prior @ (at - identity)) ** 2).sum()) / 2

    def derivatives(at: Floats) -> tuple[Floats, Floats]:
        mu = expit(at[year] + x @ at[years:])
        miss = passed - mu
        gradient = np.append(np.bincount(year, miss, years), miss @ x) - prior.T @ (prior @ (at - identity))
        return gradient, precision + _information(x, mu * (1 - mu), year, years)

    mode, information = maximum(log_posterior, derivatives, identity)
    if not priors.least_slope <= mode[-1] <= priors.most_slope:
        mode, information = _with_slope(float(np.clip(mode[-1], priors.least_slope, priors.most_slope)),
                                        log_posterior, derivatives, mode[:-1])
    cov = np.asarray(np.linalg.inv(information), dtype=np.float64)
    return _Mode(mode, cov, log_posterior(mode) - float(np.linalg.slogdet(information)[1]) / 2)


def _with_slope(
    slope: float, log_posterior: Callable[[Floats], float],
    derivatives: Callable[[Floats], tuple[Floats, Floats]], start: Floats,
) -> tuple[Floats, Floats]:
    """The mode where the slope is this bound (the posterior is concave, so no point within is higher), and the
    information of all parameters there."""
    def of_others(at: Floats) -> tuple[Floats, Floats]:
        gradient, information = derivatives(np.append(at, slope))
        return gradient[:-1], information[:-1, :-1]

    others, _ = maximum(lambda at: log_posterior(np.append(at, slope)), of_others, start)
    mode = np.append(others, slope)
    return mode, derivatives(mode)[1]


def _prior(years: int, priors: RecalibrationPriors) -> Floats:
    """The square root of the prior precision: the first year's intercept about 0, each next one about the one before,
    what missing forms tell about 0, the slope about 1. A square root, because the precision itself would lose digits by
    cancellation."""
    size, forms = years + len(COVARIATES) + 1, priors.missing_forms
    differences = np.eye(size) - np.eye(size, k=-1)
    differences[years:] = np.eye(size)[years:]
    drift = [priors.drift_sd] * (years - 1)
    return differences / np.array([[
        priors.intercept_sd, *drift, forms.lacking_sd, forms.late_sd, priors.slope_sd]]).T


def _information(x: Floats, weight: Floats, year: Floats, years: int) -> Floats:
    weighted = weight[:, None] * x
    between = np.stack([np.bincount(year, column, years) for column in weighted.T], axis=1)
    return np.block([[np.diag(np.bincount(year, weight, years)), between], [between.T, weighted.T @ x]])


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
