"""Windows are known by ids: what a rule is called changes no id, date or figure; only the sentences follow it."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dashboard.words.windows import doubts_with_words, with_words
from pipelines.contracts.retakes import Conflict, EarliestBar
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.retakes.retakes import first_sittings, retakes
from pipelines.marts.retakes.rules import rule_doubts
from pipelines.policy import Policy, changed, with_school
from pipelines.policy.rules import Rule, SchoolAdvice
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, readiness_of, students

NATIONAL = {rule.id: rule for rule in POLICY.rules.attempt_rules}


def school(*rules: Rule) -> Policy:
    """The national rules beside these, as a school's own, in force since 2020."""
    since = {"school": True, "valid_from": date(2020, 1, 1)}
    return with_school(POLICY, [rule.model_copy(update=since) for rule in rules], SchoolAdvice())


def windows(
    people: pl.DataFrame, sat: pl.DataFrame, policy: Policy, marks: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Windows of everyone, with an attempt and without, under this policy."""
    scores = assessments({"score": 78.0}) if marks is None else marks
    readiness, seen = readiness_of(people, sat, scores), observations(scores, policy)
    facts = Facts(people, sat, seen, scores)
    return pl.concat([ask(facts, readiness, AS_OF, policy) for ask in (retakes, first_sittings)])


def test_a_school_limit_worded_like_the_national_one_offers_no_exception_to_the_national_one() -> None:
    limit = next(rule for rule in POLICY.rules.examples if rule.id == "school-limit-3")
    assert limit.exam == "Step 1"
    policy = school(limit.model_copy(update={"wording": NATIONAL["level1-limit-4"].wording}))
    sat = attempts(*({"exam": "Level 1", "taken_on": day(-400 * n)} for n in range(1, 5)),
                   *({"student_id": "S2", "taken_on": day(-400 * n)} for n in range(1, 4)))  # fmt: skip
    rows = with_words(windows(students({"program": "DO"}, {"student_id": "S2"}), sat, policy), policy)
    level_1, step_1 = (rows.filter(exam=exam, student_id=who).row(0, named=True)
                       for exam, who in (("Level 1", "S1"), ("Step 1", "S2")))  # fmt: skip
    assert level_1["earliest_rule"] == step_1["earliest_rule"] == "Out of attempts: At most 4 attempts in all"
    assert (level_1["earliest_rule_id"], level_1["conflict_id"], level_1["resolve"]) == ("level1-limit-4", None, None)
    assert (step_1["earliest_rule_id"], step_1["conflict_id"]) == ("school-limit-3", Conflict.CLOSED_BY_SCHOOL)
    assert step_1["resolve"] == "Apply for an exception to “At most 4 attempts in all”"


def test_a_school_limit_worded_like_a_gate_that_is_closed_is_still_a_limit() -> None:
    limit = next(rule for rule in POLICY.rules.examples if rule.id == "school-limit-3")
    policy = school(limit.model_copy(update={"wording": "Gate not met in the tries allowed"}))
    sat = attempts(*({"taken_on": day(-400 * n)} for n in range(1, 4)))
    row = windows(students({}), sat, policy).row(0, named=True)
    assert (row["earliest_bar_id"], row["state_id"]) == (EarliestBar.OUT_OF_ATTEMPTS, "out_of_attempts")


def test_a_deadline_that_the_wait_for_the_result_does_not_set_is_not_said_to_follow_from_it() -> None:
    """A rule forbids no day before it starts, even where the result could not be in by then."""
    committee = next(rule for rule in POLICY.rules.examples if rule.before == "committee")
    starts_later = committee.model_copy(update={"school": True, "on": day(20), "valid_from": day(5)})
    policy = with_school(POLICY, [starts_later], SchoolAdvice())
    people, sat = students({"planned_on": day(10)}), attempts({"taken_on": day(-90)})
    row = with_words(windows(people, sat, policy), policy).row(0, named=True)
    assert row["conflict_id"] == Conflict.RESULT_LATE
    planned, last = (f"{on.day} {on:%b %Y}" for on in (day(10), day(4)))
    assert row["conflict"] == f"Planned {planned}, too late for “{committee.wording}”: the last day is {last}"


def reworded(policy: Policy, wordings: list[str]) -> Policy:
    """The policy with each wording replaced by one of these, in turn."""
    def rule(number: int, one: Rule) -> Rule:
        return one.model_copy(update={"wording": wordings[number % len(wordings)]})

    no_rule = policy.rules.no_rule.model_copy(
        update=dict.fromkeys(type(policy.rules.no_rule).model_fields, wordings[-1])
    )
    rules = [rule(number, one) for number, one in enumerate(policy.rules.attempt_rules)]
    return changed(policy, "rules", attempt_rules=rules, no_rule=no_rule)


EVERY_RULE = school(*POLICY.rules.examples)
DAYS = st.lists(st.integers(-700, -1), max_size=5, unique=True)
PERSON = st.fixed_dictionaries({
    "planned_on": st.none() | st.integers(-30, 200), "clerkship_starts_on": st.none() | st.integers(-100, 250),
    "eligibility_ends_on": st.none() | st.integers(-100, 250),
})
MARKS = st.lists(st.tuples(st.integers(-200, 0), st.integers(55, 90)), min_size=1, max_size=4, unique_by=lambda m: m[0])
WORDINGS = st.lists(
    st.text(min_size=1, max_size=30)
    | st.sampled_from([r.wording for r in POLICY.rules.attempt_rules] + ["passed", "; and "]),
    min_size=1,
    max_size=6,
)


def dated(person: dict[str, int | None]) -> dict[str, Any]:
    return {name: None if ahead is None else day(ahead) for name, ahead in person.items()}


@settings(max_examples=60, deadline=None)
@given(sat=DAYS, person=PERSON, marks=MARKS, wordings=WORDINGS)
def test_other_wordings_change_no_id_date_or_count(
    sat: list[int], person: dict[str, int | None], marks: list[tuple[int, int]], wordings: list[str]
) -> None:
    people = students(dated(person), {"student_id": "S2", **dated(person)})
    sheet = attempts(*({"taken_on": day(on)} for on in sat))
    scores = assessments(*({"taken_on": day(on), "score": float(score)} for on, score in marks))
    other = reworded(EVERY_RULE, wordings)
    as_worded, as_reworded = (windows(people, sheet, policy, scores) for policy in (EVERY_RULE, other))
    assert_frame_equal(as_worded, as_reworded, check_exact=True)
    doubts, doubts_reworded = (rule_doubts(sheet, AS_OF, policy) for policy in (EVERY_RULE, other))
    assert_frame_equal(doubts, doubts_reworded)
    now, then = with_words(as_worded, EVERY_RULE), with_words(as_reworded, other)
    assert now["earliest_rule"].null_count() == then["earliest_rule"].null_count() == 0
    for name in ("latest_rule", "gates", "conflict", "resolve", "recommended_reason"):
        assert now[name].is_null().equals(then[name].is_null())
    assert doubts_with_words(doubts, other)["rule"].null_count() == 0


def test_a_rule_that_policy_does_not_have_is_an_error_and_no_blank() -> None:
    rows = windows(students({}), attempts({"taken_on": AS_OF - timedelta(days=1)}), POLICY)
    with pytest.raises(pl.exceptions.InvalidOperationError):
        with_words(rows.with_columns(earliest_bar_id=pl.lit("rule"), earliest_rule_id=pl.lit("no-such-rule")), POLICY)
    with pytest.raises(pl.exceptions.InvalidOperationError):
        with_words(rows.with_columns(state_id=pl.lit("no_such_state")), POLICY)


def test_every_id_has_words() -> None:
    """A bar, reason or conflict that is forgotten in dashboard/words would be blank."""
    rows = windows(students({}), attempts({"taken_on": day(-90)}), POLICY)
    for bar in EarliestBar:
        row = with_words(rows.with_columns(earliest_bar_id=pl.lit(bar), earliest_rule_id=pl.lit("step1-limit-4")),
                          POLICY)  # fmt: skip
        assert row.item(0, "earliest_rule")
