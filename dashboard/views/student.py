"""One student: what is the chance, why, and what has been done?"""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import session
from dashboard.charts.areas import areas
from dashboard.charts.fan import fan
from dashboard.charts.theme import count, day, days, near_day, percent, percent_range, signed, whole, whole_range
from dashboard.components import band_badge, empty_home, flag_dialog, one, switch, theme_name
from dashboard.components.corrections import correct_dialog, correction_list
from dashboard.components.notes import note_dialog
from dashboard.components.picker import pick_student
from dashboard.presenting import roster
from dashboard.presenting import student as shown
from dashboard.presenting.areas import named_weights, weak_claim, with_state

Column = st.column_config
TWO_READINGS = "The range is the band between two readings of the curve, a model assumption; it is not NBME's."


def render(now: session.Session) -> None:
    if now.is_empty:
        empty_home()
        return
    asked = st.query_params.get("student")
    known = now.figures.students.filter(student_id=asked) if asked else now.figures.students.clear()
    with st.container(horizontal=True, vertical_alignment="center"):
        pick_student(now, asked)
        st.space("stretch")
        actions = st.container(horizontal=True, width="content")
    if known.is_empty():
        _nobody(asked)
        return
    student = known.row(0, named=True)
    name = roster.named(known).item(0, "name")
    risks = now.figures.risk.filter(student_id=asked)
    flags = now.home.office.open_flags_of([student["student_id"]])
    exam = _header(student, name, risks, flags, now)
    risk = risks.filter(exam=exam).row(0, named=True)
    scores = now.warehouse.student_scores(student["student_id"], now.as_of)
    attempts = now.warehouse.student_attempts(student["student_id"], now.as_of)
    with actions:
        if st.button("Correct or add", icon=":material/edit:"):
            correct_dialog(now, student["student_id"], name, scores, attempts)
        if st.button("Note", icon=":material/edit_note:"):
            note_dialog(now, student["student_id"], name)
        if st.button("Flag for tutoring", type="primary", icon=":material/flag:"):
            flag_dialog(now, [student["student_id"]], risk["reasons"])
    _metrics(now, risk, scores)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        _fan(now, risk, attempts.filter(exam=exam))
        _areas(now, student["student_id"])
    with right:
        _why(now, known, exam)
        _attempts(now, student["student_id"], exam, attempts)
        _case(now, student["student_id"], flags)
    _scores(now, student["student_id"], scores)


def _nobody(asked: str | None) -> None:
    if asked:
        st.header(f"No student has the ID {asked}", anchor=False)
        st.caption("The ID may be mistyped, or the sheet that named the student was undone. Search by name or ID above.")
    else:
        st.header("Whom are you looking for?", anchor=False)
        st.caption("Type a name or an ID above. Every name on the other pages leads here too.")
    st.page_link("views/risk.py", label="See the whole class", icon=":material/arrow_forward:")


def _header(student: dict[str, Any], name: str, risks: pl.DataFrame, flags: pl.DataFrame, now: session.Session) -> str:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(name, anchor=False, width="content")
        badges = st.empty()
        exams = risks.get_column("exam").to_list()
        exam = one("exam", "Exam", exams, exams[0], width=110) if len(exams) > 1 else exams[0]
        marks = [band_badge(risks.filter(exam=exam).item(0, "band"))]
        retake = now.figures.retakes.filter(student_id=student["student_id"], exam=exam)
        if retake.height:
            used, left = retake.row(0)[2:4]
            marks.append(f":gray-badge[:material/replay: {used} of {used + left} attempts used]")
        if flags.height:
            marks.append(":blue-badge[:material/flag: Tutoring · open]")
        badges.markdown(" ".join(marks), width="content")
        st.caption(shown.facts_line(student, exam), width="content")
    return str(exam)


def _metrics(now: session.Session, risk: dict[str, Any], scores: pl.DataFrame) -> None:
    low_pass, quiet = now.policy.low_pass, {"delta_color": "off", "delta_arrow": "off"}
    printed = scores.filter(pl.col("printed_probability").is_not_null()).head(1)
    with st.grid(4, min_column_width=140):
        on = f"{shown.basis_word(risk['test_on_basis'])} {near_day(risk['test_on'], now.as_of)}" if risk["test_on"] else None
        basis = f"On {day(risk['test_on'])}: {risk['test_on_basis']}. " if risk["test_on"] else ""
        st.metric("Chance of passing on the day", percent(risk["p_pass"]), help=basis + TWO_READINGS, delta_description=on,
                  delta=percent_range(risk["p_pass_low"], risk["p_pass_high"]) if risk["p_pass"] is not None
                  else risk["band"], **quiet)  # fmt: skip
        st.metric("Readiness today", f"{whole(risk['readiness'])} EPC" if risk["readiness"] is not None else "—",
                  whole_range(risk["readiness_low"], risk["readiness_high"]) if risk["readiness"] is not None
                  else "no score yet", help="With its 80 % interval, from all scores on the EPC scale.",
                  delta_description=f"low-pass {low_pass.low:.0f}–{low_pass.high:.0f}", **quiet)  # fmt: skip
        said = f"{printed.item(0, 'instrument')} {printed.item(0, 'form')}".strip() if printed.height else "not on any sheet"
        st.metric("NBME’s printed probability", percent(printed.item(0, "printed_probability")) if printed.height else "—",
                  said, help="As printed on the newest report that has one: of passing within a week of it.",
                  delta_description=near_day(printed.item(0, "taken_on"), now.as_of) if printed.height else None,
                  **quiet)  # fmt: skip
        age = f"newest result {days(risk['evidence_age_days'])} old" if risk["evidence_on"] else "no result yet"
        ahead = risk["days_left"] if risk["days_left"] is not None and risk["days_left"] >= 0 else None
        st.metric("Days to the exam", whole(ahead), age, **quiet)


