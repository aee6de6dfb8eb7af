"""Decisions on suggested flags, and which rules are switched on."""

from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine, insert, select

from pipelines.errors import DecisionRefused
from pipelines.office.case_tables import rule_switch, suggestion
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.flags import Flagged, insert_flags
from pipelines.office.old_bands import with_band_ids
from pipelines.office.writing import MOMENT, frame, record

DECIDED_COLUMNS: dict[str, Any] = {
    "suggestion_id": pl.Int64, "student_id": pl.String, "rule": pl.String, "rule_version": pl.Int64,
    "action": pl.String, "reason": pl.String, "until_on": pl.Date, "advisor": pl.String, "material": pl.Object,
    "decided_at": MOMENT, "decided_by": pl.String,
}
SWITCH_COLUMNS: dict[str, Any] = {
    "rule": pl.String, "switched_on": pl.Boolean, "decided_at": MOMENT, "decided_by": pl.String,
}


class Suggestions:
    """Decisions on suggested flags in the office store; the suggestions are computed, never stored."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def accept(
        self, student_id: str, *, rule: str, rule_version: int, advisor: str, material: dict[str, Any],
        evidence: dict[str, Any], reason: str, areas: list[str], urgency: str, owner: str, due_on: date | None,
        by: Person, at: datetime,
    ) -> Flagged:
        """Accept a suggestion: flag the student, with its evidence, in one decision."""
        with writing(self.engine) as connection:
            flagged = insert_flags(
                connection, [student_id], reason=reason, areas=areas, urgency=urgency, owner=owner, due_on=due_on,
                by=by, at=at, evidence={student_id: evidence},
            )
            connection.execute(_decision(student_id, rule, rule_version, "accept", reason, None, advisor, material, by,
                                        at))
            record(connection, "accept suggestion", f"student {student_id} rule {rule}", by, at)
        return flagged

    def put_off(
        self, student_id: str, *, action: str, rule: str, rule_version: int, advisor: str, material: dict[str, Any],
        reason: str, until_on: date | None, by: Person, at: datetime,
    ) -> None:
        """Snooze a suggestion until a day, or dismiss it; both take a reason."""
        if action not in ("snooze", "dismiss"):
            raise DecisionRefused(f"A suggestion is snoozed or dismissed, not {action!r}.")
        if not reason.strip():
            raise DecisionRefused("Putting a suggestion off takes a reason: say why nothing needs to be done now.")
        if (action == "snooze") != (until_on is not None):
            raise DecisionRefused("A snooze needs the day on which it comes back; a dismissal has none.")
        with writing(self.engine) as connection:
            connection.execute(
                _decision(student_id, rule, rule_version, action, reason, until_on, advisor, material, by, at)
            )
            record(connection, f"{action} suggestion", f"student {student_id} rule {rule}", by, at)

    def decisions(self) -> pl.DataFrame:
        """Every decision on a suggestion, newest first."""
        rows = frame(self.engine, select(suggestion).order_by(suggestion.c.suggestion_id.desc()), DECIDED_COLUMNS)
        return rows.with_columns(
            pl.Series("material", [with_band_ids(material) for material in rows["material"]], dtype=pl.Object)
        )

    def switch_rule(self, rule: str, *, on: bool, by: Person, at: datetime) -> None:
        """Switch a rule on or off for the office."""
        with writing(self.engine) as connection:
            connection.execute(insert(rule_switch).values(rule=rule, switched_on=on, **by.signs("decided", at)))
            record(connection, "switch rule", f"rule {rule} {'on' if on else 'off'}", by, at)

    def rule_switches(self) -> pl.DataFrame:
        """Each rule's newest switch; a rule never switched is absent, and off."""
        switches = frame(self.engine, select(rule_switch).order_by(rule_switch.c.rule_switch_id.desc()), SWITCH_COLUMNS)
        return switches.unique("rule", keep="first", maintain_order=True)


def _decision(
    student_id: str, rule: str, rule_version: int, action: str, reason: str, until_on: date | None, advisor: str,
    material: dict[str, Any], by: Person, at: datetime,
) -> Any:
    return insert(suggestion).values(
        student_id=student_id, rule=rule, rule_version=rule_version, action=action, reason=reason.strip(),
        until_on=until_on, advisor=advisor, material=material, **by.signs("decided", at),
    )
