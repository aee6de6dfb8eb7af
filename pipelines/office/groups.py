"""Teaching groups: computed from the figures, changed by hand, saved under a name."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select

from pipelines.errors import DecisionRefused
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.tables import group_plan
from pipelines.office.writing import record


@dataclass(frozen=True)
class Group:
    """A group's two content areas and its students, in the saved order."""

    areas: list[str]
    student_ids: list[str]


@dataclass(frozen=True)
class GroupPlan:
    """Teaching groups under a name, as last saved."""

    name: str
    axis: str
    groups: list[Group]
    saved_by: str
    saved_at: datetime


class Groups:
    """Teaching groups in the office store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def save(self, name: str, axis: str, groups: list[Group], *, by: Person, at: datetime) -> None:
        """Save groups under a name, replacing those saved before; saving no groups removes the name.

        Every version stays in the store. Raises DecisionRefused without a name, or with a student in two groups.
        """
        if not name.strip():
            raise DecisionRefused("Groups are saved under a name: give them one.")
        seats = [s for g in groups for s in g.student_ids]
        if len(seats) != len(set(seats)):
            raise DecisionRefused("A student is in two groups: choose one of them.")
        with writing(self.engine) as connection:
            connection.execute(insert(group_plan).values(
                name=name.strip(), axis=axis, groups=[asdict(g) for g in groups], **by.signs("saved", at)
            ))
            record(connection, "groups", f"{len(groups)} groups as {name.strip()}", by, at)

    def saved(self) -> list[GroupPlan]:
        """The newest version of each name, newest first, without removed names."""
        query = select(group_plan).order_by(group_plan.c.group_plan_id.desc())
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        newest = {row["name"]: row for row in reversed(rows)}
        return [
            GroupPlan(r["name"], r["axis"], [Group(**g) for g in r["groups"]], r["saved_by"], r["saved_at"])
            for r in sorted(newest.values(), key=lambda r: -r["group_plan_id"]) if r["groups"]
        ]
