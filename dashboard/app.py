"""Wiring: which pages there are, who is working, and what happens when something fails."""

from pathlib import Path

import streamlit as st

from dashboard import session
from dashboard.components import address, find_student, shell

ASSETS = Path(__file__).parent / "assets"


def main() -> None:
    page = st.navigation(
        [
            st.Page("views/today.py", title="Today", default=True),
            st.Page("views/risk.py", title="Risk"),
            st.Page("views/retakes.py", title="Retakes"),
            st.Page("views/subjects.py", title="Subjects"),
            st.Page("views/tutoring.py", title="Tutoring"),
            st.Page("views/student.py", title="Student"),
            st.Page("views/evidence.py", title="Evidence"),
            st.Page("views/upload.py", title="Upload"),
            st.Page("views/plan.py", title="Plan", visibility="hidden"),
            st.Page("views/rules.py", title="Rules", visibility="hidden"),
        ],
        position="top",
    )
    st.set_page_config(
        page_title=f"{page.title} · Passline", page_icon=str(ASSETS / "favicon.svg"), layout="wide"
    )
    st.logo(str(ASSETS / f"logo-{shell.theme_name()}.svg"), size="medium")
    shell.style()
    shell.show_toast()
    shell.recall_me()
    address.arrive(page.url_path)
    with shell.calm():
        _bar(session.current())
        page.run()
        address.settle()


def _bar(now: session.Session) -> None:
    """What stands at the right of the pages' names: a student to find, and who is working."""
    with st.container(key="passline-bar", horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        if session.in_sample():
            st.button("Sample class: leave", on_click=session.leave_sample, type="tertiary")
        if not now.is_empty:
            with st.popover("Find", icon=":material/search:", type="tertiary"):
                find_student(now)
        shell.who_is_working(now)


main()
