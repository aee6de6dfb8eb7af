"""Unknown names of instruments: what each may be, and the decisions made."""

import polars as pl
import streamlit as st

from dashboard.pages.upload.label_queue import decided_labels, decided_now, label_and_rows, label_queue
from dashboard.shared.session import Session, now
from dashboard.words.formats import count
from dashboard.words.instruments import instrument_meaning
from pipelines.imports.instrument_labels import DECISIONS, instrument_queue, keep_only, name_instrument, own_exam
from pipelines.imports.label_decisions import UnknownLabel

OWN = "our own, in percent: learn its offset"
KEEP = "keep it, no evidence"


def instrument_labels(session: Session, unknown: pl.DataFrame, key: str) -> bool:
    """The queue of these names (import_id, file, kind, label, rows); true where one was decided just now."""
    queue = instrument_queue(unknown, session.policy)
    return label_queue(queue, f"Which instruments are these? {count(len(queue), 'name')} unknown",
                       "Their rows wait until you say what each is.",
                       lambda one: _unknown(session, one, f"{key} {one.label}"))  # fmt: skip


def _unknown(session: Session, one: UnknownLabel, key: str) -> bool:
    known = [name for name, known in session.policy.instruments.by_name.items() if not known.takes_labels]
    choices = [*one.suggested, OWN, KEEP, *(name for name in known if name not in one.suggested)]
    with st.container(horizontal=True, vertical_alignment="center"):
        label_and_rows(one)
        answer = st.selectbox(
            "What is it?", choices, index=None, key=f"{key} instrument", width=330, label_visibility="collapsed",
            placeholder="What is it?",
        )  # fmt: skip
        form = st.text_input("Form", key=f"{key} form", width=110, label_visibility="collapsed",
                             placeholder="Form, if any") if answer in known else ""  # fmt: skip
        if not (answer and st.button("Decide", key=f"{key} decide")):
            return False
    return decided_now(lambda: _decide(session, one.label, answer, form),
                       f"“{one.label}” is decided: {f'{answer} {form}'.strip()}.")  # fmt: skip


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
    decided_labels(session, DECISIONS, "instruments",
                   lambda row: instrument_meaning(row["instrument"], row["form"], session.policy))  # fmt: skip
