"""Regression to the mean is no success, a true gain is found, and small groups are hidden."""

from typing import Any

import polars as pl
import pytest

from dashboard.words import tutoring as words
from pipelines.contracts.school_facts import Facts
from pipelines.contracts.support import ComparedWith, EffectOf, EffectVerdict
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.tutoring.comparison_groups import episodes
from pipelines.marts.tutoring.peers import passed_a_retake, peer_matches
from pipelines.marts.tutoring.residual_gains import residual_gains
from pipelines.marts.tutoring.tutoring_effect import best_comparison, tutoring_effect
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, school, students

NOBODY = pl.DataFrame(schema={"student_id": pl.String, "on": pl.Date})
START = day(-150)


def lowest_tutored(effect: float, n: int = 40, missed: int = 40, seed: int = 0) -> tuple[Facts, Any, Any]:
    """The classic trap: those with the lowest newest score need tutoring, and every second one, `n` in all, gets it;
    their later scores rise by `effect`. The others, `missed` at most, just missed hours."""
    made = school(seed=seed, scores=8)
    scores = made.assessments.filter(instrument="CBSSA")
    newest = scores.filter(pl.col("taken_on") < START).sort("taken_on").unique("student_id", keep="last")
    needing = newest.sort("score")["student_id"].head(2 * n)
    chosen, waiting = needing.gather_every(2), needing.gather_every(2, offset=1).head(missed)
    helped = pl.col("student_id").is_in(chosen.implode()) & (pl.col("taken_on") > START)
    scores = made.assessments.with_columns(score=pl.when(helped).then(pl.col("score") + effect).otherwise("score"))
    sessions = pl.DataFrame({"student_id": chosen}).with_columns(
        tutor_id=pl.lit("T1"), held_on=pl.lit(START), hours=pl.lit(1.0), area=pl.lit("Pathology")
    )
    facts = Facts(made.students, attempts(), observations(scores, POLICY))
    return facts, sessions, pl.DataFrame({"student_id": waiting}).with_columns(on=pl.lit(START))


def effects(effect: float, **how: int) -> pl.DataFrame:
    return tutoring_effect(*lowest_tutored(effect, **how), AS_OF, POLICY)


def test_without_a_comparison_there_is_no_verdict_though_raw_scores_rose() -> None:
    facts, sessions, _ = lowest_tutored(6.0)
    row = tutoring_effect(facts, sessions, NOBODY, AS_OF, POLICY).row(0, named=True)
    assert (row["compared_with"], row["gain"]) == (ComparedWith.NOBODY, None)
    assert row["verdict_id"] == EffectVerdict.CANNOT_TELL


def test_tutoring_without_effect_is_not_called_success_though_raw_scores_rose() -> None:
    rows = [effects(0.0, n=20, seed=seed).row(0, named=True) for seed in range(8)]
    assert all(row["raw_gain"] > 2 for row in rows)
    assert sum(row["verdict_id"] != EffectVerdict.CANNOT_TELL for row in rows) <= 1


def test_a_true_gain_is_found_and_its_interval_holds_it() -> None:
    row = effects(6.0).row(0, named=True)
    assert (row["of"], row["compared_with"]) == ("all", ComparedWith.JUST_MISSED)
    assert row["verdict_id"] == EffectVerdict.MORE_THAN_EXPECTED
    assert row["low"] - 1 < 6.0 < row["high"] + 1


def test_a_group_below_the_limit_is_hidden() -> None:
    few = POLICY.disclosure.smallest_group - 1
    assert effects(6.0, n=few).is_empty()
    assert set(effects(6.0)["of"]) == {"all", "area", "tutor"}
    assert effects(6.0, missed=few)["compared_with"].to_list() == [ComparedWith.NOBODY]


def test_a_group_from_which_a_small_one_could_be_found_by_subtraction_is_hidden_too() -> None:
    facts, sessions, missed = lowest_tutored(6.0, n=45)
    rows = residual_gains(facts, episodes(facts, sessions, missed, AS_OF, POLICY.support.help), AS_OF, POLICY)
    alike = best_comparison(rows.drop_nulls("gain"), POLICY.support.help, POLICY.disclosure.smallest_group)[1]
    assert alike is not None
    counted = alike.filter("treated").sort("readiness").select("student_id")[3:33]
    sessions, few = sessions.join(counted, on="student_id", how="semi"), POLICY.disclosure.smallest_group - 2

    def tutors(*sizes: int) -> list[str]:
        who = [f"T{n}" for n, size in enumerate(sizes) for _ in range(size)]
        given = sessions.with_columns(tutor_id=pl.Series(who), area=pl.lit(None, pl.String))
        shown = tutoring_effect(facts, given, missed, AS_OF, POLICY)
        return shown.filter(of="tutor").select("name", "students").rows()

    assert tutors(15, 15) == [("T0", 15), ("T1", 15)]
    assert tutors(30 - few, few) == []
    assert tutors(10, 20 - few, few) == [("T1", 20 - few)]


def test_a_small_effect_in_few_students_is_not_detected() -> None:
    assert effects(0.3, n=16)["verdict_id"].to_list()[0] == EffectVerdict.CANNOT_TELL


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
    assert len({words.compared_with(group) for group in ComparedWith}) == len(ComparedWith)
    assert len({words.verdict(verdict) for verdict in EffectVerdict}) == len(EffectVerdict)
    with pytest.raises(ValueError, match="maybe"):
        words.verdict("maybe")
