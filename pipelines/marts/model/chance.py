"""Chance: what a readiness means for passing, by the dated curves of policy and what the school's own data say."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr, ndtri

from pipelines.policy import Policy
from pipelines.policy.readiness import Curve

Floats = npt.NDArray[np.float64]
Z80 = 1.2815515655446004  # a normal's 80 % interval is the mean -/+ this many sd
Z50 = 0.6744897501960817
MOST_LOGIT = 7.0  # log odds are cut here: nobody is surer than 99.9 %


def spread(curve: Curve, policy: Policy) -> float:
    """The curve's variance about *modelled* readiness: s^2 is for one reported score, whose error comes out."""
    return curve.s**2 - policy.readiness.curves.reported_score_se**2


def log_odds(p: Floats) -> Floats:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(np.clip(np.log(p) - np.log1p(-p), -MOST_LOGIT, MOST_LOGIT))


@dataclass(frozen=True, eq=False)
class PassCurve:
    """How each row's readiness is read: its exam's curve (and the cautious one), and the school's recalibration,
    log odds -> intercept + slope * log odds with its covariance (n x 3: 00, 01, 11).

    `undecided` is how much of the recalibration's prior doubt is left: 1 without outcomes, towards 0 with many.
    """

    c: Floats
    spread: Floats
    cautious_c: Floats
    cautious_spread: Floats
    intercept: Floats
    slope: Floats
    cov: Floats
    undecided: Floats

    def raw(self, mean: Floats, variance: Floats) -> Floats:
        """The chance by the curve alone, integrated over a readiness that is normal with this mean and variance."""
        return np.asarray(ndtr((mean - self.c) / np.sqrt(self.spread + variance)))

    def chance(self, mean: Floats, variance: Floats) -> Floats:
        """The chance as recalibrated on the school's own outcomes."""
        return self.recalibrated(self.raw(mean, variance))

    def recalibrated(self, raw: Floats) -> Floats:
        return np.asarray(np.where(
            (self.intercept == 0) & (self.slope == 1), raw, expit(self.intercept + self.slope * log_odds(raw))
        ))

    def reaching(self, target: float) -> Floats:
        """The curve's normal score, (mean - c) / sd, at which each row's recalibrated chance is the target; infinite
        where none is, and the least number where every score is, as log odds are cut."""
        needed = (log_odds(np.array(target)) - self.intercept) / self.slope
        cut = [needed > MOST_LOGIT, needed <= -MOST_LOGIT]
        score = np.select(cut, [np.inf, np.finfo(np.float64).min], ndtri(expit(needed)))
        return np.asarray(np.where((self.intercept == 0) & (self.slope == 1), ndtri(target), score))

    def band(self, mean: Floats, variance: Floats, shared: Floats) -> tuple[Floats, Floats, Floats]:
        """p_pass, and the band of what all share, which contains it.

        Between the two readings of the curve, each moved by what the class shares (`shared`, a part of `variance`)
        at its 10th and 90th percentile, as far as outcomes have not decided; and the recalibration's own 80 %
        interval, at full width as soon as outcomes have taken a tenth of the prior's doubt.
        """
        raw = self.raw(mean, variance)
        own, shift = np.maximum(variance - shared, 0.0), Z80 * np.sqrt(shared)
        readings = [(self.c, self.spread), (self.cautious_c, self.cautious_spread)]
        ends = [
            log_odds(np.asarray(ndtr((mean + side * shift - c) / np.sqrt(s + own)))) for side in (-1, 1)
            for c, s in readings
        ]
        at = log_odds(raw)
        sd = np.sqrt(self.cov[:, 0] + 2 * at * self.cov[:, 1] + at * at * self.cov[:, 2])
        learned = np.minimum(2 * np.sqrt(1 - self.undecided**2), 1) * Z80 * sd
        middle = self.intercept + self.slope * at
        local = [log_odds(np.asarray(ndtr((mean + side * shift - self.c) / np.sqrt(self.spread + own))))
                 for side in (-1, 1)]
        down = self._reach(at - np.minimum.reduce(ends), at - local[0])
        up = self._reach(np.maximum.reduce(ends) - at, local[1] - at)
        p_pass = self.recalibrated(raw)
        low, high = expit(middle - np.hypot(down, learned)), expit(middle + np.hypot(up, learned))
        return p_pass, np.minimum(low, p_pass), np.maximum(high, p_pass)

    def _reach(self, between_readings: Floats, within_one: Floats) -> Floats:
        """How far the band goes: to the other reading of the curve as far as that is undecided."""
        reach = self.undecided * between_readings + (1 - self.undecided) * within_one
        return np.asarray(self.slope * np.maximum(reach, 0.0))
