"""Past attempts predicted again from what was known before them, and the evaluation of these forecasts."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.readiness import day_number
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.model.verdict import log_score
from pipelines.marts.risk.backtest import forecasts
from pipelines.marts.risk.evaluation import auc, binomial, caught, reliability, rule_on_past_classes, scored
from pipelines.policy import Policy, changed
from tests.marts import builders
from tests.marts.builders import POLICY, assessments, attempts, day, students
from tests.marts.worlds import STEADY, Made, made

RULES = POLICY.readiness.backtest


@pytest.fixture(scope="module")
def school() -> Made:
    return made(replace(STEADY, shifts=(0.0, 0.0), standards=(59.5, 59.5)), 5, size=60)


PRIORS = POLICY.readiness.recalibration
FIXED = changed(POLICY, "readiness", recalibration=PRIORS.model_copy(update={
    "intercept_sd": 1e-6, "slope_sd": 1e-6, "drift_sd": 1e-6,
    "missing_forms": PRIORS.missing_forms.model_copy(update={"log_odds": -50.0})}))  # the curve alone


def forecast(
    school: Made, sat: pl.DataFrame | None = None, sheet: pl.DataFrame | None = None, policy: Policy = POLICY
) -> pl.DataFrame:
    scores = observations(school.assessments if sheet is None else sheet, policy)
    return forecasts(Facts(school.students, school.attempts if sat is None else sat, scores), school.as_of, policy)


def test_every_attempt_with_an_earlier_score_is_predicted_at_each_distance(school: Made) -> None:
    found = forecast(school)
    assert found["days_before"].unique().sort().to_list() == sorted(RULES.days_before)
    assert found.select(
        (pl.col("taken_on") - pl.col("known_on")).dt.total_days().is_between(
            pl.col("days_before"), pl.col("days_before") + RULES.every_days - 1)
    ).to_series().all()
    outcome = dict(school.attempts.select("student_id", pl.col("outcome") == "pass").rows())
    assert all(outcome[i] == p for i, p in found.select("student_id", "passed").rows())


def test_nothing_after_the_day_it_was_known_changes_what_a_forecast_makes_of_the_curve(school: Made) -> None:
    """Scores after and all outcomes after are unseen, where no recalibration follows."""
    whole = forecast(school, policy=FIXED).filter(days_before=60)
    some = whole.filter(pl.col("known_on") == whole["known_on"].min())
    kept = school.assessments.filter(pl.col("taken_on") <= some["known_on"].item(0))
    turned = school.attempts.with_columns(outcome=pl.lit("fail"))
    for again in (forecast(school, sheet=kept, policy=FIXED), forecast(school, sat=turned, policy=FIXED)):
        same = again.join(some, how="semi", on=["student_id", "days_before", "known_on"])
        assert same["p_pass"].to_list() == pytest.approx(some["p_pass"].to_list(), abs=1e-5)


def test_a_students_own_outcome_moves_others_chances_and_never_the_students_own(school: Made) -> None:
    whole = forecast(school).filter(days_before=60).unique("student_id").sort("student_id")
    mine = whole.row(0, named=True)
    own = pl.col("student_id") == mine["student_id"]
    other = pl.when(own).then(pl.lit("fail" if mine["passed"] else "pass")).otherwise("outcome")
    again = forecast(school, school.attempts.with_columns(outcome=other)).filter(days_before=60)
    again = again.unique("student_id").sort("student_id")
    assert again["p_pass"][0] == pytest.approx(mine["p_pass"])
    assert (again["p_pass"] - whole["p_pass"]).abs().max() > 1e-4


def test_one_finished_class_judges_the_recalibration_in_force(school: Made) -> None:
    """Where most failed whom the curve lets pass, chances are judged as recalibrated on the others of the class."""
    turned = school.attempts.with_columns(
        outcome=pl.when(pl.int_range(pl.len()) % 4 > 0).then(pl.lit("fail")).otherwise("outcome"))
    judged, by_curve = (forecast(school, turned, policy=policy) for policy in (POLICY, FIXED))
    share = judged["passed"].mean()
    assert by_curve["p_pass"].mean() > share + 0.3
    assert judged["p_pass"].mean() == pytest.approx(share, abs=0.12)


@given(picked=st.lists(st.integers(0, 99), min_size=1, max_size=99, unique=True), years=st.sampled_from([1, 4]))
@settings(max_examples=12, deadline=None)
def test_the_scores_of_others_change_nothing_but_by_their_printed_probabilities(
    picked: list[int], years: int
) -> None:
    """The backtest gives a fit the drawn students' scores and everybody's printed probabilities; the slow way, all."""
    made, on = builders.school(n=100), day(-3)
    people = made.students.with_columns(class_year=2029 + pl.int_range(pl.len()).cast(pl.Int32) % years)
    scores = observations(made.assessments, POLICY)
    scores = scores.with_columns(printed_probability=0.1 + 0.008 * pl.col("epc").clip(1, 99))
    mine = people[sorted(picked)]
    sat = attempts(*({"student_id": i, "taken_on": day(-40)} for i in mine["student_id"][::2]))
    slow = fit_readiness(Facts(mine, sat, scores), on, POLICY)
    own = scores.join(mine, on="student_id", how="semi", maintain_order="left")
    fast = fit_readiness(Facts(mine, sat, own), on, POLICY, printed=scores)
    assert fast.curve_in_use.curves == slow.curve_in_use.curves
    rows = np.arange(len(mine))
    for ahead in (0, 60):
        days = np.full(len(mine), day_number(day(ahead)))
        np.testing.assert_array_equal(fast.project(rows, days), slow.project(rows, days))


def test_a_students_own_earlier_failure_is_known() -> None:
    people = students({"planned_on": day(0)})
    sat = attempts({"taken_on": day(-100)}, {"taken_on": day(-5), "outcome": "pass"})
    seen = observations(assessments({"taken_on": day(-160)}, {"taken_on": day(-80), "form": "31"}), POLICY)
    found = forecasts(Facts(people, sat, seen), day(0), POLICY, [30])
    assert found.select("first", "passed").rows() == [(True, False), (False, True)]
    assert found["taken_on"].diff().drop_nulls().to_list() == [timedelta(days=95)]


def test_an_attempt_without_an_earlier_score_is_no_forecast() -> None:
    seen = observations(assessments({"taken_on": day(-10)}), POLICY)
    assert forecasts(Facts(students({}), attempts({}), seen), day(0), POLICY).is_empty()


def outcomes(*rows: tuple[float, bool], year: int = 2028) -> pl.DataFrame:
    return pl.DataFrame({
        "student_id": [f"{year}-{n:03d}" for n in range(len(rows))], "class_year": [year] * len(rows),
        "p_pass": [p for p, _ in rows], "passed": [y for _, y in rows], "readiness": [60.0] * len(rows),
        "last_score_p": [p for p, _ in rows], "base_rate": [0.9] * len(rows),
    })


def test_a_reliability_row_counts_its_attempts_and_joins_small_bins() -> None:
    rows = reliability(outcomes(*[(0.65, True)] * 15, *[(0.65, False)] * 8, *[(0.97, True)] * 12, (0.82, True)), POLICY)
    assert rows.select("low", "high", "attempts", "passed").rows() == [(0.0, 0.7, 23, 15), (0.7, 1.0, 13, 13)]
    assert rows.select(pl.col("rate").is_between("rate_low", "rate_high")).to_series().all()
    assert reliability(outcomes((0.5, True)), POLICY).is_empty()


@given(st.integers(0, 60), st.integers(1, 60))
def test_the_interval_of_a_rate_is_the_exact_binomial(count: int, of: int) -> None:
    count = min(count, of)
    exact = binomtest(count, of).proportion_ci(0.95, method="exact")
    assert binomial(count, of) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_auc_counts_pairs_and_its_interval_holds_it() -> None:
    draw = np.random.default_rng(1)
    p = np.round(draw.random(60), 1)
    y = (draw.random(60) < p).astype(float)
    pairs = [0.5 if a == b else float(a > b) for a in p[y == 1] for b in p[y == 0]]
    area, low, high = auc(p, y)
    assert area == pytest.approx(np.mean(pairs))
    assert low < area < high
    assert np.isnan(auc(p, np.ones(60))[0])
    again = [draw.integers(0, 60, 60) for _ in range(1500)]
    spread = np.std([auc(p[some], y[some])[0] for some in again])
    assert (high - low) / (2 * 1.96) == pytest.approx(spread, rel=0.15)


def test_a_small_group_is_joined_to_the_next_and_too_few_in_all_show_nothing() -> None:
    rows = pl.concat([
        outcomes(*[(0.9, True)] * 30), outcomes(*[(0.8, True)] * 20, year=2027), outcomes((0.2, False), year=2029)])
    found = scored(rows, "class_year", POLICY)
    assert found.select("group", "attempts").rows() == [("2027 and 2029", 21), ("2028", 30)]
    assert found["brier"][1] == pytest.approx(0.01)
    assert found["auc"][1] is None
    assert scored(rows.head(5), "class_year", POLICY).is_empty()


def test_the_lowest_chances_are_flagged_and_a_wrong_certainty_costs_a_finite_log_score() -> None:
    rows = outcomes((0.1, False), (0.2, True), *[(0.9, True)] * 17, (0.95, False))
    found = caught(rows, 0.1)
    assert (found.flagged, found.caught, found.failures) == (2, 1, 2)
    assert np.isfinite(log_score(np.array([1.0]), np.array([0.0])))


def test_a_rule_is_tried_on_past_classes() -> None:
    rows = pl.concat([
        outcomes((0.4, False), (0.6, True), *[(0.9, True)] * 9, (0.8, False)), outcomes((0.1, False), year=2029)])
    assert rule_on_past_classes(rows, "p_pass", 0.7, POLICY).rows() == [(2028, 12, 2, 1, 1)]
