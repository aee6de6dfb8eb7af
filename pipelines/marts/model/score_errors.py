"""Score errors as the school's own scores show them: larger or smaller than stated, and now and then a mistyped score.

A score's error is a mixture: with the chance `mistyped` it is `mistyped_sd` wider. Each score is compared with
its leave-one-out prediction, from the student's other scores and the class, so that no score vouches for itself. Its
error variance becomes the one whose precision is the mixture's mean.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipelines.marts.model.chance import Floats
from pipelines.marts.model.growth import Fit, Ints, Scores, inverse, packed, product
from pipelines.policy.readiness import ModelPriors

ROUNDS = 3  # of comparing every score with the others, each time with the variances of the round before


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """Leave-one-out prediction of scores by a fit: how far each lies from its class's curve (EPC), its time, and the
    variance of that curve."""

    scores: Scores
    omega: Floats
    apart: Floats
    x: Floats
    shared: Floats

    @classmethod
    def of(cls, scores: Scores, fit: Fit) -> "LeaveOneOut":
        row, x = scores.student, fit.time.x(scores.days, scores.until)
        level = fit.theta[0] + fit.theta[2 + scores.group[row]] + np.append(fit.theta[2 + scores.groups :], 0.0)[
            scores.offset]
        return cls(scores, fit.omega, scores.value - level - x * fit.theta[1], x, _shared_variance(scores, fit, x))

    def residuals(self, variance: Floats) -> tuple[Floats, Floats]:
        """Each score less its leave-one-out prediction (EPC), and that prediction's variance: of the student's
        readiness and of the shared part. `variance` is each score's."""
        row, n, x, w = self.scores.student, self.scores.students, self.x, 1 / variance
        wx, w_apart = w * x, w * self.apart
        gram, moment = (np.stack([np.bincount(row, part, minlength=n).astype(float) for part in parts], axis=1)
                        for parts in ((w, wx, wx * x), (w_apart, w_apart * x)))
        own = inverse(inverse(packed(self.omega)) + gram)
        deviation, v = product(own, moment)[row], own[row]
        explained = v[:, 0] + 2 * x * v[:, 1] + x * x * v[:, 2]
        free = np.maximum(1 - explained * w, 1e-9)
        return (self.apart - deviation[:, 0] - x * deviation[:, 1]) / free, explained / free + self.shared

    def agrees_with_neighbor(self, sds: float) -> Ints:
        """Whether the score before or after it of the same student, in order of date, agrees with each: two forms in
        a row that agree are no mistakes, however far from the others (a collapse, or a leap)."""
        order = np.lexsort((self.scores.days, self.scores.student))
        row, apart, usual = self.scores.student[order], self.apart[order], self.scores.usual[order]
        agree = (row[1:] == row[:-1]) & (np.abs(np.diff(apart)) <= sds * np.sqrt(usual[1:] + usual[:-1]))
        found = np.zeros(len(row), dtype=bool)
        found[order] = np.append(agree, False) | np.insert(agree, 0, False)
        return found


def _shared_variance(scores: Scores, fit: Fit, x: Floats) -> Floats:
    """Of each score's class curve and offset together."""
    k, at = scores.columns + 1, 2 + scores.groups
    known = np.pad(fit.theta_cov, (0, 1))  # the last row and column: no offset
    cell, place = np.unique(scores.group[scores.student] * k + scores.offset % k, return_inverse=True)
    level = np.zeros((len(cell), len(known)))
    level[:, 0] = 1
    level[np.arange(len(cell)), 2 + cell // k] += 1
    level[np.arange(len(cell)), at + cell % k] += 1
    of_level, with_growth = ((level @ known) * level).sum(1), level @ known[:, 1]
    return np.asarray(of_level[place] + 2 * x * with_growth[place] + x * x * known[1, 1])


def robust(scores: Scores, fit: Fit, priors: ModelPriors) -> Scores:
    """The scores with the errors that this school's scores show, each likely mistyped one with a larger one."""
    error = scores.error * fit.error_share[scores.kind]
    return widened(replace(scores, error=error, usual=scores.variance + error - scores.error), fit, priors)


def widened(scores: Scores, reference: Fit, priors: ModelPriors) -> Scores:
    """The scores, each likely mistyped one with a larger variance than its usual one."""
    usual, wide = scores.usual, priors.mistyped_sd**2
    by, variance, chance = LeaveOneOut.of(scores, reference), usual, scores.mistyped
    isolated = ~by.agrees_with_neighbor(priors.agree_sd)
    for _ in range(ROUNDS):
        gap, spread = by.residuals(variance)
        chance = isolated * _mistyped(gap, spread + usual, wide, priors.mistyped)
        variance = 1 / ((1 - chance) / usual + chance / (usual + wide))
    return replace(scores, mistyped=chance, variance=variance)


def _mistyped(gap: Floats, variance: Floats, wide: float, prior: float) -> Floats:
    """The chance that an error was the wide one, from the gap and its variance with the usual error."""
    log_odds = np.log(prior / (1 - prior)) + 0.5 * np.log(variance / (variance + wide))
    log_odds += 0.5 * gap**2 * (1 / variance - 1 / (variance + wide))
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -500, 500))))


def mistyped_scores(score_rows: pl.DataFrame, scores: Scores, reference: Fit) -> pl.DataFrame:
    """row, instrument, taken_on, gap: each student's score that is likeliest mistyped, if it is more likely so than
    not, and how far it lies from its leave-one-out prediction (EPC)."""
    gap, _ = LeaveOneOut.of(scores, reference).residuals(scores.variance)
    return score_rows.select("row", "instrument", "taken_on").with_columns(
        gap=pl.Series(gap), chance=pl.Series(scores.mistyped)
    ).filter(pl.col("chance") > 0.5).sort("row", "chance", descending=[False, True], maintain_order=True).unique(
        "row", keep="first", maintain_order=True).drop("chance")


def error_share(scores: Scores, fit: Fit, priors: ModelPriors) -> Floats:
    """Of each instrument and scale, the error variance that its scores show, as a share of the stated one; policy's
    counts as much as so many scores (`scores.error_worth`). `scores` are robust ones."""
    gap, spread = LeaveOneOut.of(scores, fit).residuals(scores.variance)
    kinds, stated = len(fit.error_share), scores.error / fit.error_share[scores.kind]
    drift = scores.usual - scores.error
    weight = (1 - scores.mistyped) * (stated / (spread + drift + scores.error)) ** 2
    beyond = np.bincount(scores.kind, weight * ((gap**2 - spread - drift) / stated - 1), minlength=kinds)
    share = 1 + beyond / (np.bincount(scores.kind, weight, minlength=kinds) + scores.error_worth)
    return np.asarray(np.clip(share, priors.error_least, priors.error_most))
