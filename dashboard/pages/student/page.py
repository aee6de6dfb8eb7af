"""The Student page: what is the chance, why, and what has been done?"""

from datetime import date
from typing import Any

import dataframely as dy
import polars as pl
import streamlit as st

from dashboard.data import cases, roster
from dashboard.data.cautions import cautions
from dashboard.data.sessions import sat
from dashboard.pages.student import text as shown
from dashboard.pages.student.area_chart import areas
from dashboard.pages.student.areas import areas_in_depth
from dashboard.pages.student.cards import attempts_card, metric_row, scores_card, why_card
from dashboard.pages.student.case import case_card
from dashboard.pages.student.corrections import correct_dialog
from dashboard.pages.student.notes import note_dialog
from dashboard.pages.student.score_chart import fan
from dashboard.pages.student.score_chart_data import fan_claim, fan_days, fan_events, fan_key, fan_scores
from dashboard.pages.student.what_changed import change_card, national_context, own_band
from dashboard.shared.badges import band_badge, caution_note
from dashboard.shared.flag_dialog import flag_dialog
from dashboard.shared.session import Session, current
from dashboard.shared.shell import empty_home, theme_name
from dashboard.shared.student_search import pick_student
from dashboard.shared.tutoring_card import sheet_sessions, tutoring_card
from dashboard.shared.url_state import choose_one, switch
from dashboard.words import last_attempt
from dashboard.words.areas import AXES, first_axis, items_needed, named_weights, weak_claim, with_state
from dashboard.words.formats import count, percent
from dashboard.words.glossary import help_for
from dashboard.words.instruments import equated, listed, made_for
from dashboard.words.markdown import plain, plain_line
from dashboard.words.risk import reasons_line
from pipelines.contracts.facts import Assessment
from pipelines.contracts.frames import where


def render(session: Session) -> None:
    if session.is_empty:
        empty_home()
        return
    student_id, students = st.query_params.get("student"), session.figures.students
    found = students.filter(student_id=student_id) if student_id else students.clear()
    with st.container(horizontal=True, vertical_alignment="center"):
        pick_student(session, student_id)
        st.space("stretch")
        actions = st.container(horizontal=True, width="content")
    if found.is_empty():
        _nobody(student_id)
        return
    student = found.row(0, named=True)
    name = roster.named(found).item(0, "name")
    risks = session.figures.risk.filter(student_id=student_id)
    flags = session.home.office.flags.open_of([student["student_id"]])
    exam = _header(student, name, risks, flags, session)
    risk = risks.filter(exam=exam).row(0, named=True)
    scores = session.warehouse.student_scores(student["student_id"], session.as_of)
    attempts = session.warehouse.student_attempts(student["student_id"], session.as_of)
    with actions:
        if st.button("Correct or add", icon=":material/edit:"):
            correct_dialog(session, student["student_id"], name, scores, attempts)
        if st.button("Exam plan", icon=":material/calendar_month:"):
            st.switch_page("pages/exam_plan/page.py", query_params={"student": student["student_id"], "exam": exam})
        if st.button("Note", icon=":material/edit_note:"):
            note_dialog(
                session,
                student["student_id"],
                name,
                _since_meeting(session, student["student_id"], exam, scores, attempts),
            )
        if st.button("Flag for tutoring", type="primary", icon=":material/flag:"):
            flag_dialog(session, [student["student_id"]], reasons_line(risk["reasons"]))
    metric_row(shown.metrics(
        risk, scores, session.policy, session.as_of, has_results=session.figures.readiness.has_results(exam)))
    caution_note(cautions(session.figures, risks.filter(exam=exam)))
    left, right = st.columns([7, 3], gap="medium")
    with left:
        _fan(session, risk, attempts.filter(exam=exam))
        _areas(session, student["student_id"], scores)
    with right:
        why_card(shown.reasons(risk))
        case_card(session, student["student_id"], name)
        tutoring_card(session, student["student_id"])
        change_card(session, risk)
        attempts_card(session, student["student_id"], exam, attempts)
        if "fail" in attempts.get_column("outcome").to_list():
            national_context(session)
        own_band(session, risk, name)
    scores_card(session, student["student_id"], scores)


def _since_meeting(
    session: Session, student_id: str, exam: str, scores: pl.DataFrame, attempts: pl.DataFrame
) -> list[str]:
    office = session.home.office
    facts = office.cases.facts(student_id)
    met = facts.filter(kind="met")["happened_on"].max()
    given = sat(sheet_sessions(session, student_id), office.tutoring.sessions_logged(student_id), session.as_of)
    return [
        *cases.since_meeting(session.figures, student_id, exam, scores, attempts, met),
        *cases.done_since_meeting(
            facts, office.flags.rows(student_ids=[student_id]), office.notes.rows(student_id), given, met, session.as_of
        ),
    ]


