"""Unknown names of instruments: what each may be, and the decisions made."""

from datetime import date

import polars as pl
import streamlit as st

from dashboard.shared.session import Session, now
from dashboard.shared.shell import toast_later
from dashboard.words.formats import count, day
from dashboard.words.instruments import instrument_meaning
from dashboard.words.markdown import plain
from pipelines.errors import PasslineError
from pipelines.imports.instrument_labels import (
    UnknownInstrument,
    decided_instruments,
    instrument_queue,
    keep_only,
    name_instrument,
    own_exam,
    take_back_instrument,
)

QUEUE_LISTED = 10
OWN = "our own, in percent: learn its offset"
KEEP = "keep it, no evidence"


def instrument_labels(session: Session, unknown: pl.DataFrame, key: str) -> bool:
    """The queue of these names (import_id, file, kind, label, rows); true where one was decided just now."""
    queue = instrument_queue(unknown, session.policy)
    if not queue:
        return False
    with st.container(gap=None):
        st.header(f"Which instruments are these? {count(len(queue), 'name')} unknown", anchor=False)
        st.caption("Their rows wait until you say what each is. A decision holds for every sheet, later ones too, and "
                   "can be taken back.")  # fmt: skip
    decided = False
    with st.container(border=True, gap="small"):
        for one in queue[:QUEUE_LISTED]:
            decided |= _unknown(session, one, f"{key} {one.label}")
    if len(queue) > QUEUE_LISTED:
        st.caption(f"And {len(queue) - QUEUE_LISTED:,} more; they follow when these are decided.")
    return decided


def _unknown(session: Session, one: UnknownInstrument, key: str) -> bool:
    where = f"{count(one.rows, 'row')} in {', '.join(one.files[:3])}"
    more = f" and {len(one.files) - 3} more sheets" if len(one.files) > 3 else ""
    known = [name for name, known in session.policy.instruments.by_name.items() if not known.takes_labels]
    choices = [*one.suggested, OWN, KEEP, *(name for name in known if name not in one.suggested)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**“{plain(one.label)}”** :small[:gray[{plain(where + more)}]]", width="stretch")
        answer = st.selectbox(
            "What is it?", choices, index=None, key=f"{key} instrument", width=330, label_visibility="collapsed",
            placeholder="What is it?",
        )  # fmt: skip
        form = st.text_input("Form", key=f"{key} form", width=110, label_visibility="collapsed",
                             placeholder="Form, if any") if answer in known else ""  # fmt: skip
        if not (answer and st.button("Decide", key=f"{key} decide")):
            return False
    try:
        _decide(session, one.label, answer, form)
    except PasslineError as refused:
        st.error(str(refused))
        return False
    toast_later(f"“{one.label}” is decided: {f'{answer} {form}'.strip()}.")
    return True


def _decide(session: Session, label: str, answer: str, form: str) -> None:
    home, policy, by, at = session.home, session.policy, session.person, now()
    if answer == OWN:
        own_exam(home, policy, label=label, by=by, at=at)
    elif answer == KEEP:
        keep_only(home, policy, label=label, by=by, at=at)
    else:
        name_instrument(home, policy, label=label, instrument=answer, form=form, by=by, at=at)


def decided_instrument_labels(session: Session) -> None:
    """The decisions in force, each with a button that takes it back; nothing where there is none."""
    decisions = decided_instruments(session.home)
    if decisions.is_empty():
        return
    with st.expander(f"{count(decisions.height, 'decision')} on instruments"):
        for row in decisions.iter_rows(named=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                on: date = row["made_at"].astimezone().date()
                made_by = plain(f"{row['made_by']}, {day(on)}")
                meaning = plain(instrument_meaning(row["instrument"], row["form"], session.policy))
                st.markdown(f"“{plain(row['label'])}” → **{meaning}** :small[:gray[{made_by}]]", width="stretch")
                if st.button("Take back", key=f"instrument {row['correction_id']}"):
                    _take_back(session, row["label"])


def _take_back(session: Session, label: str) -> None:
    try:
        take_back_instrument(session.home, session.policy, label, by=session.person, at=now())
    except PasslineError as refused:
        st.error(str(refused))
        return
    toast_later("Taken back: its rows wait again.")
    st.rerun()
