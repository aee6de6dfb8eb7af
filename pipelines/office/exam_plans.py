"""Saved exam plans, steps after a failure, and study days done. Read live; they never change a figure.

Nothing is overwritten: the newest plan of a student and exam counts, and the newest answer on a step.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine, insert, select

from pipelines.errors import DecisionRefused
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.tables import retake_plan, retake_step, study_done
from pipelines.office.writing import MOMENT, frame, record

PLAN_COLUMNS: dict[str, Any] = {
    "plan_id": pl.Int64, "student_id": pl.String, "exam": pl.String, "sits_on": pl.Date, "made_for_on": pl.Date,
    "reason": pl.String, "shown": pl.String, "resources": pl.String, "rules_version": pl.Int64,
    "saved_at": MOMENT, "saved_by": pl.String,
}
STEP_COLUMNS: dict[str, Any] = {
    "student_id": pl.String, "exam": pl.String, "failed_on": pl.Date, "step": pl.String, "answer": pl.String,
    "recorded_at": MOMENT, "recorded_by": pl.String,
}
DONE_COLUMNS: dict[str, Any] = {
    "student_id": pl.String, "exam": pl.String, "area": pl.String, "days": pl.Int64, "done_on": pl.Date,
    "noted_at": MOMENT, "noted_by": pl.String,
}
ANSWERS = ["yes", "no", ""]


@dataclass(frozen=True)
class NewPlan:
    """An exam plan to save: the test date, the reason, and the figures on screen when it was agreed."""

    student_id: str
    exam: str
    sits_on: date
    made_for_on: date
    reason: str
    shown: str
    resources: list[str]
    rules_version: int


class ExamPlans:
    """Exam plans, steps and study days in the office store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def save(self, plan: NewPlan, *, by: Person, at: datetime) -> int:
        """Save an exam plan; its number. Raises DecisionRefused without a reason, or for a day that has passed."""
        if not plan.reason.strip():
            raise DecisionRefused("An exam plan needs a reason: say why this date.")
        if plan.sits_on < plan.made_for_on:
            raise DecisionRefused("That day has passed: choose another.")
        row = {**plan.__dict__, "reason": plan.reason.strip(), "resources": "; ".join(plan.resources)}
        with writing(self.engine) as connection:
            number = connection.execute(
                insert(retake_plan).values(**row, **by.signs("saved", at)).returning(retake_plan.c.plan_id)
            ).scalar_one()
            record(connection, "save plan", f"student {plan.student_id} plan {number}", by, at)
        return int(number)

    def saved(self, student_id: str | None = None) -> pl.DataFrame:
        """Every saved exam plan, newest first: the first of a student and exam counts."""
        query = select(retake_plan).order_by(retake_plan.c.plan_id.desc())
        return self._rows(query, retake_plan, student_id, PLAN_COLUMNS)

    def record_step(
        self, student_id: str, exam: str, failed_on: date, step: str, answer: str, *, by: Person, at: datetime
    ) -> None:
        """Record a step after a failure: yes, no (support was not offered), or empty to undo the answer.

        Nothing more is kept: of counseling only whether it was offered.
        """
        if answer not in ANSWERS:
            raise DecisionRefused(f"A step is answered yes or no, not {answer!r}.")
        with writing(self.engine) as connection:
            connection.execute(insert(retake_step).values(
                student_id=student_id, exam=exam, failed_on=failed_on, step=step, answer=answer, **by.signs("told", at)
            ))
            record(connection, "retake step", f"student {student_id} {step}", by, at)

    def steps(self, student_id: str | None = None) -> pl.DataFrame:
        """The newest answer on each step that has one, with who recorded it and when."""
        signed = retake_step.c.told_at.label("recorded_at"), retake_step.c.told_by.label("recorded_by")
        query = select(retake_step, *signed).order_by(retake_step.c.retake_step_id.desc())
        rows = self._rows(query, retake_step, student_id, STEP_COLUMNS)
        newest = rows.unique(["student_id", "exam", "failed_on", "step"], keep="first", maintain_order=True)
        return newest.filter(pl.col("answer") != "")

    def record_study(
        self, student_id: str, exam: str, area: str, days: int, done_on: date, *, by: Person, at: datetime
    ) -> None:
        """Record study days done on a content area; a new schedule keeps them."""
        if days < 1:
            raise DecisionRefused("Say how many study days were done: one or more.")
        with writing(self.engine) as connection:
            connection.execute(insert(study_done).values(
                student_id=student_id, exam=exam, area=area, days=days, done_on=done_on, **by.signs("noted", at)
            ))
            record(connection, "study done", f"student {student_id}", by, at)

    def studied(self, student_id: str | None = None) -> pl.DataFrame:
        """Study days done, newest first."""
        return self._rows(select(study_done).order_by(study_done.c.study_done_id.desc()), study_done, student_id,
                          DONE_COLUMNS)

    def _rows(self, query: Any, table: Any, student_id: str | None, columns: dict[str, Any]) -> pl.DataFrame:
        if student_id is not None:
            query = query.where(table.c.student_id == student_id)
        return frame(self.engine, query, columns)
