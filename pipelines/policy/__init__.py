"""Dated rules, scales, blueprints and thresholds as data, with their sources; strict models and one loader.

Nothing elsewhere in the code holds a threshold: it takes the part of `Policy` it needs as an argument.
A file that does not fit its model is a bug and crashes at import.
"""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScalePeriod(Strict):
    """From `from_day` on, the instrument reports on one of these scales."""

    from_day: date = Field(alias="from")
    any_of: list[str]


class ToEpc(Strict):
    """epc = at_epc + slope * (score - at_score), one standard error `se`, common offset sd `bias_sd`."""

    at_score: float
    at_epc: float
    slope: float
    se: float
    bias_sd: float
    source: str
    assumption: bool = False


class Instrument(Strict):
    """A self-assessment: its names, items, scales by date, and conversions (none: no evidence of readiness)."""

    name: str
    spells: list[str]
    items: int
    anchor: bool
    scales: list[ScalePeriod]
    to_epc: dict[str, ToEpc] = {}


class Exam(Strict):
    name: str
    programme: str
    source: str
    passing_standard: int


RuleKind = Literal[
    "attempt_limit", "max_in_months", "nth_after_first", "nth_after_last", "min_wait", "all_within", "result_before",
    "gate", "items_done",
]
RULE_FIELDS: dict[str, tuple[set[str], set[str]]] = {  # kind -> fields it needs, fields it may have
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
DEADLINES = ("all_within", "result_before")
GATES = ("gate", "items_done")
_OWN = set.union(*(needs | may for needs, may in RULE_FIELDS.values()))


class Rule(Strict):
    """A rule on attempts, in force from `valid_from` to `valid_to` (both included); docs/retakes.md has each kind.

    `at_least` is a score, or of `items_done` the percent correct; `items` are those answered in question banks.
    `days`: of a `min_wait`, beside its months; of a `gate`, how long before the exam the score must be; of a
    `result_before` a clerkship, how long after its start the result may still come. `school` is false where it ships.
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
        if stray := sorted(f for f in _OWN - needs - may if getattr(self, f)):
            raise ValueError(f"{self.kind} has no {', '.join(stray)}")
        if self.kind == "min_wait" and not (self.months or self.days):
            raise ValueError("min_wait needs months or days")
        if (self.before == "committee") != (self.on is not None):
            raise ValueError("the committee's day goes with before = committee, and only with it")
        if self.tries and self.tries < self.n:
            raise ValueError("fewer tries than forms wanted can never be met")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class NoRule(Strict):
    none_binds: str
    passed: str
    out_of_attempts: str
    gate_closed: str


class Advice(Strict):
    months_between_attempts: int
    target_probability: float
    horizon_days: int
    assessment_every_days: int
    result_typical_days: int
    result_safe_days: int
    eligibility_extension_months: int
    rest_days: int
    study_days_per_week: int
    block_days: int
    blocks_per_cycle: int
    resources_at_most: int
    reschedule_days: int
    steps_surface_days: int


class Suggestion(Strict):
    """A named piece of advice with its source, shown as such; `when` names the case it is for."""

    id: str
    when: Literal["near", "middle", "far", "unknown", "always", "old", "recent", "first"]
    text: str
    source: str


class Step(Strict):
    """A step after a failure, due so many days after the failed attempt's result is known here."""

    id: str
    text: str
    due_days: int
    source: str


class Cause(Strict):
    """A column of the self-analysis sheet: in words, and what it suggests changing in the plan."""

    id: str
    words: str
    change: str


class SelfAnalysisAdvice(Strict):
    """How a self-analysis is read; groups with fewer than `suppress_below` sheets are not shown."""

    suppress_below: int
    confident_from: int
    unsure_to: int
    source: str


class SchoolAdvice(Strict):
    """What a school may decide otherwise about the advice; None leaves what ships."""

    months_between_attempts: int | None = Field(default=None, ge=0, le=24)
    target_probability: float | None = Field(default=None, gt=0, lt=1)
    assessment_every_days: int | None = Field(default=None, ge=7, le=90)


class Curve(Strict):
    c: float
    s: float


class ExamCurve(Strict):
    """An exam's own two readings of the curve, where it is not the one CBSSA and CBSE were made for."""

    working: Curve
    cautious: Curve
    source: str


class Refit(Strict):
    """How printed probabilities move the curve: which are used, their noise in EPC, and the prior sd of s."""

    exam: str
    lowest: float
    highest: float
    noise_sd: float
    s_sd: float
    least_s: float


class Curves(Strict):
    """Two readings of P(pass | EPC) = Phi((EPC - c) / s) for one reported score."""

    working: Curve
    cautious: Curve
    reported_score_se: float
    source: str
    refit: Refit
    exam: dict[str, ExamCurve]


class RecalibrationPriors(Strict):
    """Prior sds of the recalibration, and when a class year's outcomes say something."""

    intercept_sd: float
    slope_sd: float
    drift_sd: float
    least_slope: float
    drift_sds: float
    fewest_expected: float
    fewest_sat: int
    source: str


class LowPass(Strict):
    low: float
    high: float
    middle: float
    source: str


class Band(Strict):
    """Readiness, rounded to whole EPC, below `below` (and not in an earlier band)."""

    name: str
    below: float


class ModelPriors(Strict):
    level_mean: float
    level_sd: float
    growth_mean: float
    growth_sd: float
    student_level_sd: float
    student_growth_sd: float
    prior_students: float
    class_offset_sd: float
    flattening_days: list[float]
    spurt: list[float]
    spurt_log_odds: float
    spurt_days: float
    drift_per_day: float
    retake_gain_spread: float
    retake_gain_doubt: float
    retake_gain_days: float
    retake_gain_most: float
    retake_gain_again: float
    retake_usual_days: int


class Reasons(Strict):
    trend_days: int
    soon_days: int
    more_time_days: int
    disagree_sd: float
    smallest_effect: float


class Backtest(Strict):
    """How past attempts are predicted anew, and how the result is told."""

    days_before: list[int]
    refit_days: int
    every_days: int
    most_students: int
    fewest_for_rate: int
    edges: list[float]
    flag_share: float
    smallest_cell: int
    source: str


class UsualTest(Strict):
    window_share: float
    month: int
    day: int
    years_before: int


class Area(Strict):
    """A content area; low and high are percent of items. `also` holds every other label, `old` the earlier names."""

    axis: str
    name: str
    low: float
    high: float
    also: list[str]
    old: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _old_names_are_labels(cls, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "also": [*data["also"], *(n.lower() for n in data.get("old", []))]}

    @property
    def weight(self) -> float:
        """The blueprint midpoint, 0-1."""
        return (self.low + self.high) / 200


class EarlierOutline(Strict):
    """Weights in force from `valid_from` to `valid_to` (both included), on areas under their names of today."""

    valid_from: date
    valid_to: date
    source: str
    weights: dict[str, tuple[float, float]]


class ExamOutline(Strict):
    """Whose weights an exam's areas carry, and what to say where they are another exam's."""

    name: str
    outline: str
    note: str


class ReferenceGroup(Strict):
    """Whom a report's lower/same/higher compares with; `reports` is empty for every report not named elsewhere."""

    name: str
    reports: list[str]
    level: float
    same_within: float
    items: int
    at_comparison: bool
    source: str


class StudyAdvice(Strict):
    high_yield: list[str]
    missed_for_an_hour: int
    block_minutes: int
    topic_share: float
    source: str


class ClassComparison(Strict):
    false_discovery_rate: float
    item_difficulty_sd: float
    fewest: int


class AreaPriors(Strict):
    comparison: float
    reachable: float
    recency_half_life_days: float
    most_items: int
    area_sd: float
    total_sd: float
    total_gain: float
    prior_students: float


class Bands(Strict):
    """Where the bands come from, and who decided on them when."""

    source: str
    decided_by: str
    decided_on: date


class WhatIf(Strict):
    score_se: float
    weakest: list[int]
    delay_days: int
    date_days: int
    moved_since_days: int


class Context(Strict):
    """A dated national figure, shown as context beside a failure; never a student's own chance."""

    about: str
    sentence: str
    year: int
    source: str


class Today(Strict):
    """When a student comes up on Today, and how far ahead it looks, in days."""

    sits_soon_days: int
    evidence_wanted_days: int
    ahead_days: int


class Contact(Strict):
    """When a case comes up on Today, in days, and the outcomes offered when one is closed."""

    within_days: int
    new_evidence_days: int
    crossed_days: int
    outcomes: list[str]


class Budget(Strict):
    """At most `per_advisor` suggestions in `in_days`, none for `quiet_days` after a flag was closed; a chance that
    moves by `material_chance` is material."""

    per_advisor: int
    in_days: int
    quiet_days: int
    material_chance: float


class DryRun(Strict):
    days_before: list[int]


class FlagRule(Strict):
    """A rule that suggests a flag; which of the numbers it reads depends on its kind."""

    id: str
    version: int
    kind: Literal["few_days", "no_contact", "band", "gate", "missed_assessment", "stale"]
    wording: str
    days: int
    within_days: int | None = None
    chance: float | None = None
    bands: list[str] = []
    exam: str | None = None
    instrument: str | None = None
    scale: str | None = None
    score: float | None = None

    @property
    def threshold(self) -> dict[str, Any]:
        """What the rule compares with, as kept with every flag it raises."""
        return self.model_dump(exclude={"id", "version", "wording"}, exclude_defaults=True)


class TutoringTerms(Strict):
    """How a week's hours are given; each bound is named on the page and adjustable there."""

    hours_closing: float
    areas_each: int
    hours_each: int
    max_students: int
    continuity_days: int
    continuity_worth: float
    at_risk_share: float
    retaker_share: float
    gap: float
    seconds: float
    just_missed: int


class Help(Strict):
    """Which results tell whether tutoring helped, in days after the first session, and the small-cell limit."""

    from_days: int
    until_days: int
    smallest: int
    every_days: int
    confidence: float


class Peers(Strict):
    areas_each: int
    mentors_each: int


class Support(Strict):
    """What the office does about risk."""

    contact: Contact
    budget: Budget
    dry_run: DryRun
    flag_rule: list[FlagRule]
    tutoring: TutoringTerms
    help: Help
    peers: Peers


class BaseRate(Strict):
    group: str
    exam: str
    programme: str
    first: bool
    year: int
    pass_percent: float = Field(alias="pass")


class StandIn(Strict):
    """Whose rates stand in where none is dated for an exam and programme."""

    exam: str
    programme: str


class Guard(Strict):
    """When an import asks for a second look: how many rows, and which share, may change or leave a class."""

    changed_rows: int
    changed_share: float
    class_students: int
    class_share: float
    assumption: bool = False


class Policy(Strict):
    """All of it. Sections follow the files' names."""

    instruments: dict[str, Instrument]
    scale_range: dict[str, tuple[float, float]]
    larger_error: dict[str, float]
    exams: list[Exam]
    rules: list[Rule]
    no_rule: NoRule
    advice: Advice
    rule_examples: list[Rule]
    suggestions: list[Suggestion]
    forms: dict[str, list[str]]
    steps: list[Step]
    causes: list[Cause]
    self_analysis: SelfAnalysisAdvice
    curves: Curves
    low_pass: LowPass
    bands: list[Band]
    bands_source: str
    recent_days: int
    horizon_days: int
    bands_decided: Bands
    what_if: WhatIf
    today: Today
    model: ModelPriors
    recalibration: RecalibrationPriors
    usual_test: UsualTest
    backtest: Backtest
    reasons: Reasons
    areas: list[Area]
    area_labels: dict[str, str] = {}
    blueprint_source: str
    blueprint_from: date
    earlier_outlines: list[EarlierOutline]
    exam_outlines: list[ExamOutline]
    reference_groups: list[ReferenceGroup]
    study_advice: StudyAdvice
    class_comparison: ClassComparison
    area_priors: AreaPriors
    base_rates: list[BaseRate]
    base_rates_source: str
    base_rate_stand_in: StandIn
    support: Support
    context: list[Context]
    guard: Guard


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def load_policy() -> Policy:
    """The policy that ships with Passline; raises pydantic.ValidationError when a file does not fit."""
    instruments, rules, plans, readiness, blueprint, rates = map(
        _read, ["instruments", "rules", "plans", "readiness", "blueprint", "base_rates"]
    )
    return Policy.model_validate({
        "instruments": {i["name"]: i for i in instruments["instrument"]},
        "scale_range": instruments["scale_range"],
        "larger_error": instruments["larger_error"],
        "exams": _read("exams")["exam"],
        "rules": rules["rule"],
        "no_rule": rules["no_rule"],
        "advice": rules["advice"],
        "rule_examples": rules["example"],
        "suggestions": plans["suggestion"],
        "forms": plans["forms"],
        "steps": plans["step"],
        "causes": plans["cause"],
        "self_analysis": plans["self_analysis"],
        "curves": readiness["curve"],
        "low_pass": readiness["low_pass"],
        "bands": readiness["band"],
        "bands_source": readiness["bands"]["source"],
        "recent_days": readiness["evidence"]["recent_days"],
        "horizon_days": readiness["evidence"]["horizon_days"],
        "bands_decided": readiness["bands"],
        "what_if": readiness["what_if"],
        "today": readiness["today"],
        "model": readiness["model"],
        "recalibration": readiness["recalibration"],
        "usual_test": readiness["usual_test"],
        "backtest": readiness["backtest"],
        "reasons": readiness["reasons"],
        "areas": blueprint["area"],
        "blueprint_source": blueprint["source"],
        "blueprint_from": blueprint["valid_from"],
        "earlier_outlines": blueprint["earlier"],
        "exam_outlines": blueprint["exam"],
        "reference_groups": blueprint["reference_group"],
        "study_advice": blueprint["advice"],
        "class_comparison": blueprint["class"],
        "area_priors": blueprint["estimate"],
        "base_rates": rates["rate"],
        "base_rates_source": rates["source"],
        "base_rate_stand_in": rates["stand_in"],
        "support": _read("support"),
        "context": rates["context"],
        "guard": _read("imports")["guard"],
    })


def with_area_labels(policy: Policy, labels: dict[str, str]) -> Policy:
    """The policy with what an office decided of labels no outline knows: each with its area's name, or "" where it is
    no content area. A label of the outline itself cannot be given another meaning."""
    return policy.model_copy(update={"area_labels": labels}) if labels else policy


def with_school(policy: Policy, rules: list[Rule], advice: SchoolAdvice) -> Policy:
    """The policy with a school's own rules beside the national ones, and its own advice where it has any."""
    said = advice.model_dump(exclude_none=True)
    return policy.model_copy(update={
        "rules": [*policy.rules, *rules], "advice": policy.advice.model_copy(update=said),
    })
