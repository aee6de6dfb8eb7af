"""Class, exam and advisor: the three filters every list of students shares."""

from dataclasses import dataclass

import polars as pl
import streamlit as st

from dashboard.data import roster
from dashboard.data.figures import Figures
from dashboard.shared import url_state

ALL = "all"
NAMES = ["class", "exam", "advisor"]


@dataclass(frozen=True)
class Chosen:
    """The choice of the filters: `None` is all; `student_ids` are those of the class and advisor."""

    class_year: int | None
    exam: str | None
    advisor: str | None
    student_ids: pl.Series

    def keep(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows about these students, and about the exam where the rows name one."""
        kept = rows.filter(pl.col("student_id").is_in(self.student_ids.implode()))
        return kept.filter(exam=self.exam) if self.exam and "exam" in rows.columns else kept

    @property
    def words(self) -> str:
        """`class of 2028 · Step 1 · Dr Osei`, for captions and file names."""
        parts = [f"class of {self.class_year}" if self.class_year else "all classes", self.exam, self.advisor]
        return " · ".join(p for p in parts if p)


def choose(figures: Figures, *, exam: bool = True, advisor: bool = True, everyone: bool = False) -> Chosen:
    """Draws the filters side by side, and returns the choice.

    A page starts with the current class, or with all classes where `everyone` is set.
    """
    students = figures.students
    years = [ALL, *map(str, roster.class_years(students))]
    default = None if everyone else roster.current_class(students, figures.risk)
    year = url_state.choose_one(
        "class", "Class", years, str(default) if default else ALL,
        lambda y: "All classes" if y == ALL else f"Class of {y}", 140,
    )  # fmt: skip
    class_year = None if year == ALL else int(year)
    chosen_exam = None
    if exam:
        exams = roster.exams(figures.risk, students, class_year)
        chosen_exam = url_state.choose_one("exam", "Exam", exams, exams[0], width=110)
    name = ALL
    if advisor:
        names = [ALL, *roster.advisors(students)]
        name = url_state.choose_one("advisor", "Advisor", names, ALL, _advisor_label, 170)
    chosen_advisor = None if name == ALL else name
    return Chosen(class_year, chosen_exam, chosen_advisor, roster.ids_of(students, class_year, chosen_advisor))


def _advisor_label(name: str) -> str:
    return "All advisors" if name == ALL else name


def no_match(*more: str) -> None:
    """A line for a page without matches, with a button that clears the filters; `more` names the page's own."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="center"):
        st.markdown("No student matches.", width="content")
        st.button("Clear filters", on_click=url_state.clear, args=(*NAMES, *more), type="secondary")
