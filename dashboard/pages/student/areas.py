"""One student's areas in depth: form by form, a week's study time, and areas after tutoring."""


import dataframely as dy
import streamlit as st

from dashboard.data.sessions import held
from dashboard.pages.student import areas_text
from dashboard.pages.student.area_forms_chart import area_forms
from dashboard.pages.student.columns import STUDY_WEEK, TUTORED_AREAS
from dashboard.pages.student.slopes_chart import slopes
from dashboard.shared.session import Session
from dashboard.shared.shell import calm, theme_name
from dashboard.shared.tables import show_table
from dashboard.shared.tutoring_card import sheet_sessions
from pipelines.contracts.facts import Assessment
from pipelines.contracts.subjects import SubjectEstimate

FORMS, STUDY, TUTORING = "Areas form by form", "A week’s study time", "Areas after tutoring"


@st.fragment
def areas_in_depth(
    session: Session, student_id: str, estimates: dy.DataFrame[SubjectEstimate], axis: str,
    scores: dy.DataFrame[Assessment],
) -> None:  # fmt: skip
    """`estimates` are the student's on the axis, `scores` the assessments. What is closed is not read."""
    with calm():
        forms = st.expander(FORMS, icon=":material/show_chart:", key="forms", bind="query-params")
        study = st.expander(STUDY, icon=":material/schedule:", key="study", bind="query-params")
        tutoring = st.expander(TUTORING, icon=":material/trending_up:", key="tutoring", bind="query-params")
        if forms.open:
            with forms:
                _over_forms(session, student_id, scores, axis)
        if study.open:
            with study:
                _study(session, student_id, estimates)
        if tutoring.open:
            with tutoring:
                _after_tutoring(session, student_id, scores)


def _over_forms(session: Session, student_id: str, scores: dy.DataFrame[Assessment], axis: str) -> None:
    results = session.warehouse.student_area_scores(student_id, session.as_of)
    points = areas_text.over_forms(results, scores, session.as_of, axis, session.policy)
    if points.is_empty():
        st.caption("No form gives a percent in these areas.")
        return
    st.caption("Percent correct on each form, gold = low-pass range · line = 80 % of that form alone: most ups and "
               "downs are within it")  # fmt: skip
    st.altair_chart(
        area_forms(points, areas_text.form_bands(points, session.policy.readiness.low_pass), theme_name()), theme=None,
        alt=f"{points['area'].n_unique()} areas over {points['taken_on'].n_unique()} sittings.",
    )  # fmt: skip


def _study(session: Session, student_id: str, estimates: dy.DataFrame[SubjectEstimate]) -> None:
    hours = st.number_input("Hours in the week", 1, 80, 20, width=150, key="passline.study.hours")
    topics = session.warehouse.student_topics(student_id)
    plan = areas_text.study(estimates, topics, int(hours), session.as_of, session.policy)
    if plan.is_empty():
        st.caption("No area is weak or in doubt, and no topic was missed often: keep to the usual plan.")
        return
    advice = session.policy.blueprint.study_advice
    st.caption(
        f"Topics with {advice.missed_for_an_hour} or more missed questions come first, an hour for every "
        f"{advice.missed_for_an_hour} missed; then areas by expected gain, on this axis alone, as axes are views of "
        "the same items."
    )
    show_table(STUDY_WEEK, plan, file_name=f"study week {student_id} {session.as_of}.csv", key="study week",
               alt="Study time by topic and area")  # fmt: skip


def _after_tutoring(session: Session, student_id: str, scores: dy.DataFrame[Assessment]) -> None:
    results = session.warehouse.student_area_scores(student_id, session.as_of)
    logged = session.home.office.tutoring.sessions_logged(student_id)
    sessions = held(sheet_sessions(session, student_id), logged, session.as_of)
    tutored, lines = areas_text.tutored(sessions, results, scores, session.as_of, session.policy)
    if tutored.is_empty():
        st.caption("No area has tutoring with a form before it and one since.")
        return
    st.caption(
        "The last form before the first session and the newest since; dashed = the student’s total over the same time. "
        "Areas are tutored because they were low, so some rise would come by itself: this does not show an effect of "
        "tutoring."
    )
    st.altair_chart(slopes(lines, theme_name()), theme=None, alt=f"{tutored.height} areas before and since tutoring.")
    show_table(TUTORED_AREAS, areas_text.tutored_table(tutored), key="tutored",
               file_name=f"areas after tutoring {student_id} {session.as_of}.csv",
               alt="Tutored areas before and since")  # fmt: skip
