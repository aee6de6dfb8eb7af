"""The open and answered questions of a sheet, as fields and choices; nothing is guessed while one is open."""

from dataclasses import replace
from datetime import date

import streamlit as st

from dashboard.pages.upload.date_order import offer_to_remember
from dashboard.words.formats import day as day_words
from dashboard.words.markdown import plain
from pipelines.policy import Policy
from pipelines.sheets import LEFT_OUT, UNKNOWN_DAY, Answers, Question, SheetReport, answered

PER_LINE = 3
CHOICES = {
    "unused": {"yes": "Leave out", "always": "Always leave out"},
    "add-students": {"yes": "Add as students", "no": "No"},
}  # fmt: skip


def questions(report: SheetReport, answers: Answers, policy: Policy, key: str) -> Answers:
    """Draws the questions that are open, and those answered so that an answer can be changed; the answers."""
    asked = [*report.questions, *report.settled]
    closed = [question for question in answered(answers, policy) if question.id not in {q.id for q in asked}]
    for question in [*asked, *closed]:
        answers = _dates(question, answers, key) if question.id == "dates" else answer(question, answers, key)
    return answers


def answer(question: Question, answers: Answers, key: str) -> Answers:
    """One question as a field or a choice."""
    subject = question.id.partition(":")[0]
    label, key = f":orange[:material/help:] {plain(question.text)}", f"{key} {question.id}"
    given = _given(question, answers)
    if subject == "date" or question.id == "all:taken_on":
        day = st.date_input(label, given, format="YYYY-MM-DD", key=key, width=320)
        given = day.isoformat() if day else None
        if question.suggested and not given:
            st.button(f"Yes, {day_words(date.fromisoformat(question.suggested))}", key=f"{key} yes",
                      on_click=_take, args=(key, question.suggested))  # fmt: skip
    elif subject in ("all", "column") and question.choices:
        at = question.choices.index(given) if given in question.choices else None
        given = st.selectbox(label, question.choices, index=at, key=key, width=320)
    elif subject == "all":
        given = st.text_input(label, given or "", key=key, width=320).strip()
    else:
        words = CHOICES.get(subject, {})
        default = given if given in question.choices else None
        given = st.segmented_control(label, question.choices, key=key, default=default,
                                     format_func=lambda choice: plain(str(words.get(choice, choice))))  # fmt: skip
        if subject == "date_order":
            offer_to_remember(given, key)
    return answers.with_answer(question.id, given, question.columns) if given else answers


def _take(key: str, day: str) -> None:
    """Fills in the day that was proposed."""
    st.session_state[key] = date.fromisoformat(day)


def _given(question: Question, answers: Answers) -> str | None:
    """The answer given before, if there is one."""
    subject, _, column = question.id.partition(":")
    match subject:
        case "date":
            return answers.dates.get(column)
        case "all":
            return answers.all_rows.get(column)
        case "date_order":
            return answers.date_order.get(column)
        case "column":
            return answers.columns.get(column)
        case "accept_scales":
            return "yes" if answers.accept_scales else None
        case "add-students":
            return None if answers.add_students is None else "yes" if answers.add_students else "no"
        case "unused":
            left_out = [answers.columns.get(header) for header in question.columns]
            return "always" if LEFT_OUT[1] in left_out else "yes" if LEFT_OUT[0] in left_out else None
        case _:
            raise AssertionError(question.id)


def _dates(question: Question, answers: Answers, key: str) -> Answers:
    """The days of several columns in one small table; a day may be unknown."""
    headers = list(dict.fromkeys([*question.columns, *answers.dates]))
    days = dict(answers.dates)
    with st.form(f"{key} dates", border=True):
        st.markdown(":orange[:material/help:] **When were these taken?** A score whose date is unknown is kept with "
                    "its student, and is no evidence for any figure.")  # fmt: skip
        for number, header in enumerate(headers):
            if number % PER_LINE == 0:  # a row of its own for each few, so that a phone keeps their order
                columns = st.columns(PER_LINE)
            with columns[number % PER_LINE]:
                known = days.get(header)
                earlier = date.fromisoformat(known) if known and known != UNKNOWN_DAY else None
                day = st.date_input(plain(header), earlier, format="YYYY-MM-DD", key=f"{key} date {header}")
                unknown = st.checkbox("Date unknown", known == UNKNOWN_DAY, key=f"{key} unknown {header}")
            days.pop(header, None)
            if unknown or day:
                days[header] = UNKNOWN_DAY if unknown or day is None else day.isoformat()
        sent = st.form_submit_button("Use these dates")
    return replace(answers, dates=days) if sent else answers
