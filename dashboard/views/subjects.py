"""Where is the class weak, and who is weak at what?"""

import polars as pl
import streamlit as st

from dashboard import session
from dashboard.charts.theme import count, day
from dashboard.components import Chosen, calm, choose, empty_home, flag_generation, heading, no_match, switch
from dashboard.components.subject_class import areas_clicked, behind, class_panel
from dashboard.components.subject_groups import groups_panel
from dashboard.components.subject_students import students_panel
from dashboard.components.subject_table import subject_table
from dashboard.presenting import subjects
from dashboard.presenting.areas import AXES, first_axis, plural


def render(now: session.Session) -> None:
    if now.is_empty:
        empty_home()
        return
    with heading("Subjects"):
        show = switch("show", "Show", ["Students", "Class", "Groups"], "Students")
        axes = st.container(width="content")
        chosen = choose(now.figures, exam=False)
        mine = subjects.of_students(now.figures, chosen.student_ids)
        first = first_axis(mine)
        with axes:
            axis = switch("axis", "Axis", [a.capitalize() for a in AXES], first.capitalize()).lower()
        st.space("stretch")
        place = st.empty()
    rows = subjects.of_class(now.figures, mine, axis)
    place.caption(
        f"As of **{day(now.as_of)}** · {count(rows['student_id'].n_unique(), 'student')}, forms pooled", width="content"
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
        st.caption("They come with CBSSA and CBSE reports, as columns beside the scores or on a sheet of their own.")
        st.page_link("views/upload.py", label="Upload a sheet", icon=":material/arrow_forward:")
        return
    if show == "Class":
        _class(now, rows, axis, chosen)
    elif show == "Groups":
        groups_panel(now, rows, axis, chosen.words)
    else:
        students_panel(now, rows, axis, chosen)
    if note := subjects.outline_note(now.figures, chosen.student_ids):
        st.caption(note)


@st.fragment
def _class(now: session.Session, rows: pl.DataFrame, axis: str, chosen: Chosen) -> None:
    with calm():
        clicked = class_panel(now, chosen.class_year, axis)
        areas = areas_clicked(clicked)
        subject_table(now, behind(rows, areas), {"area": areas}, f"class {axis} {chosen.words} {flag_generation()}")


if __name__ == "__main__":
    render(session.current())
