"""Tutoring: tutors' terms and days off, sessions logged by hand, a week's approved hours, and peer mentors."""

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
    """Tutors, sessions, approved hours and peer mentors in the office store. Nothing happens without a person."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def set_tutor(
        self, tutor_id: str, *, by: Person, at: datetime, name: str | None = None, areas: list[str] | None = None,
        hours_per_week: float | None = None, max_students: int | None = None,
    ) -> None:
        """Set a tutor's terms, above the sheet; None keeps the sheet's value."""
        if not tutor_id.strip():
            raise DecisionRefused("A tutor needs an ID: give one.")
        if (hours_per_week is not None and not 0 <= hours_per_week <= 168) or (max_students or 0) < 0:
            raise DecisionRefused("Hours a week must be 0 to 168, and students 0 or more: correct them.")
        with writing(self.engine) as connection:
            connection.execute(insert(tutor_terms).values(
                tutor_id=tutor_id.strip(), name=name, areas=areas, hours_per_week=hours_per_week,
                max_students=max_students, **by.signs("decided", at),
            ))
            record(connection, "set tutor", f"tutor {tutor_id}", by, at)

    def tutor_terms(self) -> pl.DataFrame:
        """The newest terms of each tutor whose terms a person set."""
        terms = frame(self.engine, select(tutor_terms).order_by(tutor_terms.c.tutor_terms_id.desc()), TERMS_COLUMNS)
        return terms.unique("tutor_id", keep="first", maintain_order=True).sort("tutor_id")

    def add_time_off(self, tutor_id: str, off_from: date, off_until: date, *, by: Person, at: datetime) -> None:
        """Record a tutor's days off, first and last included."""
        if off_until < off_from:
            raise DecisionRefused("The last day off is before the first: swap them.")
        with writing(self.engine) as connection:
            connection.execute(insert(tutor_off).values(
                tutor_id=tutor_id, off_from=off_from, off_until=off_until, **by.signs("decided", at)
            ))
            record(connection, "tutor off", f"tutor {tutor_id}", by, at)

    def withdraw_time_off(self, tutor_off_id: int, *, by: Person, at: datetime) -> None:
        """Undo days off that were recorded."""
        with writing(self.engine) as connection:
            withdraw(connection, tutor_off, tutor_off_id, "time off", by, at)

    def times_off(self) -> pl.DataFrame:
        """Days off of all tutors, earliest first."""
        query = select(tutor_off).where(tutor_off.c.withdrawn_at.is_(None)).order_by(tutor_off.c.off_from)
        return frame(self.engine, query, OFF_COLUMNS)

    def log_session(
        self, attended: Mapping[str, bool], *, tutor_id: str, held_on: date, hours: float, areas: Sequence[str],
        by: Person, at: datetime, group: str | None = None,
    ) -> str:
        """Log a session with each student's attendance: one student, several, or a saved group.

        Its hours are split evenly among its areas. Returns the session's key.
        """
        if not attended or not tutor_id:
            raise DecisionRefused("A session needs a tutor and at least one student.")
        if not 0 < hours <= 24:
            raise DecisionRefused("A session lasts more than 0 and at most 24 hours.")
        key = uuid.uuid4().hex
        areas_taught: list[str | None] = [*areas] or [None]
        with writing(self.engine) as connection:
            connection.execute(insert(tutor_session), [
                {"session_key": key, "student_id": student_id, "tutor_id": tutor_id, "held_on": held_on,
                 "hours": hours / len(areas_taught), "area": area, "attended": attends, "group_name": group,
                 **by.signs("logged", at)}
                for student_id, attends in attended.items() for area in areas_taught
            ])
            record(connection, "log session", f"session {key}", by, at)
        return key

    def withdraw_session(self, session_key: str, *, by: Person, at: datetime) -> None:
        """Withdraw a session logged by mistake, with all attendance; it stays in the store."""
        with writing(self.engine) as connection:
            in_force = and_(tutor_session.c.session_key == session_key, tutor_session.c.withdrawn_at.is_(None))
            done = connection.execute(
                update(tutor_session).where(in_force).values(withdrawn_at=at, withdrawn_by=by.name)
            )
            if not done.rowcount:
                raise DecisionRefused("That session was taken back already: reload the page.")
            record(connection, "withdraw session", f"session {session_key}", by, at)

    def sessions_logged(self, student_id: str | None = None) -> pl.DataFrame:
        """Sessions logged by hand and not withdrawn, newest first, with absences: one student's, or all."""
        query = select(tutor_session).where(tutor_session.c.withdrawn_at.is_(None)).order_by(
            tutor_session.c.held_on.desc(), tutor_session.c.tutor_session_id.desc()
        )
        if student_id is not None:
            query = query.where(tutor_session.c.student_id == student_id)
        return frame(self.engine, query, LOGGED_COLUMNS)

    def lock_pair(
        self, week_on: date, student_id: str, tutor_id: str, *, area: str, hours: int, by: Person, at: datetime
    ) -> None:
        """Fix a pair for a week, or forbid it with 0 hours; a newer decision on the pair replaces an older one."""
        with writing(self.engine) as connection:
            of_student = and_(
                tutor_lock.c.week_on == week_on, tutor_lock.c.student_id == student_id,
                tutor_lock.c.withdrawn_at.is_(None),
            )
            if hours:
                replaced = select(tutor_lock.c.tutor_lock_id).where(of_student, tutor_lock.c.hours > 0)
            else:
                replaced = select(tutor_lock.c.tutor_lock_id).where(of_student, tutor_lock.c.tutor_id == tutor_id)
            for (lock_id,) in connection.execute(replaced).all():
                withdraw(connection, tutor_lock, lock_id, "lock", by, at)
            connection.execute(insert(tutor_lock).values(
                week_on=week_on, student_id=student_id, tutor_id=tutor_id, area=area, hours=hours,
                **by.signs("decided", at),
            ))
            record(connection, "lock pair", f"student {student_id} tutor {tutor_id} {week_on}", by, at)

    def unlock_pair(self, tutor_lock_id: int, *, by: Person, at: datetime) -> None:
        """Undo a pair that was fixed or forbidden."""
        with writing(self.engine) as connection:
            withdraw(connection, tutor_lock, tutor_lock_id, "lock", by, at)

    def locks(self, week_on: date) -> pl.DataFrame:
        """Pairs fixed (hours above 0) or forbidden (0 hours) for a week."""
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
            new = insert(assignment).values(week_on=week_on, terms=terms, **by.signs("approved", at))
            assignment_id = connection.execute(new.returning(assignment.c.assignment_id)).scalar_one()
            connection.execute(insert(assignment_pair), [{"assignment_id": assignment_id, **row} for row in rows])
            record(connection, "approve hours", f"week {week_on} assignment {assignment_id}", by, at)
        return assignment_id

    def approved(self) -> pl.DataFrame:
        """Pairs of each week's newest approval, with students who just missed (no tutor); newest week first."""
        query = select(assignment_pair, assignment).join(assignment).order_by(
            assignment.c.week_on.desc(), assignment.c.assignment_id.desc(), assignment_pair.c.assignment_pair_id
        )
        pairs = frame(self.engine, query, PAIR_COLUMNS)
        return pairs.filter(pl.col("assignment_id") == pl.col("assignment_id").max().over("week_on"))

    def opt_in_mentor(self, student_id: str, *, consent: str, by: Person, at: datetime) -> None:
        """Record a student's consent to be a peer mentor, in the student's words."""
        if not consent.strip():
            raise DecisionRefused("Consent is recorded in the student's words: say how and when it was given.")
        with writing(self.engine) as connection:
            in_force = select(peer_mentor.c.peer_mentor_id).where(
                peer_mentor.c.student_id == student_id, peer_mentor.c.withdrawn_at.is_(None)
            )
            if connection.execute(in_force).first():
                raise DecisionRefused("This student is a peer mentor already.")
            connection.execute(insert(peer_mentor).values(
                student_id=student_id, consent=consent.strip(), **by.signs("consented", at)
            ))
            record(connection, "mentor consent", f"student {student_id}", by, at)

    def withdraw_mentor(self, peer_mentor_id: int, *, by: Person, at: datetime) -> None:
        """Record that a student withdrew consent: no more matches."""
        with writing(self.engine) as connection:
            withdraw(connection, peer_mentor, peer_mentor_id, "consent", by, at)

    def mentors(self) -> pl.DataFrame:
        """Peer mentors whose consent is in force."""
        query = select(peer_mentor).where(peer_mentor.c.withdrawn_at.is_(None)).order_by(peer_mentor.c.peer_mentor_id)
        return frame(self.engine, query, MENTOR_COLUMNS)
