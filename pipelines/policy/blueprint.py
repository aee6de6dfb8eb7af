"""blueprint.toml: content areas with their weights and labels, and how results in them are interpreted."""

from datetime import date
from typing import Any

from pydantic import Field, model_validator

from pipelines.policy.strict import Strict


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


class EarlierOutline(Strict):
    """Weights in force from `valid_from` to `valid_to` (both included), under today's names of areas."""

    valid_from: date
    valid_to: date
    source: str
    weights: dict[str, tuple[float, float]]


class ExamOutline(Strict):
    """The outline whose weights an exam's areas have, and a note if it is another exam's."""

    name: str
    outline: str
    note: str


class ReferenceGroup(Strict):
    """The group that a report's lower/same/higher compares with; no `reports`: every report not named elsewhere."""

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


class AreaPriors(Strict):
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


class BlueprintFile(Strict):
    """All of blueprint.toml, and the office's meanings of unknown labels: each with its area's name, or "" if it is no
    content area."""

    areas: list[Area] = Field(alias="area")
    area_labels: dict[str, str] = {}
    source: str
    valid_from: date
    earlier_outlines: list[EarlierOutline] = Field(alias="earlier")
    exam_outlines: list[ExamOutline] = Field(alias="exam")
    reference_groups: list[ReferenceGroup] = Field(alias="reference_group")
    study_advice: StudyAdvice = Field(alias="advice")
    class_comparison: ClassComparison = Field(alias="class")
    area_priors: AreaPriors = Field(alias="estimate")
