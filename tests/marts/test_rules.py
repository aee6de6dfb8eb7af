"""The attempt rules against a slow checker that asks, day by day: may this student sit today?"""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.marts.deadlines import latest_sittings
from pipelines.marts.gates import gates, with_gates
from pipelines.marts.rules import UNLIMITED, attempt_counts, earliest_sittings, no_attempts, rule_doubts, standing
from pipelines.policy import DEADLINES, RULE_FIELDS, Policy, Rule
from tests.marts.builders import POLICY, assessments, attempts

OUTCOMES = ["fail", "incomplete", "pending"]
LOOK_AHEAD = 900
RESULT = POLICY.advice.result_typical_days
SAFE = POLICY.advice.result_safe_days


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Student:
    """What the slow checker knows of somebody: days sat, (form, day, score, repeat) of CBSSA, roster dates."""

    def __init__(
        self,
        sat: list[date],
        scores: list[tuple[str, date, float, bool]] | None = None,
        clerkship: date | None = None,
        as_of: date = date(2021, 1, 1),
    ) -> None:
        self.sat, self.scores, self.clerkship, self.as_of = sorted(sat), scores or [], clerkship, as_of


def forbids(rule: Rule, day: date, who: Student, result: int = RESULT) -> bool:
    """Whether the rule keeps this student from sitting on this day."""
    sat = who.sat
    if not rule.in_force(day):
        return False
    match rule.kind:
        case "attempt_limit":
            return len(sat) >= rule.n
        case "max_in_months":
            return sum(day < months_later(one, rule.months) for one in sat) >= rule.n
        case "nth_after_first":
            return bool(sat) and len(sat) + 1 == rule.n and day < months_later(sat[0], rule.months)
        case "nth_after_last":
            return bool(sat) and len(sat) + 1 == rule.n and day < months_later(sat[-1], rule.months)
        case "min_wait":
            return bool(sat) and day < months_later(sat[-1], rule.months) + timedelta(days=rule.days)
        case "all_within":
            return bool(sat) and day >= months_later(sat[0], rule.months)
        case "result_before":
            needed = rule.on or (who.clerkship and who.clerkship + timedelta(days=rule.days))
            outlived = needed is not None and bool(sat) and needed <= sat[-1]
            return needed is not None and not outlived and day + timedelta(days=result) > needed
        case "gate":
            return gate_forbids(rule, day, who)


def gate_forbids(rule: Rule, day: date, who: Student) -> bool:
    """Whether too few scores would be there by this day, if whatever is missing were taken on as_of."""
    tries = []
    for n, (form, on, score, repeat) in enumerate(who.scores):
        seen = any(f == form and o < on for f, o, _, _ in who.scores) or repeat
        new = not who.sat or on > who.sat[-1]
        if new and not (rule.fresh and seen) and (not rule.forms or form in rule.forms):
            tries.append((on, form, n, score))
    tries.sort()
    counted = [t for t in tries[: rule.tries or len(tries)] if t[3] >= rule.at_least]
    known = sum(on + timedelta(days=rule.days) <= day for on, *_ in counted)
    if len(counted) >= rule.n:
        return known < rule.n
    if rule.tries and len(tries) >= rule.tries:
        return True
    return day < who.as_of + timedelta(days=rule.days)


def slow_earliest(who: Student, rules: list[Rule]) -> date | None:
    rules = [r for r in rules if r.kind not in DEADLINES]
    day = max(who.as_of, who.sat[-1] + timedelta(days=1)) if who.sat else who.as_of
    for _ in range(LOOK_AHEAD):
        if not any(forbids(rule, day, who) for rule in rules):
            return day
        day += timedelta(days=1)
    return None


def slow_last(who: Student, rules: list[Rule], first: date, result: int) -> date | None:
    """The day before the first one, from the earliest on, that a deadline forbids."""
    for ahead in range(LOOK_AHEAD):
        day = first + timedelta(days=ahead)
        if any(forbids(r, day, who, result) for r in rules if r.kind in DEADLINES):
            return day - timedelta(days=1)
    return None


