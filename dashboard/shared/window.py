"""What a student's window says, wherever it is told: what contradicts, what would resolve it, and the gates."""

from typing import Any

import streamlit as st

from dashboard.shared.markdown import plain


def contradiction(window: dict[str, Any]) -> None:
    """The dates and rules in conflict, and what would resolve it; nothing where nothing is."""
    if window["conflict"]:
        st.markdown(f":red[⚠ **{window['state']}.**] {plain(window['conflict'])}.")
        st.markdown(f"**Would resolve it:** {plain(window['resolve'])}.")


def gates_told(window: dict[str, Any]) -> None:
    """Each gate of the school: met, not met, or not known; nothing where there is none."""
    if window["gates"]:
        st.markdown(f"Gates · {plain(window['gates'])}")
