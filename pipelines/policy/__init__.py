"""Dated rules, scales, blueprints and thresholds as data, with their sources, and one loader.

Nothing elsewhere in the code holds a threshold: it takes the part of `Policy` it needs as an argument.
Beside each NAME.toml stands NAME.py with its strict models: a file that does not fit them is a bug and crashes.
"""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from pipelines.policy.base_rates import BaseRate, Context, StandIn
from pipelines.policy.blueprint import (
    Area,
    AreaPriors,
    ClassComparison,
    EarlierOutline,
    ExamOutline,
    ReferenceGroup,
    StudyAdvice,
)
from pipelines.policy.disclosure import Disclosure
from pipelines.policy.exams import Exam
from pipelines.policy.imports import Guard
from pipelines.policy.instruments import Instrument, instrument_sections
from pipelines.policy.plans import Cause, SelfAnalysisAdvice, Step, Suggestion
from pipelines.policy.readiness import (
    Backtest,
    Band,
    Bands,
    Curves,
    LowPass,
    ModelPriors,
    Reasons,
    RecalibrationPriors,
    State,
    Today,
    UsualTest,
    WhatIf,
)
from pipelines.policy.rules import Advice, BuiltInRule, NoRule, Rule, SchoolAdvice, repeated_ids
from pipelines.policy.strict import Strict
from pipelines.policy.support import Support


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
    steps: list[Step]
    causes: list[Cause]
    self_analysis: SelfAnalysisAdvice
    curves: Curves
    low_pass: LowPass
    bands: list[Band]
    states: list[State]
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
    disclosure: Disclosure
    context: list[Context]
    guard: Guard

    @property
    def band_names(self) -> dict[str, str]:
        """What each band and state is called, by its id, in policy's order."""
        return {band.id: band.name for band in self.bands} | {state.id: state.name for state in self.states}


FOLDER = files(__name__)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def load_policy() -> Policy:
    """The policy that ships with Passline; raises pydantic.ValidationError when a file does not fit."""
    instruments, rules, plans, readiness, blueprint, rates = map(
        _read, ["instruments", "rules", "plans", "readiness", "blueprint", "base_rates"]
    )
    return Policy.model_validate({
        **instrument_sections(instruments),
        "exams": _read("exams")["exam"],
        "rules": rules["rule"],
        "no_rule": rules["no_rule"],
        "advice": rules["advice"],
        "rule_examples": rules["example"],
        "suggestions": plans["suggestion"],
        "steps": plans["step"],
        "causes": plans["cause"],
        "self_analysis": plans["self_analysis"],
        "curves": readiness["curve"],
        "low_pass": readiness["low_pass"],
        "bands": readiness["band"],
        "states": readiness["state"],
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
        "disclosure": _read("disclosure"),
        "context": rates["context"],
        "guard": _read("imports")["guard"],
    })


def with_area_labels(policy: Policy, labels: dict[str, str]) -> Policy:
    """The policy with what an office decided of labels no outline knows: each with its area's name, or "" where it is
    no content area. A label of the outline itself cannot be given another meaning."""
    return policy.model_copy(update={"area_labels": labels}) if labels else policy


def with_school(policy: Policy, rules: list[Rule], advice: SchoolAdvice) -> Policy:
    """The policy with a school's own rules beside the national ones, and its own advice where it has any.

    Raises ValueError where two rules have one id: the office refuses such rules before it stores them.
    """
    if repeated := repeated_ids([*policy.rules, *rules]):
        raise ValueError(f"more than one rule has the id {', '.join(repeated)}")
    said = advice.model_dump(exclude_none=True)
    return policy.model_copy(update={
        "rules": [*policy.rules, *rules], "advice": policy.advice.model_copy(update=said),
    })


def rule_wordings(policy: Policy) -> dict[str, str]:
    """The wording of each rule by its id, and of `passed`, which an attempt after a pass breaks."""
    return {rule.id: rule.wording for rule in policy.rules} | {str(BuiltInRule.PASSED): policy.no_rule.passed}
