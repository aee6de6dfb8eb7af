"""Hostile inputs of the two logistic fits, and the slow exact maxima beside which both are held.

`python -m tests.marts.measure --only fits` tries all 500; the daily tests a fixed tenth.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit

from pipelines.marts.model.chance import Floats, log_odds
from pipelines.marts.model.recalibration import recalibration
from pipelines.marts.risk.evaluation import calibration_slope
from tests.marts.builders import POLICY
from tests.marts.worlds import Ints

INPUTS = 500
PRIORS = POLICY.readiness.recalibration
SIZES = [1, 2, 5, 20, 160, 400]
HUGE, ONE_IN, HUGE_AT = 20_000, 16, 5  # students, in one of so many inputs; their slow search starts from one point
POOLS = {
    "tied": [0.99], "two ties": [0.01, 0.99], "near 0 and 1": [1e-13, 0.0009, 0.9991, 1 - 1e-13],
    "0 and 1": [0.0, 1e-300, 1e-9, 0.5, 1.0], "near ties": [0.99, 0.99 + 1e-5, 0.99 + 2e-5],
    "a tie and the rest": [0.99] * 6 + [0.05, 0.4, 0.7], "any": [],
}
Draw = np.random.Generator
OUTCOMES: dict[str, Callable[[Floats, Draw], np.ndarray]] = {
    "true": lambda p, draw: draw.random(len(p)) < p,
    "few failures": lambda p, draw: np.arange(len(p)) >= draw.integers(0, 4),
    "separated": lambda p, draw: p > np.median(p),
    "separated but for one": lambda p, draw: (p > np.median(p)) ^ (np.arange(len(p)) == 0),
    "turned around": lambda p, draw: draw.random(len(p)) > p,
    "no matter which": lambda p, draw: draw.random(len(p)) < 0.88,
    "all pass": lambda p, draw: np.ones(len(p), dtype=bool),
    "all fail": lambda p, draw: np.zeros(len(p), dtype=bool),
}


@dataclass(frozen=True, eq=False)
class Hostile:
    """Chances, outcomes (1 passed, 0 failed) and class years, of which the newest may be without outcomes."""

    p: Floats
    passed: Floats
    year: Ints
    years: int


def hostile(number: int) -> Hostile:
    """The input of this number: neighbors differ in pool and outcomes, so that any 56 have every pair of these."""
    draw = np.random.default_rng(number)
    pools, outcomes = list(POOLS), list(OUTCOMES)
    pool, outcome = POOLS[pools[number % len(pools)]], OUTCOMES[outcomes[number % len(outcomes)]]
    n, years = HUGE if number % ONE_IN == HUGE_AT else int(draw.choice(SIZES)), int(draw.integers(1, 4))
    p = draw.choice(pool, n) if pool else draw.uniform(0, 1, n)
    sat = max(1, years - int(draw.integers(0, 2)))
    return Hostile(p, outcome(p, draw).astype(float), np.arange(n) % sat, years)


def below_highest(of: Hostile) -> float:
    """How far below the highest log posterior that Powell's search finds from afar the recalibration lies, as a
    share of it; negative where it lies higher."""
    x = log_odds(of.p)
    found = recalibration(of.p, of.passed, of.year, of.years, PRIORS)

    def worse(at: Floats) -> float:
        eta = at[of.year] + at[-1] * x
        sds = np.repeat([PRIORS.intercept_sd, PRIORS.drift_sd], [1, of.years - 1])
        steps = np.diff(at[:-1], prepend=0) / sds
        prior = (steps @ steps + ((at[-1] - 1) / PRIORS.slope_sd) ** 2) / 2
        return float(np.logaddexp(0, np.where(of.passed == 1, -eta, eta)).sum() + prior)

    bounds = [(None, None)] * of.years + [(PRIORS.least_slope, PRIORS.most_slope)]
    ends = [(0.0, 1.0)] if len(of.p) == HUGE else [(-2.0, 0.2), (-2.0, 2.0), (2.0, 0.2), (2.0, 2.0)]
    starts = [np.append(np.full(of.years, level), slope) for level, slope in ends]
    slow = min(minimize(worse, at, method="Powell", bounds=bounds, options={"xtol": 1e-9, "ftol": 1e-13}).fun
               for at in starts)
    return (worse(np.append(found.intercept, found.slope)) - slow) / (1 + slow)


def slow_slope(x: Floats, passed: Floats) -> float:
    """The slope where both gradients are 0, by bisection inside bisection, from brackets doubled until they hold it;
    nan where none is, because one group lies beyond the other or all are the same."""
    failed, through = x[passed == 0], x[passed == 1]
    if not len(failed) or not len(through) or failed.max() <= through.min() or through.max() <= failed.min():
        return float("nan")
    z = (x - x.mean()) / x.std()

    def intercept(slope: float) -> float:
        far = 50 + abs(slope) * np.abs(z).max()
        return float(brentq(lambda a: (passed - expit(a + slope * z)).sum(), -far, far, xtol=1e-13, maxiter=500))

    def score(slope: float) -> float:
        return float((passed - expit(intercept(slope) + slope * z)) @ z)

    far = 1.0
    while score(far) > 0 or score(-far) < 0:
        far *= 2
    return float(brentq(score, -far, far, xtol=1e-12, maxiter=500)) / float(x.std())


def slope_distance(of: Hostile) -> float:
    """Of `evaluation.calibration_slope` from the slow one, as a share of 1 + it; infinite where only one is nan."""
    found, slow = calibration_slope(of.p, of.passed), slow_slope(log_odds(of.p), of.passed)
    if np.isnan(found) or np.isnan(slow):
        return 0.0 if np.isnan(found) and np.isnan(slow) else float("inf")
    return abs(found - slow) / (1 + abs(slow))


def distances(number: int) -> tuple[float, float]:
    of = hostile(number)
    return below_highest(of), slope_distance(of)


TOLERANCES = 1e-9, 1e-6  # of the two distances


def broken_fits(found: dict[int, tuple[float, float]]) -> list[str]:
    """A sentence for each hostile input, by its number, at which a fit is not at its maximum."""
    return [f"hostile input {number}: {what} lies {distance:.1e} off its maximum"
            for number, pair in found.items()
            for what, distance, tolerance in zip(("the recalibration", "the slope"), pair, TOLERANCES, strict=True)
            if not distance <= tolerance]  # fmt: skip


def every_fit(processes: int = 2) -> dict[int, tuple[float, float]]:
    """The distances at each hostile input."""
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        return dict(enumerate(pool.map(distances, range(INPUTS), chunksize=10)))


def fits_line(found: dict[int, tuple[float, float]]) -> str:
    below, off = (np.array(part) for part in zip(*found.values(), strict=True))
    return (f"{len(found)} hostile inputs: the recalibration lies at most {max(below.max(), 0):.0e} of the log "
            f"posterior below the highest that a slow search finds, the slope at most {off.max():.0e} from bisection's")