def fast(
    sat: list[date],
    as_of: date,
    policy: Policy = POLICY,
    outcomes: list[str] | None = None,
    scores: list[tuple[str, date, float, bool]] | None = None,
    clerkship: date | None = None,
) -> dict[str, Any]:
    sheet = attempts(
        *(
            {"taken_on": day, "outcome": outcome}
            for day, outcome in zip(sat, outcomes or ["fail"] * len(sat), strict=True)
        )
    )
    marks = assessments(
        *(
            {"form": form, "taken_on": on, "score": score, "repeat": "yes" if repeat else None}
            for form, on, score, repeat in scores or []
        )
    )
    counts = attempt_counts(sheet, as_of, policy)
    if not sat:
        who = pl.DataFrame({"student_id": ["S1"], "exam": ["Step 1"]})
        counts = no_attempts(who, as_of, policy)
    counts = standing(counts).with_columns(
        class_year=pl.lit(2029),
        clerkship_starts_on=pl.lit(clerkship, pl.Date),
        eligibility_ends_on=pl.lit(None, pl.Date),
    )
    counts = with_gates(counts, gates(counts, marks, as_of, policy))
    rows = latest_sittings(earliest_sittings(counts, as_of, policy), policy)
    return rows.row(0, named=True)


def with_rules(*rules: Rule) -> Policy:
    return POLICY.model_copy(update={"rules": list(rules)})


def rule(
    kind: str, n: int = 0, months: int = 0, start: date = date(2000, 1, 1), end: date | None = None, **more: Any
) -> Rule:
    more = {"wording": f"{kind} {n} {months} {start}", "id": f"{kind}-{n}", **more}
    return Rule(exam="Step 1", kind=kind, n=n, months=months, valid_from=start, valid_to=end, source="test", **more)


DAYS = st.dates(date(2019, 6, 1), date(2021, 6, 1))
SPANS = st.tuples(st.dates(date(2018, 1, 1), date(2021, 9, 1)), st.none() | st.integers(0, 700))
FORMS = ["30", "31", "32"]


@st.composite
def some_rules(draw: st.DrawFn) -> list[Rule]:
    """Any rules of any kind, with any dates."""
    made = []
    for number in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(sorted(RULE_FIELDS)))
        needs, may = RULE_FIELDS[kind]
        use = needs | {f for f in may if draw(st.booleans())}
        if kind == "min_wait" and not use:
            use = {"days"}
        told: dict[str, Any] = {}
        for name in sorted(use - {"before", "on", "class_year", "scale"}):
            told[name] = draw(
                {
                    "n": st.integers(1, 5),
                    "months": st.integers(1, 14),
                    "days": st.integers(1, 90),
                    "instruments": st.just(["CBSSA"]),
                    "forms": st.lists(st.sampled_from(FORMS), min_size=1, unique=True),
                    "at_least": st.integers(60, 70),
                    "fresh": st.just(True),
                    "tries": st.integers(5, 6),
                }[name]
            )
        if kind == "gate":
            told["n"] = min(told["n"], 3)
        if "before" in use:
            told["before"] = draw(st.sampled_from(["clerkship", "committee"]))
            if told["before"] == "committee":
                told["on"], told["days"] = draw(st.dates(date(2020, 6, 1), date(2022, 12, 31))), 0
        start, length = draw(SPANS)
        end = None if length is None else start + timedelta(days=length)
        made.append(rule(kind, start=start, end=end, id=f"rule {number}", wording=f"rule {number}", **told))
    return made


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


@st.composite
def some_gates(draw: st.DrawFn) -> list[Rule]:
    made = []
    for number in range(draw(st.integers(1, 2))):
        n = draw(st.integers(1, 2))
        made.append(
            rule(
                "gate",
                n,
                id=f"gate {number}",
                wording=f"gate {number}",
                days=draw(st.integers(0, 90)),
                instruments=["CBSSA"],
                at_least=draw(st.integers(60, 66)),
                fresh=draw(st.booleans()),
                tries=draw(st.sampled_from([0, n, n + 1])),
                forms=draw(st.sampled_from([[], ["30"], ["30", "31"]])),
            )
        )
    return made


NEAR = st.lists(
    st.tuples(
        st.sampled_from(FORMS),
        st.dates(date(2020, 9, 1), date(2020, 12, 31)),
        st.integers(60, 70).map(float),
        st.booleans(),
    ),
    min_size=2,
    max_size=6,
    unique_by=lambda s: (s[0], s[1]),
)


@settings(max_examples=200, deadline=None)
@given(rules=some_gates(), scores=NEAR, sat=st.lists(st.dates(date(2020, 8, 1), date(2020, 10, 31)), max_size=2))
def test_gates_agree_with_asking_day_by_day(
    rules: list[Rule], scores: list[tuple[str, date, float, bool]], sat: list[date]
) -> None:
    as_of, sat = date(2021, 1, 1), sorted(set(sat))
    who = Student(sat, scores, None, as_of)
    assert fast(sat, as_of, with_rules(*rules), scores=scores)["earliest_on"] == slow_earliest(who, rules)


