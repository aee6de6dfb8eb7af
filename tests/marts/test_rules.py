"""The attempt rules against a slow checker that asks, day by day: may this student sit today?"""

from calendar import monthrange
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.marts.rules import UNLIMITED, attempt_counts, earliest_sittings, standing
from pipelines.policy import Policy, Rule
from tests.marts.builders import POLICY, attempts

OUTCOMES = ["fail", "incomplete", "pending"]
LOOK_AHEAD = 900


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def forbids(rule: Rule, day: date, sat: list[date]) -> bool:
    """Whether the rule keeps somebody with these attempts from sitting on this day."""
    if not rule.in_force(day):
        return False
    match rule.kind:
        case "attempt_limit":
            return len(sat) >= rule.n
        case "max_in_months":
            return sum(day < months_later(one, rule.months) for one in sat) >= rule.n
        case "nth_after_first":
            return len(sat) + 1 == rule.n and day < months_later(min(sat), rule.months)
        case "nth_after_last":
            return len(sat) + 1 == rule.n and day < months_later(max(sat), rule.months)


def slow_earliest(sat: list[date], rules: list[Rule], as_of: date) -> date | None:
    day = max(as_of, max(sat) + timedelta(days=1))
    for _ in range(LOOK_AHEAD):
        if not any(forbids(rule, day, sat) for rule in rules):
            return day
        day += timedelta(days=1)
    return None


def fast(sat: list[date], as_of: date, policy: Policy = POLICY, outcomes: list[str] | None = None) -> dict[str, object]:
    sheet = attempts(*(
        {"taken_on": day, "outcome": outcome}
        for day, outcome in zip(sat, outcomes or ["fail"] * len(sat), strict=True)
    ))
    return earliest_sittings(standing(attempt_counts(sheet, as_of, policy)), as_of, policy).row(0, named=True)


def with_rules(*rules: Rule) -> Policy:
    return POLICY.model_copy(update={"rules": list(rules)})


def rule(kind: str, n: int, months: int = 0, start: date = date(2000, 1, 1), end: date | None = None) -> Rule:
    return Rule(
        id=f"{kind}-{n}", exam="Step 1", kind=kind, n=n, months=months, valid_from=start, valid_to=end,  # type: ignore[arg-type]
        wording=f"{kind} {n} {months} {start}", source="test",
    )


DAYS = st.dates(date(2019, 6, 1), date(2021, 6, 1))
SPANS = st.tuples(st.dates(date(2018, 1, 1), date(2021, 9, 1)), st.none() | st.integers(0, 700))


@st.composite
def some_rules(draw: st.DrawFn) -> list[Rule]:
    made = []
    for _ in range(draw(st.integers(0, 4))):
        start, length = draw(SPANS)
        made.append(rule(
            draw(st.sampled_from(["attempt_limit", "max_in_months", "nth_after_first", "nth_after_last"])),
            draw(st.integers(1, 5)), draw(st.integers(1, 14)), start,
            None if length is None else start + timedelta(days=length),
        ))
    return made


@settings(max_examples=250, deadline=None)
@given(
    sat=st.lists(DAYS, min_size=1, max_size=5, unique=True), rules=some_rules(),
    as_of=st.dates(date(2021, 1, 1), date(2021, 12, 31)), outcome=st.sampled_from(OUTCOMES),
)
@example([date(2020, 2, 29)], [rule("nth_after_first", 2, 12)], date(2021, 1, 1), "fail")
@example([date(2020, 8, 31), date(2020, 10, 31)], [rule("max_in_months", 2, 6)], date(2021, 1, 1), "incomplete")
@example([date(2021, 1, 1)], [], date(2021, 1, 1), "pending")
def test_the_engine_agrees_with_asking_day_by_day(
    sat: list[date], rules: list[Rule], as_of: date, outcome: str
) -> None:
    sat = [day for day in sat if day <= as_of] or [as_of]
    answer = fast(sat, as_of, with_rules(*rules), [outcome] * len(sat))
    assert answer["earliest_on"] == slow_earliest(sat, rules, as_of)


REFERENCE = [date(2011, 1, 15), date(2011, 4, 15), date(2011, 9, 15)]


