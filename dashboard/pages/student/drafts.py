"""A text field that keeps what is typed as it is typed, so that a closed browser loses nothing."""

import streamlit as st

from dashboard.shared.inline_scripts import COMMIT_AFTER_PAUSE
from dashboard.shared.session import Session, now
from dashboard.words.formats import day
from pipelines.office import draft_place


def drafted_text(session: Session, label: str, place: str, first: str = "", height: int = 120) -> str:
    """A text area whose draft is kept on the server under `place` for each person; `first` where there is none."""
    office, person = session.home.office, session.person
    key = f"passline.draft {place}"
    draft = None
    if key not in st.session_state:
        draft = office.notes.draft(place, person.name)
        st.session_state[key] = draft[0] if draft else first

    def keep() -> None:
        office.notes.save_draft(place, st.session_state[key], by=person, at=now())

    with st.container(key=f"passline-draft-{abs(hash(place))}", gap="xsmall"):
        text = st.text_area(label, key=key, on_change=keep, height=height, placeholder=label)
        if draft:
            at = draft[1].astimezone()
            st.caption(f"Your draft of {day(at.date())}, {at:%H:%M}, restored.")
        st.html(f"<script>{COMMIT_AFTER_PAUSE}</script>", unsafe_allow_javascript=True)
    return text or ""


def begun_against(session: Session, subject: str, version: int) -> tuple[int, str]:
    """The version that new text for a subject is based on, and the place of its draft. An older draft keeps the version
    it began with, and a warning is shown where a colleague has written since."""
    against = session.home.office.notes.draft_started(subject, version, session.person.name)
    if against != version:
        st.warning("Somebody wrote here after you began: your text will be kept beside theirs.")
    return against, draft_place(subject, against)


def throw_away(session: Session, place: str) -> None:
    """End a draft, once its text is stored or not wanted."""
    session.home.office.notes.save_draft(place, "", by=session.person, at=now())
    st.session_state.pop(f"passline.draft {place}", None)
