"""Open cases as a list: with whom, why, what comes next and by when, and who has had no contact yet."""


import polars as pl
import streamlit as st

from dashboard.data import cases
from dashboard.shared.session import Session
from dashboard.shared.student_table import ticked_table
from dashboard.shared.url_state import choose_many
from dashboard.words.formats import count

LISTED = 1000


def case_list(session: Session, flags: pl.DataFrame, ids: pl.Series) -> None:
    """Open cases of these students, the longest open first; the pills above count the rows they leave."""
    rows = cases.with_states(flags, ids, session.as_of)
    states = choose_many("case", "Cases", cases.state_counts(rows))
    kept = cases.in_states(rows, states)
    if rows.is_empty():
        st.header("No open case", anchor=False)
        st.caption("Flag a student on any page: the case stands here until somebody says how it ended.")
        st.page_link("pages/risk/page.py", label="See the whole class", icon=":material/arrow_forward:")
        return
    with st.container(gap=None):
        st.header(f"{count(kept.height, 'open case')}, the longest open first", anchor=False)
        st.caption(cases.contact(flags, ids).first_words)
    table = cases.case_table(kept.head(LISTED), session.figures.students)
    ticked_table(
        session, table, file_name=f"cases {session.as_of}.csv", key=f"cases {states}", height=560,
        alt="Open cases, the longest open first",
        column_config={
            **{name: st.column_config.DateColumn(format="D MMM YYYY", width=95) for name in cases.CASE_DATES},
            "Next step": st.column_config.TextColumn(width=190),
        },
    )  # fmt: skip
