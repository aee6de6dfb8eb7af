"""Regression to the mean is no success, a true gain is found, and small groups are hidden."""

import numpy as np
import polars as pl
import pytest

from dashboard.words import tutoring as words
from pipelines.contracts.school_facts import Facts
from pipelines.contracts.support import EffectOf, EffectVerdict
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.tutoring.peers import passed_a_retake, peer_matches
from pipelines.marts.tutoring.tutoring_effect import gains, tutoring_effect
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, school, students

NOBODY = pl.DataFrame(schema={"student_id": pl.String, "on": pl.Date})
START = day(-150)


def lowest_tutored(effect: float, n: int = 40, seed: int = 0):
    """The classic trap: those with the lowest newest score are tutored; later scores rise by `effect`."""
    made = school(seed=seed, scores=8)
    scores = made.assessments.filter(instrument="CBSSA")
    newest = scores.filter(pl.col("taken_on") < START).sort("taken_on").unique("student_id", keep="last")
    chosen = newest.sort("score")["student_id"].head(n)
    helped = pl.col("student_id").is_in(chosen.implode()) & (pl.col("taken_on") > START)
    scores = made.assessments.with_columns(score=pl.when(helped).then(pl.col("score") + effect).otherwise("score"))
    sessions = pl.DataFrame({"student_id": chosen}).with_columns(
        tutor_id=pl.lit("T1"), held_on=pl.lit(START), hours=pl.lit(1.0), area=pl.lit("Pathology")
    )
    return made.students, attempts(), observations(scores, POLICY), sessions, newest


def effects(effect: float, missed: pl.DataFrame = NOBODY, **how: int) -> pl.DataFrame:
    people, sat, seen, sessions, _ = lowest_tutored(effect, **how)
    return tutoring_effect(Facts(people, sat, seen), sessions, missed, AS_OF, POLICY)


def test_tutoring_without_effect_is_not_called_success_though_raw_scores_rose() -> None:
    rows = [effects(0.0, seed=seed).filter(of="all").row(0, named=True) for seed in range(8)]
    assert all(row["raw_gain"] > 2 for row in rows)
    assert sum(row["verdict_id"] == EffectVerdict.MORE_THAN_EXPECTED for row in rows) <= 1
    assert abs(np.mean([row["gain"] for row in rows])) < np.mean([row["raw_gain"] for row in rows]) / 3


def test_a_true_gain_is_found_and_its_interval_holds_it() -> None:
    row = effects(6.0).filter(of="all").row(0, named=True)
    assert row["verdict_id"] == EffectVerdict.MORE_THAN_EXPECTED
    assert row["low"] - 2 < 6.0 < row["high"] + 2


def test_a_group_below_the_limit_is_hidden() -> None:
    assert effects(6.0, n=POLICY.disclosure.smallest_group - 1).is_empty()
    assert set(effects(6.0)["of"]) == {"all", "area", "tutor"}


def test_a_group_from_which_a_small_one_could_be_found_by_subtraction_is_hidden_too() -> None:
    people, sat, seen, sessions, _ = lowest_tutored(6.0)
    starts = sessions.select("student_id", start="held_on")
    counted = gains(Facts(people, sat, seen), starts, AS_OF, POLICY).select("student_id").head(30)
    sessions, few = sessions.join(counted, on="student_id", how="semi"), POLICY.disclosure.smallest_group - 2

    def tutors(*sizes: int) -> list[str]:
        who = [f"T{n}" for n, size in enumerate(sizes) for _ in range(size)]
        given = sessions.with_columns(tutor_id=pl.Series(who), area=pl.lit(None, pl.String))
        rows = tutoring_effect(Facts(people, sat, seen), given, NOBODY, AS_OF, POLICY)
        return rows.filter(of="tutor").select("name", "students").rows()

    assert tutors(15, 15) == [("T0", 15), ("T1", 15)]
    assert tutors(30 - few, few) == []
    assert tutors(10, 20 - few, few) == [("T1", 20 - few)]


def test_those_who_just_missed_are_the_comparison_when_there_are_enough() -> None:
    newest = lowest_tutored(0.0)[4].sort("score")
    waiting = newest.slice(40, 30).select("student_id", on=pl.lit(START))
    rows = effects(6.0, waiting)
    assert rows["of"].to_list()[:3] == ["all", "just_missed", "difference"]
    assert rows.filter(of="difference")["gain"].item() == pytest.approx(6.0, abs=3.0)
    assert "difference" not in effects(6.0, waiting.head(5))["of"].to_list()


def test_a_small_effect_in_few_students_is_not_detected() -> None:
    assert effects(0.3, n=12).filter(of="all")["verdict_id"].to_list() == [EffectVerdict.CANNOT_TELL]


def test_whoever_failed_and_then_passed_may_mentor() -> None:
    people = students({"student_id": "yes"}, {"student_id": "first"}, {"student_id": "gone", "status": "withdrawn"})
    sat = attempts(
        *({"student_id": s, "taken_on": day(-300), "outcome": "fail"} for s in ("yes", "gone")),
        *({"student_id": s, "taken_on": day(-100), "outcome": "pass"} for s in ("yes", "first", "gone")),
    )
    facts = Facts(people, sat, observations(assessments(), POLICY))
    assert passed_a_retake(facts, AS_OF).select("student_id", "failed_on").rows() == [("yes", day(-300))]
    assert passed_a_retake(facts, day(-200)).is_empty()


def test_mentors_are_matched_by_areas_weak_then_and_nobody_mentors_themselves() -> None:
    rows = [("S1", "Pathology", 0.5, 4.0), ("S1", "Genetics", 0.1, 2.0), ("M1", "Pathology", 0.5, 4.0)]
    now = pl.DataFrame([
        {"student_id": s, "axis": "discipline", "area": a, "weight": w, "priority": p, "weak": True}
        for s, a, w, p in rows
    ])
    then = pl.DataFrame({"student_id": ["M1", "M2", "M2"], "area": ["Genetics", "Pathology", "Genetics"],
                         "weight": [0.1, 0.5, 0.1]})
    found = peer_matches(pl.Series(["S1", "M2"]), now, then, POLICY.support.peers)
    assert found.select("student_id", "mentor_id", "areas").rows() == [
        ("S1", "M2", "Pathology; Genetics"), ("S1", "M1", "Genetics")]


def test_assessments_are_needed_before_and_after() -> None:
    only_before = assessments(*({"student_id": f"S{n}", "taken_on": day(-200)} for n in range(20)))
    people = students(*({"student_id": f"S{n}"} for n in range(20)))
    sessions = pl.DataFrame([{"student_id": f"S{n}", "tutor_id": "T", "held_on": START, "hours": 1.0, "area": None}
                             for n in range(20)], schema_overrides={"area": pl.String})  # fmt: skip
    seen = observations(only_before, POLICY)
    assert tutoring_effect(Facts(people, attempts(), seen), sessions, NOBODY, AS_OF, POLICY).is_empty()


def test_every_group_and_verdict_has_words_of_its_own() -> None:
    assert len({words.effect_of(of, "Renal") for of in EffectOf}) == len(EffectOf)
    assert len({words.verdict(verdict) for verdict in EffectVerdict}) == len(EffectVerdict)
    with pytest.raises(ValueError, match="maybe"):
        words.verdict("maybe")
