"""The table of students and areas that every chart of the Subjects page filters; ticked rows may be flagged."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.pages.subjects import text
from dashboard.pages.subjects.columns import STUDENT_AREAS
from dashboard.shared.session import Session
from dashboard.shared.student_table import selection_bar
from dashboard.shared.tables import selectable_table
from dashboard.words import last_attempt
from dashboard.words.formats import count

LISTED = 1000


def subject_table(session: Session, rows: pl.DataFrame, clicked: dict[str, Any], key: str) -> None:
    listed = last_attempt.noted(text.table(rows).head(LISTED), session.figures.retakes)

    def bar(ticked: list[int]) -> None:
        picked = listed[ticked]
        part = f", the first {LISTED:,} listed" if rows.height > LISTED else ""
        students = count(rows["student_id"].n_unique(), "student")
        selection_bar(
            session, picked["student_id"].unique(maintain_order=True).to_list(),
            text.suggested_reason(picked if picked.height else listed),
            f"**{students}**, {count(rows.height, 'area')}{part}", "Most expected gain first · tick rows to flag them",
            rows["student_id"].to_list() if any(clicked.values()) else (),
        )  # fmt: skip
        st.space("stretch")

    selectable_table(
        STUDENT_AREAS, listed, bar, file_name=f"subjects {session.as_of}.csv", key="subjects", height=430,
        selection=f"passline.weak {key} {sorted(map(str, clicked.values()))}",
        alt="Students and areas, most expected gain first",
    )  # fmt: skip
