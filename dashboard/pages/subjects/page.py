"""Where is the class weak, and who is weak at what?"""

import polars as pl
import streamlit as st

from dashboard.pages.subjects import text
from dashboard.pages.subjects.class_tab import areas_clicked, behind, class_panel
from dashboard.pages.subjects.groups_tab import groups_panel
from dashboard.pages.subjects.students_tab import students_panel
from dashboard.pages.subjects.table import subject_table
from dashboard.shared.filters import Chosen, choose, no_match
from dashboard.shared.flag_dialog import flag_generation
from dashboard.shared.session import Session, current
from dashboard.shared.shell import calm, empty_home, heading
from dashboard.shared.url_state import switch
from dashboard.words.areas import AXES, first_axis, plural
from dashboard.words.formats import count, day
from dashboard.words.instruments import equated, listed


def render(session: Session) -> None:
    if session.is_empty:
        empty_home()
        return
    with heading("Subjects"):
        show = switch("show", "Show", ["Students", "Class", "Groups"], "Students")
        axes = st.container(width="content")
        chosen = choose(session.figures, exam=False)
        estimates = text.of_students(session.figures, chosen.student_ids)
        first = first_axis(estimates)
        with axes:
            axis = switch("axis", "Axis", [a.capitalize() for a in AXES], first.capitalize()).lower()
        st.space("stretch")
        place = st.empty()
    rows = text.of_class(session.figures, estimates, axis)
    place.caption(
        f"As of **{day(session.as_of)}** · {count(rows['student_id'].n_unique(), 'student')}, all forms combined",
        width="content",
    )
    if chosen.student_ids.is_empty():
        no_match()
        return
    if rows.is_empty() and axis != first:
        st.header(f"No {plural(axis)} are known for these students", anchor=False)
        st.caption(f"Their results come by {first}: choose it above.")
        return
    if rows.is_empty():
        st.header("No content areas are known for these students", anchor=False)
        reports = listed(equated(session.policy), "and")
        st.caption(f"They come with {reports} reports, as columns beside the scores or on a sheet of their own.")
        st.page_link("pages/upload/page.py", label="Upload a sheet", icon=":material/arrow_forward:")
        return
    if show == "Class":
        _class(session, rows, axis, chosen)
    elif show == "Groups":
        groups_panel(session, rows, axis, chosen.words)
    else:
        students_panel(session, rows, axis, chosen)
    if note := text.outline_note(session.figures, chosen.student_ids):
        st.caption(note)


@st.fragment
def _class(session: Session, rows: pl.DataFrame, axis: str, chosen: Chosen) -> None:
    with calm():
        clicked = class_panel(session, chosen.class_year, axis)
        areas = areas_clicked(clicked)
        subject_table(session, behind(rows, areas), {"area": areas}, f"class {axis} {chosen.words} {flag_generation()}")


if __name__ == "__main__":
    render(current())
