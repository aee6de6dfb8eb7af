"""Open cases as a list: student, reason, owner, next step, due day and contacts."""

import polars as pl
import streamlit as st

from dashboard.data import cases
from dashboard.pages.today.columns import CASES
from dashboard.shared.session import Session
from dashboard.shared.student_table import table_of_students
from dashboard.shared.url_state import choose_many
from dashboard.words.formats import count

TABLE_LIMIT = 1000


def case_list(session: Session, flags: pl.DataFrame, ids: pl.Series) -> None:
    """Open cases of these students, the longest open first; each pill above counts the rows it leaves."""
    rows = cases.with_states(flags, ids, session.as_of)
    states = choose_many("case", "Cases", cases.state_counts(rows))
    kept = cases.in_states(rows, states)
    if rows.is_empty():
        st.header("No open case", anchor=False)
        st.caption("Flag a student on any page: the case stays here until somebody records how it ended.")
        st.page_link("pages/risk/page.py", label="See the whole class", icon=":material/arrow_forward:")
        return
    with st.container(gap=None):
        st.header(f"{count(kept.height, 'open case')}, the longest open first", anchor=False)
        st.caption(cases.contact(flags, ids).first_words)
    listed = cases.case_table(kept.head(TABLE_LIMIT), session.figures.students)
    table_of_students(
        session, CASES, listed, file_name=f"cases {session.as_of}.csv", key=f"cases {states}", height=560,
        alt="Open cases, the longest open first",
    )  # fmt: skip
