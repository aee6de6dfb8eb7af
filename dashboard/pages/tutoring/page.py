"""Who gets this week's tutoring hours, who just missed them, and did tutoring help?"""

import streamlit as st

from dashboard.pages.tutoring.other_tabs import peers, tutoring_effect, tutors
from dashboard.pages.tutoring.sessions_tab import sessions
from dashboard.pages.tutoring.week_tab import week
from dashboard.shared.session import Session, current
from dashboard.shared.shell import empty_home, heading
from dashboard.shared.url_state import switch

PARTS = {"Week": week, "Tutors": tutors, "Sessions": sessions, "Did it help": tutoring_effect, "Peer mentors": peers}


def render(session: Session) -> None:
    if session.is_empty:
        empty_home()
        return
    with heading("Tutoring"):
        st.space("stretch")
        part = switch("part", "Part", list(PARTS), "Week")
    PARTS[part](session)


if __name__ == "__main__":
    render(current())
