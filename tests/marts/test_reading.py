"""From readiness to a chance: the curve refitted, recalibrated on outcomes, and the range of shared uncertainty."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit, ndtr
from scipy.stats import norm

from pipelines.contracts.readiness import FailuresVerdict
from pipelines.marts.model.chance import SUREST, Z80, PassCurve
from pipelines.marts.model.curve_refit import refitted
from pipelines.marts.model.readiness import day_number
from pipelines.marts.model.recalibration import failures_by_class, recalibration
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.risk.risk import chance_by_date
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, readiness_of, risk_of, school, students

PRIORS = POLICY.readiness.recalibration


def outcomes(n: int, shift: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Chances of the curve, and outcomes whose log odds lie `shift` from them."""
    draw = np.random.default_rng(seed)
    raw = draw.uniform(0.2, 0.98, n)
    return raw, (draw.random(n) < expit(np.log(raw / (1 - raw)) + shift)).astype(float)


def test_without_outcomes_the_recalibration_is_identity_with_its_priors() -> None:
    found = recalibration(np.zeros(0), np.zeros(0), np.zeros(0, dtype=int), 1, PRIORS)
    assert (found.intercept[0], found.slope, found.undecided(0)) == (0.0, 1.0, 1.0)
    np.testing.assert_allclose(np.sqrt(np.diag(found.cov)), [PRIORS.intercept_sd, 0, 0, PRIORS.slope_sd])


@settings(max_examples=15, deadline=None)
@given(n=st.integers(1, 120), shift=st.floats(-1.5, 1.5), seed=st.integers(0, 99))
def test_it_is_the_mode_that_a_slow_search_finds(n: int, shift: float, seed: int) -> None:
    raw, passed = outcomes(n, shift, seed)
    found = recalibration(raw, passed, np.zeros(n, dtype=int), 1, PRIORS)
    x = np.log(raw / (1 - raw))

    def log_posterior(a: float, b: float) -> float:
        eta = a + b * x
        likelihood = (passed * -np.logaddexp(0, -eta) + (1 - passed) * -np.logaddexp(0, eta)).sum()
        prior = norm.logpdf(a, 0, PRIORS.intercept_sd) + norm.logpdf(b, 1, PRIORS.slope_sd)
        return float(likelihood + prior)

    best = log_posterior(found.intercept[0], found.slope)
    around = [log_posterior(found.intercept[0] + da, found.slope + db)
              for da in (-0.02, 0, 0.02) for db in (-0.02, 0, 0.02)]
    assert best == pytest.approx(max(around), abs=1e-9)


def test_it_moves_only_as_far_as_evidence_allows_and_a_later_class_follows_the_one_before() -> None:
    few, many = (recalibration(*outcomes(n, -1.0), np.zeros(n, dtype=int), 2, PRIORS) for n in (20, 800))
    assert 0 > few.intercept[0] > many.intercept[0]
    assert many.intercept[0] == pytest.approx(-1.0, abs=0.3)
    assert many.intercept[1] == pytest.approx(many.intercept[0])
    assert many.cov[1, 1] > many.cov[0, 0]
    assert many.undecided(1) < few.undecided(1) < 1


def test_printed_probabilities_move_the_curve_and_bring_the_readings_together() -> None:
    epc = np.arange(50, 75, 1.0)
    sheet = assessments(*(
        {"form": str(n), "score": float(e), "printed_probability": float(ndtr((e - 62.0) / 5.5))}
        for n, e in enumerate(epc)
    ))
    working, cautious, used = refitted(observations(sheet, POLICY), POLICY)
    assert 10 < used < len(epc)
    assert working.c == pytest.approx(62.0, abs=0.2)
    assert working.s == pytest.approx(5.5, abs=0.4)
    assert 0 < cautious.c - working.c < 0.3
    none = refitted(observations(assessments(), POLICY), POLICY)
    assert (none[0], none[1]) == (POLICY.readiness.curves.working, POLICY.readiness.curves.cautious)


def test_a_printed_probability_from_after_the_day_moves_nothing() -> None:
    sheet = assessments({}, *(
        {"form": str(n), "taken_on": AS_OF + timedelta(days=1), "printed_probability": 0.5, "score": 66.0}
        for n in range(20)
    ))
    assert readiness_of(students({}), attempts(), sheet).curve_in_use.printed == 0


