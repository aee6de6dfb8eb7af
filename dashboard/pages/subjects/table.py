"""The table of students and areas that every picture of the Subjects page filters; ticked rows may be flagged."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.pages.subjects import text
from dashboard.shared.student_table import csv_button, selection_bar
from dashboard.words import last_attempt
from dashboard.words.formats import count

Column = st.column_config
LISTED = 1000


def subject_table(now: Any, rows: pl.DataFrame, clicked: dict[str, Any], key: str) -> None:
    bar = st.container(horizontal=True, vertical_alignment="center")
    shown = last_attempt.noted(text.table(rows).head(LISTED), now.figures.retakes, "student_id")
    event = st.dataframe(
        shown.drop("student_id"), hide_index=True, on_select="rerun", selection_mode="multi-row", row_height=30,
        height=min(38 + 30 * max(shown.height, 1), 430), placeholder="—",
        alt="Students and areas, most expected gain first",
        key=f"passline.weak {key} {sorted(map(str, clicked.values()))}",
        column_config={"Read": Column.TextColumn("Read as"),
                       "Percent": Column.NumberColumn("Percent correct", format="%d %%"),
                       "Range": Column.TextColumn("80 %"),
                       "Tells": Column.NumberColumn("Would tell", format="%d items", help=(
                           "About so many more items would tell; blank where known, or too close to tell")),
                       "Gain": Column.NumberColumn(
                           "Expected gain, EPC", help="If raised to where NBME reads likely ready", format="%.1f")},
    )  # fmt: skip
    picked = shown[[i for i in event["selection"]["rows"] if i < shown.height]]
    about = picked if picked.height else shown
    with bar:
        part = f", the first {LISTED:,} listed" if rows.height > LISTED else ""
        students = count(rows["student_id"].n_unique(), "student")
        selection_bar(
            now, picked["student_id"].unique(maintain_order=True).to_list(), text.suggested_reason(about),
            f"**{students}**, {count(rows.height, 'area')}{part}", "Most expected gain first · tick rows to flag them",
            rows["student_id"].to_list() if any(clicked.values()) else (),
        )  # fmt: skip
        st.space("stretch")
        csv_button(shown, f"subjects {now.as_of}.csv")
