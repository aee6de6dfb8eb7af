"""Contradictions: for every kind of rule, what is in conflict, and what would resolve it."""

from datetime import date
from typing import Any

import pytest

from dashboard.words.windows import with_words
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.retakes.retakes import retakes
from pipelines.policy import Policy, with_school
from pipelines.policy.rules import SchoolAdvice
from tests.marts.builders import POLICY, assessments, attempts, readiness_of, students

CLERKSHIP = "the clerkship on 20 Oct 2026"
RESULTS, FIRST = "results take 28 days, so the last day", "The first day allowed"
THREE_A_YEAR = "At most 3 attempts in any 12 months"
FOURTH = "4th attempt: at least 6 months after the most recent"
WAIT, YEAR = "School: at least 60 days between attempts", "School: all attempts within 12 months of the first"
COMMITTEE = "School: result before the promotion committee of 1 Jun 2027"
LIMIT, TRIES = "School: at most 3 attempts", "School: CBSSA 70 within one try"
EARLY, LATE, NONE = "Planned before the rules allow", "Result would be late", "No date fits"


def school(*rules: str) -> Policy:
    """The national rules and these examples of what schools use, in force since 2020."""
    own = [r.model_copy(update={"school": True, "valid_from": date(2020, 1, 1)}) for r in POLICY.rules.examples
           if r.id in rules]  # fmt: skip
    if "one try" in rules:
        gate = next(r for r in POLICY.rules.examples if r.id == "school-cbssa-70")
        changed = {"school": True, "tries": 1, "wording": TRIES, "valid_from": date(2020, 1, 1)}
        own.append(gate.model_copy(update=changed))
    assert len(own) == len(rules)
    return with_school(POLICY, own, SchoolAdvice())


def contradiction(
    sat: list[str], as_of: str, rules: tuple[str, ...] = (), scores: tuple[tuple[str, float], ...] = (), **person: str
) -> tuple[Any, Any, Any]:
    """state, conflict and resolve of somebody who failed on these days."""
    day, policy = date.fromisoformat(as_of), school(*rules)
    sheet = attempts(*({"taken_on": date.fromisoformat(one)} for one in sat))
    marks = assessments(*({"taken_on": date.fromisoformat(on), "score": score} for on, score in scores))
    people = students({name: date.fromisoformat(one) for name, one in person.items()})
    readiness = readiness_of(people, sheet, marks, day)
    rows = retakes(Facts(people, sheet, observations(marks, policy), marks), readiness, day, policy)
    row = with_words(rows, policy).row(0, named=True)
    return row["state"], row["conflict"], row["resolve"]


