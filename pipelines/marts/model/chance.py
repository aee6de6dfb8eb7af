"""The chance of passing from readiness: policy's dated curves, recalibrated on the school's own outcomes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, log_expit, log_ndtr, logit, ndtr, ndtri_exp

from pipelines.policy import Policy
from pipelines.policy.readiness import Curve

Floats = npt.NDArray[np.float64]
Z80 = 1.2815515655446004  # a normal's 80 % interval is the mean -/+ this many sd
Z50 = 0.6744897501960817
SUREST = 0.999  # no chance above, nor below 1 - SUREST, is shown: no evidence goes that far


def spread(curve: Curve, policy: Policy) -> float:
    """The curve's variance for *modeled* readiness: s^2 holds for one reported score, whose error comes out."""
    return curve.s**2 - policy.readiness.curves.reported_score_se**2


def log_odds(p: Floats) -> Floats:
    """Finite also where a chance has been rounded to 0 or 1."""
    return np.asarray(logit(np.clip(p, np.finfo(np.float64).tiny, 1 - np.finfo(np.float64).epsneg)))


def log_odds_at(score: Floats) -> Floats:
    """The log odds of Phi(score), exact however far out."""
    return np.asarray(log_ndtr(score) - log_ndtr(-score))


def score_at(log_odds: Floats) -> Floats:
    """The normal score whose chance has these log odds."""
    return np.asarray(-np.sign(log_odds) * ndtri_exp(log_expit(-np.abs(log_odds))))


def bounded(log_odds: Floats) -> Floats:
    """The chance with these log odds, cut where no evidence goes further."""
    return np.asarray(np.clip(expit(log_odds), 1 - SUREST, SUREST))


@dataclass(frozen=True, eq=False)
class PassCurve:
    """Each row's passing curve: its exam's working and cautious curve, and the school's recalibration,
    log odds -> intercept + slope * log odds with its covariance (n x 3: 00, 01, 11). The intercept holds what the
    student's missing forms tell.

    `undecided` is the share of the recalibration's prior uncertainty that is left: 1 without outcomes, 0 in the end;
    `curve_undecided` that of the exam's first attempts or retakes, whichever taught more: both are of one curve.
    """

    c: Floats
    spread: Floats
    cautious_c: Floats
    cautious_spread: Floats
    intercept: Floats
    slope: Floats
    cov: Floats
    undecided: Floats
    curve_undecided: Floats

    @property
    def curve_doubt(self) -> Floats:
        """How far outcomes leave open whether the working or the cautious curve holds: 1 without any, 0 once they
        removed a quarter of the prior variance."""
        return np.asarray(np.maximum(1 - 2 * np.sqrt(1 - self.curve_undecided**2), 0.0))

    @property
    def middle(self) -> tuple[Floats, Floats]:
        """The middle and variance of the curve that chances are read from: half way between the working and the
        cautious one while no outcome decides, the working one once outcomes do."""
        half = self.curve_doubt / 2
        return self.c + half * (self.cautious_c - self.c), self.spread + half * (self.cautious_spread - self.spread)

    def score(self, mean: Floats, variance: Floats) -> Floats:
        """The curve's normal score of a readiness that is normal with this mean and variance."""
        c, spread = self.middle
        return np.asarray((mean - c) / np.sqrt(spread + variance))

    def working_score(self, mean: Floats, variance: Floats) -> Floats:
        """The same by the working curve, which outcomes recalibrate."""
        return np.asarray((mean - self.c) / np.sqrt(self.spread + variance))

    def raw(self, mean: Floats, variance: Floats) -> Floats:
        """The chance before recalibration, integrated over readiness."""
        return np.asarray(ndtr(self.score(mean, variance)))

    def chance(self, mean: Floats, variance: Floats) -> Floats:
        """The chance as recalibrated on the school's own outcomes."""
        return self.recalibrated(self.score(mean, variance))

    def recalibrated(self, score: Floats) -> Floats:
        """The chance at the curve's normal score, between 1 - SUREST and SUREST."""
        return bounded(self.intercept + self.slope * log_odds_at(score))

    def reaching(self, target: float) -> Floats:
        """The curve's normal score, (mean - c) / sd, at which each row's recalibrated chance is the target.

        Infinite where no score reaches it, and the least number where every score does, because chances are cut.
        """
        if not 1 - SUREST < target <= SUREST:
            return np.full_like(self.slope, np.inf if target > SUREST else np.finfo(np.float64).min)
        return score_at((log_odds(np.array(target)) - self.intercept) / self.slope)

    def band(self, mean: Floats, variance: Floats, shared: Floats) -> tuple[Floats, Floats, Floats]:
        """p_pass, and its shared range: how far all students' chances may be off together.

        The range goes from the cautious to the working curve, each with the class's shared uncertainty (`shared`, a
        part of `variance`) at its 10th and 90th percentile, as far as outcomes leave the curve undecided. The
        recalibration's own 80 % interval is added.
        """
        left, shift = np.maximum(variance - shared, 0.0), Z80 * np.sqrt(shared)
        curves = [(self.c, self.spread), (self.cautious_c, self.cautious_spread)]
        (*local, low, high) = [
            log_odds_at((mean + side * shift - c) / np.sqrt(s + left)) for c, s in curves for side in (-1, 1)
        ]
        at = log_odds_at(self.score(mean, variance))
        sd = np.sqrt(self.cov[:, 0] + 2 * at * self.cov[:, 1] + at * at * self.cov[:, 2])
        own = Z80 * sd
        middle = self.intercept + self.slope * at
        down = self._reach(at - np.minimum(local[0], low), at - local[0])
        up = self._reach(np.maximum(local[1], high) - at, local[1] - at)
        p_pass, low, high = bounded(middle), bounded(middle - np.hypot(down, own)), bounded(middle + np.hypot(up, own))
        return p_pass, np.minimum(low, p_pass), np.maximum(high, p_pass)

    def _reach(self, between_curves: Floats, within_one: Floats) -> Floats:
        """How far the range goes from the chance: to the other curve as far as outcomes leave it undecided."""
        reach = self.undecided * between_curves + (1 - self.undecided) * within_one
        return np.asarray(self.slope * np.maximum(reach, 0.0))
