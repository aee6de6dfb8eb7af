"""blueprint.toml: content areas with their weights and labels, and how results in them are interpreted."""

from datetime import date
from typing import Any

from pydantic import Field, model_validator

from pipelines.policy.strict import Fact, Strict


class Area(Strict):
    """A content area; low and high are percent of items, `also` all other labels, `old` the earlier names."""

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


class EarlierOutline(Fact):
    """Weights in force from `valid_from` to `valid_to` (both included), under today's names of areas."""

    valid_from: date
    valid_to: date
    weights: dict[str, tuple[float, float]]


class ExamOutline(Fact):
    """The outline whose weights an exam's areas have, a note if it is another exam's, and areas of this exam alone."""

    name: str
    outline: str
    own_areas: list[str] = []


class SpreadLabels(Fact):
    """Areas of earlier outlines whose questions were spread over areas of today, so that none stands for them."""

    labels: list[str]


class ReferenceGroup(Fact):
    """The group that a report's lower/same/higher compares with; no `reports`: every report not named elsewhere."""

    name: str
    reports: list[str]
    level: float
    same_within: float
    items: int
    at_comparison: bool


class StudyAdvice(Fact):
    high_yield: list[str]
    missed_for_an_hour: int
    block_minutes: int
    topic_share: float


class ClassComparison(Fact):
    false_discovery_rate: float
    item_difficulty_sd: float


class AreaPriors(Fact):
    comparison: float
    weak_probability: float = Field(gt=0.5, lt=1)
    reachable: float
    recency_half_life_days: float
    most_items: int
    area_sd: float
    total_gain: float
    total_gain_most: float
    other_form_sd: float
    prior_students: float


class BlueprintFile(Fact):
    """All of blueprint.toml, and the office's meanings of unknown labels: each with its area's name, or "" if it is no
    content area."""

    areas: list[Area] = Field(alias="area")
    area_labels: dict[str, str] = {}
    spread: SpreadLabels
    valid_from: date
    earlier_outlines: list[EarlierOutline] = Field(alias="earlier")
    exam_outlines: list[ExamOutline] = Field(alias="exam")
    reference_groups: list[ReferenceGroup] = Field(alias="reference_group")
    study_advice: StudyAdvice = Field(alias="advice")
    class_comparison: ClassComparison = Field(alias="class")
    area_priors: AreaPriors = Field(alias="estimate")

    @property
    def own_areas(self) -> list[str]:
        """The areas that one exam alone has: they take no share of the outline that exams have in common."""
        return [area for exam in self.exam_outlines for area in exam.own_areas]
