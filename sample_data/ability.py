"""True readiness, which the sample school's sheets show only with noise."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sample_data.people import CLASSES, People

Floats = NDArray[np.float64]
Days = NDArray[np.int64]
Who = NDArray[np.int64]

BEFORE_MIDDLE = 160
KNOT_DAYS = 14
KNOTS = 24
RECOVERY_DAYS = 60.0
NEVER = 10**6


class Ability:
    """Each student's readiness on any day, in EPC points.

    It grows from a level along a curve that flattens, drifts a little around it, and rises again in the weeks
    after a failed attempt. About one student in twelve hardly grows at all.
    """

    def __init__(self, people: People, rng: np.random.Generator) -> None:
        n = len(people)
        self.start = people.middle - BEFORE_MIDDLE
        class_shift = np.array([0.2, -0.4, 0.4, -0.1]) + rng.normal(0, 0.2, CLASSES)
        self.level = 60.9 + 6.6 * _spread(people, rng) + class_shift[people.class_index] - 1.5 * people.is_do
        self.gain = np.maximum(rng.normal(13.8, 4.0, n) - 0.12 * (self.level - 61.0), 0.0)
        self.gain[rng.random(n) < 0.08] *= 0.25
        self.pace = np.exp(rng.normal(np.log(105.0), 0.2, n))
        steps = rng.normal(0, np.sqrt(0.03 * KNOT_DAYS), (n, KNOTS))
        steps[:, 0] = 0
        self.drift = steps.cumsum(axis=1)
        self.failed_on = np.full((n, 3), NEVER)
        self.recovery = np.maximum(rng.normal(5.0, 3.0, (n, 3)), 0.0)

    def on(self, who: Who, days: Days) -> Floats:
        """Readiness of each student on the day beside it."""
        since = np.maximum(days - self.start[who], 0)
        grown = self.level[who] + self.gain[who] * -np.expm1(-since / self.pace[who])
        knot = np.minimum(since / KNOT_DAYS, KNOTS - 1.001)
        low = knot.astype(np.int64)
        part = knot - low
        drift = self.drift[who, low] * (1 - part) + self.drift[who, low + 1] * part
        rested = np.maximum(days[:, None] - self.failed_on[who], 0)
        recovered = (self.recovery[who] * -np.expm1(-rested / RECOVERY_DAYS)).sum(axis=1)
        return np.asarray(grown + drift + recovered)

    def fail(self, who: Who, days: Days, attempt: int) -> None:
        """Record failures: what follows each is a fresh rise."""
        self.failed_on[who, min(attempt, 3) - 1] = days


def _spread(people: People, rng: np.random.Generator) -> Floats:
    """Standard normal, stratified within each class, so that no class is weak or strong by luck alone."""
    n = len(people) // CLASSES
    return np.concatenate([ndtri((rng.permutation(n) + rng.random(n)) / n) for _ in range(CLASSES)])
