"""Random drift between scores, and the extra gain after a failed attempt."""

from dataclasses import dataclass, replace

import numpy as np

from pipelines.marts.model.chance import Floats
from pipelines.marts.model.growth import Ints, Scores, basis
from pipelines.policy.readiness import ModelPriors


@dataclass(frozen=True, eq=False)
class Failures:
    """Each student's failed attempts (rows x failures, oldest first): the day of each (out of reach where there is
    none), and the EPC that studying after it adds in the end (model.retake_gain)."""

    on: Ints
    gain: Floats

    def of(self, rows: Ints) -> "Failures":
        return Failures(self.on[rows], self.gain[rows])

    def retake_gain(self, day: Ints, priors: ModelPriors) -> Floats:
        """EPC gained by a day (one a row, or rows x days) after all failures together."""
        rows = len(self.on)
        total = np.zeros(day.shape if day.shape[0] == rows else (rows, *day.shape[1:]))
        for on, gain in zip(self.on.T, self.gain.T, strict=True):
            if day.ndim == 2:
                on, gain = on[:, None], gain[:, None]
            total = total + gain * basis(day - on, priors.retake_gain_days)
        return total


def drift_variance(days: Floats, gain_between: Floats, priors: ModelPriors) -> tuple[Floats, Floats]:
    """The variance that `days` after a student's newest score add to readiness, and the part of it that all retakers
    share, since the usual retake gain at this school is uncertain. `gain_between` is the retake gain in these days."""
    shared = (priors.retake_gain_doubt * gain_between) ** 2
    return priors.drift_per_day * np.abs(days) + (priors.retake_gain_spread * gain_between) ** 2 + shared, shared


def without_retake_gain(scores: Scores, day: Ints, newest: Ints, failures: Failures, priors: ModelPriors) -> Scores:
    """Scores less the gains after failures; their variance grows with the gain between the score and the newest one."""
    if not failures.on.shape[1]:
        return scores
    failed = (failures.gain.max(axis=1) > 0)[scores.student]
    rows = scores.student[failed]
    own_failures, value, variance = failures.of(rows), scores.value.copy(), scores.variance.copy()
    gain = own_failures.retake_gain(day[failed], priors)
    value[failed] -= gain
    gain_between = own_failures.retake_gain(newest[rows], priors) - gain
    variance[failed] += drift_variance(np.zeros(1), gain_between, priors)[0]
    return replace(scores, value=value, variance=variance)
