"""Labels of content areas: people's decisions on which area a sheet's label means, "" for no content area."""

from datetime import datetime

import polars as pl

from pipelines.contracts.decisions import AREA_LABEL
from pipelines.errors import DecisionRefused
from pipelines.imports.label_decisions import LabelDecisions, UnknownLabel
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.sheets import areas_of, label_key, suggested_areas
from pipelines.store.home import Home

NO_AREA = ""
DECISIONS = LabelDecisions(AREA_LABEL, label_key, ["area"], "the labels decided on")


def area_label_queue(unknown: pl.DataFrame, policy: Policy) -> list[UnknownLabel]:
    """The labels of table unknown_area, most rows first, each with the most similar areas."""
    return DECISIONS.queue(unknown, lambda label: suggested_areas(label, policy))


def place_label(home: Home, policy: Policy, *, label: str, area: str, by: Person, at: datetime) -> int:
    """Decide which area a label means from now on (NO_AREA: none, leave its rows out); the decision's number.

    Raises DecisionRefused for a label in the outline, one already decided, or an unknown area.
    """
    names = [a.name for a in policy.blueprint.areas]
    if area not in (NO_AREA, *names):
        raise DecisionRefused(f"There is no content area {area}: choose one of {'; '.join(names)}.")
    known_as = areas_of(policy).get(label_key(label))
    return DECISIONS.decide(home, policy, label, {"area": area}, known_as, by=by, at=at)


def placed_labels(home: Home) -> pl.DataFrame:
    """Decisions in force, newest first: correction_id, label, area, made_by, made_at."""
    return DECISIONS.in_force(home)


def take_back_label(home: Home, policy: Policy, label: str, *, by: Person, at: datetime) -> None:
    """Undo a decision: its rows wait again. Raises DecisionRefused where the label has none in force."""
    DECISIONS.take_back(home, policy, label, by=by, at=at)
