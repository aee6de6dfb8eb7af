"""Bands as a glyph and a word: beside a name, in a table, and as pills with counts."""

from typing import Any

import streamlit as st

from dashboard.shared import url_state
from dashboard.words import last_attempt
from dashboard.words.bands import MARKS, chips
from dashboard.words.markdown import plain
from pipelines.policy import Policy


def band_badge(band_id: str, policy: Policy) -> str:
    """The band as Markdown: `:red-badge[▼ At risk]`."""
    return f":{MARKS[band_id].badge}-badge[{chips(policy)[band_id]}]"


def band_pills(counts: dict[str, int], policy: Policy, name: str = "band") -> list[str]:
    """Pills `▼ At risk 3` of counts by band; the chosen ids live in the URL under `name`, none is all.

    Links saved before the ids existed have the names.
    """
    old = {text: band_id for band_id, text in policy.readiness.band_names.items()}
    old[last_attempt.WORD] = last_attempt.LAST_ALLOWED
    return url_state.choose_many(name, "Band", counts, show=chips(policy).__getitem__, old=old)


def chip_colors(policy: Policy) -> dict[str, str]:
    """The chips that a table's column of bands may hold, each with its color."""
    return {chip: MARKS[band_id].badge for band_id, chip in chips(policy).items()}


def figure(label: str, value: str, chip: str | None = None, beside: str | None = None, tip: str | None = None) -> None:
    """A metric, with `beside` as a caption: a metric's own description is cut off on a phone."""
    with st.container(gap=None):
        st.metric(label, value, chip, delta_color="off", delta_arrow="off", help=tip)
        if beside:
            st.caption(beside)


def conflict_note(window: dict[str, Any]) -> None:
    """The dates and rules in conflict, and what would resolve it; nothing without a conflict."""
    if window["conflict_id"] is not None:
        st.markdown(f":red[⚠ **{window['state']}.**] {plain(window['conflict'])}.")
        st.markdown(f"**Would resolve it:** {plain(window['resolve'])}.")


def gate_results(window: dict[str, Any]) -> None:
    """Each gate of the school: met, not met, or not known; nothing without gates."""
    if window["gate_results"] is not None:
        st.markdown(f"Gates · {plain(window['gates'])}")


def caution_note(texts: list[str]) -> None:
    """What a maker says against forecasts from its scores, beside the chances that rest on them."""
    for text in texts:
        st.caption(f":material/info: {plain(text)}")
