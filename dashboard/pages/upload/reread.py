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
from pipelines.imports.reread import RereadPreview, plan_reread, read_otherwise

# What the preview shows is exactly what is applied, so it is kept in the browser's session until then.
LOOKED_AT, PREVIEWED = "passline.upload.looked at", "passline.upload.reread"
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
    """One sheet; once a person looked, what reading it again does: exactly that is applied."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(read_otherwise_text(one)), width="stretch")
        if one.refused is None and st.button("Look", key=f"look {one.import_id}"):
            st.session_state[LOOKED_AT] = one.import_id
    if st.session_state.get(LOOKED_AT) != one.import_id:
        return
    place = st.container()
    keeps = st.segmented_control("Students on no other roster", list(CHOICES), format_func=CHOICES.__getitem__,
                                 key=f"passline.upload.reread {one.import_id}")  # fmt: skip
    try:
        preview = _previewed(session, one.import_id, keeps)
        place.markdown(plain(reread_text(preview.effect)))
        if st.button("Read this sheet again", type="primary", key=f"reread {one.import_id}"):
            apply_import(session.home, preview.plan, session.policy, by=session.person, at=now())
            st.session_state.pop(LOOKED_AT)
            st.session_state.pop(PREVIEWED)
            toast_later(f"{one.file} was read again. Undo it under Imports so far.")
            st.rerun()
    except PasslineError as refused:
        st.session_state.pop(PREVIEWED, None)
        st.error(plain(str(refused)))


def _previewed(session: Session, import_id: int, keeps: bool | None) -> RereadPreview:
    """The preview a person sees, kept until another sheet or answer is looked at."""
    inputs = (import_id, keeps)
    if st.session_state.get(PREVIEWED, (None,))[0] != inputs:
        with st.spinner("Reading the sheet…"):
            preview = plan_reread(session.home, import_id, session.policy, add_students=keeps, at=now())
        st.session_state[PREVIEWED] = (inputs, preview)
    kept: RereadPreview = st.session_state[PREVIEWED][1]
    return kept
