"""The cards of one student's exam plan: what-if, study, suggestions, steps, self-analysis, calendar."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard.data import exam_plans
from dashboard.data.calendars import calendar_of_plan, has_calendar
from dashboard.data.cautions import cautions
from dashboard.data.figures import Answer, Change, what_if
from dashboard.pages.exam_plan import text
from dashboard.pages.exam_plan.charts import chance_by_day
from dashboard.pages.exam_plan.columns import ASSESSMENTS_DUE, BLOCKS
from dashboard.shared.badges import caution_note, conflict_note, gate_results
from dashboard.shared.session import Session, now, stored
from dashboard.shared.shell import theme_name, toast_later
from dashboard.shared.tables import show_table
from dashboard.shared.url_state import switch
from dashboard.words.after_failure import self_analysis_lines, suggestion_text
from dashboard.words.formats import NONE, day, near_day, percent, percent_range
from dashboard.words.glossary import help_for, name_of
from dashboard.words.markdown import plain, plain_line
from dashboard.words.study_plans import area_words, basis_words
from pipelines.contracts.facts import Assessment
from pipelines.contracts.frames import where
from pipelines.contracts.retakes import CLOSED_STATES, StepState
from pipelines.marts.retakes.after_failure import errors_by_kind, failure_steps
from pipelines.marts.retakes.study_plan import suggestions


@dataclass(frozen=True)
class WhatIf:
    """The what-if as chosen: the day, the window it falls into, and the answer."""

    window: dict[str, Any]
    day: date
    answer: Answer


def what_if_card(session: Session, plan: exam_plans.StudentPlan) -> WhatIf | None:
    """The effect of another day, another score or a deferred clerkship. None where nothing is left to sit."""
    window = plan.window
    if window["state_id"] in CLOSED_STATES:
        st.header(text.window_sentence(window), anchor=False)
        return None
    key = f"passline.plan {window['student_id']} {window['exam']}"
    heading = st.container(gap=None)
    with st.container(border=True):
        first, second, third = st.columns(3)
        on = first.date_input(
            "If the student sits on",
            exam_plans.day_to_ask(plan, session.as_of),
            min_value=session.as_of,
            format="YYYY-MM-DD",
            key=f"{key} day",
        )
        clerkship = second.date_input("and the clerkship starts on", window["clerkship_starts_on"],
                                      format="YYYY-MM-DD", key=f"{key} clerkship")  # fmt: skip
        with third.popover("and scores …", width="stretch"):
            instrument_scale = st.selectbox("Self-assessment", text.scales_to_try(window["exam"], session.policy),
                                            format_func=" · ".join, key=f"{key} instrument")  # fmt: skip
            low, high = session.policy.instruments.scale_range[instrument_scale[1]]
            score = st.number_input(f"Score taken today ({low:g} to {high:g})", low, high, None,
                                    key=f"{key} score {instrument_scale[1]}")  # fmt: skip
        answer = _answer(session, window, on, clerkship, instrument_scale, score)
        if answer is None:
            return None
        then = answer.window
        with st.grid(3, min_column_width=140):
            band = percent_range(answer.p_pass_low, answer.p_pass_high) if answer.p_pass is not None else NONE
            st.metric(name_of("p_pass"), percent(answer.p_pass), band, delta_color="off", delta_arrow="off",
                      help=help_for("p_pass"))  # fmt: skip
            earlier = then["latest_on"] and then["latest_safe_on"] != then["latest_on"]
            st.metric("Sit by", day(then["latest_on"]), f"to be safe {near_day(then['latest_safe_on'], session.as_of)}"
                      if earlier else None, delta_color="off", delta_arrow="off")  # fmt: skip
            st.metric("May sit from", day(then["earliest_on"]), None)
        chance = pl.DataFrame([{**_sitting(window), "p_pass": answer.p_pass}], schema_overrides={"p_pass": pl.Float64})
        caution_note(cautions(session.figures, chance, [] if score is None else instrument_scale[:1]))
        conflict_note(then)
        if then["conflict_id"] is None:
            st.caption(f"No date conflicts with a rule · {plain(then['gates'] or 'the school has no gates')}")
    with heading:
        st.header(plain_line(text.recommendation(window)), anchor=False)
        st.caption(text.chance_key(session.policy))
    if answer.path.height:
        marks = text.marks(then, on)
        chart = chance_by_day(answer.path, marks,
                              (then["earliest_on"], then["latest_on"]), session.policy.rules.advice.target_probability,
                              theme_name())  # fmt: skip
        st.altair_chart(chart, theme=None, alt=f"{text.recommendation(window)}. Chance of passing by test date.")
        st.caption(
            "Vertical lines: " + " · ".join(f"{label} {near_day(at, session.as_of)}" for at, label in marks.rows())
        )
    else:
        st.caption("No score on the EPC scale yet: the chance by test date appears with the first self-assessment.")
    return WhatIf(then, on, answer)


def _sitting(window: dict[str, Any]) -> dict[str, str]:
    return {"student_id": window["student_id"], "exam": window["exam"]}


def _answer(
    session: Session,
    window: dict[str, Any],
    on: date,
    clerkship: date | None,
    instrument_scale: tuple[str, str],
    score: float | None,
) -> Answer | None:
    added = None
    if score is not None:
        blank, (instrument, scale) = Assessment.create_empty(), instrument_scale
        row = {**dict.fromkeys(blank.columns), "student_id": window["student_id"], "instrument": instrument,
               "form": "what if", "taken_on": session.as_of, "score": score, "scale": scale}  # fmt: skip
        added = Assessment.cast(pl.DataFrame([row], schema=blank.schema))
    change = Change(on, added, clerkship if clerkship != window["clerkship_starts_on"] else None)
    return what_if(session.figures, window["student_id"], window["exam"], change)


def study_axis(plan: exam_plans.StudentPlan) -> str | None:
    """The axis of the study blocks: the one with the largest gaps, or the other where both have any."""
    if len(plan.axes) < 2:
        return plan.axes[0] if plan.axes else None
    words = [axis.capitalize() for axis in sorted(plan.axes, reverse=True)]
    return switch("blocks", "Study blocks by", words, plan.axes[0].capitalize()).lower()


def study(session: Session, plan: exam_plans.StudentPlan, studied: pl.DataFrame, title: Any) -> None:
    """Self-assessments due, study blocks up to the day, and study days done; the heading goes to `title`."""
    if plan.course is None or plan.sits_on is None:
        return
    with title:
        st.header(f"Exam plan up to {day(plan.sits_on)}", anchor=False)
        st.caption(
            f"Planned from {day(session.as_of)} for the {basis_words(plan.basis)} · {text.axis_words(plan)} · "
            f"{session.policy.rules.advice.study_days_per_week} study days a week · days done are kept"
        )
    if plan.blocks.is_empty() and plan.assessments.is_empty():
        st.caption("No study day or self-assessment fits before that day.")
        return
    left, right = st.columns([3, 2])
    for place, table, rows, what in [
        (left, BLOCKS, text.blocks_table(plan.blocks), "Study blocks by subject"),
        (right, ASSESSMENTS_DUE, text.assessments_table(plan.assessments),
         "Self-assessments due, on forms not sat yet"),
    ]:  # fmt: skip
        with place:
            show_table(
                table, rows, file_name=f"{what} {session.as_of}.csv", key=what, alt=what, height=300, placeholder=""
            )
    with right, st.form("passline.studied", border=False):
        areas = plan.blocks["area"].unique(maintain_order=True).to_list()
        if areas:
            area = st.selectbox("Study days done on", areas, format_func=area_words)
            done = st.number_input("How many", 1, 60, session.policy.rules.advice.block_days)
            if st.form_submit_button("Note as done"):
                session.home.office.exam_plans.record_study(
                    plan.window["student_id"],
                    plan.window["exam"],
                    area,
                    int(done),
                    session.as_of,
                    by=session.person,
                    at=now(),
                )
                toast_later("Noted; the rest is planned again from today.")
                st.rerun()
    if studied.height:
        newest = near_day(studied.item(0, "done_on"), session.as_of)
        right.caption(f"{studied['days'].sum()} study days done, newest {newest}")


def facts_card(window: dict[str, Any], saved: pl.DataFrame) -> None:
    """The student's window by the rules, and the exam plan in force."""
    st.header("Window", anchor=False)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{window['exam']}: {text.attempts_sentence(window)}")
        st.markdown(text.window_sentence(window))
        st.markdown(text.eligibility_sentence(window))
        gate_results(window)
        of_exam = saved.filter(exam=window["exam"])
        for row in of_exam.head(1).iter_rows(named=True):
            st.markdown(f"Saved exam plan: **{day(row['sits_on'])}**. {plain(row['reason'])}")
            st.caption(f"{day(row['saved_at'].date())} · {plain(row['saved_by'])} · shown then: {plain(row['shown'])}")
    st.page_link("pages/rules/page.py", label="Rules in force", icon=":material/gavel:")