def _nobody(student_id: str | None) -> None:
    if student_id:
        st.header(f"No student has the ID {plain_line(student_id)}", anchor=False)
        st.caption(
            "The ID may be mistyped, or the sheet that named the student was undone. Search by name or ID above."
        )
    else:
        st.header("Which student are you looking for?", anchor=False)
        st.caption("Type a name or an ID above. Every name on the other pages leads here too.")
    st.page_link("pages/risk/page.py", label="See the whole class", icon=":material/arrow_forward:")


def _header(student: dict[str, Any], name: str, risks: pl.DataFrame, flags: pl.DataFrame, session: Session) -> str:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain_line(name), anchor=False, width="content")
        badges = st.empty()
        exams = risks.get_column("exam").to_list()
        exam = choose_one("exam", "Exam", exams, exams[0], width=110) if len(exams) > 1 else exams[0]
        marks = [band_badge(risks.filter(exam=exam).item(0, "band_id"), session.policy)]
        retake = session.figures.retakes.filter(student_id=student["student_id"], exam=exam)
        if retake.height:
            used, left = retake.row(0)[2:4]
            marks.append(f":gray-badge[:material/replay: {used} of {used + left} attempts used]")
            if retake.item(0, "last_allowed"):
                marks.append(last_attempt.BADGE)
        if flags.height:
            marks.append(":blue-badge[:material/flag: Tutoring · open]")
        badges.markdown(" ".join(marks), width="content")
        st.caption(plain(shown.facts_line(student, exam)), width="content")
    return str(exam)


def _fan(session: Session, risk: dict[str, Any], attempts: pl.DataFrame) -> None:
    if risk["evidence_count"] == 0:
        st.header("No score on the EPC scale yet", anchor=False)
        instruments = listed(made_for(risk["exam"], session.policy))
        st.caption(f"Ask for a self-assessment ({instruments}), then upload its sheet or add the score here.")
        st.page_link("pages/upload/page.py", label="Upload a sheet", icon=":material/arrow_forward:")
        return
    claim, key, chart, marks = _story(
        *_built_for(session), risk["student_id"], risk["exam"], theme_name(), session, risk, attempts
    )
    with st.container(gap=None):
        st.header(claim, anchor=False)
        st.caption(key, help=help_for("epc"))
    st.altair_chart(chart, theme=None,
                    alt=f"{claim}. {count(marks, 'score')} shown; the table below has each.")  # fmt: skip


def _built_for(session: Session) -> tuple[str, date, int]:
    """What figures depend on: with the student, the key of the chart that is kept between two runs of this page."""
    return str(session.build.path), session.as_of, session.rules_version


@st.cache_resource(show_spinner=False, max_entries=256)
def _story(
    path: str, day: date, rules: int, student_id: str, exam: str, theme: str, _session: Session,
    _risk: dict[str, Any], _attempts: pl.DataFrame,
) -> tuple[str, str, Any, int]:
    """The score chart's title, its caption, the chart, and how many scores it shows. Streamlit hashes no parameter that
    begins with an underscore."""
    session, risk = _session, _risk
    until = shown.story_end(risk, _attempts, session.as_of)
    known = session.figures.observations.filter(pl.col("taken_on") <= until, student_id=risk["student_id"])
    scores = fan_scores(known, until, session.policy.instruments.by_name, risk["test_on"])
    on = fan_days(scores, until, risk["test_on"])
    drawn = [d for d in on if d <= until or until == session.as_of]
    readiness = session.figures.readiness.trajectory(risk["student_id"], drawn)
    events = fan_events(_attempts, until, risk["test_on"], risk["test_on_basis_id"], on)
    claim = fan_claim(readiness, risk, percent(risk["p_pass"]), session.policy.readiness.band_names)
    chart = fan(readiness, scores, events, until, session.policy.readiness.low_pass, theme)
    key = fan_key(scores, known.height - scores.height, session.policy.instruments.by_name)
    return claim, key, chart, scores.height


def _areas(session: Session, student_id: str, scores: dy.DataFrame[Assessment]) -> None:
    mine = where(session.figures.subjects, pl.col("student_id") == student_id)
    place = st.container(horizontal=True, vertical_alignment="bottom")
    with place:
        title = st.container(gap=None, width="stretch")
        axis = switch("axis", "Axis", [a.capitalize() for a in AXES], first_axis(mine).capitalize()).lower()
    mine = where(mine, pl.col("axis") == axis)
    rows = with_state(named_weights(mine))
    claim = weak_claim(rows, axis)
    title.header(claim, anchor=False)
    if rows.is_empty():
        reports = listed(equated(session.policy))
        title.caption(f"Content areas come with a {reports} report, or on a sheet of content areas.")
        return
    title.caption("Percent correct today, heaviest blueprint weight first · line = 80 % interval, forms pooled · "
                 "▼ weak ● not known yet ■ not weak", help=help_for("weak"))  # fmt: skip
    st.altair_chart(
        areas(rows, session.policy.readiness.low_pass, theme_name()),
        theme=None,
        alt=f"{claim}. Of {rows.height} areas.",
    )
    if needed := items_needed(rows):
        st.caption(needed)
    areas_in_depth(session, student_id, mine, axis, scores)


if __name__ == "__main__":
    render(current())
