"""Retakes start from the dated national rates, and local scores and outcomes move them from there."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtr

from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.chance import spread
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.readiness import Readiness, day_number
from pipelines.marts.model.retake_gain import retake_gains, typical_gain
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.risk.backtest import forecasts
from pipelines.marts.risk.risk import chance_by_date
from pipelines.policy import changed
from tests.marts.builders import POLICY, School, assessments, attempts, day, readiness_of, school, students
from tests.marts.test_backtest import FIXED
from tests.marts.worlds import STEADY, made, with_retakes

M = POLICY.readiness.model


def rate(program: str, *, first: bool, year: int = 2025) -> float:
    (found,) = [r.pass_percent / 100 for r in POLICY.base_rates.rates if (r.program, r.first, r.year)
                == (program, first, year)]  # fmt: skip
    return found


def test_the_gain_takes_the_failures_of_a_simulated_nation_to_the_rate_of_its_repeaters() -> None:
    draw, n, curve = np.random.default_rng(0), 400_000, POLICY.readiness.curves.working
    own, noise = M.student_level_sd**2 + M.student_growth_sd**2, spread(curve, POLICY)
    first, again = rate("MD", first=True), rate("MD", first=False)
    sits = draw.normal(size=n) * np.sqrt(own)
    sits += curve.c - np.quantile(sits + draw.normal(0, np.sqrt(noise), n), 1 - first)
    failed = sits[draw.random(n) > ndtr((sits - curve.c) / np.sqrt(noise))]
    gain = typical_gain(first, again, POLICY) * (1 - np.exp(-M.retake_usual_days / M.retake_gain_days))
    gained = gain * draw.normal(1, np.hypot(M.retake_gain_spread, M.retake_gain_doubt), len(failed))
    drifted = draw.normal(0, np.sqrt(M.drift_per_day * M.retake_usual_days), len(failed))
    passes = ndtr((failed + gained + drifted - curve.c) / np.sqrt(noise))
    assert len(failed) / n == pytest.approx(1 - first, abs=0.002)
    assert passes.mean() == pytest.approx(again, abs=0.006)


def test_a_higher_rate_of_repeaters_asks_a_larger_gain_within_what_is_believed() -> None:
    gains = [typical_gain(0.93, again, POLICY) for again in (0.05, 0.5, 0.7, 0.9, 0.999)]
    assert gains == sorted(gains)
    assert (gains[0], gains[-1]) == (0.0, M.retake_gain_most)


def test_the_newest_rates_of_an_earlier_year_are_the_ones_that_count() -> None:
    def gain(year: int) -> float:
        return float(retake_gains(date(year, 6, 1), POLICY).filter(exam="Step 1", program="MD")["gain"].item())

    later, earlier = (
        typical_gain(rate("MD", first=True, year=y), rate("MD", first=False, year=y), POLICY) for y in (2025, 2024)
    )
    assert (gain(2027), gain(2026), gain(2025), gain(2020)) == (later, later, earlier, earlier)
    assert later != earlier


def test_each_program_has_its_own_rate_and_the_stand_in_sets_the_others() -> None:
    people = students(
        {"student_id": "MD"}, {"student_id": "DO", "program": "DO", "exam_track": "both"},
        {"student_id": "none", "program": None},
    )
    sat = attempts({"student_id": "MD"}, {"student_id": "DO"}, {"student_id": "none"},
                   {"student_id": "DO", "exam": "Level 1", "taken_on": day(-20)})  # fmt: skip
    fitted = readiness_of(people, sat, assessments())
    gains = dict(zip(fitted.students["student_id"], fitted.failed.gain.tolist(), strict=True))
    by_group = dict(retake_gains(day(0), POLICY).filter(exam="Step 1").select("program", "gain").rows())
    assert gains["DO"] == [by_group["DO"], M.retake_gain_again * by_group["MD"]]
    assert gains["MD"][0] == gains["none"][0] == by_group["MD"]


def failed_at_first() -> tuple[School, pl.DataFrame]:
    nation = school(n=1500, seed=6)
    return nation, nation.attempts.filter(pl.col("outcome") == "fail")


def band_of(fitted: Readiness, failed: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = fitted.rows(failed["student_id"])
    usual = np.full(len(rows), day_number(failed["taken_on"][0]) + M.retake_usual_days)
    return fitted.pass_curve(rows, failed["exam"]).band(*fitted.project(rows, usual, sits=True))


def test_typical_retakers_start_at_the_national_rate_with_a_band_about_it_until_local_outcomes_move_them() -> None:
    nation, failed = failed_at_first()
    assert len(failed) > 100
    on, national = failed["taken_on"][0], rate("MD", first=False)
    p, low, high = band_of(readiness_of(nation.students, failed, nation.assessments, on + timedelta(days=1)), failed)
    assert p.mean() == pytest.approx(national, abs=0.04)
    assert low.mean() < national - 0.1
    assert high.mean() > national + 0.05
    again_on = on + timedelta(days=M.retake_usual_days)
    half = failed.head(len(failed) // 2).with_columns(taken_on=pl.lit(again_on))
    late = pl.concat([failed, half])
    of_year = readiness_of(nation.students, late, nation.assessments, again_on)
    moved, moved_low, moved_high = band_of(of_year, failed.tail(len(failed) // 2))
    assert of_year.curve_in_use.updates["Step 1", False].outcomes == len(half)
    assert moved.mean() < national - 0.15
    assert (moved_high - moved_low).mean() < (high - low).mean()
    for band in ((low, p, high), (moved_low, moved, moved_high)):
        assert (np.diff(np.stack(band), axis=0) >= 0).all()


def test_new_scores_say_how_much_was_gained_and_leave_the_rate_little_to_say() -> None:
    people, sat = students({}), attempts({"taken_on": day(-150)})
    nothing = changed(POLICY, "readiness", model=M.model_copy(update={"retake_gain_most": 0.0}))
    old = {"taken_on": day(-200), "score": 58.0}
    lifts = []
    new = [{"form": "31", "taken_on": day(-20)}, {"form": "32", "taken_on": day(-2)}]
    for sheet in (assessments(old), assessments(old, *new)):
        seen = observations(sheet, POLICY)
        with_rate, without = (fit_readiness(Facts(people, sat, seen), day(0), p).on(["S1"], [day(14)])[0].item()
                              for p in (POLICY, nothing))  # fmt: skip
        lifts.append(with_rate - without)
    assert lifts[0] > 5
    assert 0 <= lifts[1] < lifts[0] / 3


def test_the_uncertain_gain_widens_the_range_until_a_new_score() -> None:
    people, sat = students({}), attempts({"taken_on": day(-60)})
    old = {"taken_on": day(-70), "score": 56.0}
    for sheet, wide in ((assessments(old), True), (assessments(old, {"form": "31", "taken_on": day(0)}), False)):
        fitted = readiness_of(people, sat, sheet)
        row, then = fitted.rows(["S1"]), np.array([day_number(day(30))])
        _, _, shared = fitted.project(row, then)
        _, _, of_class = fitted.current.at(row, fitted.grown(row, then))
        doubt = np.sqrt(shared - of_class).item()
        assert (doubt > 1.0) is wide
        assert doubt > 0.2
    assert chance_by_date("S1", "Step 1", fitted, [day(30)], POLICY)["p_pass"].item() > 0


@cache
def retakes_put_at(gain: float, *, taught: bool = True) -> pl.DataFrame:
    """What the retakes of four generated schools with this gain were put at two weeks before, by what the other
    students' outcomes tell of them, and who passed."""
    found = []
    for seed in range(4):
        school = made(STEADY, seed)
        seen, sat = observations(school.assessments, POLICY), with_retakes(school, gain, seed)
        facts, policy = Facts(school.students, sat, seen), POLICY if taught else FIXED
        found.append(forecasts(facts, school.as_of, policy, [14]).filter(~pl.col("first")))
    return pl.concat(found)


def missed_by(retakes: pl.DataFrame, class_year: int) -> float:
    """How far the mean chance of a class's retakes lies above the rate that passed."""
    of_year = retakes.filter(class_year=class_year)
    return float((of_year["p_pass"] - of_year["passed"].cast(pl.Float64)).mean())  # type: ignore[arg-type]


@pytest.mark.slow
def test_where_retakers_gain_as_the_nation_does_the_first_ones_chances_come_true() -> None:
    assert len(retakes_put_at(7.1)) > 250
    assert abs(missed_by(retakes_put_at(7.1), 2026)) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("class_year", [2026, 2027, 2028])
def test_where_they_gain_less_the_schools_own_retakes_lower_their_chances(class_year: int) -> None:
    untaught, taught = (missed_by(retakes_put_at(4.0, taught=taught), class_year) for taught in (False, True))
    assert untaught > 0.1
    assert taught < 0.6 * untaught