@pytest.mark.parametrize(
    ("scores", "state", "opens"),
    [
        ([], "unknown", date(2021, 1, 15)),
        ([("30", date(2020, 12, 1), 69.0, False)], "unmet", date(2021, 1, 15)),
        ([("30", date(2020, 12, 1), 70.0, False)], "met", date(2020, 12, 15)),
        ([("30", date(2020, 8, 1), 70.0, False)], "unknown", date(2021, 1, 15)),  # before the last attempt
    ],
)
def test_a_gate_is_met_unmet_or_unknown(scores: list[tuple[str, date, float, bool]], state: str, opens: date) -> None:
    gate = rule("gate", 1, instruments=["CBSSA"], at_least=70, days=14)
    answer = fast([date(2020, 9, 1)], date(2021, 1, 1), with_rules(gate), scores=scores)
    assert (answer["gates_state"], answer["gate gate-1"]) == (state, opens)


def test_a_gate_whose_tries_are_used_up_closes_with_its_rule() -> None:
    gate = rule("gate", 1, instruments=["CBSSA"], at_least=70, tries=1, wording="CBSSA 70 at the first try")
    scores = [("30", date(2020, 12, 1), 69.0, False), ("31", date(2020, 12, 9), 75.0, False)]
    answer = fast([date(2020, 9, 1)], date(2021, 1, 1), with_rules(gate), scores=scores)
    assert (answer["earliest_on"], answer["gates_state"]) == (None, "closed")
    assert answer["earliest_rule"] == "Gate not met in the tries allowed: CBSSA 70 at the first try"


def test_every_kind_of_rule_has_a_shipped_rule_or_an_example() -> None:
    assert {r.kind for r in [*POLICY.rules, *POLICY.rule_examples]} == set(RULE_FIELDS)


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("attempt_limit", {}, "needs n"),
        ("attempt_limit", {"n": 3, "months": 2}, "has no months"),
        ("min_wait", {}, "needs months or days"),
        ("result_before", {"before": "committee"}, "committee's day"),
        ("gate", {"n": 1, "instruments": ["CBSSA"]}, "needs at_least"),
        ("gate", {"n": 2, "instruments": ["CBSSA"], "at_least": 1, "tries": 1}, "fewer tries"),
        ("all_within", {"months": 12, "end": date(1999, 1, 1)}, "valid_to is before"),
    ],
)
def test_a_rule_that_does_not_fit_its_kind_is_refused_in_words(kind: str, fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        rule(kind, **fields)


def test_an_attempt_that_broke_a_rule_of_its_day_is_a_doubt_that_names_it() -> None:
    sat = attempts(
        {"taken_on": date(2026, 1, 5)},
        {"taken_on": date(2026, 2, 5)},
        {"taken_on": date(2026, 3, 5)},
        {"taken_on": date(2026, 4, 5), "outcome": "pass"},
        {"taken_on": date(2027, 4, 5)},
    )
    told = rule_doubts(sat, date(2027, 12, 1), POLICY).select("attempt_number", "rule").rows()
    assert told == [
        (4, "4th attempt: at least 12 months after the first"),
        (4, "4th attempt: at least 6 months after the most recent"),
        (4, "At most 3 attempts in any 12 months"),
        (5, "At most 4 attempts per Step, incomplete ones counted"),
        (5, "Passed: not retaken"),
    ]


@settings(max_examples=120, deadline=None)
@given(sat=st.lists(DAYS, min_size=1, max_size=6, unique=True), rules=some_rules())
def test_doubts_are_what_the_slow_checker_forbids_of_the_attempts_themselves(
    sat: list[date], rules: list[Rule]
) -> None:
    entry = [r for r in rules if r.kind not in (*DEADLINES, "gate")]
    sat = sorted(sat)
    slow = {(day, r.wording) for n, day in enumerate(sat) for r in entry if forbids(r, day, Student(sat[:n]))}
    told = rule_doubts(attempts(*({"taken_on": day} for day in sat)), date(2022, 1, 1), with_rules(*rules))
    assert set(told.select("taken_on", "rule").rows()) == slow


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
    assert known.select(pl.col("standing")).to_series().to_list() == [None, "Awaiting result"]
