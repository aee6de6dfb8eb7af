"""Whether a school's chances can be trusted, by its own past attempts."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from dashboard.words.verdicts import warnings
from pipelines.contracts.readiness import FailuresVerdict, Finding
from pipelines.contracts.retakes import RecommendedReason
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.out_of_fold import out_of_fold
from pipelines.marts.retakes.retakes import first_sittings
from tests.marts.builders import POLICY
from tests.marts.test_worlds import figured, observations
from tests.marts.thirty_worlds import AFTER_DAYS, after_results
from tests.marts.worlds import STEADY, WORLDS, Made, World, made


def judged(school: Made) -> dict:
    return figured(school)[0].verdicts.row(0, named=True)


def telling_nothing(seed: int = 1, size: int = 200) -> Made:
    """A school whose outcomes have nothing to do with its scores; one of eight fails."""
    school = made(STEADY, seed, size=size)
    passed = np.random.default_rng(seed).random(len(school.attempts)) > 0.125
    outcome = pl.Series(np.where(passed, "pass", "fail"))
    return replace(school, attempts=school.attempts.with_columns(outcome=outcome))


def upside_down(seed: int = 1, size: int = 100) -> Made:
    """A school in which the strongest eighth fails."""
    school = made(STEADY, seed, size=size)
    sat = school.students["student_id"].is_in(school.attempts["student_id"].implode()).to_numpy()
    at_exam = school.truth[np.arange(len(sat)), school.exam][sat]
    outcome = pl.Series(np.where(at_exam > np.quantile(at_exam, 0.875), "fail", "pass"))
    return replace(school, attempts=school.attempts.with_columns(outcome=outcome))


def test_chances_that_tell_nothing_are_not_shown_and_the_page_says_so_with_people() -> None:
    school = upside_down()
    fitted, rows, seen = figured(school)
    assert rows["p_pass"].null_count() == len(rows)
    assert rows.filter(pl.col("evidence_count") > 0)["readiness"].null_count() == 0
    assert set(rows.filter(pl.col("readiness").is_not_null())["band_id"]) > {"at_risk", "likely_ready"}
    text, = warnings(fitted.verdicts, POLICY)
    assert "no chance of passing is shown, since on" in text
    assert " put at about 9" in text
    ahead = first_sittings(Facts(school.students, school.attempts, seen), fitted, school.as_of, POLICY)
    assert RecommendedReason.CHANCE_NOT_SHOWN in set(ahead["recommended_reason_id"])
    assert RecommendedReason.TARGET_REACHED not in set(ahead["recommended_reason_id"])


def test_useless_chances_never_beat_the_pass_rate_by_much() -> None:
    """Out of fold, what is learned of noise costs a little more than the rate alone."""
    margins = [(found["log_score"] - found["log_score_rate"]) / found["log_score_rate"]
               for found in (judged(telling_nothing(seed)) for seed in range(6))]
    assert min(margins) > -0.03


@pytest.mark.parametrize("world", WORLDS, ids=lambda w: w.name)
def test_in_an_ordinary_school_chances_hold_and_no_banner_is_shown(world: World) -> None:
    fitted = figured(made(world, 2))[0]  # in that of seed 1 a class failed by chance beyond its 95 % range
    assert fitted.verdicts.item(0, "finding_id") == Finding.HOLD
    assert fitted.exams_without_chance == []
    assert warnings(fitted.verdicts, POLICY) == []


def test_a_class_that_fails_far_more_than_the_classes_before_it_is_told() -> None:
    school = made(replace(STEADY, standards=(59.5, 59.5, 65.0, 65.0)), 3)
    found = judged(school)
    assert found["class_finding_id"] == FailuresVerdict.MORE_FAILURES
    assert found["class_failed"] > found["class_high"]
    text, = warnings(figured(school)[0].verdicts, POLICY)
    assert f"Class of 2028, Step 1: {found['class_failed']} of 200 failed at first" in text


@pytest.mark.parametrize("seed", [0, 4])
def test_a_standard_moved_for_the_newest_class_alone_is_told_with_its_results(seed: int) -> None:
    """By 3 EPC, after three classes of 200: the doubt between the two curves, which they decided, does not hide it."""
    school = after_results(made(replace(STEADY, standards=(59.5, 59.5, 59.5, 62.5)), seed))
    seen = observations(school.assessments, POLICY)
    known_on = school.as_of + timedelta(days=AFTER_DAYS)
    found = fit_readiness(Facts(school.students, school.attempts, seen), known_on, POLICY).verdicts
    assert found.item(0, "class_year") == 2029
    assert found.item(0, "class_finding_id") == FailuresVerdict.MORE_FAILURES


def test_few_outcomes_are_too_few_to_say() -> None:
    found = judged(made(replace(STEADY, shifts=(0.0, 0.0), standards=(59.5, 59.5)), 2, size=12))
    assert found["finding_id"] == Finding.TOO_FEW_TO_SAY
    assert found["class_year"] is None


def test_nobody_is_judged_by_a_recalibration_that_knows_the_outcome() -> None:
    school = made(STEADY, 4, size=60)
    fitted, _, seen = figured(school)
    held = out_of_fold(fitted, seen, POLICY)
    one = held.before.row(0, named=True)
    mine = pl.col("student_id") == one["student_id"]
    other = pl.when(mine).then(pl.lit("fail" if one["passed"] else "pass")).otherwise("outcome")
    turned = school.attempts.with_columns(outcome=other)
    again = fit_readiness(Facts(school.students, turned, seen), school.as_of, POLICY)
    after = out_of_fold(again, seen, POLICY).before
    for name in ("p_pass", "last_score_p", "base_rate"):
        same = after.filter(mine)[name].item() == pytest.approx(one[name])
        assert same, name
    assert after["p_pass"].to_list() != pytest.approx(held.before["p_pass"].to_list())


def test_there_is_no_verdict_where_nobody_has_sat() -> None:
    school = made(STEADY, 4, size=20)
    fitted = fit_readiness(
        Facts(school.students, school.attempts.clear(), observations(school.assessments, POLICY)), school.as_of, POLICY)
    assert fitted.verdicts.is_empty()
    assert fitted.exams_without_chance == []
