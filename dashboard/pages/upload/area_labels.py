"""Unknown area labels: names of content areas that no outline has, suggestions, and the decisions made."""

from datetime import date

import polars as pl
import streamlit as st

from dashboard.shared.session import Session, now
from dashboard.shared.shell import toast_later
from dashboard.words.areas import short_area
from dashboard.words.formats import count, day
from dashboard.words.markdown import plain
from pipelines.errors import PasslineError
from pipelines.imports.area_labels import (
    NO_AREA,
    UnknownLabel,
    area_label_queue,
    place_label,
    placed_labels,
    take_back_label,
)

QUEUE_LISTED = 10
LEAVE_OUT = "no content area: leave it out"


def area_labels(session: Session, unknown: pl.DataFrame, key: str) -> bool:
    """The queue of these labels (import_id, file, kind, label, rows); true where one was decided just now."""
    queue = area_label_queue(unknown, session.policy)
    if not queue:
        return False
    axes = {a.name: a.axis for a in session.policy.blueprint.areas}
    with st.container(gap=None):
        st.header(f"Which areas are these? {count(len(queue), 'label')} unknown", anchor=False)
        st.caption("They count nowhere until you choose the content area each means. A decision holds for every sheet, "
                   "later ones too, and can be taken back.")  # fmt: skip
    decided = False
    with st.container(border=True, gap="small"):
        for one in queue[:QUEUE_LISTED]:
            decided |= _unknown(session, one, axes, f"{key} {one.label}")
    if len(queue) > QUEUE_LISTED:
        st.caption(f"And {len(queue) - QUEUE_LISTED:,} more; they follow when these are decided.")
    return decided


def _unknown(session: Session, one: UnknownLabel, axes: dict[str, str], key: str) -> bool:
    where = f"{count(one.rows, 'row')} in {', '.join(one.files[:3])}"
    more = f" and {len(one.files) - 3} more sheets" if len(one.files) > 3 else ""
    others = [LEAVE_OUT, *sorted(set(axes) - set(one.suggested))]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**“{plain(one.label)}”** :small[:gray[{plain(where + more)}]]", width="stretch")
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
    try:
        place_label(session.home, session.policy, label=one.label, area=area, by=session.person, at=now())
    except PasslineError as refused:
        st.error(str(refused))
        return False
    toast_later(f"“{one.label}” is {area}." if area else f"“{one.label}” is left out.")
    return True


def _words(name: str, axes: dict[str, str]) -> str:
    return f"{short_area(name)} · {axes[name]}" if name in axes else name


def decided_labels(session: Session) -> None:
    """The decisions in force, each with a button that takes it back; nothing where there is none."""
    decisions = placed_labels(session.home)
    if decisions.is_empty():
        return
    with st.expander(f"{count(decisions.height, 'decision')} on area labels"):
        for row in decisions.iter_rows(named=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                on: date = row["made_at"].astimezone().date()
                made_by = plain(f"{row['made_by']}, {day(on)}")
                area = plain(row["area"]) or "left out"
                st.markdown(f"“{plain(row['label'])}” → **{area}** :small[:gray[{made_by}]]", width="stretch")
                if st.button("Take back", key=f"label {row['correction_id']}"):
                    _take_back(session, row["label"])


def _take_back(session: Session, label: str) -> None:
    try:
        take_back_label(session.home, session.policy, label, by=session.person, at=now())
    except PasslineError as refused:
        st.error(str(refused))
        return
    toast_later("Taken back: its rows wait again.")
    st.rerun()
