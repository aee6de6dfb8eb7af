"""docs/retakes.md runs as tests: its worked examples, its tables of rules, suggestions and steps."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dashboard.words.windows import with_words
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.retakes.retakes import first_sittings, retakes
from pipelines.policy import with_school
from pipelines.policy.rules import SchoolAdvice
from tests.marts.builders import POLICY, assessments, attempts, readiness_of, students

DOCS = (Path(__file__).parent.parent.parent / "docs" / "retakes.md").read_text(encoding="utf-8")
COLUMNS = ["attempts", "rules", "scores", "clerkship", "eligible", "as_of", "first", "because", "last", "safe", "state"]


def examples() -> list[dict[str, str]]:
    table = DOCS.split("## Worked examples")[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [dict(zip(COLUMNS, (c.strip() for c in line.strip("|").split("|")), strict=True)) for line in lines]


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def window(example: dict[str, str]) -> dict[str, Any]:
    """The window that the example asks for, from production code."""
    as_of = date.fromisoformat(example["as_of"])
    rules = [
        r.model_copy(update={"school": True, "valid_from": date(2020, 1, 1)})
        for r in POLICY.rules.examples
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
    windows = ask(Facts(people, sat, observations(marks, policy), marks), readiness, as_of, policy)
    return with_words(windows, policy).row(0, named=True)


@pytest.mark.parametrize("example", examples(), ids=lambda e: f"{e['attempts'] or 'none'} {e['rules']} {e['as_of']}")
def test_each_worked_example_is_what_the_marts_give(example: dict[str, str]) -> None:
    row = window(example)
    assert (row["earliest_on"], row["earliest_rule"]) == (day(example["first"]), example["because"])
    assert (row["latest_on"], row["latest_safe_on"]) == (day(example["last"]), day(example["safe"]))
    assert row["state"] == example["state"]


def test_every_kind_that_sets_a_day_has_a_worked_example() -> None:
    used = {e["rules"] for e in examples()}
    wanted = {r.kind for r in POLICY.rules.examples} - {"items_done"}  # it is shown, and sets no day
    assert {r.kind for r in POLICY.rules.examples if r.id in used} == wanted


@pytest.mark.parametrize("rule", [*POLICY.rules.attempt_rules, *POLICY.rules.examples], ids=lambda r: r.id)
def test_every_rule_stands_in_the_docs_with_its_source(rule: Any) -> None:
    assert any(rule.wording in line and rule.source in line and f"`{rule.kind}`" in line for line in DOCS.splitlines())


def test_every_suggestion_and_step_stands_in_the_docs() -> None:
    for one in POLICY.plans.suggestions:
        assert f"| {one.id} | {one.text} | {one.source} |" in DOCS
    for step in POLICY.plans.steps:
        assert f"| {step.text} | {step.due_days} |" in DOCS
