"""Searches for a student: the field of the Student and Exam plan pages, and the one in the bar above every page."""

import streamlit as st

from dashboard.data import roster
from dashboard.shared.session import Session
from dashboard.shared.shell import calm
from dashboard.words.markdown import plain

ALL_LISTED = 2000  # a longer list is searched on the server instead of being sent to the browser
MATCHES_SHOWN = 8
_KEY = "passline.student.pick"
_TEXT = "passline.student.text"


def pick_student(session: Session, current: str | None) -> None:
    """Search by name or ID; a choice becomes `?student=ID`."""
    if session.figures.students.height > ALL_LISTED:
        _search_field(session)
    else:
        _select_box(session, current)


def _select_box(session: Session, current: str | None) -> None:
    names = dict(roster.named(session.figures.students).sort("name").iter_rows())
    st.session_state[_KEY] = current if current in names else None

    def picked() -> None:
        if st.session_state[_KEY]:
            st.query_params["student"] = st.session_state[_KEY]

    st.selectbox(
        "Find a student by name or ID", list(names), key=_KEY, on_change=picked, width=290,
        format_func=lambda i: i if names[i] == i else f"{names[i]} · {i}", placeholder="Find a student by name or ID",
        label_visibility="collapsed", icon=":material/search:",
    )  # fmt: skip


@st.fragment
def _search_field(session: Session) -> None:
    with calm(), st.container(width=290, gap="xsmall"):
        text = st.text_input(
            "Find a student by name or ID", key=_TEXT, placeholder="Find a student by name or ID", type="search",
            live=True, label_visibility="collapsed", icon=":material/search:",
        )  # fmt: skip
        if not text:
            return
        matches = roster.search(session.figures.students, text)
        for student_id, name, _ in matches.head(MATCHES_SHOWN).rows():
            st.button(
                plain(_label(name, student_id)), key=f"pick {student_id}", type="tertiary", on_click=_open,
                args=(student_id,),
            )  # fmt: skip
        if matches.is_empty():
            st.caption("No student's name or ID contains that.")
        elif matches.height > MATCHES_SHOWN:
            st.caption(f"{matches.height - MATCHES_SHOWN:,} more: type more of the name.")


def _label(name: str, student_id: str, class_year: int | None = None) -> str:
    """The name with ID and class; a shared name has both already."""
    if name.endswith(f"{student_id})"):
        return name
    return f"{name} · {student_id}" + (f" · {class_year}" if class_year else "")


def _open(student_id: str) -> None:
    st.query_params["student"] = student_id
    st.session_state[_TEXT] = ""


@st.fragment
def find_student(session: Session) -> None:
    """A search field and up to eight links to the Student page; for the bar above every page."""
    with calm():
        text = st.text_input(
            "Find a student", key="passline.find", placeholder="Name or ID", icon=":material/search:",
            label_visibility="collapsed",
        )  # fmt: skip
        if not text:
            st.caption("Type a name or an ID.")
            return
        matches = roster.search(session.figures.students, text)
        for student_id, name, year in matches.head(MATCHES_SHOWN).rows():
            label = plain(_label(name, student_id, year))
            st.page_link("pages/student/page.py", label=label, query_params={"student": student_id})
        if matches.is_empty():
            st.caption("No student's name or ID contains that.")
        elif matches.height > MATCHES_SHOWN:
            st.caption(f"{matches.height - MATCHES_SHOWN:,} more: type more of the name.")
