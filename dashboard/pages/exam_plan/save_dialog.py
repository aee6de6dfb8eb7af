"""The dialog that saves a day of the what-if card as the student's exam plan."""

from datetime import date

import streamlit as st

from dashboard.data import roster
from dashboard.pages.exam_plan import text
from dashboard.pages.exam_plan.cards import WhatIf
from dashboard.shared.session import Session, now
from dashboard.shared.shell import calm, toast_later
from dashboard.words.formats import day
from dashboard.words.markdown import plain
from pipelines.imports import corrections
from pipelines.office import NewPlan


@st.dialog("Save exam plan", icon=":material/event_available:")
def save_plan(session: Session, choice: WhatIf) -> None:
    """A dialog for the reason and the resources; the exam plan is stored with the chance that was shown."""
    with calm():
        window, most = choice.window, session.policy.rules.advice.resources_at_most
        name = roster.names_of(session.figures.students, [window["student_id"]])[0]
        st.markdown(f"**{plain(name)}** sits {window['exam']} on **{day(choice.day)}**")
        chance = text.chance_words(choice.answer.p_pass, choice.answer.p_pass_low, choice.answer.p_pass_high)
        shown = f"chance {chance}; {window['state']}"
        st.caption(shown)
        resources = st.multiselect("Resources", [], accept_new_options=True, placeholder="Type one, then Enter")
        if len(resources) > most:
            st.warning(f"{len(resources)} resources: more than {most} is an overload, a common mistake.")
        reason = st.text_area("Why this date", height=100, placeholder="What was agreed, and why")
        name_it = f"Make {day(choice.day)} the planned date too (a correction, which can be undone)"
        planned = st.checkbox(name_it, choice.day != _planned_date(session, window["student_id"]))
        if st.button("Save", type="primary"):
            session.home.office.exam_plans.save(
                NewPlan(window["student_id"], window["exam"], choice.day, session.as_of, reason, shown, list(resources),
                        session.rules_version), by=session.person, at=now(),
            )  # fmt: skip
            if planned and choice.day != _planned_date(session, window["student_id"]):
                corrections.correct(
                    session.home, session.policy, fact="student", student_id=window["student_id"],
                    key={"student_id": window["student_id"]}, values={"planned_on": choice.day.isoformat()},
                    reason=f"Plan: {reason}", by=session.person, at=now(),
                )
            toast_later(f"Exam plan saved: {day(choice.day)}.")
            st.rerun()


def _planned_date(session: Session, student_id: str) -> date | None:
    """The roster's planned date, as corrected."""
    planned: date | None = session.figures.students.filter(student_id=student_id).item(0, "planned_on")
    return planned
