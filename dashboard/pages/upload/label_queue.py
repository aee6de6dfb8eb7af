"""Labels that wait for a decision, and those decided: what the queues of areas and of instruments share."""

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard.shared.session import Session, now
from dashboard.shared.shell import toast_later
from dashboard.words.formats import count, day
from dashboard.words.markdown import plain
from pipelines.errors import PasslineError
from pipelines.imports.label_decisions import LabelDecisions, UnknownLabel

LISTED = 10


def label_queue(queue: list[UnknownLabel], title: str, meaning: str, draw: Callable[[UnknownLabel], bool]) -> bool:
    """Draws the first labels, each with `draw`, which is true where it was just decided; true where one was."""
    if not queue:
        return False
    with st.container(gap=None):
        st.header(title, anchor=False)
        st.caption(f"{meaning} A decision holds for every sheet, later ones too, and can be taken back.")
    with st.container(border=True, gap="small"):
        decided = [draw(one) for one in queue[:LISTED]]
    if len(queue) > LISTED:
        st.caption(f"And {len(queue) - LISTED:,} more; they follow when these are decided.")
    return any(decided)


def label_and_rows(one: UnknownLabel) -> None:
    """The label, with how many rows of which sheets have it."""
    where = f"{count(one.rows, 'row')} in {', '.join(one.files[:3])}"
    more = f" and {len(one.files) - 3} more sheets" if len(one.files) > 3 else ""
    st.markdown(f"**“{plain(one.label)}”** :small[:gray[{plain(where + more)}]]", width="stretch")


def decided_now(decide: Callable[[], object], message: str) -> bool:
    """Decides, and says so at the next run; false, with the reason shown, where the decision is refused."""
    try:
        decide()
    except PasslineError as refused:
        st.error(plain(str(refused)))
        return False
    toast_later(message)
    return True


def decided_labels(session: Session, decisions: LabelDecisions, title: str, meaning: Callable[[dict[str, Any]], str]
                   ) -> None:
    """The decisions in force, each with its meaning and a button that takes it back; nothing where there is none."""
    made: pl.DataFrame = decisions.in_force(session.home)
    if made.is_empty():
        return
    with st.expander(f"{count(made.height, 'decision')} on {title}"):
        for row in made.iter_rows(named=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                on: date = row["made_at"].astimezone().date()
                made_by = plain(f"{row['made_by']}, {day(on)}")
                st.markdown(f"“{plain(row['label'])}” → **{plain(meaning(row))}** :small[:gray[{made_by}]]",
                            width="stretch")  # fmt: skip
                if st.button("Take back", key=f"{decisions.fact} {row['correction_id']}"):
                    _take_back(session, decisions, row["label"])


def _take_back(session: Session, decisions: LabelDecisions, label: str) -> None:
    taken = decided_now(lambda: decisions.take_back(session.home, session.policy, label, by=session.person, at=now()),
                        "Taken back: its rows wait again.")  # fmt: skip
    if taken:
        st.rerun()
