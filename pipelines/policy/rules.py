"""rules.toml: national rules on attempts, advice, and examples of a school's own rules."""

from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from pipelines.policy.strict import Fact, Strict

RuleKind = Literal[
    "attempt_limit", "max_in_months", "nth_after_first", "nth_after_last", "min_wait", "all_within", "result_before",
    "gate", "items_done",
]
RULE_FIELDS: dict[RuleKind, tuple[set[str], set[str]]] = {  # kind -> fields it needs, fields it may have
    "attempt_limit": ({"n"}, set()),
    "max_in_months": ({"n", "months"}, set()),
    "nth_after_first": ({"n", "months"}, set()),
    "nth_after_last": ({"n", "months"}, set()),
    "min_wait": (set(), {"months", "days"}),
    "all_within": ({"months"}, set()),
    "result_before": ({"before"}, {"on", "days", "class_year"}),
    "gate": ({"n", "instruments", "at_least"}, {"forms", "scale", "fresh", "tries", "days"}),
    "items_done": ({"items"}, {"at_least"}),
}


class BuiltInRule(StrEnum):
    """The id of a bound that is no rule of rules.toml; no rule may have such an id."""

    PASSED = "passed"
    CLERKSHIP_RESULT = "clerkship_result"
    ELIGIBILITY_ENDS = "eligibility_ends"


DEADLINES = ("all_within", "result_before")
GATES = ("gate", "items_done")
_KIND_FIELDS = set.union(*(needs | may for needs, may in RULE_FIELDS.values()))


class Rule(Strict):
    """A rule on attempts, in force from `valid_from` to `valid_to` (both included); docs/retakes.md has each kind.

    `at_least` is a score, or for `items_done` the percent correct of `items` question-bank questions. `days` are, for
    `min_wait`, in addition to the months; for a `gate`, how long before the exam the score must be; for
    `result_before` a clerkship, how long after its start the result may come. `school` is false for shipped rules.
    """

    id: str = Field(min_length=1, max_length=60)
    exam: str
    kind: RuleKind
    n: int = Field(default=0, ge=0, le=20)
    months: int = Field(default=0, ge=0, le=120)
    days: int = Field(default=0, ge=0, le=730)
    before: Literal["clerkship", "committee"] | None = None
    on: date | None = None
    class_year: int | None = None
    instruments: list[str] = []
    forms: list[str] = []
    scale: str = ""
    at_least: float = Field(default=0, ge=0, le=999)
    fresh: bool = False
    items: int = Field(default=0, ge=0, le=100_000)
    tries: int = Field(default=0, ge=0, le=20)
    valid_from: date
    valid_to: date | None = None
    wording: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=300)
    school: bool = False

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Rule":
        needs, may = RULE_FIELDS[self.kind]
        if missing := sorted(f for f in needs if not getattr(self, f)):
            raise ValueError(f"{self.kind} needs {', '.join(missing)}")
        if stray := sorted(f for f in _KIND_FIELDS - needs - may if getattr(self, f)):
            raise ValueError(f"{self.kind} has no {', '.join(stray)}")
        if self.kind == "min_wait" and not (self.months or self.days):
            raise ValueError("min_wait needs months or days")
        if (self.before == "committee") != (self.on is not None):
            raise ValueError("a rule has a committee date (on) exactly when before is committee")
        if self.tries and self.tries < self.n:
            raise ValueError("fewer tries than required forms can never be met")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class ShippedRule(Rule, Fact):
    """A national rule, with how sure it is and when to look again."""


def repeated_ids(rules: list[Rule]) -> list[str]:
    """The ids of more than one rule, or of a rule and a built-in bound; empty if every id is unique."""
    ids = [*BuiltInRule, *(rule.id for rule in rules)]
    return sorted({str(one) for one in ids if ids.count(one) > 1})


class NoRule(Strict):
    """The words if no rule sets the first allowed day, by the id of what does (contracts.EarliestBar)."""

    none_binds: str
    passed: str
    out_of_attempts: str
    gate_closed: str


class Advice(Fact):
    months_between_attempts: int
    target_probability: float
    horizon_days: int
    assessment_every_days: int
    rest_days: int
    study_days_per_week: int
    block_days: int
    blocks_per_cycle: int
    resources_at_most: int
    reschedule_days: int
    steps_surface_days: int


class Eligibility(Fact):
    """By how many months an eligibility window can be extended once."""

    extension_months: int


class SchoolAdvice(Strict):
    """The advice that a school may change; None keeps the shipped value."""

    months_between_attempts: int | None = Field(default=None, ge=0, le=24)
    target_probability: float | None = Field(default=None, gt=0, lt=1)
    assessment_every_days: int | None = Field(default=None, ge=7, le=90)


class RulesFile(Fact):
    """All of rules.toml: rules in force now or earlier, words if none binds, advice, and examples from which a school
    can start its own rules."""

    attempt_rules: list[ShippedRule | Rule] = Field(alias="rule")
    no_rule: NoRule
    eligibility: Eligibility
    advice: Advice
    examples: list[Rule] = Field(alias="example")

    @field_validator("attempt_rules", mode="before")
    @classmethod
    def _shipped_rules_are_facts(cls, rules: list[Any]) -> list[ShippedRule]:
        return [ShippedRule.model_validate(rule) for rule in rules]
