"""Tutoring sessions: those held, one logged for a student or a saved group, and a student's own."""


import polars as pl
import streamlit as st

from dashboard.data import roster
from dashboard.data import sessions as shown
from dashboard.pages.tutoring.columns import SESSIONS
from dashboard.shared.session import Session, now, stored
from dashboard.shared.shell import calm, toast_later
from dashboard.shared.student_table import table_of_students
from dashboard.shared.tutoring_card import tutors_this_week
from dashboard.words.formats import count, day
from dashboard.words.markdown import plain

LISTED = 1000
TAKEN_BACK = 20  # newest sessions logged by hand that are listed to take back
NO_GROUP = "No group"


def sessions(session: Session) -> None:
    """Sessions held, from sheets and by hand; log one, for one student or a group with attendance."""
    able = tutors_this_week(session)
    rows = shown.sat(stored(session, "sessions"), session.home.office.tutoring.sessions_logged(), session.as_of)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(shown.given(rows), anchor=False, width="content")
        if able.height and st.button("Log a session", type="primary", icon=":material/add:"):
            _log_dialog(session, able)
    if able.is_empty():
        st.caption("Sessions come from a sheet (Upload has a template). To log one here, first add a tutor under "
                   "*Tutors*.")  # fmt: skip
    names = dict(able.select("tutor_id", "name").iter_rows())
    table = shown.table(rows.head(LISTED), session.figures.students, names)
    if table.height:
        table_of_students(session, SESSIONS, table, file_name=f"sessions {session.as_of}.csv", key="sessions",
                          alt="Sessions held, newest first")  # fmt: skip
    if rows.height > LISTED:
        st.caption(f"The newest {LISTED:,} of {count(rows.height, 'row')}.")
    _by_hand(session, rows, names)


def _by_hand(session: Session, rows: pl.DataFrame, names: dict[str, str]) -> None:
    logged = shown.by_hand(rows, session.figures.students, names)[:TAKEN_BACK]
    if not logged:
        return
    with st.expander("Logged by hand"):
        for key, on, what in logged:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{day(on)} {plain(what)}", width="stretch")
                if st.button("Take back", key=f"session {key}", type="tertiary"):
                    session.home.office.tutoring.withdraw_session(key, by=session.person, at=now())
                    st.rerun()


@st.dialog("Log a session", icon=":material/add:")
def _log_dialog(session: Session, able: pl.DataFrame) -> None:
    with calm():
        office, students = session.home.office, session.figures.students
        groups = shown.group_choices(office.groups.saved())
        picked = st.selectbox("Saved group", [NO_GROUP, *groups]) if groups else NO_GROUP
        areas_of, members = groups.get(str(picked), ([], []))
        asking = office.flags.rows("open")["student_id"].unique().to_list()
        people = dict(roster.named(roster.enrolled(students)).sort("name").iter_rows())
        people |= dict(zip(members, roster.names_of(students, members), strict=True))
        first = [i for i in people if i in asking]
        who = st.multiselect(
            "Students, one or several", [*first, *(i for i in people if i not in asking)], members,
            format_func=people.__getitem__, key=f"members {picked}",
        )  # fmt: skip
        absent = st.multiselect("Who did not come", who, format_func=people.__getitem__, key=f"absent {who}")
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
            st.caption(f"{hours / len(areas):g} h count for each area.")
        if st.button("Log it", type="primary"):
            office.tutoring.log_session(
                {i: i not in absent for i in who}, tutor_id=str(tutor or ""), held_on=on, hours=hours, areas=areas,
                group=None if picked == NO_GROUP else str(picked), by=session.person, at=now(),
            )  # fmt: skip
            toast_later(f"Logged: {hours:g} h with {len(who) - len(absent)} of {count(len(who), 'student')}.")
            st.rerun()

