"""Tutors' terms and days off, sessions logged by hand, a week's approved hours, and peer mentors."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine, and_, insert, select, update

from pipelines.errors import DecisionRefused
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.tutoring_tables import (
    assignment,
    assignment_pair,
    peer_mentor,
    tutor_lock,
    tutor_off,
    tutor_session,
    tutor_terms,
)
from pipelines.office.writing import MOMENT, frame, record, withdraw

TERMS_COLUMNS: dict[str, Any] = {
    "tutor_id": pl.String, "name": pl.String, "areas": pl.List(pl.String), "hours_per_week": pl.Float64,
    "max_students": pl.Int64, "decided_at": MOMENT, "decided_by": pl.String,
}
OFF_COLUMNS: dict[str, Any] = {
    "tutor_off_id": pl.Int64, "tutor_id": pl.String, "off_from": pl.Date, "off_until": pl.Date,
    "decided_by": pl.String, "decided_at": MOMENT,
}
LOGGED_COLUMNS: dict[str, Any] = {
    "tutor_session_id": pl.Int64, "session_key": pl.String, "student_id": pl.String, "tutor_id": pl.String,
    "held_on": pl.Date, "hours": pl.Float64, "area": pl.String, "attended": pl.Boolean, "group_name": pl.String,
    "logged_by": pl.String, "logged_at": MOMENT,
}
LOCK_COLUMNS: dict[str, Any] = {
    "tutor_lock_id": pl.Int64, "week_on": pl.Date, "student_id": pl.String, "tutor_id": pl.String, "area": pl.String,
    "hours": pl.Int64, "decided_by": pl.String,
}
PAIR_COLUMNS: dict[str, Any] = {
    "assignment_id": pl.Int64, "week_on": pl.Date, "student_id": pl.String, "tutor_id": pl.String, "area": pl.String,
    "hours": pl.Int64, "gain": pl.Float64, "approved_by": pl.String, "approved_at": MOMENT,
}
MENTOR_COLUMNS: dict[str, Any] = {
    "peer_mentor_id": pl.Int64, "student_id": pl.String, "consent": pl.String, "consented_at": MOMENT,
    "consented_by": pl.String,
}


class Tutoring:
    """Who tutors, when not, and what was given. Nothing here happens by itself."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def set_tutor(
        self, tutor_id: str, *, by: Person, at: datetime, name: str | None = None, areas: list[str] | None = None,
        hours_per_week: float | None = None, max_students: int | None = None,
    ) -> None:
        """Say what holds of a tutor, above the sheet; None leaves the sheet's word."""
        if not tutor_id.strip():
            raise DecisionRefused("A tutor needs an ID: give one.")
        if (hours_per_week is not None and not 0 <= hours_per_week <= 168) or (max_students or 0) < 0:
            raise DecisionRefused("Hours a week lie between 0 and 168, and a tutor has no fewer than 0 students.")
        with writing(self.engine) as connection:
            connection.execute(insert(tutor_terms).values(
                tutor_id=tutor_id.strip(), name=name, areas=areas, hours_per_week=hours_per_week,
                max_students=max_students, **by.signs("decided", at),
            ))
            record(connection, "set tutor", f"tutor {tutor_id}", by, at)

    def tutor_terms(self) -> pl.DataFrame:
        """The newest terms of each tutor that a person said anything of."""
        found = frame(self.engine, select(tutor_terms).order_by(tutor_terms.c.tutor_terms_id.desc()), TERMS_COLUMNS)
        return found.unique("tutor_id", keep="first", maintain_order=True).sort("tutor_id")

    def add_time_off(self, tutor_id: str, off_from: date, off_until: date, *, by: Person, at: datetime) -> None:
        """Days, both included, on which a tutor gives no hours."""
        if off_until < off_from:
            raise DecisionRefused("The last day off lies before the first: swap them.")
        with writing(self.engine) as connection:
            connection.execute(insert(tutor_off).values(
                tutor_id=tutor_id, off_from=off_from, off_until=off_until, **by.signs("decided", at)
            ))
            record(connection, "tutor off", f"tutor {tutor_id}", by, at)

    def withdraw_time_off(self, tutor_off_id: int, *, by: Person, at: datetime) -> None:
        with writing(self.engine) as connection:
            withdraw(connection, tutor_off, tutor_off_id, "time off", by, at)

    def times_off(self) -> pl.DataFrame:
        query = select(tutor_off).where(tutor_off.c.withdrawn_at.is_(None)).order_by(tutor_off.c.off_from)
        return frame(self.engine, query, OFF_COLUMNS)

    def log_session(
        self, attended: Mapping[str, bool], *, tutor_id: str, held_on: date, hours: float, areas: Sequence[str],
        by: Person, at: datetime, group: str | None = None,
    ) -> str:
        """Log a session held, with each student's attendance: one student, several, or a saved group.

        Its hours are shared evenly among its areas. Returns the session's key.
        """
        if not attended or not tutor_id:
            raise DecisionRefused("A session needs a tutor and at least one student.")
        if not 0 < hours <= 24:
            raise DecisionRefused("A session lasts more than 0 and at most 24 hours.")
        key = uuid.uuid4().hex
        taught: list[str | None] = [*areas] or [None]
        with writing(self.engine) as connection:
            connection.execute(insert(tutor_session), [
                {"session_key": key, "student_id": student_id, "tutor_id": tutor_id, "held_on": held_on,
                 "hours": hours / len(taught), "area": area, "attended": came, "group_name": group,
                 **by.signs("logged", at)}
                for student_id, came in attended.items() for area in taught
            ])
            record(connection, "log session", f"session {key}", by, at)
        return key

    def withdraw_session(self, session_key: str, *, by: Person, at: datetime) -> None:
        """Take back a session logged by mistake, with everybody's attendance; it stays in the store."""
        with writing(self.engine) as connection:
            stands = and_(tutor_session.c.session_key == session_key, tutor_session.c.withdrawn_at.is_(None))
            done = connection.execute(
                update(tutor_session).where(stands).values(withdrawn_at=at, withdrawn_by=by.name)
            )
            if not done.rowcount:
                raise DecisionRefused("That session was taken back already: reload the page.")
            record(connection, "withdraw session", f"session {session_key}", by, at)

    def sessions_logged(self, student_id: str | None = None) -> pl.DataFrame:
        """Sessions logged by hand that stand, newest first, absences included: one student's, or everybody's."""
        query = select(tutor_session).where(tutor_session.c.withdrawn_at.is_(None)).order_by(
            tutor_session.c.held_on.desc(), tutor_session.c.tutor_session_id.desc()
        )
        if student_id is not None:
            query = query.where(tutor_session.c.student_id == student_id)
        return frame(self.engine, query, LOGGED_COLUMNS)

    def lock_pair(
        self, week_on: date, student_id: str, tutor_id: str, *, area: str, hours: int, by: Person, at: datetime
    ) -> None:
        """Fix a pair for a week; with 0 hours it is forbidden. A newer word on the pair replaces an older one."""
        with writing(self.engine) as connection:
            older = and_(
                tutor_lock.c.week_on == week_on, tutor_lock.c.student_id == student_id,
                tutor_lock.c.withdrawn_at.is_(None),
            )
            if hours:
                held = select(tutor_lock.c.tutor_lock_id).where(older, tutor_lock.c.hours > 0)
            else:
                held = select(tutor_lock.c.tutor_lock_id).where(older, tutor_lock.c.tutor_id == tutor_id)
            for (lock_id,) in connection.execute(held).all():
                withdraw(connection, tutor_lock, lock_id, "lock", by, at)
            connection.execute(insert(tutor_lock).values(
                week_on=week_on, student_id=student_id, tutor_id=tutor_id, area=area, hours=hours,
                **by.signs("decided", at),
            ))
            record(connection, "lock pair", f"student {student_id} tutor {tutor_id} {week_on}", by, at)

    def unlock_pair(self, tutor_lock_id: int, *, by: Person, at: datetime) -> None:
        with writing(self.engine) as connection:
            withdraw(connection, tutor_lock, tutor_lock_id, "lock", by, at)

    def locks(self, week_on: date) -> pl.DataFrame:
        """Pairs fixed (hours above 0) or forbidden (0 hours) for this week."""
        query = select(tutor_lock).where(tutor_lock.c.week_on == week_on, tutor_lock.c.withdrawn_at.is_(None))
        return frame(self.engine, query.order_by(tutor_lock.c.tutor_lock_id), LOCK_COLUMNS)

    def approve(
        self, week_on: date, terms: dict[str, Any], pairs: Iterable[Mapping[str, Any]], *, by: Person, at: datetime
    ) -> int:
        """Approve a week's hours: `pairs` hold student_id, tutor_id (None: just missed), area, hours and gain."""
        rows = [{name: pair[name] for name in ("student_id", "tutor_id", "area", "hours", "gain")} for pair in pairs]
        if not any(row["tutor_id"] for row in rows):
            raise DecisionRefused("There is no pair to approve: solve the week first.")
        with writing(self.engine) as connection:
            made = insert(assignment).values(week_on=week_on, terms=terms, **by.signs("approved", at))
            assignment_id = connection.execute(made.returning(assignment.c.assignment_id)).scalar_one()
            connection.execute(insert(assignment_pair), [{"assignment_id": assignment_id, **row} for row in rows])
            record(connection, "approve hours", f"week {week_on} assignment {assignment_id}", by, at)
        return assignment_id

    def approved(self) -> pl.DataFrame:
        """Pairs of each week's newest approval, those who just missed (no tutor) included; newest week first."""
        query = select(assignment_pair, assignment).join(assignment).order_by(
            assignment.c.week_on.desc(), assignment.c.assignment_id.desc(), assignment_pair.c.assignment_pair_id
        )
        found = frame(self.engine, query, PAIR_COLUMNS)
        return found.filter(pl.col("assignment_id") == pl.col("assignment_id").max().over("week_on"))

    def opt_in_mentor(self, student_id: str, *, consent: str, by: Person, at: datetime) -> None:
        """Record a student's consent to be a peer mentor, in the words it was given."""
        if not consent.strip():
            raise DecisionRefused("Consent is recorded in the student's words: say how and when it was given.")
        with writing(self.engine) as connection:
            held = select(peer_mentor.c.peer_mentor_id).where(
                peer_mentor.c.student_id == student_id, peer_mentor.c.withdrawn_at.is_(None)
            )
            if connection.execute(held).first():
                raise DecisionRefused("This student is a peer mentor already.")
            connection.execute(insert(peer_mentor).values(
                student_id=student_id, consent=consent.strip(), **by.signs("consented", at)
            ))
            record(connection, "mentor consent", f"student {student_id}", by, at)

    def withdraw_mentor(self, peer_mentor_id: int, *, by: Person, at: datetime) -> None:
        """The student takes the consent back: from now on matched with nobody."""
        with writing(self.engine) as connection:
            withdraw(connection, peer_mentor, peer_mentor_id, "consent", by, at)

    def mentors(self) -> pl.DataFrame:
        """Students whose consent stands."""
        query = select(peer_mentor).where(peer_mentor.c.withdrawn_at.is_(None)).order_by(peer_mentor.c.peer_mentor_id)
        return frame(self.engine, query, MENTOR_COLUMNS)
