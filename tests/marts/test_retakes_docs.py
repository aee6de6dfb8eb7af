"""docs/retakes.md is run: its worked examples, its tables of rules, suggestions and steps."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.marts.observation import observations
from pipelines.marts.retakes import first_sittings, retakes
from pipelines.policy import SchoolAdvice, with_school
from tests.marts.builders import POLICY, assessments, attempts, readiness_of, students

DOCS = (Path(__file__).parent.parent.parent / "docs" / "retakes.md").read_text(encoding="utf-8")
COLUMNS = ["attempts", "rules", "scores", "clerkship", "eligible", "asked", "first", "because", "last", "safe", "state"]


def examples() -> list[dict[str, str]]:
    table = DOCS.split("## Worked examples")[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [dict(zip(COLUMNS, (c.strip() for c in line.strip("|").split("|")), strict=True)) for line in lines]


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def told(example: dict[str, str]) -> dict[str, Any]:
    """The window that the example asks for, from production code."""
    as_of = date.fromisoformat(example["asked"])
    rules = [
        r.model_copy(update={"school": True, "valid_from": date(2020, 1, 1)})
        for r in POLICY.rule_examples
        if r.id == example["rules"]
    ]
    assert bool(rules) == bool(example["rules"])
    policy = with_school(POLICY, rules, SchoolAdvice())
    sat = attempts(
        *(
            {"taken_on": date.fromisoformat(one.split()[0]), "outcome": [*one.split(), "fail"][1]}
            for one in example["attempts"].split(", ")
            if one
        )
    )
    marks = assessments(
        *(
            {"taken_on": date.fromisoformat(one.split()[0]), "score": float(one.split()[1])}
            for one in example["scores"].split(", ")
            if one
        )
    )
    people = students(
        {"clerkship_starts_on": day(example["clerkship"]), "eligibility_ends_on": day(example["eligible"])}
    )
    ask = retakes if example["attempts"] else first_sittings
    readiness = readiness_of(people, sat, marks, as_of)
    return ask(people, sat, observations(marks, policy), readiness, as_of, policy, marks).row(0, named=True)


@pytest.mark.parametrize("example", examples(), ids=lambda e: f"{e['attempts'] or 'none'} {e['rules']} {e['asked']}")
def test_each_worked_example_is_what_the_engine_says(example: dict[str, str]) -> None:
    row = told(example)
    assert (row["earliest_on"], row["earliest_rule"]) == (day(example["first"]), example["because"])
    assert (row["latest_on"], row["latest_safe_on"]) == (day(example["last"]), day(example["safe"]))
    assert row["state"] == example["state"]


def test_every_kind_that_sets_a_day_has_a_worked_example() -> None:
    used = {e["rules"] for e in examples()}
    wanted = {r.kind for r in POLICY.rule_examples}
    assert {r.kind for r in POLICY.rule_examples if r.id in used} == wanted


@pytest.mark.parametrize("rule", [*POLICY.rules, *POLICY.rule_examples], ids=lambda r: r.id)
def test_every_rule_stands_in_the_docs_with_its_source(rule: Any) -> None:
    assert any(rule.wording in line and rule.source in line and f"`{rule.kind}`" in line for line in DOCS.splitlines())


def test_every_suggestion_and_step_stands_in_the_docs() -> None:
    for one in POLICY.suggestions:
        assert f"| {one.id} | {one.text} | {one.source} |" in DOCS
    for step in POLICY.steps:
        assert f"| {step.text} | {step.due_days} |" in DOCS


CONTRADICTIONS = [
    ({"rules": "school-wait-60-days", "clerkship": "2026-10-20"},
     "Not before 30 Sep 2026 (School: at least 60 days between attempts), yet by 22 Sep 2026 (Result (28 d) before the "
     "clerkship of 20 Oct 2026)",
     "Defer the clerkship to 28 Oct 2026 or later (25 Nov 2026 to be safe), or apply for an exception to "
     "“School: at least 60 days between attempts”"),
    ({"rules": "school-wait-60-days", "eligible": "2026-09-20"},
     "Not before 30 Sep 2026 (School: at least 60 days between attempts), yet by 20 Sep 2026 (Eligibility ends on 20 "
     "Sep 2026)",
     "Apply for the extension of eligibility, to 20 Dec 2026, or apply for an exception to “School: at least 60 days "
     "between attempts”"),
    ({"rules": "school-all-within-a-year", "attempts": "2025-06-10, 2026-08-01"},
     "Not before 1 Sep 2026 (the day asked), yet by 9 Jun 2026 (School: all attempts within 12 months of the first)",
     "Apply for an exception to “School: all attempts within 12 months of the first”"),
    ({"rules": "school-committee", "attempts": "2025-06-10, 2026-04-01", "asked": "2027-05-20"},
     "Not before 20 May 2027 (the day asked), yet by 4 May 2027 (School: result before the promotion committee of 1 "
     "Jun 2027)",
     "Ask the committee to decide on 17 Jun 2027 or later, or apply for an exception to “School: result before the "
     "promotion committee of 1 Jun 2027”"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "conflict", "resolve"), CONTRADICTIONS, ids=lambda c: "")
def test_a_contradiction_names_the_rules_and_what_would_resolve_it(
    case: dict[str, str], conflict: str, resolve: str
) -> None:
    row = told({**dict.fromkeys(COLUMNS, ""), "attempts": "2026-08-01", "asked": "2026-09-01", **case})
    assert (row["state"], row["conflict"], row["resolve"]) == ("No date fits", conflict, resolve)


@pytest.mark.parametrize(("dates", "resolve"), [
    ({"clerkship_starts_on": date(2027, 4, 1)},
     "Move the date to 4 Mar 2027 or earlier, or defer the clerkship to 12 Apr 2027 or later"),
    ({"eligibility_ends_on": date(2027, 3, 1)}, "Move the date to 1 Mar 2027 or earlier, or apply for the extension of "
     "eligibility, to 1 Jun 2027"),
])  # fmt: skip
def test_a_planned_date_that_is_too_late_says_what_would_resolve_it(dates: dict[str, date], resolve: str) -> None:
    sat, marks, as_of = attempts({}), assessments({}), date(2027, 1, 20)
    people = students({"planned_on": date(2027, 3, 15), **dates})
    row = retakes(people, sat, observations(marks, POLICY), readiness_of(people, sat, marks, as_of), as_of, POLICY)
    assert (row.item(0, "state"), row.item(0, "resolve")) == ("Result would be late", resolve)


def test_with_two_deadlines_broken_both_are_named_with_both_remedies() -> None:
    row = told(
        {
            **dict.fromkeys(COLUMNS, ""),
            "attempts": "2026-08-01",
            "asked": "2026-09-01",
            "rules": "school-wait-60-days",
            "clerkship": "2026-10-20",
            "eligible": "2026-09-20",
        }
    )
    assert "clerkship of 20 Oct 2026" in row["conflict"]
    assert "Eligibility ends on 20 Sep 2026" in row["conflict"]
    assert "Defer the clerkship" in row["resolve"]
    assert "extension of eligibility" in row["resolve"]


@pytest.mark.slow
def test_100_000_students_windows_take_less_than_two_seconds() -> None:
    from time import perf_counter

    from pipelines.marts.deadlines import latest_sittings
    from pipelines.marts.gates import gates, with_gates
    from pipelines.marts.rules import attempt_counts, earliest_sittings, standing

    many, as_of = 100_000, date(2027, 1, 15)
    policy = with_school(POLICY, [r.model_copy(update={"school": True}) for r in POLICY.rule_examples], SchoolAdvice())
    number = pl.int_range(many, eager=True)
    ids = number.cast(pl.String)
    sat = pl.concat(
        [
            pl.DataFrame(
                {
                    "student_id": ids,
                    "taken_on": pl.select(pl.lit(date(2026, n, 1)) + pl.duration(days=number % 27)).to_series(),
                    "exam": "Step 1",
                    "outcome": "fail",
                }
            )
            for n in (2, 6, 10)
        ]
    )
    people = pl.DataFrame({"student_id": ids}).with_columns(
        class_year=pl.lit(2029),
        clerkship_starts_on=pl.lit(date(2027, 7, 1)),
        eligibility_ends_on=pl.lit(date(2027, 6, 1)),
    )
    marks = pl.concat(
        [
            pl.DataFrame({"student_id": ids}).with_columns(
                instrument=pl.lit("CBSSA"),
                form=pl.lit(str(n)),
                taken_on=pl.lit(date(2026, 12, n)),
                scale=pl.lit("EPC"),
                score=(number % 30 + 50).cast(pl.Float64),
                repeat=pl.lit(None, pl.String),
            )
            for n in (1, 9, 17)
        ]
    )
    took = []
    for _ in range(3):
        start = perf_counter()
        rows = standing(attempt_counts(sat, as_of, policy)).join(people, on="student_id", maintain_order="left")
        rows = with_gates(rows, gates(rows, marks, as_of, policy))
        assert latest_sittings(earliest_sittings(rows, as_of, policy), policy).height == many
        took.append(perf_counter() - start)
    assert min(took) < 2
