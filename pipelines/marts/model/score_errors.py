"""Score errors as the school's own scores show them: larger or smaller than stated, and now and then a mistyped score.

A score's error is a mixture: with the chance `mistyped` it is `mistyped_sd` wider. A score is judged by what its
student's other scores and the class say of it (the exact normal distribution without it), so one score never vouches
for itself. Its error variance becomes the one whose precision is the mixture's mean.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.marts.model.chance import Floats
from pipelines.marts.model.growth import Fit, Scores, inverse, packed, product
from pipelines.policy.readiness import ModelPriors

ROUNDS = 4  # of judging every score by the others, each time with what the round before left of these


def left_out(scores: Scores, fit: Fit) -> tuple[Floats, Floats]:
    """How far each score lies from what is expected of it without it (EPC), and the variance of that distance without
    its own error: of the student's readiness and of the shared part."""
    row, x, g = scores.student, fit.time.x(scores.days, scores.until), scores.groups
    level = fit.theta[0] + fit.theta[2 + scores.group[row]]
    apart = scores.value - level - x * fit.theta[1] - np.append(fit.theta[2 + g :], 0.0)[scores.offset]
    shared = _shared_variance(scores, fit, x)
    w = 1 / scores.variance

    def total(values: Floats) -> Floats:
        return np.bincount(row, values, minlength=scores.students).astype(float)

    gram = np.stack([total(w), total(w * x), total(w * x * x)], axis=1)
    own = inverse(inverse(packed(fit.omega)) + gram)
    deviation = product(own, np.stack([total(w * apart), total(w * x * apart)], axis=1))[row]
    v = own[row]
    explained = v[:, 0] + 2 * x * v[:, 1] + x * x * v[:, 2]
    free = np.maximum(1 - explained * w, 1e-9)
    return (apart - deviation[:, 0] - x * deviation[:, 1]) / free, explained / free + shared


def _shared_variance(scores: Scores, fit: Fit, x: Floats) -> Floats:
    """Of each score's class curve and offset together."""
    known = np.pad(fit.theta_cov, (0, 1))  # the last row and column: no offset
    level, growth = np.zeros(len(x), dtype=int), np.ones(len(x), dtype=int)
    parts = [(level, 1.0), (growth, x), (2 + scores.group[scores.student], 1.0),
             (np.where(scores.offset < 0, len(known) - 1, 2 + scores.groups + scores.offset), 1.0)]
    return np.asarray(sum(known[i, j] * a * b for i, a in parts for j, b in parts))


def trusted(scores: Scores, fit: Fit, priors: ModelPriors) -> Scores:
    """The scores with the errors that this school's scores show, each likely mistyped one with a larger one."""
    error = scores.error * fit.error_share[scores.kind]
    return judged(replace(scores, error=error, usual=scores.variance + error - scores.error), fit, priors)


def judged(scores: Scores, judge: Fit, priors: ModelPriors) -> Scores:
    """The scores, each likely mistyped one with a larger variance than its usual one."""
    usual, wide = scores.usual, priors.mistyped_sd**2
    found = replace(scores, variance=usual)
    for _ in range(ROUNDS):
        gap, spread = left_out(found, judge)
        chance = _mistyped(gap, spread + usual, wide, priors.mistyped)
        found = replace(found, mistyped=chance, variance=1 / ((1 - chance) / usual + chance / (usual + wide)))
    return found


def _mistyped(gap: Floats, variance: Floats, wide: float, prior: float) -> Floats:
    """The chance that an error was the wide one, from the gap and its variance with the usual error."""
    log_odds = np.log(prior / (1 - prior)) + 0.5 * np.log(variance / (variance + wide))
    log_odds += 0.5 * gap**2 * (1 / variance - 1 / (variance + wide))
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -500, 500))))


def mistyped_scores(score_rows: pl.DataFrame, scores: Scores, judge: Fit) -> pl.DataFrame:
    """row, instrument, taken_on, gap: of each student whose scores are judged, the likeliest of those more likely
    mistyped than not, and how far it lies from what all else says (EPC)."""
    gap, _ = left_out(scores, judge)
    return score_rows.select("row", "instrument", "taken_on").with_columns(
        gap=pl.Series(gap), chance=pl.Series(scores.mistyped)
    ).filter(pl.col("chance") > 0.5).sort("row", "chance", descending=[False, True], maintain_order=True).unique(
        "row", keep="first", maintain_order=True).drop("chance")


def error_share(scores: Scores, fit: Fit, priors: ModelPriors) -> Floats:
    """Of each instrument and scale, the error variance that its scores show, as a share of the stated one; policy's
    counts as much as so many scores (`scores.error_worth`). `scores` are trusted ones."""
    gap, spread = left_out(scores, fit)
    kinds, stated = len(fit.error_share), scores.error / fit.error_share[scores.kind]
    drift = scores.usual - scores.error
    weight = (1 - scores.mistyped) * (stated / (spread + drift + scores.error)) ** 2
    beyond = np.bincount(scores.kind, weight * ((gap**2 - spread - drift) / stated - 1), minlength=kinds)
    share = 1 + beyond / (np.bincount(scores.kind, weight, minlength=kinds) + scores.error_worth)
    return np.asarray(np.clip(share, priors.error_least, priors.error_most))
