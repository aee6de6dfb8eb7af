"""The other tabs: tutors and their days off, the effect of tutoring, and peer mentors."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.data import roster, sessions
from dashboard.data.figures import Figures
from dashboard.pages.tutoring import text
from dashboard.pages.tutoring.columns import EFFECT, MATCHES, TUTORS
from dashboard.shared.session import Session, now, stored
from dashboard.shared.shell import calm, toast_later
from dashboard.shared.tables import show_table
from dashboard.words import tutoring as words
from dashboard.words.formats import count, day
from dashboard.words.markdown import plain


def tutors(session: Session) -> None:
    """Areas, hours, bounds and days off, from sheets and as changed here."""
    office, week_on = session.home.office, text.week_of(session.as_of)
    able = sessions.tutors_of(stored(session, "tutors"), office, week_on, session.policy.support.tutoring)
    with st.container(horizontal=True, vertical_alignment="center"):
        hours = int(able["hours"].sum())
        st.header(f"{count(able.height, 'tutor')}, {count(hours, 'hour')} this week", anchor=False, width="content")
        if st.button("Add or change a tutor", icon=":material/edit:"):
            _tutor_dialog(session, able)
        if able.height and st.button("Days off", icon=":material/event_busy:"):
            _off_dialog(session, able)
    if able.is_empty():
        st.caption("Upload a sheet of tutors (Upload has a template), or add one here.")
        return
    show_table(TUTORS, text.tutors_table(able), file_name=f"tutors {session.as_of}.csv", key="tutors",
               alt="Tutors with areas, hours and most students")  # fmt: skip
    names = dict(able.select("tutor_id", "name").iter_rows())
    for row in office.tutoring.times_off().filter(pl.col("off_until") >= session.as_of).iter_rows(named=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            tutor = plain(names.get(row["tutor_id"], row["tutor_id"]))
            st.markdown(f"{tutor} is off {day(row['off_from'])} to {day(row['off_until'])}", width="content")
            if st.button("Take back", key=f"off {row['tutor_off_id']}", type="tertiary"):
                office.tutoring.withdraw_time_off(row["tutor_off_id"], by=session.person, at=now())
                st.rerun()


@st.dialog("Tutor", icon=":material/edit:")
def _tutor_dialog(session: Session, able: pl.DataFrame) -> None:
    with calm():
        by_id = {row["tutor_id"]: row for row in able.iter_rows(named=True)}
        picked = st.selectbox("Tutor", ["", *by_id], format_func=lambda i: by_id[i]["name"] if i else "A new tutor")
        values = by_id.get(picked or "", {"name": "", "areas": [], "hours": 4, "max_students": 6})
        with st.form(f"passline.tutor {picked}", border=False):
            tutor_id = picked or st.text_input("ID")
            name = st.text_input("Name", values["name"])
            outline = session.policy.blueprint
            taught = {area.name for area in outline.areas if area.axis != "competency"} | set(outline.own_areas)
            every = sorted(taught | set(values["areas"]))
            areas = st.multiselect("Areas", every, values["areas"])
            hours = st.number_input("Hours a week", 0.0, 60.0, float(values["hours"]), 0.5)
            most = st.number_input("Most students", 0, 60, values["max_students"])
            if st.form_submit_button("Save", type="primary"):
                session.home.office.tutoring.set_tutor(
                    str(tutor_id), name=name or None, areas=areas, hours_per_week=hours, max_students=int(most),
                    by=session.person, at=now(),
                )  # fmt: skip
                toast_later(f"{name or tutor_id}: saved; this replaces the sheet's values.")
                st.rerun()


@st.dialog("Days off", icon=":material/event_busy:")
def _off_dialog(session: Session, able: pl.DataFrame) -> None:
    with calm(), st.form("passline.off", border=False):
        names = dict(able.select("tutor_id", "name").iter_rows())
        tutor_id = st.selectbox("Tutor", list(names), format_func=names.__getitem__)
        first = st.date_input("From", session.as_of, format="YYYY-MM-DD")
        last = st.date_input("Until", session.as_of, format="YYYY-MM-DD")
        if st.form_submit_button("Save", type="primary"):
            session.home.office.tutoring.add_time_off(str(tutor_id), first, last, by=session.person, at=now())
            st.rerun()


def tutoring_effect(session: Session) -> None:
    """What could be seen, and then what tutored students gained beside those without tutoring."""
    office, policy = session.home.office, session.policy
    given = sessions.held(stored(session, "sessions"), office.tutoring.sessions_logged(), session.as_of)
    missed = text.needing_without_hours(office.tutoring.approved(), office.flags.rows())
    rows = _effect(str(session.build.path), session.as_of, given, missed, session.figures)
    first = rows.row(0, named=True) if rows.height else None
    if first and first["smallest"] is not None:
        st.markdown(words.could_see(first))
    st.header(text.effect_claim(rows, policy), anchor=False)
    if first is None or first["smallest"] is None:
        st.caption(words.who_can_be_compared(policy))
    st.caption(words.method(policy))
    if first is None or first["gain"] is None:
        return
    able = sessions.tutors_of(stored(session, "tutors"), office, session.as_of, policy.support.tutoring)
    show_table(EFFECT, text.effect_table(rows, able), file_name=f"did it help {session.as_of}.csv", key="helped",
               alt="Gains beside those compared, with intervals")  # fmt: skip


@st.cache_data(show_spinner="Comparing with alike students…", max_entries=4,
               hash_funcs={pl.DataFrame: lambda f: (tuple(f.columns), f.hash_rows().to_list())})  # fmt: skip
def _effect(path: str, as_of: Any, given: pl.DataFrame, missed: pl.DataFrame, _figures: Figures) -> pl.DataFrame:
    return text.effect(_figures, given, missed)


def peers(session: Session) -> None:
    """Students who passed a retake and agreed to help, and flagged students they could help."""
    office = session.home.office
    mentors, able = office.tutoring.mentors(), text.may_mentor(session.figures)
    free = able.join(mentors.select("student_id"), on="student_id", how="anti")
    with st.container(horizontal=True, vertical_alignment="center"):
        claim = f"{count(mentors.height, 'peer mentor')}; {free.height:,} more passed a retake"
        st.header(claim, anchor=False, width="content")
        if free.height and st.button("Record a consent", icon=":material/handshake:"):
            _consent_dialog(session, free)
    st.caption("Only a student who agreed is a mentor; the consent can be taken back at any time.")
    names = roster.names_of(session.figures.students, mentors["student_id"].to_list())
    for row, name in zip(mentors.iter_rows(named=True), names, strict=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            consent = f"{plain(row['consent'])} · {plain(row['consented_by'])}, {day(row['consented_at'].date())}"
            st.markdown(f"**{plain(name)}** :small[:gray[{consent}]]", width="stretch")
            if st.button("Take the consent back", key=f"mentor {row['peer_mentor_id']}", type="tertiary"):
                office.tutoring.withdraw_mentor(row["peer_mentor_id"], by=session.person, at=now())
                st.rerun()
    if mentors.is_empty():
        return
    flagged = office.flags.rows("open")["student_id"].unique().sort()
    table = _matches(str(session.build.path), session.as_of, mentors, flagged, session.figures)
    st.header(f"Matches for {count(flagged.len(), 'flagged student')}", anchor=False)
    if table.is_empty():
        st.caption("No flagged student is weak in an area that was weak for a mentor before the failure.")
        return
    show_table(MATCHES, table, file_name=f"peer mentors {session.as_of}.csv", key="peers",
               alt="Students and possible mentors, by areas weak for both")  # fmt: skip


@st.cache_data(show_spinner="Matching…", max_entries=4, hash_funcs={
    pl.DataFrame: lambda f: f.hash_rows().to_list(), pl.Series: lambda s: s.to_list()})  # fmt: skip
def _matches(path: str, as_of: Any, mentors: pl.DataFrame, flagged: pl.Series, _figures: Figures) -> pl.DataFrame:
    return text.matches(_figures, mentors, flagged)


@st.dialog("Peer mentor", icon=":material/handshake:")
def _consent_dialog(session: Session, free: pl.DataFrame) -> None:
    with calm(), st.form("passline.consent", border=False):
        people = {row["student_id"]: row for row in free.iter_rows(named=True)}
        student_id = st.selectbox("Student", list(people),
                                  format_func=lambda i: f"{people[i]['name']} · {text.retake_words(people[i])}"
                                  )  # fmt: skip
        consent = st.text_area("The student's consent: how and when it was given", height=80)
        if st.form_submit_button("Record", type="primary"):
            session.home.office.tutoring.opt_in_mentor(str(student_id), consent=consent, by=session.person, at=now())
            toast_later("Recorded.")
            st.rerun()
