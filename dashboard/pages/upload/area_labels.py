"""Unknown area labels: names of content areas that no outline has, suggestions, and the decisions made."""

import polars as pl
import streamlit as st

from dashboard.pages.upload.label_queue import decided_labels, decided_now, label_and_rows, label_queue
from dashboard.shared.session import Session, now
from dashboard.words.areas import short_area
from dashboard.words.formats import count
from pipelines.imports.area_labels import DECISIONS, NO_AREA, area_label_queue, place_label
from pipelines.imports.label_decisions import UnknownLabel

LEAVE_OUT = "no content area: leave it out"


def area_labels(session: Session, unknown: pl.DataFrame, key: str) -> bool:
    """The queue of these labels (import_id, file, kind, label, rows); true where one was decided just now."""
    queue = area_label_queue(unknown, session.policy)
    axes = {a.name: a.axis for a in session.policy.blueprint.areas}
    return label_queue(queue, f"Which areas are these? {count(len(queue), 'label')} unknown",
                       "They count nowhere until you choose the content area each means.",
                       lambda one: _unknown(session, one, axes, f"{key} {one.label}"))  # fmt: skip


def _unknown(session: Session, one: UnknownLabel, axes: dict[str, str], key: str) -> bool:
    others = [LEAVE_OUT, *sorted(set(axes) - set(one.suggested))]
    with st.container(horizontal=True, vertical_alignment="center"):
        label_and_rows(one)
        clicked = [name for name in one.suggested if st.button(_words(name, axes), key=f"{key} {name}")]
        other = st.selectbox(
            "Another area, or none", others, index=None, key=f"{key} area", width=230, label_visibility="collapsed",
            format_func=lambda name: _words(name, axes), placeholder="Another area, or none",
        )  # fmt: skip
        decided = st.button("Decide", key=f"{key} decide") if other else False
    if not (clicked or decided):
        return False
    chosen = clicked[0] if clicked else other
    area = NO_AREA if chosen == LEAVE_OUT else str(chosen)
    return decided_now(
        lambda: place_label(session.home, session.policy, label=one.label, area=area, by=session.person, at=now()),
        f"“{one.label}” is {area}." if area else f"“{one.label}” is left out.",
    )


def _words(name: str, axes: dict[str, str]) -> str:
    return f"{short_area(name)} · {axes[name]}" if name in axes else name


def decided_area_labels(session: Session) -> None:
    """The decisions in force, each with a button that takes it back; nothing where there is none."""
    decided_labels(session, DECISIONS, "area labels", lambda row: row["area"] or "left out")
