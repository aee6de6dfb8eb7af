"""The attempt rules against a slow checker that checks day by day: may this student sit today?"""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.contracts.readiness import Band
from pipelines.contracts.retakes import EarliestBar
from pipelines.marts.retakes.rules import UNLIMITED, attempt_counts, standing
from pipelines.policy.rules import RULE_FIELDS, Rule
from tests.marts.builders import POLICY, attempts
from tests.marts.rule_checker import (
    DAYS,
    FORMS,
    LOOK_AHEAD,
    RESULT,
    SAFE,
    Student,
    fast,
    rule,
    slow_earliest,
    slow_last,
    some_rules,
    with_rules,
)

OUTCOMES = ["fail", "incomplete", "pending"]


SCORES = st.lists(
    st.tuples(
        st.sampled_from(FORMS),
        st.dates(date(2020, 9, 1), date(2021, 12, 31)),
        st.integers(55, 75).map(float),
        st.booleans(),
    ),
    max_size=7,
    unique_by=lambda s: (s[0], s[1]),
)


@settings(max_examples=350, deadline=None)
@given(
    sat=st.lists(DAYS, max_size=5, unique=True),
    rules=some_rules(),
    scores=SCORES,
    as_of=st.dates(date(2021, 1, 1), date(2021, 12, 31)),
    outcome=st.sampled_from(OUTCOMES),
    clerkship=st.none() | st.dates(date(2020, 6, 1), date(2022, 12, 31)),
)
@example([date(2020, 2, 29)], [rule("nth_after_first", 2, 12)], [], date(2021, 1, 1), "fail", None)
@example([date(2020, 8, 31), date(2020, 10, 31)], [rule("max_in_months", 2, 6)], [], date(2021, 1, 1), "fail", None)
@example([date(2021, 1, 1)], [], [], date(2021, 1, 1), "pending", None)
@example([date(2020, 8, 31)], [rule("all_within", 0, 6)], [], date(2021, 1, 1), "fail", None)
@example([date(2020, 12, 31)], [rule("min_wait", 0, 2, days=1)], [], date(2021, 1, 1), "fail", None)
def test_the_engine_agrees_with_asking_day_by_day(
    sat: list[date],
    rules: list[Rule],
    scores: list[tuple[str, date, float, bool]],
    as_of: date,
    outcome: str,
    clerkship: date | None,
) -> None:
    """The earliest day; that no deadline forbids it exactly where the window says so; the window's last day."""
    sat = [day for day in sat if day <= as_of]
    scores = [score for score in scores if score[1] <= as_of]
    answer = fast(sat, as_of, with_rules(*rules), [outcome] * len(sat), scores, clerkship)
    who = Student(sat, scores, clerkship, as_of)
    first = slow_earliest(who, rules)
    assert answer["earliest_on"] == first
    own_clerkship = [r for r in rules if r.before == "clerkship" and first and r.in_force(first)]
    usual = rule("result_before", before="clerkship")
    rules = rules if own_clerkship else [*rules, usual]
    if first is None:
        assert (answer["latest_on"], answer["latest_safe_on"]) == (None, None)
        return
    for name, result in (("latest_on", RESULT), ("latest_safe_on", SAFE)):
        last = slow_last(who, rules, first, result)
        if last is None or last >= first:
            assert answer[name] == last or (last is None and answer[name] > first + timedelta(days=LOOK_AHEAD - 2))
        else:
            assert answer[name] < first


