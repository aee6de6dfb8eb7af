"""Growth coefficients: each student's level and growth, from the shared fit and that student's scores and outcomes."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import log_ndtr

from pipelines.marts.model.chance import Floats
from pipelines.marts.model.growth import Fit, Ints, Scores, Sums, deviations, own_deviations, product


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Each student's level and growth: mean n x 2, packed covariance n x 3, and its part that the class shares."""

    mean: Floats
    cov: Floats
    shared: Floats

    def at(self, rows: Ints, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Mean, variance and shared variance of level + growth * x for students' rows (x may be rows x days)."""
        level, growth, v, h = self.mean[rows, 0], self.mean[rows, 1], self.cov[rows], self.shared[rows]
        if x.ndim == 2:
            level, growth, v, h = level[:, None], growth[:, None], v[:, :, None], h[:, :, None]
        mean = level + growth * x
        variance = v[:, 0] + 2 * x * v[:, 1] + x * x * v[:, 2]
        shared = h[:, 0] + 2 * x * h[:, 1] + x * x * h[:, 2]
        return mean, np.maximum(variance, 0.0), np.clip(shared, 0.0, np.maximum(variance, 0.0))


def posterior(s: Sums, fit: Fit, group: Ints) -> Coefficients:
    """Each student's class curve + offset + deviation; exact, and it includes the uncertainty of the shared part."""
    by_part, at = [], 0
    for part in s.parts():
        by_part.append(_posterior(part, fit, group[at : at + len(part.gram)]))
        at += len(part.gram)
    return Coefficients(*(np.concatenate(parts) for parts in zip(*by_part, strict=True)))


def _posterior(s: Sums, fit: Fit, group: Ints) -> tuple[Floats, Floats, Floats]:
    mean, own, follows = deviations(s, fit)
    rows = np.arange(len(group))
    follows[:, 0, 0] += 1
    follows[:, 1, 1] += 1
    follows[rows, 0, 2 + group] += 1
    mean = mean + fit.theta[:2]
    mean[:, 0] += fit.theta[2 + group]
    level, growth = follows[:, 0], follows[:, 1]
    by_level = level @ fit.theta_cov
    shared = np.stack([
        (by_level * level).sum(1), (by_level * growth).sum(1), ((growth @ fit.theta_cov) * growth).sum(1)
    ], axis=1)
    return mean, own + shared, shared


def odd_scores(score_rows: pl.DataFrame, scores: Scores, s: Sums, fit: Fit) -> pl.DataFrame:
    """The outlying score of each student with three or more scores: the one furthest from the others, in its own sd as
    if it were not mistyped.

    `gap` is its distance in EPC from the others' mean, after growth and bias. `level` and `growth` are how the
    student's curve moves without it. With two scores neither is the outlier.
    """
    mean, own = own_deviations(s, fit)
    row, x, w = scores.student, fit.time.x(scores.days, scores.until), 1 / scores.variance
    bias = np.append(fit.theta[2 + scores.groups :], 0.0)[scores.offset]
    level = scores.value - bias - x * (mean[row, 1] + fit.theta[1])
    rest = np.maximum(s.gram[row, 0] - w, 1e-12)
    apart = level - (np.bincount(row, w * level, minlength=scores.students)[row] - w * level) / rest
    gap_sd = apart / np.sqrt(scores.usual + 1 / rest)
    at = _furthest(row, np.abs(gap_sd), scores.students)

    row, variance = row[at], scores.variance[at]
    z = np.stack([np.ones(len(at)), x[at]], axis=1)
    expected = bias[at] + (z * (mean[row] + fit.theta[:2])).sum(1) + fit.theta[2 + scores.group[row]]
    pull = product(own[row], z)
    free = np.maximum(1 - (z * pull).sum(1) / variance, 1e-9)
    shift = -pull * ((scores.value[at] - expected) / free / variance)[:, None]
    return score_rows.select("row", "instrument", "form", "taken_on")[at].with_columns(
        gap=apart[at], gap_sd=gap_sd[at], level=shift[:, 0], growth=shift[:, 1]
    )


def _furthest(row: Ints, size: Floats, students: int) -> Ints:
    """The place of the largest size of each student with three or more scores; the first of equal ones."""
    most = np.full(students, -1.0)
    np.maximum.at(most, row, size)
    furthest = np.flatnonzero((size == most[row]) & (np.bincount(row, minlength=students) > 2)[row])
    return furthest[np.unique(row[furthest], return_index=True)[1]]


def with_outcomes(
    before: Coefficients, row: Ints, x: Floats, belief: tuple[Floats, Floats], sign: Floats, c: Floats, curve: Floats
) -> Coefficients:
    """Coefficients after one pass (sign 1) or fail (-1) of each of these students: the normal distribution with the
    posterior's mean and variance.

    x is the basis on the day of the attempt, `belief` the readiness on that day (mean, variance), c and `curve` the
    middle and variance of the passing curve.
    """
    mean, variance = belief
    total = np.sqrt(curve + variance)
    z = sign * (mean - c) / total
    ratio = np.exp(-0.5 * z * z - 0.5 * np.log(2 * np.pi) - log_ndtr(z))
    pull = product(before.cov[row], np.stack([np.ones_like(x), x], axis=1))
    narrower = (ratio * (z + ratio) / total**2)[:, None]
    both = np.stack([pull[:, 0] ** 2, pull[:, 0] * pull[:, 1], pull[:, 1] ** 2], axis=1)
    new_mean, new_cov = before.mean.copy(), before.cov.copy()
    new_mean[row] += pull * (sign * ratio / total)[:, None]
    new_cov[row] -= both * narrower
    return Coefficients(new_mean, new_cov, before.shared)
