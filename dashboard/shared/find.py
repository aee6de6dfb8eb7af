"""A student found by name or ID from any page."""

import streamlit as st

from dashboard.shared import roster, session
from dashboard.shared.markdown import plain
from dashboard.shared.shell import calm

SHOWN = 8


@st.fragment
def find_student(now: session.Session) -> None:
    """A search field and up to eight links to the Student page; for the bar above every page."""
    with calm():
        text = st.text_input(
            "Find a student", key="passline.find", placeholder="Name or ID", icon=":material/search:",
            label_visibility="collapsed",
        )  # fmt: skip
        if not text:
            st.caption("Type a name or an ID.")
            return
        found = roster.search(now.figures.students, text)
        for student_id, name, year in found.head(SHOWN).rows():
            label = plain(f"{name} · {student_id}") + (f" · {year}" if year else "")
            st.page_link("pages/student/page.py", label=label, query_params={"student": student_id})
        if found.is_empty():
            st.caption("No student has that in the name or ID.")
        elif found.height > SHOWN:
            st.caption(f"{found.height - SHOWN:,} more: type more of the name.")