def _fan(now: session.Session, risk: dict[str, Any], attempts: pl.DataFrame) -> None:
    scores = shown.fan_scores(now.figures.observations.filter(student_id=risk["student_id"]), now.as_of, risk["test_on"])
    if risk["evidence_count"] == 0:
        st.header("No score on the EPC scale yet", anchor=False)
        st.caption("Ask for a recent self-assessment (CBSSA, CBSE, UWSA or Free 120) and upload its sheet, or add the score here.")
        st.page_link("views/upload.py", label="Upload a sheet", icon=":material/arrow_forward:")
        return
    on = shown.fan_days(scores, now.as_of, risk["test_on"])
    path = now.figures.readiness.trajectory(risk["student_id"], on)
    events = shown.fan_events(attempts, now.as_of, risk["test_on"], risk["test_on_basis"], on)
    claim = shown.fan_claim(path, risk, percent(risk["p_pass"]))
    with st.container(gap=None):
        st.header(claim, anchor=False)
        st.caption(shown.fan_key(scores))
    st.altair_chart(fan(path, scores, events, now.as_of, now.policy.low_pass, theme_name()), theme=None,
                    alt=f"{claim}. {count(scores.height, 'score')} shown; the table below has each.")  # fmt: skip


def _areas(now: session.Session, student_id: str) -> None:
    mine = now.figures.subjects.filter(student_id=student_id)
    place = st.container(horizontal=True, vertical_alignment="bottom")
    with place:
        text = st.container(gap=None, width="stretch")
        axis = switch("axis", "Axis", ["System", "Discipline", "Competency"], "System").lower()
    rows = with_state(named_weights(mine.filter(axis=axis)))
    claim = weak_claim(rows, axis)
    text.header(claim, anchor=False)
    if rows.is_empty():
        text.caption("Content areas come with a CBSSA or CBSE report, or on a sheet of content areas.")
        return
    text.caption("Percent correct, heaviest blueprint weight first · line = 80 % interval, forms pooled · "
                 "▼ weak ● not known yet ■ not weak")  # fmt: skip
    st.altair_chart(areas(rows, now.policy.low_pass, theme_name()), theme=None, alt=f"{claim}. Of {rows.height} areas.")


def _why(now: session.Session, student: pl.DataFrame, exam: str) -> None:
    st.header("Why this estimate", anchor=False)
    with st.container(border=True, gap="xsmall"):
        why = shown.reasons(now.figures, student, exam)
        for reason, effect in why:
            with st.container(horizontal=True, wrap=False):
                st.markdown(reason, width="stretch")
                if effect is not None:
                    st.markdown(f"**{signed(effect)}**", width="content")
        if any(effect is not None for _, effect in why):
            st.caption("Points of chance, against the model without it.")


def _attempts(now: session.Session, student_id: str, exam: str, attempts: pl.DataFrame) -> None:
    st.header("Attempts", anchor=False)
    if attempts.height:
        st.table(shown.attempts_table(attempts, now.as_of), border="horizontal", hide_index=True)
    retake = now.figures.retakes.filter(student_id=student_id, exam=exam).to_dicts()
    st.caption(shown.retake_sentence(retake[0] if retake else None, now.as_of))


def _case(now: session.Session, student_id: str, flags: pl.DataFrame) -> None:
    st.header("Flags and notes", anchor=False)
    notes = now.home.office.notes(student_id)
    if flags.is_empty() and notes.is_empty():
        st.caption("No open flag and no note.")
    for flag in flags.iter_rows(named=True):
        with st.container(border=True, gap=None):
            st.markdown(f":material/flag: {flag['areas'] or 'Tutoring'} — {flag['reason']}")
            due = f" · due {near_day(flag['due_on'], now.as_of)}" if flag["due_on"] else ""
            st.caption(f"{flag['urgency']}{due} · {flag['owner']} · flagged by {flag['flagged_by']}, {day(flag['flagged_at'].date())}")
    for note in notes.iter_rows(named=True):
        with st.container(border=True, gap=None):
            st.markdown(note["text"])
            st.caption(f"{day(note['written_at'].date())} · {note['written_by']} · {note['visibility']}")


def _scores(now: session.Session, student_id: str, scores: pl.DataFrame) -> None:
    office = now.home.office
    with st.expander(f"Every score and where it came from ({scores.height})", icon=":material/table_rows:"):
        if scores.height:
            columns = {"Taken": Column.DateColumn(format="D MMM YYYY"), "At": Column.DatetimeColumn(format="D MMM YYYY HH:mm"),
                       "Printed": Column.NumberColumn("NBME's printed", format="percent"), "Value": Column.NumberColumn(format="%g")}  # fmt: skip
            st.dataframe(shown.lineage(scores, office.imports(), office.corrections(student_id)), hide_index=True,
                         placeholder="—", row_height=30, column_config=columns, alt="Every score with its file, row, person and time")  # fmt: skip
        st.caption("Scores on retired scales and of customised exams (CAS) are listed here and not drawn: no conversion to EPC is known.")
        correction_list(now, student_id)


if __name__ == "__main__":
    render(session.current())
