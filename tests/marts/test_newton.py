"""The two logistic fits end at the maximum, whatever the chances and outcomes, and a fit that does not is a bug."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from pipelines.marts.model.newton import maximum
from pipelines.marts.model.recalibration import recalibration
from pipelines.marts.risk.evaluation import calibration_slope
from tests.marts.builders import POLICY
from tests.marts.hostile_fits import (
    HUGE_AT,
    INPUTS,
    ONE_IN,
    TOLERANCES,
    broken_fits,
    distances,
    hostile,
    slope_distance,
)

PRIORS = POLICY.readiness.recalibration


def test_a_class_all_at_99_percent_of_whom_12_percent_fail_is_recalibrated_to_the_mode() -> None:
    passed = np.repeat([0.0, 1.0], [19, 141])
    found = recalibration(np.full(160, 0.99), passed, np.zeros(160, dtype=int), 1, PRIORS)
    assert expit(found.intercept[0] + found.slope * np.log(99)) == pytest.approx(0.891, abs=5e-4)


def test_a_single_outcome_leaves_nearly_all_of_each_class_years_prior_doubt() -> None:
    found = recalibration(np.array([0.9]), np.ones(1), np.zeros(1, dtype=int), 4, PRIORS)
    assert min(found.undecided(year) for year in range(4)) > 0.95


def test_forecasts_far_too_sure_have_a_slope_far_below_1() -> None:
    p = np.repeat([0.0009, 0.9991], [40, 160])
    passed = np.repeat([0.0, 1.0, 1.0, 0.0], [26, 14, 141, 19])
    low, high = np.log(14 / 26), np.log(141 / 19)  # two chances: the fit goes through both rates
    assert calibration_slope(p, passed) == pytest.approx((high - low) / (2 * logit(0.9991)))


def test_a_tenth_of_the_hostile_inputs_finds_no_fit_off_its_maximum() -> None:
    """By slow searches of another kind; `python -m tests.marts.measure --only fits` tries them all."""
    tenth = range(0, INPUTS, 10)
    assert broken_fits({number: distances(number) for number in tenth}) == []


def test_a_fit_off_its_maximum_is_told() -> None:
    assert broken_fits({7: (1e-3, 0.0), 8: (0.0, float("inf")), 9: (0.0, float("nan")), 10: (-1e-3, 0.0)}) == [
        "hostile input 7: the recalibration lies 1.0e-03 off its maximum",
        "hostile input 8: the slope lies inf off its maximum", "hostile input 9: the slope lies nan off its maximum",
    ]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(number=st.integers(INPUTS, 10**6).filter(lambda number: number % ONE_IN != HUGE_AT))
def test_the_slope_is_the_one_bisection_finds_and_nan_where_there_is_none(number: int) -> None:
    assert slope_distance(hostile(number)) <= TOLERANCES[1]


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
