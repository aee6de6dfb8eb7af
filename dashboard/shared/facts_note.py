"""A calm line for each fact, such as a passing standard, that is past due to be looked at again."""

import streamlit as st

from dashboard.shared.session import Session
from dashboard.words.facts import past_due
from dashboard.words.markdown import plain


def past_due_note(session: Session) -> None:
    """One caption a fact; nothing where none is past due on the day of the figures."""
    for line in past_due(session.policy, session.as_of):
        st.caption(f":material/event_repeat: {plain(line)}")