def suggestions_card(session: Session, window: dict[str, Any]) -> None:
    """What studies suggest for the next attempt; nothing where no further sitting is allowed."""
    if window["state_id"] in CLOSED_STATES:
        return
    st.header("Suggestions", anchor=False)
    distance = text.distance_of(session.figures.attempts, window)
    with st.container(border=True, gap="xsmall"):
        for one in suggestions(window["last_attempt_on"], distance, session.as_of, session.policy):
            st.markdown(f"**{one.id}** · {suggestion_text(one, session.policy)}", help=plain(one.source))
        st.caption("Each ? shows the source; no study gives an optimal interval.")


def steps_card(session: Session, window: dict[str, Any]) -> None:
    """The steps after a failure, with who and when; a click records one. Support is only recorded as offered or not."""
    student_id, exam, office = window["student_id"], window["exam"], session.home.office
    attempts = where(session.figures.attempts, pl.col("student_id") == student_id, pl.col("exam") == exam)
    steps = failure_steps(attempts, office.exam_plans.steps(student_id), session.as_of, session.policy)
    if steps.is_empty():
        return
    late = steps.filter(state=StepState.OVERDUE).height
    done = steps.filter(state=StepState.DONE).height
    overdue = f", {late} overdue" if late else ""
    st.header(f"After the failure: {done} of {steps.height} steps done{overdue}", anchor=False)
    with st.container(border=True, gap="xsmall"):
        for row in steps.iter_rows(named=True):
            with st.container(horizontal=True, vertical_alignment="center", wrap=False):
                st.markdown(text.step_sentence(row, session.as_of, session.policy), width="stretch")
                answers = ["yes", "no"] if row["step"] == "support" else ["yes"]
                for answer in [""] if row["answer"] else answers:
                    label = "Undo" if not answer else ("Done" if len(answers) == 1 else answer.capitalize())
                    if st.button(label, key=f"step {row['step']} {answer}", type="tertiary"):
                        office.exam_plans.record_step(
                            student_id, exam, row["failed_on"], row["step"], answer, by=session.person, at=now()
                        )
                        st.rerun()


