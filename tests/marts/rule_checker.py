"""The slow checker of rules: may this student sit today? It checks day by day, next to the answer of the marts."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from pipelines.marts.retakes.deadlines import latest_sittings
from pipelines.marts.retakes.gates import gates, with_gates
from pipelines.marts.retakes.rules import attempt_counts, earliest_sittings, no_attempts, standing
from pipelines.policy import Policy, changed
from pipelines.policy.rules import DEADLINES, RULE_FIELDS, Rule
from tests.marts.builders import POLICY, assessments, attempts

LOOK_AHEAD = 900
WAIT = next(exam.results for exam in POLICY.exams if exam.name == "Step 1")
RESULT, SAFE = WAIT.typical_days, WAIT.safe_days


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
        case "items_done":
            return False  # what is missing could be answered today


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
        planned_on=pl.lit(None, pl.Date),
    )
    counts = with_gates(counts, gates(counts, marks, as_of, policy))
    rows = latest_sittings(earliest_sittings(counts, as_of, policy), policy)
    return rows.row(0, named=True)


def with_rules(*rules: Rule) -> Policy:
    return changed(POLICY, "rules", attempt_rules=list(rules))


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
        fields: dict[str, Any] = {}
        for name in sorted(use - {"before", "on", "class_year", "scale"}):
            fields[name] = draw(
                {
                    "n": st.integers(1, 5),
                    "months": st.integers(1, 14),
                    "days": st.integers(1, 90),
                    "instruments": st.just(["CBSSA"]),
                    "forms": st.lists(st.sampled_from(FORMS), min_size=1, unique=True),
                    "at_least": st.integers(60, 70),
                    "fresh": st.just(True),
                    "tries": st.integers(5, 6),
                    "items": st.integers(1, 5000),
                }[name]
            )
        if kind == "gate":
            fields["n"] = min(fields["n"], 3)
        if "before" in use:
            fields["before"] = draw(st.sampled_from(["clerkship", "committee"]))
            if fields["before"] == "committee":
                fields["on"], fields["days"] = draw(st.dates(date(2020, 6, 1), date(2022, 12, 31))), 0
        start, length = draw(SPANS)
        end = None if length is None else start + timedelta(days=length)
        made.append(rule(kind, start=start, end=end, id=f"rule {number}", wording=f"rule {number}", **fields))
    return made
