"""The two logistic fits end at the maximum, whatever the chances and outcomes, and a fit that does not is a bug."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

from pipelines.marts.model.chance import log_odds
from pipelines.marts.model.newton import maximum
from pipelines.marts.model.recalibration import recalibration
from pipelines.marts.risk.evaluation import calibration_slope
from tests.marts.builders import POLICY

PRIORS = POLICY.readiness.recalibration
POOLS = {
    "tied": [0.99], "two ties": [0.01, 0.99], "near 0 and 1": [1e-13, 0.0009, 0.9991, 1 - 1e-13],
    "near ties": [0.99, 0.99 + 1e-5, 0.99 + 2e-5], "a tie and the rest": [0.99] * 6 + [0.05, 0.4, 0.7], "any": [],
}


@st.composite
def hostile(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Chances and outcomes that overshoot a fit: ties, near 0 or 1, few failures, separated, and turned around."""
    random = np.random.default_rng(draw(st.integers(0, 9999)))
    n = draw(st.sampled_from([2, 5, 20, 160, 400]))
    pool = POOLS[draw(st.sampled_from(sorted(POOLS)))]
    p = random.choice(pool, n) if pool else random.uniform(0, 1, n)
    passed = {
        "true": lambda: random.random(n) < p,
        "few failures": lambda: np.arange(n) >= random.integers(0, 4),
        "separated": lambda: p > np.median(p),
        "separated but for one": lambda: (p > np.median(p)) ^ (np.arange(n) == 0),
        "turned around": lambda: random.random(n) > p,
        "no matter which": lambda: random.random(n) < 0.88,
    }[draw(st.sampled_from(["true", "few failures", "separated", "separated but for one", "turned around",
                            "no matter which"]))]()
    return p, passed.astype(float)


def test_a_class_all_at_99_percent_of_whom_12_percent_fail_is_recalibrated_to_the_mode() -> None:
    passed = np.repeat([0.0, 1.0], [19, 141])
    found = recalibration(np.full(160, 0.99), passed, np.zeros(160, dtype=int), 1, PRIORS)
    assert expit(found.intercept[0] + found.slope * np.log(99)) == pytest.approx(0.891, abs=5e-4)


def test_forecasts_far_too_sure_have_a_slope_far_below_1() -> None:
    p = np.repeat([0.0009, 0.9991], [40, 160])
    passed = np.repeat([0.0, 1.0, 1.0, 0.0], [26, 14, 141, 19])
    low, high = np.log(14 / 26), np.log(141 / 19)  # two chances: the fit goes through both rates
    assert calibration_slope(p, passed) == pytest.approx((high - low) / (2 * logit(0.9991)))


@settings(max_examples=60, deadline=None)
@given(data=hostile(), years=st.integers(1, 3))
def test_no_slow_search_from_any_start_finds_a_higher_posterior(
    data: tuple[np.ndarray, np.ndarray], years: int
) -> None:
    raw, passed = data
    year, x = np.arange(len(raw)) % years, log_odds(raw)
    found = recalibration(raw, passed, year, years, PRIORS)

    def worse(at: np.ndarray) -> float:
        eta = at[year] + at[-1] * x
        steps = np.diff(at[:-1], prepend=0) / np.repeat([PRIORS.intercept_sd, PRIORS.drift_sd], [1, years - 1])
        prior = (steps @ steps + ((at[-1] - 1) / PRIORS.slope_sd) ** 2) / 2
        return float(np.logaddexp(0, np.where(passed == 1, -eta, eta)).sum() + prior)

    bounds = [(None, None)] * years + [(PRIORS.least_slope, PRIORS.most_slope)]

    starts = [np.append(np.full(years, a), b) for a in (-2.0, 0.0, 2.0) for b in (0.2, 0.6, 2.0)]
    slow = min(minimize(worse, at, method="Powell", bounds=bounds,
                        options={"xtol": 1e-9, "ftol": 1e-13}).fun for at in starts)
    assert worse(np.append(found.intercept, found.slope)) <= slow + 1e-9 * (1 + slow)


def slow_slope(x: np.ndarray, passed: np.ndarray) -> float:
    """The slope where both gradients are 0, by bisection inside bisection, from brackets doubled until they hold it."""
    z = (x - x.mean()) / x.std()

    def intercept(slope: float) -> float:
        far = 50 + abs(slope) * np.abs(z).max()
        return float(brentq(lambda a: (passed - expit(a + slope * z)).sum(), -far, far, xtol=1e-13, maxiter=500))

    def score(slope: float) -> float:
        return float((passed - expit(intercept(slope) + slope * z)) @ z)

    far = 1.0
    while score(far) > 0 or score(-far) < 0:
        far *= 2
    return float(brentq(score, -far, far, xtol=1e-12, maxiter=500)) / x.std()


@settings(max_examples=200, deadline=None)
@given(data=hostile())
def test_the_slope_is_the_one_bisection_finds_and_nan_where_there_is_none(
    data: tuple[np.ndarray, np.ndarray],
) -> None:
    p, passed = data
    x = log_odds(p)
    failed_less_passed = x[passed == 0][:, None] - x[passed == 1]
    found = calibration_slope(p, passed)
    if (failed_less_passed > 0).any() and (failed_less_passed < 0).any():
        assert found == pytest.approx(slow_slope(x, passed), rel=1e-6, abs=1e-9)
    else:
        assert np.isnan(found)


def test_outcomes_that_overlap_by_rounding_alone_have_no_slope() -> None:
    for overlap in (0, 1e-15, 1e-9, 1e-6):
        assert np.isnan(calibration_slope(np.array([0.5 - overlap, 0.5, 0.99]), np.array([1.0, 0.0, 1.0])))


def test_a_fit_without_a_maximum_is_a_bug() -> None:
    """Here separated outcomes, whose likelihood rises without end."""
    x = np.array([-1.0, 1.0])

    def derivatives(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mu = expit(at * x)
        return np.array([(np.array([0.0, 1.0]) - mu) @ x]), np.array([[(mu * (1 - mu)) @ (x * x)]])

    with pytest.raises(RuntimeError, match="has not reached its maximum"):
        maximum(lambda at: float(np.log(expit(at[0])) * 2), derivatives, np.zeros(1))