def self_analysis_card(session: Session, window: dict[str, Any]) -> None:
    """The student's own account of the last attempt beside its result, and what it suggests changing."""
    accounts = (
        stored(session, "self_analysis")
        .filter(
            pl.col("student_id") == window["student_id"],
            pl.col("exam") == window["exam"],
            pl.col("taken_on") <= session.as_of,
        )
        .sort("taken_on")
    )
    topics = where(stored(session, "topics"), pl.col("student_id") == window["student_id"])
    errors = errors_by_kind(topics, session.as_of)
    if accounts.is_empty() and errors.is_empty():
        return
    st.header("Self-analysis", anchor=False)
    with st.container(border=True, gap="xsmall"):
        if accounts.height:
            sheet = accounts.row(-1, named=True)
            lines = self_analysis_lines(sheet, text.outcome_on(session.figures.attempts, window, sheet["taken_on"]),
                                        text.distance_of(session.figures.attempts, window), session.policy)  # fmt: skip
            st.caption(f"Of the attempt of {day(sheet['taken_on'])}")
            for line in lines:
                st.markdown(line)
            if not lines:
                st.markdown("No reason was named.")
        if errors.height:
            kinds = ", ".join(f"{kind.replace('_', ' ')} {missed}" for kind, missed in errors.rows())
            st.markdown(f"Missed questions by kind: {plain(kinds)}")


def calendar_button(session: Session, plan: exam_plans.StudentPlan) -> None:
    """A download of the exam plan as shown; entries of an earlier file that no longer apply are cancelled in it."""
    if not has_calendar(plan, session.home.office, session.as_of):
        return
    st.download_button(
        "Calendar", lambda: calendar_of_plan(plan, session.home.office, session.as_of, by=session.person, at=now()),
        "plan.ics", "text/calendar", on_click="ignore", icon=":material/calendar_month:",
        help="Exam, deadlines, self-assessments, study blocks; a later file updates an earlier one",
    )  # fmt: skip
