"""A week's tutoring hours: assigned by the solver, edited by locks, assigned again, and approved by a person."""

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard.data import roster, sessions
from dashboard.data.figures import Figures
from dashboard.pages.tutoring import text
from dashboard.pages.tutoring.columns import APPROVED, MISSED, PAIRS
from dashboard.shared.session import Session, now, stored
from dashboard.shared.shell import calm, toast_later
from dashboard.shared.student_table import table_of_students
from dashboard.shared.tables import selectable_table, show_table
from dashboard.shared.url_state import switch
from dashboard.words import last_attempt
from dashboard.words.formats import count, day, weekday
from dashboard.words.markdown import plain, plain_line
from pipelines.marts.tutoring.assignment import WeekPlan, adjusted
from pipelines.policy.support import TutoringTerms

_TERMS = "passline.tutoring.terms"
_SOLVED = "passline.tutoring.generation"
NEEDING = {"Flagged": "Flagged", "All below the line": "All at risk or borderline"}  # in the URL: on the screen


def week(session: Session) -> None:
    """The assignment of one week's hours, under named bounds."""
    office, terms = session.home.office, _terms(session)
    this = text.week_of(session.as_of)
    with st.container(horizontal=True, vertical_alignment="center"):
        needing = switch("asking", "Who needs hours", list(NEEDING), "Flagged", NEEDING.__getitem__)
        when = switch("week", "Week", ["This week", "Next week"], "This week")
        week_on = this if when == "This week" else this + timedelta(days=7)
        _bounds(session, terms)
        st.caption(f"Week of {weekday(week_on)}", width="content")
    students = text.students_needing_hours(session.figures, office.flags.rows("open"), needing != "Flagged")
    able = sessions.tutors_of(stored(session, "tutors"), office, week_on, terms)
    if able.is_empty():
        st.info("No tutor is known yet: upload a sheet of tutors, or add one under *Tutors*.")
        return
    if students.is_empty():
        st.info("No student is flagged for tutoring. Flag students on Risk, or choose *All at risk or borderline*.")
        return
    sessions_held = sessions.held(stored(session, "sessions"), office.tutoring.sessions_logged(), session.as_of)
    locks = office.tutoring.locks(week_on)
    plan = _solved(str(session.build.path), session.as_of, students, able, sessions_held, locks, terms, session.figures)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(text.claim(plan, students.height), anchor=False, width="content")
        st.space("stretch")
        if st.button("Approve the week", type="primary", disabled=plan.pairs.is_empty()):
            office.tutoring.approve(
                week_on,
                {**terms.model_dump(), "found_gap": plan.gap},
                text.to_approve(plan),
                by=session.person,
                at=now(),
            )
            toast_later(f"Approved: {count(plan.hours, 'hour')} in the week of {weekday(week_on)}.")
            st.rerun()
    without_gain = roster.names_of(session.figures.students, text.without_gain(plan, students, terms))
    st.caption(f"{plain(text.quality(plan, without_gain))}  \n{text.bounds_words(terms)}.")
    for note in plan.notes:
        st.warning(plain(note))
    _pairs(session, plan, able, week_on)
    _missed(session, plan)
    _locks(session, locks, able)
    _approved(session, week_on, able)


@st.cache_data(show_spinner="Assigning the hours…", max_entries=8,
               hash_funcs={pl.DataFrame: lambda f: (tuple(f.columns), f.hash_rows().to_list()),
                           TutoringTerms: lambda t: t.model_dump_json()})  # fmt: skip
def _solved(
    path: str, as_of: Any, students: pl.DataFrame, able: pl.DataFrame, given: pl.DataFrame, locks: pl.DataFrame,
    terms: TutoringTerms, _figures: Figures,
) -> WeekPlan:
    return text.solve(_figures, students, able, given, locks, terms)


def _terms(session: Session) -> TutoringTerms:
    return adjusted(session.policy.support.tutoring, st.session_state.get(_TERMS, {}))


def _bounds(session: Session, terms: TutoringTerms) -> None:
    with st.popover("Bounds", icon=":material/tune:"), st.form("passline.bounds", border=False):
        at_risk = st.slider("Share of hours for students at risk, %", 0, 100, round(terms.at_risk_share * 100))
        retaker = st.slider("Share of hours for those who failed before, %", 0, 100, round(terms.retaker_share * 100))
        most = st.number_input("Most hours a student", 1, 6, terms.hours_each)
        areas = st.number_input("Areas for a student, where no flag names any", 1, 10, terms.areas_each)
        stay = st.number_input("Keeping the same tutor is worth, points", 0.0, 5.0, terms.continuity_worth * 100, 0.1)
        st.caption("Each tutor's hours, areas, most students and days off are under *Tutors*.")
        if st.form_submit_button("Assign with these bounds"):
            st.session_state[_TERMS] = {
                "at_risk_share": at_risk / 100, "retaker_share": retaker / 100, "hours_each": int(most),
                "areas_each": int(areas),
                "continuity_worth": stay / 100,
            }  # fmt: skip
            st.rerun()


