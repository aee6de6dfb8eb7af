"""The identity queue: rows that no student matches for certain, candidates, and the decisions made."""

import polars as pl
import streamlit as st

from dashboard.shared.session import Session, now
from dashboard.shared.shell import toast_later
from dashboard.words.corrections import key_in_words
from dashboard.words.formats import count
from dashboard.words.markdown import plain
from pipelines.errors import PasslineError
from pipelines.imports.corrections import undo_correction
from pipelines.imports.identity_queue import UnmatchedIdentity, decide_identity, identity_queue

QUEUE_LISTED = 20


def identities(session: Session) -> None:
    """The queue, and the decisions in force; nothing where there is neither."""
    unknown = session.warehouse.unknown_students()
    queue = identity_queue(unknown, session.figures.students) if unknown.height else []
    if queue:
        rows = sum(one.rows.height for one in queue)
        st.header(f"Whose are these? {count(rows, 'row')} of {len(queue):,} unknown", anchor=False)
        st.caption("These rows wait. A score sheet never adds a student: choose whose they are, or upload the roster "
                   "that names them. A decision is remembered and can be taken back.")  # fmt: skip
        for number, one in enumerate(queue[:QUEUE_LISTED]):
            with st.container(border=True, gap="xsmall"):
                _unsettled(session, one, f"who {number} {sorted(one.identity.items())}")
        if len(queue) > QUEUE_LISTED:
            st.caption(f"And {len(queue) - QUEUE_LISTED:,} more; they follow when these are decided.")
    _decided(session)


def _unsettled(session: Session, one: UnmatchedIdentity, key: str) -> None:
    identity = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in one.identity.items()) or "nothing"
    files = ", ".join(one.rows["file"].unique(maintain_order=True).to_list())
    where = plain(f"{count(one.rows.height, 'row')} in {files}")
    st.markdown(f"**{plain(identity)}** :small[:gray[{where}]]")
    for candidate in one.candidates:
        with st.container(horizontal=True, vertical_alignment="center"):
            agrees = "".join(f" :green-badge[✓ {plain(what)}]" for what in candidate.agrees)
            differs = "".join(f" :orange-badge[≠ {plain(what)}]" for what in candidate.differs)
            st.markdown(f"{plain(candidate.name)} :small[:gray[{plain(candidate.student_id)}]]{agrees}{differs}",
                        width="stretch")  # fmt: skip
            if st.button("It is this student", key=f"{key} {candidate.student_id}"):
                _decide(session, one, candidate.student_id)
    students = session.figures.students.sort("last_name", "student_id")
    columns = students.select("student_id", "last_name", "first_name", "class_year").iter_rows()
    names = {i: f"{last or ''}, {first or ''} ({f'{year}, ' if year else ''}{i})" for i, last, first, year in columns}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = "Someone else" if one.candidates else "No similar student on the roster. It is"
        other = st.selectbox(label, list(names), index=None, key=f"{key} other",
                             format_func=lambda i: names[i], width=320)  # fmt: skip
        if other and st.button("It is this student", key=f"{key} choose"):
            _decide(session, one, other)


def _decide(session: Session, one: UnmatchedIdentity, student_id: str) -> None:
    try:
        decide_identity(session.home, session.policy, identity=one.identity, student_id=student_id, by=session.person,
                        at=now())
    except PasslineError as refused:
        st.error(plain(str(refused)))
        return
    toast_later(f"{count(one.rows.height, 'row')} now belong to {student_id}.")
    st.rerun()


def _decided(session: Session) -> None:
    ledger = session.home.office.ledger
    corrections, records = ledger.corrections(), ledger.correction_records()
    decisions = corrections.filter(pl.col("fact") == "identity", pl.col("undone_at").is_null())
    if decisions.is_empty():
        return
    with st.expander(f"{count(decisions.height, 'decision')} on unknown rows"):
        for row in decisions.iter_rows(named=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                at = row["made_at"].astimezone()
                identity = plain(key_in_words(records[row["correction_id"]].key))
                made_by = plain(f"{row['made_by']}, {at.day} {at:%b %Y}")
                st.markdown(f"{identity} → **{plain(row['student_id'])}** :small[:gray[{made_by}]]", width="stretch")
                if st.button("Take back", key=f"part {row['correction_id']}"):
                    undo_correction(session.home, session.policy, row["correction_id"], by=session.person, at=now())
                    toast_later("Taken back: its rows wait again.")
                    st.rerun()
