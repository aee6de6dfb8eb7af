"""One figure of a page's first row: label, value, a chip, and a phrase below that wraps where the screen is narrow."""

import streamlit as st


def figure(label: str, value: str, chip: str | None = None, beside: str | None = None, tip: str | None = None) -> None:
    """Metrics cut their own description off on a phone; a caption is read whole."""
    with st.container(gap=None):
        st.metric(label, value, chip, delta_color="off", delta_arrow="off", help=tip)
        if beside:
            st.caption(beside)
