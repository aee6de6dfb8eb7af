"""Readiness against a dense Gaussian, against numerical integration, and against a known truth."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from pipelines.marts.model.drift import Failures
from pipelines.marts.model.readiness import Readiness, day_number
from pipelines.marts.model.retake_gain import retake_gains
from pipelines.marts.model.scores_as_evidence import observations
from tests.marts.builders import (
    AS_OF,
    POLICY,
    School,
    assessments,
    attempts,
    day,
    readiness_of,
    school,
    students,
)

SCALES = {"CBSSA": "EPC", "UWSA": "percent", "Free 120": "percent"}


Target = tuple[str, int, str | None, str | None]  # student, day, instrument, form


def dense_posterior(people: pl.DataFrame, sheet: pl.DataFrame, fitted: Readiness) -> tuple[np.ndarray, np.ndarray]:
    """Each student's readiness as of the day, from the joint normal of all scores written out in full; how far each is
    trusted is the model's own (test_score_errors.py)."""
    m, seen = POLICY.readiness.model, observations(sheet, POLICY)
    row = dict(zip(fitted.students["student_id"], fitted.students["row"], strict=True))
    group = dict(zip(people["student_id"], people["class_year"], strict=True))
    sd = {n: POLICY.instruments.by_name[n].to_epc[scale].bias_sd for n, scale in SCALES.items()}
    form_sd = {n: POLICY.instruments.by_name[n].to_epc[scale].form_sd for n, scale in SCALES.items()}
    columns = set(fitted.scores.offsets.columns.select("instrument", "form").rows())

    def z(student: str, number: int) -> np.ndarray:
        return np.array([1.0, fitted.grown(np.array([row[student]]), np.array([number]))[0]])

    shared = np.diag([m.level_sd**2, m.growth_sd**2])

    def offset(a: Target, b: Target) -> float:
        """Forms that few took share the offset of all others of their instrument."""
        if a[2] is None or a[2] != b[2]:
            return 0.0
        own = [form if (a[2], form) in columns else None for form in (a[3], b[3])]
        same = own[0] is not None and own[0] == own[1]
        return sd[a[2]] ** 2 + (form_sd[a[2]] ** 2 * fitted.fit.form_share if same else 0.0)

    def covariance(a: Target, b: Target) -> float:
        za, zb = z(*a[:2]), z(*b[:2])
        value = za @ shared @ zb + (m.class_offset_sd**2 if group[a[0]] == group[b[0]] else 0.0)
        value += za @ fitted.fit.omega @ zb if a[0] == b[0] else 0.0
        return value + offset(a, b)

    seen = seen.sort("student_id", "taken_on", "instrument", "form")  # as the fit sorts them
    rows = seen.select("student_id", "taken_on", "instrument", "form").rows()
    facts = [(s, day_number(d), i, f) for s, d, i, f in rows]
    targets = [(s, day_number(AS_OF), None, None) for s in people["student_id"]]
    prior = np.array([m.level_mean, m.growth_mean])
    noise = fitted.scores.variance
    k = np.array([[covariance(a, b) for b in facts] for a in facts]) + np.diag(noise)
    c = np.array([[covariance(a, b) for b in facts] for a in targets])
    gap = seen["epc"].to_numpy() - np.array([z(*f[:2]) @ prior for f in facts])
    mean = np.array([z(*a[:2]) @ prior for a in targets]) + c @ np.linalg.solve(k, gap)
    own = np.array([covariance(a, a) for a in targets]) - np.einsum("ij,ji->i", c, np.linalg.solve(k, c.T))
    return mean, own + m.drift_per_day * np.array([a[1] - fitted.newest[row[a[0]]] for a in targets])