def test_every_kind_of_rule_has_a_shipped_rule_or_an_example() -> None:
    assert {r.kind for r in [*POLICY.rules.attempt_rules, *POLICY.rules.examples]} == set(RULE_FIELDS)


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("attempt_limit", {}, "needs n"),
        ("attempt_limit", {"n": 3, "months": 2}, "has no months"),
        ("min_wait", {}, "needs months or days"),
        ("result_before", {"before": "committee"}, "committee date"),
        ("gate", {"n": 1, "instruments": ["CBSSA"]}, "needs at_least"),
        ("gate", {"n": 2, "instruments": ["CBSSA"], "at_least": 1, "tries": 1}, "fewer tries"),
        ("all_within", {"months": 12, "end": date(1999, 1, 1)}, "valid_to is before"),
    ],
)
def test_a_rule_that_does_not_fit_its_kind_is_refused_in_words(kind: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        rule(kind, **fields)


REFERENCE = [date(2011, 1, 15), date(2011, 4, 15), date(2011, 9, 15)]


def test_the_reference_case_sits_a_fourth_time_on_15_march_2012() -> None:
    answer = fast(REFERENCE, date(2011, 10, 1))
    assert answer["earliest_on"] == date(2012, 3, 15)
    assert answer["earliest_rule_id"] == "step1-4th-6-after-last"


def test_no_wait_stands_between_the_first_three_attempts() -> None:
    answer = fast([date(2026, 1, 5), date(2026, 1, 20)], date(2026, 1, 21))
    assert (answer["earliest_on"], answer["earliest_bar_id"]) == (date(2026, 1, 21), EarliestBar.NONE_BINDS)
    assert answer["earliest_rule_id"] is None


def test_nobody_sits_twice_in_a_day() -> None:
    assert fast([date(2026, 1, 5)], date(2026, 1, 5))["earliest_on"] == date(2026, 1, 6)


@pytest.mark.parametrize("outcome", ["incomplete", "pending", "fail"])
def test_every_outcome_counts_as_an_attempt(outcome: str) -> None:
    sat = [date(2022, 1, 5), date(2023, 1, 5), date(2024, 1, 5), date(2025, 1, 5)]
    answer = fast(sat, date(2026, 1, 1), outcomes=["fail", "fail", "fail", outcome])
    assert answer["attempts_used"] == 4
    assert answer["earliest_on"] is None
    assert (answer["earliest_bar_id"], answer["earliest_rule_id"]) == (EarliestBar.OUT_OF_ATTEMPTS, "step1-limit-4")


def test_a_pass_ends_it() -> None:
    answer = fast([date(2026, 1, 5), date(2026, 3, 5)], date(2026, 4, 1), outcomes=["fail", "pass"])
    assert (answer["earliest_on"], answer["earliest_bar_id"]) == (None, EarliestBar.PASSED)
    assert answer["earliest_rule_id"] is None


def test_the_limit_of_the_day_applies() -> None:
    sat = [date(2015, 1, 5), date(2016, 1, 5), date(2017, 1, 5), date(2018, 1, 5)]
    assert fast(sat, date(2020, 1, 1))["attempt_limit"] == 6
    assert fast(sat, date(2020, 1, 1))["earliest_on"] == date(2020, 1, 1)
    assert fast(sat, date(2021, 7, 1))["earliest_on"] is None


def test_where_no_limit_is_in_force_attempts_are_unlimited() -> None:
    assert fast([date(2011, 1, 5)], date(2011, 2, 1))["attempt_limit"] == UNLIMITED


def test_a_rule_that_starts_tomorrow_binds_from_tomorrow() -> None:
    tomorrow = rule("nth_after_last", 2, 3, start=date(2026, 1, 10), id="tomorrow")
    blocks_today = rule("nth_after_last", 2, 1, end=date(2026, 1, 20))
    answer = fast([date(2026, 1, 5)], date(2026, 1, 9), with_rules(tomorrow, blocks_today))
    assert (answer["earliest_on"], answer["earliest_rule_id"]) == (date(2026, 4, 5), "tomorrow")


def test_exams_and_students_are_kept_apart() -> None:
    sheet = attempts(
        *(
            {"student_id": s, "exam": e, "taken_on": day}
            for s in ("A", "B")
            for e in ("Step 1", "Level 1")
            for day in REFERENCE
        ),
        {"student_id": "C"},
    )
    counts = attempt_counts(sheet, date(2027, 1, 15), POLICY)
    assert counts.select("student_id", "exam", "attempts_used").rows() == [
        ("A", "Level 1", 3),
        ("A", "Step 1", 3),
        ("B", "Level 1", 3),
        ("B", "Step 1", 3),
        ("C", "Step 1", 1),
    ]


def test_an_attempt_after_the_day_has_not_happened() -> None:
    assert attempt_counts(attempts({"taken_on": date(2027, 2, 1)}), date(2027, 1, 31), POLICY).is_empty()


def test_the_newest_attempt_decides_what_is_awaited() -> None:
    sheet = attempts(
        {"student_id": "A", "taken_on": date(2026, 1, 1), "outcome": "pending"},
        {"student_id": "A"},
        {"student_id": "B", "taken_on": date(2026, 1, 1)},
        {"student_id": "B", "outcome": "pending"},
    )
    known = standing(attempt_counts(sheet, date(2027, 1, 15), POLICY))
    assert known.select(pl.col("standing")).to_series().to_list() == [None, Band.AWAITING_RESULT]
