"""plans.toml: what a plan after a failure is made of, and how the student's own account of it is read."""

from typing import Literal

from pydantic import Field

from pipelines.policy.strict import Strict


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
    """How a self-analysis is read."""

    confident_from: int
    unsure_to: int
    source: str


class PlansFile(Strict):
    """All of plans.toml: what a plan is made of, and the steps after a failure."""

    suggestions: list[Suggestion] = Field(alias="suggestion")
    steps: list[Step] = Field(alias="step")
    causes: list[Cause] = Field(alias="cause")
    self_analysis: SelfAnalysisAdvice