def test_the_reference_case_sits_a_fourth_time_on_15_march_2012() -> None:
    answer = fast(REFERENCE, date(2011, 10, 1))
    assert answer["earliest_on"] == date(2012, 3, 15)
    assert answer["earliest_rule"] == "4th attempt: at least 6 months after the most recent"


def test_no_wait_stands_between_the_first_three_attempts() -> None:
    answer = fast([date(2026, 1, 5), date(2026, 1, 20)], date(2026, 1, 21))
    assert (answer["earliest_on"], answer["earliest_rule"]) == (date(2026, 1, 21), POLICY.no_rule.none_binds)


def test_nobody_sits_twice_in_a_day() -> None:
    assert fast([date(2026, 1, 5)], date(2026, 1, 5))["earliest_on"] == date(2026, 1, 6)


@pytest.mark.parametrize("outcome", ["incomplete", "pending", "fail"])
def test_every_outcome_counts_as_an_attempt(outcome: str) -> None:
    sat = [date(2022, 1, 5), date(2023, 1, 5), date(2024, 1, 5), date(2025, 1, 5)]
    answer = fast(sat, date(2026, 1, 1), outcomes=["fail", "fail", "fail", outcome])
    assert answer["attempts_used"] == 4
    assert answer["earliest_on"] is None
    assert answer["earliest_rule"] == "Out of attempts: At most 4 attempts per Step, incomplete ones counted"


def test_a_pass_ends_it() -> None:
    answer = fast([date(2026, 1, 5), date(2026, 3, 5)], date(2026, 4, 1), outcomes=["fail", "pass"])
    assert (answer["earliest_on"], answer["earliest_rule"]) == (None, "Passed: not retaken")


def test_the_limit_of_the_day_applies() -> None:
    sat = [date(2015, 1, 5), date(2016, 1, 5), date(2017, 1, 5), date(2018, 1, 5)]
    assert fast(sat, date(2020, 1, 1))["attempt_limit"] == 6
    assert fast(sat, date(2020, 1, 1))["earliest_on"] == date(2020, 1, 1)
    assert fast(sat, date(2021, 7, 1))["earliest_on"] is None


def test_where_no_limit_is_in_force_attempts_are_unlimited() -> None:
    assert fast([date(2011, 1, 5)], date(2011, 2, 1))["attempt_limit"] == UNLIMITED


def test_a_rule_that_starts_tomorrow_binds_from_tomorrow() -> None:
    tomorrow = rule("nth_after_last", 2, 3, start=date(2026, 1, 10))
    blocks_today = rule("nth_after_last", 2, 1, end=date(2026, 1, 20))
    answer = fast([date(2026, 1, 5)], date(2026, 1, 9), with_rules(tomorrow, blocks_today))
    assert (answer["earliest_on"], answer["earliest_rule"]) == (date(2026, 4, 5), tomorrow.wording)


def test_exams_and_students_are_kept_apart() -> None:
    sheet = attempts(*(
        {"student_id": s, "exam": e, "taken_on": day} for s in ("A", "B") for e in ("Step 1", "Level 1")
        for day in REFERENCE
    ), {"student_id": "C"})
    counts = attempt_counts(sheet, date(2027, 1, 15), POLICY)
    assert counts.select("student_id", "exam", "attempts_used").rows() == [
        ("A", "Level 1", 3), ("A", "Step 1", 3), ("B", "Level 1", 3), ("B", "Step 1", 3), ("C", "Step 1", 1)
    ]


def test_an_attempt_after_the_day_has_not_happened() -> None:
    assert attempt_counts(attempts({"taken_on": date(2027, 2, 1)}), date(2027, 1, 31), POLICY).is_empty()


def test_the_newest_attempt_decides_what_is_awaited() -> None:
    sheet = attempts(
        {"student_id": "A", "taken_on": date(2026, 1, 1), "outcome": "pending"}, {"student_id": "A"},
        {"student_id": "B", "taken_on": date(2026, 1, 1)}, {"student_id": "B", "outcome": "pending"},
    )
    known = standing(attempt_counts(sheet, date(2027, 1, 15), POLICY))
    assert known.select(pl.col("standing")).to_series().to_list() == [None, "Awaiting result"]
