"""Labels of content areas: people's decisions on which area a sheet's label means.

A decision is kept as a correction of the fact "area label": its key is the label, its value the area, "" for no content
area. So it is signed, audited, listed, replayed and undone as every correction is. Sheets with the label are read again
from their bytes, as if it had been known from the start.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.contracts.decisions import AREA_LABEL, Correction
from pipelines.errors import DecisionRefused
from pipelines.imports.corrections import undo_correction
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.sheets import areas_of, label_key, suggested_areas
from pipelines.store.builds import decide
from pipelines.store.home import Home

NO_AREA = ""


@dataclass(frozen=True)
class UnknownLabel:
    """A label that waits for a decision: as first written, its rows and files, and the most similar areas."""

    label: str
    rows: int
    files: list[str]
    suggested: list[str]


def area_label_queue(unknown: pl.DataFrame, policy: Policy) -> list[UnknownLabel]:
    """The labels of table unknown_area, most rows first; labels that differ only in case and signs are one."""
    by_label: dict[str, list[dict[str, object]]] = {}
    for row in unknown.to_dicts():
        by_label.setdefault(label_key(row["label"]), []).append(row)
    queue = []
    for rows in by_label.values():
        label, files = str(rows[0]["label"]), list(dict.fromkeys(str(row["file"]) for row in rows))
        queue.append(UnknownLabel(label, sum(int(str(row["rows"])) for row in rows), files,
                                  suggested_areas(label, policy)))
    return sorted(queue, key=lambda one: (-one.rows, one.label))


def place_label(home: Home, policy: Policy, *, label: str, area: str, by: Person, at: datetime) -> int:
    """Decide which area a label means from now on (NO_AREA: none, leave its rows out); the decision's number.

    Raises DecisionRefused for a label in the outline, one already decided, or an unknown area.
    """
    label = label.strip()
    if not label_key(label):
        raise DecisionRefused("Name the label as the sheet writes it.")
    names = [a.name for a in policy.blueprint.areas]
    if area not in (NO_AREA, *names):
        raise DecisionRefused(f"There is no content area {area}: choose one of {'; '.join(names)}.")
    if label_key(label) in areas_of(policy):
        raise DecisionRefused(f"{label} is a name of {areas_of(policy)[label_key(label)]} already.")
    standing = home.office.ledger.in_force()
    if label_key(label) in {label_key(known) for known in standing.labels.areas}:
        raise DecisionRefused(f"{label} is decided already: take that decision back first.")
    _, number = home.office.ledger.next_ids()
    correction = Correction(number, AREA_LABEL, "", {"label": label}, {"area": area}, "area label decided")
    decide(home, standing, standing.imports, [*standing.corrections, correction], policy, by, at, corrected=correction)
    return number


def placed_labels(home: Home) -> pl.DataFrame:
    """Decisions in force, newest first: correction_id, label, area, made_by, made_at."""
    by_number = {one.correction_id: one for one in home.office.ledger.in_force().corrections if one.fact == AREA_LABEL}
    rows = home.office.ledger.corrections("").filter(pl.col("correction_id").is_in(list(by_number)))
    decisions = [by_number[number] for number in rows["correction_id"]]
    return rows.select(
        "correction_id", pl.Series("label", [one.key["label"] for one in decisions], dtype=pl.String),
        pl.Series("area", [one.values["area"] for one in decisions], dtype=pl.String), "made_by", "made_at",
    )


def take_back_label(home: Home, policy: Policy, label: str, *, by: Person, at: datetime) -> None:
    """Undo a decision: its rows wait again. Raises DecisionRefused where the label has none in force."""
    key = label_key(label)
    numbers = [n for n, known in placed_labels(home).select("correction_id", "label").iter_rows()
               if label_key(known) == key]
    if not numbers:
        raise DecisionRefused(f"No decision on {label} is in force: see the labels decided on.")
    undo_correction(home, policy, numbers[0], by=by, at=at)
