"""Wander: what moves readiness beside the growth curve. Drift from day to day, and studying anew after a failure."""

from dataclasses import dataclass, replace

import numpy as np

from pipelines.marts.model.chance import Floats
from pipelines.marts.model.growth import Ints, Scores, basis
from pipelines.policy.readiness import ModelPriors


@dataclass(frozen=True, eq=False)
class Failures:
    """Rows x failures, oldest first: the day (out of reach where there is none), and the EPC that studying anew after
    it gives in the end (marts.regain)."""

    on: Ints
    gain: Floats

    def of(self, rows: Ints) -> "Failures":
        return Failures(self.on[rows], self.gain[rows])

    def regained(self, day: Ints, priors: ModelPriors) -> Floats:
        """EPC regained by a day (one a row, or rows x days), all failures together."""
        rows = len(self.on)
        total = np.zeros(day.shape if day.shape[0] == rows else (rows, *day.shape[1:]))
        for on, gain in zip(self.on.T, self.gain.T, strict=True):
            if day.ndim == 2:
                on, gain = on[:, None], gain[:, None]
            total = total + gain * basis(day - on, priors.retake_gain_days)
        return total


def wandered(days: Floats, regained_between: Floats, priors: ModelPriors) -> tuple[Floats, Floats]:
    """The variance of readiness between a student's newest score and a day so far from it, and the part of it that all
    retakers share: nobody knows how much the usual gain is here."""
    shared = (priors.retake_gain_doubt * regained_between) ** 2
    return priors.drift_per_day * np.abs(days) + (priors.retake_gain_spread * regained_between) ** 2 + shared, shared


def less_regained(scores: Scores, day: Ints, newest: Ints, failures: Failures, priors: ModelPriors) -> Scores:
    """Scores as they would be without the gains after failures, less sure the more of a gain lies between a score
    and the newest one."""
    if not failures.on.shape[1]:
        return scores
    failed = (failures.gain.max(axis=1) > 0)[scores.student]
    who = scores.student[failed]
    mine, value, variance = failures.of(who), scores.value.copy(), scores.variance.copy()
    risen = mine.regained(day[failed], priors)
    value[failed] -= risen
    variance[failed] += wandered(np.zeros(1), mine.regained(newest[who], priors) - risen, priors)[0]
    return replace(scores, value=value, variance=variance)
