"""A new kind of rule must be added in each of these places; a test fails for each one that is missing."""

from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from dashboard.pages.rules.editor import LABELS
from dashboard.words.rules import kind_words
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.retakes.retakes import retakes
from pipelines.policy.rules import RULE_FIELDS, RuleKind
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, readiness_of, students
from tests.marts.rule_checker import Student, forbids, with_rules

DOCS = (Path(__file__).parent.parent.parent / "docs" / "retakes.md").read_text(encoding="utf-8")
KINDS: list[RuleKind] = list(get_args(RuleKind))
MADE = {made.kind: made for made in [*POLICY.rules.attempt_rules, *POLICY.rules.examples]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_rule_is_known_wherever_it_must_be(kind: RuleKind) -> None:
    assert kind in RULE_FIELDS, "forgotten in pipelines/policy/rules.py: RULE_FIELDS"
    assert kind in MADE, "forgotten in pipelines/policy/rules.toml: a rule or an [[example]]"
    assert kind_words(kind), "forgotten in dashboard/words/rules.py: kind_words"
    needs, may = RULE_FIELDS[kind]
    assert needs | may <= set(LABELS), "forgotten in dashboard/pages/rules/editor.py: LABELS"
    assert f"| `{kind}`" in DOCS, "forgotten in docs/retakes.md: Kinds of rules"


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_rule_is_followed_by_the_windows(kind: RuleKind) -> None:
    """pipelines/marts/retakes: rules.py (the first day allowed), gates.py or deadlines.py."""
    made = MADE[kind].model_copy(update={"exam": "Step 1", "school": True, "valid_from": date(2020, 1, 1)})
    people, sat = students({"clerkship_starts_on": day(100)}), attempts({"taken_on": day(-90)})
    marks = assessments({"score": 78.0})
    policy = with_rules(made)
    facts = Facts(people, sat, observations(marks, policy), marks)
    row = retakes(facts, readiness_of(people, sat, marks), AS_OF, policy)
    assert row.height == 1
    slow = forbids(made, AS_OF, Student([day(-90)], as_of=AS_OF))
    assert slow is not None, "forgotten in tests/marts/rule_checker.py: forbids"
