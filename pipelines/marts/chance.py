"""Chance: what a readiness means for passing, by the dated curve of policy."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from pipelines.policy import Curve, Policy

Floats = npt.NDArray[np.float64]
Z80 = 1.2815515655446004  # a normal's 80 % interval is the mean -/+ this many sd
Z50 = 0.6744897501960817


def spread(curve: Curve, policy: Policy) -> float:
    """The curve's variance about *modelled* readiness: s^2 is for one reported score, whose error comes out."""
    return curve.s**2 - policy.curves.reported_score_se**2


def chance(mean: Floats, variance: Floats, curve: Curve, policy: Policy) -> Floats:
    """P(pass), integrated over a readiness that is normal with this mean and variance."""
    return np.asarray(ndtr((mean - curve.c) / np.sqrt(spread(curve, policy) + variance)))


def chance_band(mean: Floats, variance: Floats, shared: Floats, policy: Policy) -> tuple[Floats, Floats, Floats]:
    """p_pass by the working curve, and the band between the two readings of the curve, each moved by what the
    class shares (`shared`, a part of `variance`) at its 10th and 90th percentile. The band contains p_pass."""
    working, cautious = policy.curves.working, policy.curves.cautious
    p_pass = chance(mean, variance, working, policy)
    own, shift = np.maximum(variance - shared, 0.0), Z80 * np.sqrt(shared)
    ends = [chance(mean + side * shift, own, c, policy) for side in (-1, 1) for c in (working, cautious)]
    return p_pass, np.minimum(np.minimum.reduce(ends), p_pass), np.maximum(np.maximum.reduce(ends), p_pass)
