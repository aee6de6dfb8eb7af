"""Exam plan: when should this student sit, what would change it, and what to do until then?"""

from typing import Any

import streamlit as st

from dashboard.data import exam_plans, roster
from dashboard.pages.exam_plan import text
from dashboard.pages.exam_plan.cards import (
    calendar_button,
    facts_card,
    self_analysis_card,
    steps_card,
    study,
    study_axis,
    suggestions_card,
    what_if_card,
)
from dashboard.pages.exam_plan.save_dialog import save_plan
from dashboard.shared.session import Session, current
from dashboard.shared.shell import empty_home
from dashboard.shared.student_search import pick_student
from dashboard.shared.url_state import choose_one
from dashboard.words.markdown import plain, plain_line


def render(session: Session) -> None:
    if session.is_empty:
        empty_home()
        return
    student_id = st.query_params.get("student")
    windows = exam_plans.windows_of(session.figures, student_id) if student_id else {}
    with st.container(horizontal=True, vertical_alignment="center"):
        pick_student(session, student_id)
        st.space("stretch")
        actions = st.container(horizontal=True, width="content")
    if not student_id or not windows:
        title = f"No student has the ID {plain_line(student_id)}" if student_id else "Whose exam plan?"
        st.header(title, anchor=False)
        st.caption("Type a name or an ID above, or tick a student on Retakes and choose Plan.")
        st.page_link("pages/retakes/page.py", label="See all retakers", icon=":material/arrow_forward:")
        return
    _body(session, windows[_header(session, student_id, windows)], actions)


def _header(session: Session, student_id: str, windows: dict[str, dict[str, Any]]) -> str:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain_line(roster.names_of(session.figures.students, [student_id])[0]), anchor=False, width="content")
        badges = st.empty()
        exams = list(windows)
        exam = choose_one("exam", "Exam", exams, exams[0], width=110) if len(exams) > 1 else exams[0]
        badges.markdown(text.badges(windows[exam]), width="content")
        st.caption(f"{plain(student_id)} · {exam}", width="content")
        st.page_link("pages/student/page.py", label="Student", icon=":material/arrow_back:",
                     query_params={"student": student_id})  # fmt: skip
    return str(exam)


def _body(session: Session, window: dict[str, Any], actions: Any) -> None:
    student_id, office = window["student_id"], session.home.office
    scores = session.warehouse.student_scores(student_id, session.as_of)
    saved, studied = office.exam_plans.saved(student_id), office.exam_plans.studied(student_id)
    plan = exam_plans.student_plan(session.figures, window, saved, studied, scores)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        what_if = what_if_card(session, plan)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            title = st.container(gap=None, width="stretch")
            axis = study_axis(plan)
        if what_if is not None and (what_if.day != plan.sits_on or axis not in (None, *plan.axes[:1])):
            day = what_if.day if what_if.day != plan.sits_on else None
            plan = exam_plans.student_plan(session.figures, window, saved, studied, scores, day, axis)
        study(session, plan, studied, title)
    with right:
        facts_card(window, saved)
        suggestions_card(session, window)
        steps_card(session, window)
        self_analysis_card(session, window)
    with actions:
        calendar_button(session, plan)
        if what_if is not None and st.button("Save exam plan", type="primary", icon=":material/event_available:"):
            save_plan(session, what_if)


if __name__ == "__main__":
    render(current())
