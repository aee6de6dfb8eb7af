"""Who gets this week's tutoring hours, who just missed, and did it help?"""

import streamlit as st

from dashboard import session
from dashboard.components import empty_home, heading, switch
from dashboard.components.tutoring_cards import helped, peers, tutors
from dashboard.components.tutoring_sessions import sessions
from dashboard.components.tutoring_week import week

PARTS = {"Week": week, "Tutors": tutors, "Sessions": sessions, "Did it help": helped, "Peer mentors": peers}


def render(now: session.Session) -> None:
    if now.is_empty:
        empty_home()
        return
    with heading("Tutoring"):
        st.space("stretch")
        part = switch("part", "Part", list(PARTS), "Week")
    PARTS[part](now)


if __name__ == "__main__":
    render(session.current())
