"""plans.toml: the parts of an exam plan after a failure, and how a self-analysis is interpreted."""

from typing import Literal

from pydantic import Field

from pipelines.policy.strict import Fact, Strict


class Suggestion(Fact):
    """A named piece of advice with its source; `when` names the case it is for."""

    id: str
    when: Literal["near", "middle", "far", "unknown", "always", "old", "recent", "first"]
    text: str


class Step(Fact):
    """A step after a failure, due `due_days` after the failed attempt."""

    id: str
    text: str
    due_days: int


class SelfAssessment(Fact):
    """The self-assessment to plan for an exam on any form not used, as its forms in circulation are not listed."""

    exam: str
    instrument: str


class Cause(Strict):
    """A cause of failure in the self-analysis sheet: its words, and the change of the plan that it suggests."""

    id: str
    words: str
    change: str


class SelfAnalysisAdvice(Fact):
    """When a self-analysis counts as confident or unsure, on its scale of 1-5."""

    confident_from: int
    unsure_to: int


class PlansFile(Fact):
    """All of plans.toml: advice, steps after a failure, causes."""

    suggestions: list[Suggestion] = Field(alias="suggestion")
    steps: list[Step] = Field(alias="step")
    causes: list[Cause] = Field(alias="cause")
    self_assessments: list[SelfAssessment] = Field(alias="self_assessment")
    self_analysis: SelfAnalysisAdvice
