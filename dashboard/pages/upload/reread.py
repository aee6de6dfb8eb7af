"""Sheets that today's reader reads otherwise: what reading each again does, and the button that does it."""

import streamlit as st

from dashboard.shared.session import Session, now
from dashboard.shared.shell import toast_later
from dashboard.words.formats import count
from dashboard.words.markdown import plain
from dashboard.words.reread import read_otherwise_text, reread_text
from pipelines.contracts.accounts import ReadOtherwise
from pipelines.errors import PasslineError
from pipelines.imports.plan import apply_import
from pipelines.imports.reread import plan_reread, read_otherwise

CHOICES = {True: "Keep them as students", False: "Let their rows wait"}


def reread(session: Session) -> None:
    """The imports in force that would be read otherwise today; nothing where there is none."""
    found = _found(str(session.build.path), session)
    if not found:
        return
    is_one = len(found) == 1
    with st.container(gap=None):
        st.header(f"{count(len(found), 'sheet')} {'is' if is_one else 'are'} read differently now", anchor=False)
        st.caption("An earlier Passline took them for rosters and left their results out. Reading one again can be "
                   "undone.")
    with st.container(border=True, gap="small"):
        for one in found:
            _one(session, one)


@st.cache_resource(show_spinner=False, max_entries=4)
def _found(build: str, _session: Session) -> list[ReadOtherwise]:
    return read_otherwise(_session.home, _session.policy)


def _one(session: Session, one: ReadOtherwise) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(read_otherwise_text(one)), width="stretch")
        if one.refused is None and st.button("Look", key=f"look again {one.import_id}"):
            _look(session, one)


@st.dialog("Read again")
def _look(session: Session, one: ReadOtherwise) -> None:
    """What reading the sheet again does; the students whom only it made are kept or not, as a person chooses."""
    place = st.container()
    chosen = st.session_state.get(f"passline.reread {one.import_id}")
    try:
        preview = plan_reread(session.home, one.import_id, session.policy, add_students=chosen, at=now())
        with place:
            st.markdown(f"**{plain(one.file)}**: {plain(reread_text(preview.effect))}")
        if preview.effect.students_lost or chosen is not None:
            st.segmented_control("People on no other roster", list(CHOICES), format_func=CHOICES.__getitem__,
                                 key=f"passline.reread {one.import_id}")  # fmt: skip
        if st.button("Read again", type="primary", key=f"read again {one.import_id}"):
            apply_import(session.home, preview.plan, session.policy, by=session.person, at=now())
            toast_later(f"{one.file} was read again. Undo it under Imports so far.")
            st.rerun()
    except PasslineError as refused:
        st.error(str(refused))