ONE, THREE = ["2026-08-01"], ["2026-02-01", "2026-04-01", "2026-08-01"]
CASES: dict[str, tuple[dict[str, Any], tuple[str | None, str | None, str | None]]] = {
    "nothing contradicts": ({"sat": ONE, "as_of": "2026-09-01", "clerkship_starts_on": "2027-03-01"},
                            ("No date planned", None, None)),
    "minimum wait against a clerkship": (
        {"sat": ONE, "as_of": "2026-09-01", "rules": ("school-wait-60-days",), "clerkship_starts_on": "2026-10-20"},
        (NONE, f"{FIRST}, 30 Sep 2026 ({WAIT}), is too late for {CLERKSHIP}: {RESULTS} is 22 Sep 2026",
         "Defer the clerkship to 28 Oct 2026 or later (25 Nov 2026 to be safe), or apply for an exception to "
         f"“{WAIT}”")),
    "minimum wait against eligibility": (
        {"sat": ONE, "as_of": "2026-09-01", "rules": ("school-wait-60-days",), "eligibility_ends_on": "2026-09-20"},
        (NONE, f"{FIRST}, 30 Sep 2026 ({WAIT}), is too late for eligibility, which ends on 20 Sep 2026",
         f"Apply to extend eligibility to 20 Dec 2026, or apply for an exception to “{WAIT}”")),
    "eligibility that no extension saves": (
        {"sat": THREE, "as_of": "2026-09-01", "eligibility_ends_on": "2026-09-20"},
        (NONE, f"{FIRST}, 1 Feb 2027 ({THREE_A_YEAR}), is too late for eligibility, which "
         "ends on 20 Sep 2026", "Apply for a new eligibility period")),
    "a national wait against a clerkship: no exception is suggested": (
        {"sat": ["2025-01-05", "2025-06-05", "2026-08-01"], "as_of": "2026-09-01", "clerkship_starts_on": "2026-12-01"},
        (NONE, f"{FIRST}, 1 Feb 2027 ({FOURTH}), is too late for "
         f"the clerkship on 1 Dec 2026: {RESULTS} is 3 Nov 2026",
         "Defer the clerkship to 1 Mar 2027 or later (29 Mar 2027 to be safe)")),
    "a school's clerkship rule with weeks of grace": (
        {"sat": THREE, "as_of": "2026-09-01", "rules": ("school-pass-8-weeks-into-clerkship",),
         "clerkship_starts_on": "2026-12-01"},
        (NONE, f"{FIRST}, 1 Feb 2027 ({THREE_A_YEAR}), is too late for “School: a pass "
         f"within 8 weeks of the clerkship's start” (clerkship on 1 Dec 2026): {RESULTS} is 29 Dec 2026",
         "Defer the clerkship to 4 Jan 2027 or later (1 Feb 2027 to be safe), or apply for an exception to “School: a "
         "pass within 8 weeks of the clerkship's start”")),
    "all attempts within a span": (
        {"sat": ["2025-06-10", "2026-08-01"], "as_of": "2026-09-01", "rules": ("school-all-within-a-year",)},
        (NONE, f"Too late for “{YEAR}”: the last day was 9 Jun 2026",
         f"Apply for an exception to “{YEAR}”")),
    "a committee": (
        {"sat": ["2025-06-10", "2026-04-01"], "as_of": "2027-05-20", "rules": ("school-committee",)},
        (NONE, f"Too late for “{COMMITTEE}”: {RESULTS} was 4 May 2027",
         f"Ask the committee to decide on 17 Jun 2027 or later, or apply for an exception to “{COMMITTEE}”")),
    "a gate against a clerkship": (
        {"sat": ONE, "as_of": "2026-09-15", "rules": ("school-cbssa-70",), "clerkship_starts_on": "2026-10-20"},
        (NONE, f"{FIRST}, 29 Sep 2026 (School: CBSSA of 70 or more, at least 14 days before), is too late for "
         f"{CLERKSHIP}: {RESULTS} is 22 Sep 2026",
         "Defer the clerkship to 27 Oct 2026 or later (24 Nov 2026 to be safe), or apply for an exception "
         "to “School: CBSSA of 70 or more, at least 14 days before”")),
    "a gate whose tries are used up": (
        {"sat": ONE, "as_of": "2026-09-15", "rules": ("one try",), "scores": (("2026-09-01", 60.0),)},
        (NONE, f"Gate not met in the tries allowed: {TRIES}", f"Apply for an exception to “{TRIES}”")),
    "a limit of the school's own": (
        {"sat": ["2024-01-05", "2025-01-05", "2026-08-01"], "as_of": "2026-09-01", "rules": ("school-limit-3",)},
        ("Out of attempts", f"Out of attempts: {LIMIT}", f"Apply for an exception to “{LIMIT}”")),
    "the national limit: nothing would resolve it": (
        {"sat": ["2023-01-05", "2024-01-05", "2025-01-05", "2026-08-01"], "as_of": "2026-09-01",
         "rules": ("school-limit-3",)}, ("Out of attempts", None, None)),
    "planned before a school's wait is over": (
        {"sat": ONE, "as_of": "2026-09-01", "rules": ("school-wait-60-days",), "planned_on": "2026-09-10"},
        (EARLY, f"Planned 10 Sep 2026, allowed from 30 Sep 2026 ({WAIT})",
         f"Move the date to 30 Sep 2026 or later, or apply for an exception to “{WAIT}”")),
    "planned before the national rules allow": (
        {"sat": ["2025-01-05", "2025-06-05", "2026-08-01"], "as_of": "2026-09-01", "planned_on": "2026-10-01"},
        (EARLY, "Planned 1 Oct 2026, allowed from 1 Feb 2027 (4th attempt: at least 6 months after the most recent)",
         "Move the date to 1 Feb 2027 or later")),
    "planned too late for the clerkship": (
        {"sat": ONE, "as_of": "2027-01-20", "planned_on": "2027-03-15", "clerkship_starts_on": "2027-04-01"},
        (LATE, f"Planned 15 Mar 2027, too late for the clerkship on 1 Apr 2027: {RESULTS} is 4 Mar 2027",
         "Move the date to 4 Mar 2027 or earlier, or defer the clerkship to 12 Apr 2027 or later (10 May 2027 to be "
         "safe)")),
    "planned too late for eligibility": (
        {"sat": ONE, "as_of": "2027-01-20", "planned_on": "2027-03-15", "eligibility_ends_on": "2027-03-01"},
        (LATE, "Planned 15 Mar 2027, too late for eligibility, which ends on 1 Mar 2027",
         "Move the date to 1 Mar 2027 or earlier, or apply to extend eligibility to 1 Jun 2027")),
    "planned too late for the committee": (
        {"sat": ONE, "as_of": "2027-01-20", "planned_on": "2027-05-15", "rules": ("school-committee",)},
        (LATE, f"Planned 15 May 2027, too late for “{COMMITTEE}”: {RESULTS} is 4 May 2027",
         "Move the date to 4 May 2027 or earlier, or ask the committee to decide on 12 Jun 2027 or later, or apply for "
         f"an exception to “{COMMITTEE}”")),
    "planned too late for all within a year": (
        {"sat": ONE, "as_of": "2027-01-20", "planned_on": "2027-08-15", "rules": ("school-all-within-a-year",)},
        (LATE, f"Planned 15 Aug 2027, too late for “{YEAR}”: the last day is 31 Jul 2027",
         f"Move the date to 31 Jul 2027 or earlier, or apply for an exception to “{YEAR}”")),
    "two deadlines missed, the sooner for the clerkship": (
        {"sat": ONE, "as_of": "2026-09-01", "rules": ("school-wait-60-days",), "clerkship_starts_on": "2026-10-20",
         "eligibility_ends_on": "2026-09-25"},
        (NONE, f"{FIRST}, 30 Sep 2026 ({WAIT}), is too late for {CLERKSHIP} and for eligibility, which "
         f"ends on 25 Sep 2026: {RESULTS} is 22 Sep 2026",
         "Defer the clerkship to 28 Oct 2026 or later (25 Nov 2026 to be safe); and apply to extend eligibility to "
         f"25 Dec 2026, or apply for an exception to “{WAIT}”")),
    "two deadlines missed: both are named, with both remedies": (
        {"sat": ONE, "as_of": "2026-09-01", "rules": ("school-wait-60-days",), "clerkship_starts_on": "2026-10-20",
         "eligibility_ends_on": "2026-09-20"},
        (NONE, f"{FIRST}, 30 Sep 2026 ({WAIT}), is too late for {CLERKSHIP} and for eligibility, which ends on "
         "20 Sep 2026", "Defer the clerkship to 28 Oct 2026 or later (25 Nov 2026 to be safe); and apply to extend "
         f"eligibility to 20 Dec 2026, or apply for an exception to “{WAIT}”")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_contradiction_names_the_rules_and_what_would_resolve_it(case: str) -> None:
    arguments, expected = CASES[case]
    assert contradiction(**arguments) == expected
