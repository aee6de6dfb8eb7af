"""Notes on a student: the dialog that adds one. A note never closes a flag."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard.components.shell import calm, toast_later
from dashboard.presenting.words import plain

VISIBLE_TO = {
    "team": "The advising team",
    "counselling": "Counselling only: nobody who grades or decides promotion",
    "committee": "The promotion committee as well",
}


@st.dialog("Note", icon=":material/edit_note:")
def note_dialog(now: Any, student_id: str, name: str) -> None:
    """Asks for the text and who may read it; stores the note; says so after a rerun."""
    with calm(), st.form("passline.note", border=False):
        st.markdown(f"**{plain(name)}**")
        text = st.text_area("What was said or agreed", height=120, placeholder="What was said or agreed")
        visibility = st.radio("Who may read it", list(VISIBLE_TO), format_func=VISIBLE_TO.__getitem__)
        if st.form_submit_button("Add the note", type="primary"):
            now.home.office.add_note(student_id, text=text, visibility=visibility, by=now.person, at=datetime.now(UTC))
            toast_later(f"Note on {name} added.")
            st.rerun()
