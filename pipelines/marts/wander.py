"""Wander: what moves readiness beside the growth curve. Drift from day to day, and studying anew after a failure."""

from dataclasses import replace

import numpy as np

from pipelines.marts.chance import Floats
from pipelines.marts.growth import Ints, Scores, basis
from pipelines.policy import ModelPriors


def regained(failed_on: Ints, day: Ints, priors: ModelPriors) -> Floats:
    """How much of the gain after each failure is made by a day, summed over failures (rows x failures)."""
    total = np.zeros(day.shape if day.shape[0] == len(failed_on) else (len(failed_on), *day.shape[1:]))
    for failures in failed_on.T:
        total = total + basis(day - (failures[:, None] if day.ndim == 2 else failures), priors.retake_gain_days)
    return total


def wandered(days: Floats, regained_between: Floats, priors: ModelPriors) -> Floats:
    """The variance of readiness between a student's newest score and a day so far from it."""
    return priors.drift_per_day * np.abs(days) + (priors.retake_gain_sd * regained_between) ** 2


def less_regained(scores: Scores, day: Ints, newest: Ints, failed_on: Ints, priors: ModelPriors) -> Scores:
    """Scores as they would be without the gains after failures, less sure the more of a gain lies between a score
    and the newest one."""
    if not failed_on.shape[1]:
        return scores
    failures = failed_on[scores.student]
    risen = regained(failures, day, priors)
    between = regained(failures, newest[scores.student], priors) - risen
    return replace(
        scores, value=scores.value - priors.retake_gain_mean * risen,
        variance=scores.variance + (priors.retake_gain_sd * between) ** 2,
    )