@st.composite
def small_schools(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    ids = [f"S{n}" for n in range(draw(st.integers(1, 4)))]
    people = students(*({"student_id": i, "class_year": draw(st.sampled_from([2028, 2029, None]))} for i in ids))
    sheet = draw(st.lists(st.tuples(
        st.sampled_from(ids), st.sampled_from(list(SCALES)), st.integers(-400, 0), st.floats(20, 95)
    ), min_size=1, max_size=8))
    return people, assessments(*(
        {"student_id": s, "instrument": i, "form": str(n), "scale": SCALES[i], "taken_on": day(d), "score": score}
        for n, (s, i, d, score) in enumerate(sheet)
    ))


@settings(max_examples=60, deadline=None)
@given(facts=small_schools())
def test_the_closed_form_is_the_dense_gaussian_posterior(facts: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    people, sheet = facts
    fitted = readiness_of(people, attempts(), sheet)
    assume(not fitted.lift.any())
    mean, sd = fitted.on(people["student_id"], [AS_OF] * len(people))
    expected, variance = dense_posterior(people, sheet, fitted)
    np.testing.assert_allclose(mean, expected, atol=1e-6)
    np.testing.assert_allclose(sd**2, variance, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("outcome", ["fail", "pass"])
def test_an_outcome_moves_readiness_as_numerical_integration_does(outcome: str) -> None:
    people, sheet, on = students({}), assessments({"score": 63.0}, {"form": "31", "taken_on": day(-80)}), day(-5)
    fitted = readiness_of(people, attempts({"taken_on": on, "outcome": outcome}), sheet)
    row, number = np.array([0]), np.array([day_number(on)])
    before, variance, _ = fitted.project(row, number, fitted.before_outcomes)
    after, narrower, _ = fitted.project(row, number)
    drift = fitted.priors.drift_per_day * 5
    r = np.linspace(20, 110, 200_001)
    sign = 1 if outcome == "pass" else -1
    weight = norm.pdf(r, before, np.sqrt(variance - drift)) * norm.cdf(
        sign * (r - 59.5) / np.sqrt(4.8**2 - 4.0**2 + drift)
    )
    mean = (weight * r).sum() / weight.sum()
    assert after == pytest.approx(mean, abs=1e-4)
    assert narrower - drift == pytest.approx((weight * (r - mean) ** 2).sum() / weight.sum(), abs=1e-3)


def test_a_retake_gain_is_expected_after_a_failure_until_later_scores_measure_it() -> None:
    people, m = students({}), POLICY.readiness.model
    early = assessments({"taken_on": day(-50)})
    late = assessments({"taken_on": day(-50)}, {"form": "31", "taken_on": AS_OF})
    fitted = readiness_of(people, attempts({"taken_on": AS_OF}), early)
    calm = replace(fitted, failed=Failures(fitted.failed.on[:, :0], fitted.failed.gain[:, :0]))
    gained, _ = np.subtract(fitted.on(["S1"], [day(60)]), calm.on(["S1"], [day(60)]))
    (whole,) = retake_gains(AS_OF, POLICY).filter(exam="Step 1", program="MD")["gain"]
    assert gained.item() == pytest.approx(whole * (1 - np.exp(-60 / m.retake_gain_days)))
    sat = attempts({"taken_on": day(-45)})
    (_, unsure), (_, sure) = (readiness_of(people, sat, sheet).on(["S1"], [AS_OF]) for sheet in (early, late))
    assert sure.item() < unsure.item()


def later_scores(made: School, fitted: Readiness, ahead: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean absolute error, `ahead` days on, of the model and of the last anchored score."""
    later = made.truth_on(AS_OF + timedelta(days=ahead))
    ids = fitted.students["student_id"]
    mean, _ = fitted.on(ids, [AS_OF + timedelta(days=ahead)] * len(ids))
    last = made.assessments.filter(
        pl.col("taken_on") <= AS_OF, pl.col("instrument").is_in(["CBSSA", "CBSE"])
    ).sort("taken_on").unique("student_id", keep="last")
    both = pl.DataFrame({"student_id": ids, "mean": mean, "later": later}).join(last, on="student_id")
    return (both["mean"] - both["later"]).abs().mean(), (both["score"] - both["later"]).abs().mean()  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(3))
def test_eighty_percent_intervals_hold_the_truth_four_times_in_five(seed: int) -> None:
    made = school(seed=seed)
    fitted = readiness_of(made.students, attempts(), made.assessments)
    scored = fitted.students.filter(pl.Series(fitted.count > 0))
    for ahead in (0, 30, 60):
        mean, sd = fitted.on(scored["student_id"], [day(ahead)] * len(scored))
        truth = made.truth_on(day(ahead))[scored["row"].to_numpy()]
        assert 0.70 <= (np.abs(truth - mean) <= 1.2816 * sd).mean() <= 0.90


@pytest.mark.parametrize("seed", range(3))
def test_a_later_readiness_is_predicted_better_than_by_the_last_score(seed: int) -> None:
    made = school(seed=seed)
    model, last = later_scores(made, readiness_of(made.students, attempts(), made.assessments), 30)
    assert model <= 0.8 * last


def test_what_an_instrument_reads_too_high_is_learned() -> None:
    made = school(n=400)
    fitted = readiness_of(made.students, attempts(), made.assessments)
    learned = dict(fitted.biases.select("instrument", "bias").rows())
    assert learned["UWSA"] == pytest.approx(4.0, abs=1.0)
    assert learned["Free 120"] == pytest.approx(-3.0, abs=1.0)


def test_nothing_after_the_day_changes_anything() -> None:
    made = school(n=40)
    past = made.assessments.filter(pl.col("taken_on") <= AS_OF)
    assert len(past) < len(made.assessments)
    late = attempts({"student_id": "00001", "taken_on": day(1), "outcome": "fail"})
    a = readiness_of(made.students, late, made.assessments)
    b = readiness_of(made.students, attempts(), past)
    np.testing.assert_array_equal(a.current.mean, b.current.mean)
    np.testing.assert_array_equal(a.current.cov, b.current.cov)


def test_the_order_of_rows_does_not_matter() -> None:
    made = school(n=40)
    a = readiness_of(made.students, made.attempts, made.assessments)
    shuffled = made.assessments.sample(fraction=1, shuffle=True, seed=1)
    b = readiness_of(made.students.reverse(), made.attempts.reverse(), shuffled)
    np.testing.assert_allclose(a.current.mean, b.current.mean, rtol=1e-9)


@pytest.mark.parametrize("sheet", [
    assessments(), assessments({}), assessments({"instrument": "UWSA", "scale": "percent"}),
    assessments({"score": 0.0}, {"score": 100.0, "form": "31"}), assessments({"taken_on": day(-4000)}, {"form": "31"}),
    assessments({"student_id": "nobody on the roster"}),
])
def test_little_or_strange_evidence_still_gives_finite_figures(sheet: pl.DataFrame) -> None:
    people = students({"class_year": None}, {"student_id": "S2", "class_year": 2030})
    sat = attempts({}, {"taken_on": day(-300)}, {"student_id": "S2", "outcome": "incomplete"})
    mean, sd = readiness_of(people, sat, sheet).on(["S1", "S2"], [AS_OF, day(300)])
    assert np.isfinite(mean).all()
    assert (sd > 0).all()


def test_nobody_gives_nobody() -> None:
    assert readiness_of(students(), attempts(), assessments()).students.is_empty()


def test_the_fan_is_nested_and_widens_with_time() -> None:
    fan = readiness_of(students({}), attempts(), assessments({})).trajectory("S1", [day(n) for n in range(0, 91, 30)])
    assert fan.columns == ["day", "mean", "low_50", "high_50", "low_80", "high_80"]
    assert fan.select((pl.col("low_80") < pl.col("low_50")) & (pl.col("high_50") < pl.col("high_80"))).to_series().all()
    assert (fan["high_80"] - fan["low_80"]).is_sorted()


def test_a_student_not_in_the_roster_is_a_bug() -> None:
    with pytest.raises(KeyError):
        readiness_of(students({}), attempts(), assessments({})).on(["S9"], [AS_OF])


@pytest.mark.parametrize("instrument", ["UWSA", "Free 120", "question bank"])
def test_alone_an_instrument_that_is_no_anchor_leaves_a_wider_interval(instrument: str) -> None:
    people, alone = students({}), assessments({"instrument": instrument, "scale": "percent"})
    (_, converted), (_, anchored) = (
        readiness_of(people, attempts(), sheet).on(["S1"], [AS_OF]) for sheet in (alone, assessments({}))
    )
    assert converted.item() > 1.25 * anchored.item()


def test_two_scales_of_one_instrument_have_an_offset_each() -> None:
    made = school(n=300)
    uwsa = made.assessments.filter(instrument="UWSA")
    other = uwsa.with_columns(
        form=pl.format("{}-3", "form"), scale=pl.lit("three-digit"), score=196 + (pl.col("score") - 4 - 6 - 60) / 0.45
    )
    fitted = readiness_of(made.students, attempts(), made.assessments.vstack(other.select(made.assessments.columns)))
    learned = {(i, s): bias for i, s, bias in fitted.biases.select("instrument", "scale", "bias").rows()}
    assert learned["UWSA", "percent"] == pytest.approx(4.0, abs=1.2)
    assert learned["UWSA", "three-digit"] == pytest.approx(-6.0, abs=1.2)


@given(seed=st.integers(0, 30), fall=st.floats(0, 12))
@settings(max_examples=12, deadline=None)
def test_a_class_whose_scores_fall_is_never_forecast_to_fall_further(seed: int, fall: float) -> None:
    """Else a shape of growth that no score shows yet (a spurt before an exam far away) turns a small fall into any."""
    draw = np.random.default_rng(seed)
    ids = [f"{n:04d}" for n in range(150)]
    people = students(*({"student_id": i, "planned_on": day(90)} for i in ids))
    sheet = assessments(*(
        {"student_id": i, "form": str(form), "taken_on": day(-60 + 30 * form),
         "score": float(np.clip(67 - fall * form / 2 + draw.normal(0, 6), 0, 100))} for i in ids for form in range(3)))
    fitted = readiness_of(people, attempts(), sheet)
    now, then = (fitted.on(ids, [day(n)] * len(ids))[0].mean() for n in (0, 90))
    assert then >= now - 1e-6
