"""A student's tutoring sessions, as the Student and Tutoring pages show them."""

import polars as pl
import streamlit as st

from dashboard.data import sessions
from dashboard.shared.session import Session, stored
from dashboard.words.formats import count, day
from dashboard.words.markdown import plain

SESSIONS_SHOWN = 5


def sheet_sessions(session: Session, student_id: str) -> pl.DataFrame:
    """One student's sessions, from sheets alone."""
    return stored(session, "sessions").filter(student_id=student_id)


def tutoring_card(session: Session, student_id: str) -> None:
    """The student's tutoring sessions, newest first, with absences."""
    rows = sessions.sat(
        sheet_sessions(session, student_id), session.home.office.tutoring.sessions_logged(student_id), session.as_of
    )
    if rows.is_empty():
        return
    st.header("Tutoring", anchor=False)
    came = rows.filter("attended")
    absent = rows.height - came.height
    missed = f" · {count(absent, 'absence')}" if absent else ""
    st.caption(f"{count(came.height, 'session')}, {came['hours'].sum():g} h{missed}")
    names = dict(tutors_this_week(session).select("tutor_id", "name").iter_rows())
    with st.container(border=True, gap="xsmall", key="passline-tutoring"):
        for row in rows.head(SESSIONS_SHOWN).iter_rows(named=True):
            tutor = plain(names.get(row["tutor_id"], row["tutor_id"]))
            what = " · ".join(plain(w) for w in (row["area"], row["group_name"]) if w)
            st.markdown(f"{day(row['held_on'])} **{'' if row['attended'] else 'absent, '}{row['hours']:g} h** {tutor}"
                        + (f" :small[:gray[{what}]]" if what else ""))  # fmt: skip
        if rows.height > SESSIONS_SHOWN:
            st.caption(f"and {count(rows.height - SESSIONS_SHOWN, 'session')} before")


def tutors_this_week(session: Session) -> pl.DataFrame:
    """What each tutor can give this week: areas, hours after days off, most students."""
    return sessions.tutors_of(
        stored(session, "tutors"), session.home.office, session.as_of, session.policy.support.tutoring
    )