def _pairs(session: Session, plan: WeekPlan, able: pl.DataFrame, week_on: Any) -> None:
    if plan.pairs.is_empty():
        return

    def bar(ticked: list[int]) -> None:
        if ticked:
            _edit(session, plan.pairs[ticked], able, week_on)
        else:
            st.caption("Tick pairs to lock, forbid or change them; the rest is then assigned again.", width="content")

    table = last_attempt.noted(text.pairs_table(plan.pairs, session.figures.students, able), session.figures.retakes)
    selectable_table(
        PAIRS, table, bar, file_name=f"tutoring {week_on}.csv", key="week", height=460, placeholder="",
        selection=f"passline.pairs {st.session_state.get(_SOLVED, 0)} {week_on}",
        alt="Pairs of this week, largest gain per hour first",
    )  # fmt: skip


def _edit(session: Session, picked: pl.DataFrame, able: pl.DataFrame, week_on: Any) -> None:
    office = session.home.office

    def put(hours: int | None) -> None:
        for row in picked.iter_rows(named=True):
            given = row["hours"] if hours is None else hours
            office.tutoring.lock_pair(
                week_on,
                row["student_id"],
                row["tutor_id"],
                area=row["area"],
                hours=given,
                by=session.person,
                at=now(),
            )
        st.session_state[_SOLVED] = st.session_state.get(_SOLVED, 0) + 1

    st.button("Lock", icon=":material/lock:", on_click=put, args=(None,))
    st.button("Forbid", icon=":material/block:", on_click=put, args=(0,))
    if picked.height == 1 and st.button("Change", icon=":material/edit:"):
        _change_dialog(session, picked.row(0, named=True), able, week_on)


@st.dialog("Change the pair", icon=":material/edit:")
def _change_dialog(session: Session, pair: dict[str, Any], able: pl.DataFrame, week_on: Any) -> None:
    with calm(), st.form("passline.pair", border=False):
        name = roster.names_of(session.figures.students, [pair["student_id"]])[0]
        st.markdown(f"**{plain(name)}**")
        names = dict(able.select("tutor_id", "name").iter_rows())
        at = list(names).index(pair["tutor_id"])
        tutor = st.selectbox("Tutor", list(names), index=at, format_func=names.__getitem__)
        areas = sorted({a for held in able["areas"] for a in held} | {pair["area"]})
        area = st.selectbox("Area", areas, index=areas.index(pair["area"]))
        hours = st.number_input("Hours", 1, 10, pair["hours"])
        if st.form_submit_button("Lock this pair", type="primary"):
            session.home.office.tutoring.lock_pair(
                week_on, pair["student_id"], str(tutor), area=str(area), hours=int(hours), by=session.person,
                at=now(),
            )  # fmt: skip
            st.session_state[_SOLVED] = st.session_state.get(_SOLVED, 0) + 1
            st.rerun()


def _missed(session: Session, plan: WeekPlan) -> None:
    if plan.missed.is_empty():
        return
    st.header(f"Just missed hours, the first {plan.missed.height}", anchor=False)
    st.caption(text.extra_words(plan))
    table = last_attempt.noted(text.missed_table(plan.missed, session.figures.students), session.figures.retakes)
    table_of_students(session, MISSED, table, file_name="just missed.csv", key="missed", height=260,
                      reason="Just missed this week's tutoring hours",
                      alt="Students who just missed hours, most gain first")  # fmt: skip


def _locks(session: Session, locks: pl.DataFrame, able: pl.DataFrame) -> None:
    if locks.is_empty():
        return
    tutors = dict(able.select("tutor_id", "name").iter_rows())
    with st.expander(f"{count(locks.height, 'pair')} locked or forbidden", icon=":material/lock:"):
        names = roster.names_of(session.figures.students, locks["student_id"].to_list())
        for row, name in zip(locks.iter_rows(named=True), names, strict=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                how = f"{row['area']}, {row['hours']} h" if row["hours"] else "forbidden"
                tutor = plain(tutors.get(row["tutor_id"], row["tutor_id"]))
                st.markdown(f"{plain(name)} with {tutor}: {plain(how)} · {plain(row['decided_by'])}", width="stretch")
                if st.button("Release", key=f"release {row['tutor_lock_id']}", type="tertiary"):
                    session.home.office.tutoring.unlock_pair(row["tutor_lock_id"], by=session.person, at=now())
                    st.rerun()


def _approved(session: Session, week_on: Any, able: pl.DataFrame) -> None:
    rows = session.home.office.tutoring.approved().filter(
        pl.col("week_on") == week_on, pl.col("tutor_id").is_not_null()
    )
    if rows.is_empty():
        return
    first = rows.row(0, named=True)
    st.header(f"Approved by {plain_line(first['approved_by'])} on {day(first['approved_at'].date())}", anchor=False)
    flat = rows.with_columns(gain_per_hour=pl.col("gain") / pl.col("hours"), locked=False, continued=False)
    table = text.pairs_table(flat, session.figures.students, able)
    show_table(APPROVED, table, file_name=f"approved {week_on}.csv", key="approved", height=260,
               alt="Approved pairs")  # fmt: skip