def test_without_outcomes_the_chance_is_the_middle_of_the_two_curves_and_the_band_goes_beyond_both() -> None:
    people, sheet = students({"planned_on": day(20)}), assessments({}, {"form": "31", "taken_on": day(-30)})
    fitted = readiness_of(people, attempts(), sheet)
    mean, variance, shared = fitted.project(np.array([0]), np.array([day_number(day(20))]), sits=True)
    pass_curve = fitted.pass_curve(np.array([0]), pl.Series(["Step 1"]))
    p, low, high = pass_curve.band(mean, variance, np.zeros(1))
    cautious, working = POLICY.readiness.curves.cautious, POLICY.readiness.curves.working
    by_cautious, by_working = (ndtr((mean - c.c) / np.sqrt(c.s**2 - 16 + variance)) for c in (cautious, working))
    middle = ndtr((mean - (cautious.c + working.c) / 2) / np.sqrt((cautious.s**2 + working.s**2) / 2 - 16 + variance))
    assert p == pytest.approx(middle)
    assert low < by_cautious < p < by_working < high
    doubt = Z80 * np.hypot(PRIORS.intercept_sd, logit(p) * PRIORS.slope_sd)  # before any outcome
    assert logit(high) - logit(p) == pytest.approx(np.hypot(logit(by_working) - logit(p), doubt))
    wide = pass_curve.band(mean, variance, shared)
    assert wide[1] < low
    assert wide[2] > high


def test_level_1_has_a_flatter_curve_of_its_own() -> None:
    people, sheet = students({"exam_track": "both", "planned_on": day(20)}), assessments({"score": 75.0})
    chances = dict(risk_of(people, attempts(), sheet).select("exam", "p_pass").rows())
    assert chances["Level 1"] < chances["Step 1"]


def test_first_attempts_and_retakes_are_recalibrated_apart() -> None:
    made = school(n=300, seed=3)
    sat = made.attempts.with_columns(taken_on=pl.lit(day(-20)))
    turned = sat.with_columns(outcome=pl.lit("fail"))
    fitted = readiness_of(made.students, turned, made.assessments)
    first, again = (fitted.curve_in_use.updates["Step 1", which] for which in (True, False))
    assert first.outcomes > 200
    assert again.outcomes == 0
    assert first.intercept[0] < -1
    ids = made.students["student_id"][:1]
    by_day = chance_by_date(ids[0], "Step 1", fitted, [day(60)], POLICY)
    raw = fitted.pass_curve(fitted.rows(ids), pl.Series(["Step 1"])).raw(
        *fitted.project(fitted.rows(ids), np.array([day_number(day(60))]), sits=True)[:2]
    )
    assert by_day["p_pass"].item() == pytest.approx(min(raw.item(), SUREST))


def test_each_class_year_is_compared_with_what_was_expected() -> None:
    rows = []
    for year, failed in ((2026, 10), (2027, 30), (2028, 1)):
        rows += [(year, n >= failed) for n in range(100)]
    rows += [(2029, False)] * 5
    before = pl.DataFrame({
        "exam": "Step 1", "first": True, "class_year": [y for y, _ in rows], "raw": 0.9, "passed": [p for _, p in rows],
        "intercept": 0.0, "ninety": 0.9,
    })
    by_class = failures_by_class(before, PRIORS)
    assert by_class["verdict_id"].to_list() == list(FailuresVerdict)
    assert by_class["expected"].to_list() == pytest.approx([10, 10, 10, 0.5])


@given(target=st.floats(0.01, 0.999), intercept=st.floats(-6, 6), slope=st.floats(0.2, 3))
def test_a_score_reaches_a_target_exactly_where_its_recalibrated_chance_does(
    target: float, intercept: float, slope: float
) -> None:
    scores = np.append(np.linspace(-8, 8, 801), [-300, 300])
    one = np.ones_like(scores)
    cov = np.zeros((len(scores), 3))
    pass_curve = PassCurve(0 * one, one, 0 * one, one, intercept * one, slope * one, cov, one, one)
    p = pass_curve.recalibrated(scores)
    clear = np.abs(p - target) > 1e-9
    assert ((scores >= pass_curve.reaching(target)) == (p >= target))[clear].all()
