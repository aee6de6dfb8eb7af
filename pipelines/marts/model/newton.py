"""Newton's method for a concave objective; each step is halved until the objective rises."""

from collections.abc import Callable

import numpy as np

from pipelines.marts.model.chance import Floats

STEPS = 100
SMALL_STEP = 1e-7   # against the point: a next one would be far smaller, as Newton squares the distance
ENOUGH_RISE = 1e-4  # of the rise that the gradient promises for a step
ROUNDING = 1e-12    # of the objective: differences below are arithmetic, not a fall
NEAR_ZERO = 1e-6    # of a gradient's own sampling deviation, the root of the information


def maximum(
    objective: Callable[[Floats], float], derivatives: Callable[[Floats], tuple[Floats, Floats]], start: Floats
) -> tuple[Floats, Floats]:
    """The point of the maximum, and the information there (the negative second derivatives).

    `derivatives` returns the gradient and the information at a point. Raises RuntimeError if the steps do not end or
    the gradient at the end is not near zero: the maximum must exist.
    """
    point = start
    has_ended = False
    for _ in range(STEPS):
        gradient, information = derivatives(point)
        newton = np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)
        step = _rising(objective, point, newton, gradient)
        point = point + step
        has_ended = bool(np.abs(step).max() < SMALL_STEP * (1 + np.abs(point).max()))
        if has_ended:
            break
    gradient, information = derivatives(point)
    if not has_ended or not (np.abs(gradient) <= NEAR_ZERO * np.sqrt(np.diag(information))).all():
        raise RuntimeError(f"the fit has not reached its maximum: at {point} its gradient is {gradient}")
    return point, information


def _rising(objective: Callable[[Floats], float], point: Floats, step: Floats, gradient: Floats) -> Floats:
    """The step, halved as often as it takes for the objective to rise."""
    value = objective(point)
    least = value - ROUNDING * (1 + abs(value))
    while objective(point + step) < least + ENOUGH_RISE * (step @ gradient):
        step = step / 2
    return step


def log_likelihood(passed: Floats, log_odds: Floats) -> float:
    """The log likelihood of outcomes (1 passed, 0 failed) given log odds; finite even if a chance rounds to 0 or 1."""
    return float(-np.logaddexp(0, (1 - 2 * passed) * log_odds).sum())
