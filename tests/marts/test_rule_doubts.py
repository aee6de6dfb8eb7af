"""Attempts that broke a rule of their own day: stored all the same, and named."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.marts.retakes.rules import rule_doubts
from pipelines.policy.rules import DEADLINES, Rule
from tests.marts.builders import POLICY, attempts
from tests.marts.rule_checker import DAYS, Student, forbids, some_rules, with_rules


def test_an_attempt_that_broke_a_rule_of_its_day_is_a_doubt_that_names_it() -> None:
    sat = attempts(
        {"taken_on": date(2026, 1, 5)},
        {"taken_on": date(2026, 2, 5)},
        {"taken_on": date(2026, 3, 5)},
        {"taken_on": date(2026, 4, 5), "outcome": "pass"},
        {"taken_on": date(2027, 4, 5)},
    )
    doubts = rule_doubts(sat, date(2027, 12, 1), POLICY).select("attempt_number", "rule_id").rows()
    assert doubts == [
        (4, "step1-3-in-12-months"),
        (4, "step1-4th-12-after-first"),
        (4, "step1-4th-6-after-last"),
        (5, "passed"),
        (5, "step1-limit-4"),
    ]


@settings(max_examples=120, deadline=None)
@given(sat=st.lists(DAYS, min_size=1, max_size=6, unique=True), rules=some_rules())
def test_doubts_are_what_the_slow_checker_forbids_of_the_attempts_themselves(
    sat: list[date], rules: list[Rule]
) -> None:
    entry = [r for r in rules if r.kind not in (*DEADLINES, "gate")]
    sat = sorted(sat)
    slow = {(day, r.id) for n, day in enumerate(sat) for r in entry if forbids(r, day, Student(sat[:n]))}
    doubts = rule_doubts(attempts(*({"taken_on": day} for day in sat)), date(2022, 1, 1), with_rules(*rules))
    assert set(doubts.select("taken_on", "rule_id").rows()) == slow
