"""Notes on a student: drafted first, kept with every version, and merged where two people edited one at once."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.pages.student.drafts import begun_against, drafted_text, throw_away
from dashboard.shared.session import Session, now
from dashboard.shared.shell import calm, toast_later
from dashboard.words.formats import day
from dashboard.words.markdown import plain

VISIBLE_TO = {
    "team": "The advising team",
    "counselling": "Counseling only: nobody who grades or decides promotion",
    "committee": "The promotion committee as well",
}
SHORT = {"team": "team", "counselling": "counseling", "committee": "committee"}  # the stored values, as shown


@st.dialog("Note", icon=":material/edit_note:")
def note_dialog(
    session: Session, student_id: str, name: str, since: list[str] | None = None, note: dict[str, Any] | None = None
) -> None:
    """The text and who may read it; stores a new note, or new text for `note`, and confirms it after a rerun.

    `since` lists what changed since the last meeting.
    """
    with calm():
        st.markdown(f"**{plain(name)}**")
        against, place = begun_against(session, f"note {note['note_id']}", note["version"]) if note else (
            0, f"student {student_id}")  # fmt: skip
        if since and not note:
            st.caption("Since the last meeting:  \n" + "  \n".join(plain(line) for line in since))
        text = drafted_text(session, "What you discussed or agreed", place, note["text"] if note else "")
        options = list(VISIBLE_TO)
        visibility = st.radio(
            "Who may read it", options, format_func=VISIBLE_TO.__getitem__,
            index=options.index(note["visibility"]) if note else 0,
        )  # fmt: skip
        with st.container(horizontal=True):
            keep = st.button("Keep the new words" if note else "Add the note", type="primary")
            if st.button("Throw away", type="tertiary"):
                throw_away(session, place)
                st.rerun()
        if keep:
            _store(session, student_id, name, note and {**note, "version": against}, text, str(visibility), place)


def _store(
    session: Session, student_id: str, name: str, note: dict[str, Any] | None, text: str, visibility: str, place: str
) -> None:
    notes, by = session.home.office.notes, session.person
    if note is None:
        notes.add(student_id, text=text, visibility=visibility, by=by, at=now(), place=place)
        toast_later(f"Note on {name} added.")
    elif notes.edit(
        note["note_id"], against=note["version"], text=text, visibility=visibility, by=by, at=now(), place=place
    ).version:
        toast_later("The new text is stored; the old one is kept.")
    else:
        toast_later("Somebody changed this note while you wrote: both texts are kept, side by side.")
    st.session_state.pop(f"passline.draft {place}", None)
    st.rerun()


def note_list(session: Session, student_id: str, name: str) -> None:
    """All notes on a student, newest first, each with its earlier versions and any conflict."""
    history = session.home.office.notes.history(student_id)
    for note in session.home.office.notes.rows(student_id).iter_rows(named=True):
        with st.container(border=True, gap="xsmall"):
            st.markdown(plain(note["text"]))
            edited = f" · edited by {plain(note['edited_by'])}" if note["edited_by"] else ""
            author = f"{day(note['written_at'].date())} · {plain(note['written_by'])}"
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(f"{author} · {SHORT[note['visibility']]}{edited}", width="stretch")
                if st.button("Edit", key=f"edit note {note['note_id']}", type="tertiary"):
                    note_dialog(session, student_id, name, note=note)
            older = history.filter(note_id=note["note_id"])
            _conflict(session, note, older)
            if older.height > 1:
                with st.expander(f"All {older.height} versions"):
                    for row in older.iter_rows(named=True):
                        author = f"{day(row['written_at'].date())} · {plain(row['written_by'])}"
                        st.caption(f"{author} · {SHORT[row['visibility']]}")
                        st.markdown(plain(row["text"]))


def _conflict(session: Session, note: dict[str, Any], history: pl.DataFrame) -> None:
    for row in history.filter(pl.col("version").is_null() & pl.col("settled_at").is_null()).iter_rows(named=True):
        with st.container(border=True, gap="xsmall"):
            st.markdown(f":material/call_split: **{plain(row['written_by'])}** wrote at the same time:")
            st.markdown(plain(row["text"]))
            if st.button("Settle", key=f"settle note {row['note_version_id']}"):
                _settle_dialog(session, note, row)


@st.dialog("Two texts for one note", icon=":material/call_split:")
def _settle_dialog(session: Session, note: dict[str, Any], waiting: dict[str, Any]) -> None:
    with calm(), st.form("passline.settle.note", border=False):
        st.caption("Both stay in the note's history. Which text is to stand?")
        text = st.text_area("The text that stands", f"{note['text']}\n{waiting['text']}", height=140)
        if st.form_submit_button("Settle", type="primary"):
            session.home.office.notes.settle(
                note["note_id"],
                waiting["note_version_id"],
                text=text,
                visibility=note["visibility"],
                by=session.person,
                at=now(),
            )
            toast_later("Settled; both texts are in the note's history.")
            st.rerun()
