"""Tutoring sessions held, and a dialog that logs one for students or a saved group."""

import polars as pl
import streamlit as st

from dashboard.data import roster
from dashboard.data import sessions as session_data
from dashboard.pages.tutoring.columns import SESSIONS
from dashboard.shared.session import Session, now, stored
from dashboard.shared.shell import calm, toast_later
from dashboard.shared.student_table import table_of_students
from dashboard.shared.tutoring_card import tutors_this_week
from dashboard.words.formats import count, day
from dashboard.words.markdown import plain

LISTED = 1000
BY_HAND_LISTED = 20  # newest sessions logged by hand, each with a button that takes it back
NO_GROUP = "No group"


def sessions(session: Session) -> None:
    """Sessions held, from sheets and by hand, and the button that logs one with attendance."""
    able = tutors_this_week(session)
    rows = session_data.sat(stored(session, "sessions"), session.home.office.tutoring.sessions_logged(), session.as_of)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(session_data.given(rows), anchor=False, width="content")
        if able.height and st.button("Log a session", type="primary", icon=":material/add:"):
            _log_dialog(session, able)
    if able.is_empty():
        st.caption("Sessions come from a sheet (Upload has a template). To log one here, first add a tutor under "
                   "*Tutors*.")  # fmt: skip
    names = dict(able.select("tutor_id", "name").iter_rows())
    table = session_data.table(rows.head(LISTED), session.figures.students, names)
    if table.height:
        table_of_students(session, SESSIONS, table, file_name=f"sessions {session.as_of}.csv", key="sessions",
                          alt="Sessions held, newest first")  # fmt: skip
    if rows.height > LISTED:
        st.caption(f"The newest {LISTED:,} of {count(rows.height, 'row')}.")
    _by_hand(session, rows, names)


def _by_hand(session: Session, rows: pl.DataFrame, names: dict[str, str]) -> None:
    logged = session_data.by_hand(rows, session.figures.students, names)[:BY_HAND_LISTED]
    if not logged:
        return
    with st.expander("Logged by hand"):
        for session_id, held_on, description in logged:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{day(held_on)} {plain(description)}", width="stretch")
                if st.button("Take back", key=f"session {session_id}", type="tertiary"):
                    session.home.office.tutoring.withdraw_session(session_id, by=session.person, at=now())
                    st.rerun()


@st.dialog("Log a session", icon=":material/add:")
def _log_dialog(session: Session, able: pl.DataFrame) -> None:
    with calm():
        office, students = session.home.office, session.figures.students
        groups = session_data.group_choices(office.groups.saved())
        picked = st.selectbox("Saved group", [NO_GROUP, *groups]) if groups else NO_GROUP
        areas_of, members = groups.get(str(picked), ([], []))
        flagged = office.flags.rows("open")["student_id"].unique().to_list()
        enrolled = roster.enrolled(students).select("student_id")
        people = dict(roster.named(students).join(enrolled, on="student_id", how="semi").sort("name").iter_rows())
        people |= dict(zip(members, roster.names_of(students, members), strict=True))
        first = [i for i in people if i in flagged]
        invited = st.multiselect(
            "Students, one or several", [*first, *(i for i in people if i not in flagged)], members,
            format_func=people.__getitem__, key=f"members {picked}",
        )  # fmt: skip
        absent = st.multiselect("Who did not come", invited, format_func=people.__getitem__, key=f"absent {invited}")
        tutors = {i: (n, a) for i, n, a in able.select("tutor_id", "name", "areas").iter_rows()}
        tutor = st.selectbox(
            "Tutor", sorted(tutors, key=lambda i: -len(set(tutors[i][1]) & set(areas_of))),
            format_func=lambda i: tutors[i][0], key=f"tutor {picked}",
        )  # fmt: skip
        every = sorted({*areas_of, *(tutors[tutor][1] if tutor else [])})
        areas = st.multiselect("Areas", every, areas_of, key=f"areas {picked} {tutor}")
        on_at, hours_at = st.columns(2)
        today = min(session.as_of, now().date())
        on = on_at.date_input("Held on", today, max_value=today, format="YYYY-MM-DD")
        hours = hours_at.number_input("Hours", 0.5, 8.0, 1.0, 0.5)
        if len(areas) > 1:
            st.caption(f"Each area counts {hours / len(areas):g} h.")
        if st.button("Log it", type="primary"):
            office.tutoring.log_session(
                {i: i not in absent for i in invited}, tutor_id=str(tutor or ""), held_on=on, hours=hours, areas=areas,
                group=None if picked == NO_GROUP else str(picked), by=session.person, at=now(),
            )  # fmt: skip
            toast_later(f"Logged: {hours:g} h with {len(invited) - len(absent)} of {count(len(invited), 'student')}.")
            st.rerun()

