"""The chance of passing from readiness: policy's dated curves, recalibrated on the school's own outcomes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr, ndtri

from pipelines.policy import Policy
from pipelines.policy.readiness import Curve

Floats = npt.NDArray[np.float64]
Z80 = 1.2815515655446004  # a normal's 80 % interval is the mean -/+ this many sd
Z50 = 0.6744897501960817
LOG_ODDS_LIMIT = 7.0  # log odds are cut here, so no chance is above 99.9 %


def spread(curve: Curve, policy: Policy) -> float:
    """The curve's variance for *modeled* readiness: s^2 holds for one reported score, whose error comes out."""
    return curve.s**2 - policy.readiness.curves.reported_score_se**2


def log_odds(p: Floats) -> Floats:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(np.clip(np.log(p) - np.log1p(-p), -LOG_ODDS_LIMIT, LOG_ODDS_LIMIT))


@dataclass(frozen=True, eq=False)
class PassCurve:
    """Each row's passing curve: its exam's working and cautious curve, and the school's recalibration,
    log odds -> intercept + slope * log odds with its covariance (n x 3: 00, 01, 11).

    `undecided` is the share of the recalibration's prior uncertainty that is left: 1 without outcomes, 0 in the end.
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
        """The curve's normal score, (mean - c) / sd, at which each row's recalibrated chance is the target.

        Infinite where no score reaches it, and the least number where every score does, because log odds are cut.
        """
        needed = (log_odds(np.array(target)) - self.intercept) / self.slope
        cut = [needed > LOG_ODDS_LIMIT, needed <= -LOG_ODDS_LIMIT]
        score = np.select(cut, [np.inf, np.finfo(np.float64).min], ndtri(expit(needed)))
        return np.asarray(np.where((self.intercept == 0) & (self.slope == 1), ndtri(target), score))

    def band(self, mean: Floats, variance: Floats, shared: Floats) -> tuple[Floats, Floats, Floats]:
        """p_pass, and the range of it that comes from what all students share.

        The range goes from the cautious to the working curve, each with the class's shared uncertainty (`shared`, a
        part of `variance`) at its 10th and 90th percentile, as far as outcomes leave the curve undecided. The
        recalibration's own 80 % interval is added, at full width once outcomes removed a tenth of the prior variance.
        """
        raw = self.raw(mean, variance)
        own, shift = np.maximum(variance - shared, 0.0), Z80 * np.sqrt(shared)
        curves = [(self.c, self.spread), (self.cautious_c, self.cautious_spread)]
        ends = [
            log_odds(np.asarray(ndtr((mean + side * shift - c) / np.sqrt(s + own)))) for side in (-1, 1)
            for c, s in curves
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

    def _reach(self, between_curves: Floats, within_one: Floats) -> Floats:
        """How far the range goes from the chance: to the other curve as far as outcomes leave it undecided."""
        reach = self.undecided * between_curves + (1 - self.undecided) * within_one
        return np.asarray(self.slope * np.maximum(reach, 0.0))
