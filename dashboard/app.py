"""The app's pages, the person at work, and the handling of errors."""

from pathlib import Path

import streamlit as st

from dashboard.shared import shell, url_state
from dashboard.shared.guarded import is_guarded
from dashboard.shared.session import Session, current, in_sample, leave_sample
from dashboard.shared.student_search import find_student

ASSETS = Path(__file__).parent / "assets"


def main() -> None:
    if not is_guarded():
        st.warning("This page is served without Passline's guards: stop it, and start it with `passline serve`.")
        return
    page = st.navigation(
        [
            st.Page("pages/today/page.py", title="Today", default=True),
            st.Page("pages/risk/page.py", title="Risk", url_path="risk"),
            st.Page("pages/retakes/page.py", title="Retakes", url_path="retakes"),
            st.Page("pages/subjects/page.py", title="Subjects", url_path="subjects"),
            st.Page("pages/tutoring/page.py", title="Tutoring", url_path="tutoring"),
            st.Page("pages/student/page.py", title="Student", url_path="student"),
            st.Page("pages/evidence/page.py", title="Evidence", url_path="evidence"),
            st.Page("pages/upload/page.py", title="Upload", url_path="upload"),
            st.Page("pages/exam_plan/page.py", title="Exam plan", url_path="exam_plan", visibility="hidden"),
            st.Page("pages/rules/page.py", title="Rules", url_path="rules", visibility="hidden"),
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
    url_state.arrive(page.url_path)
    with shell.calm():
        _bar(current())
        page.run()
        url_state.write_kept()


def _bar(session: Session) -> None:
    """The right end of the page bar: student search, and who is working."""
    with st.container(key="passline-bar", horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        if in_sample():
            st.button("Sample class: leave", on_click=leave_sample, type="tertiary")
        if not session.is_empty:
            with st.popover("Find", icon=":material/search:", type="tertiary"):
                find_student(session)
        shell.who_is_working(session)


main()
