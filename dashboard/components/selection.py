"""What stands above a table of students: what it holds, or what may be done with the ticked rows; and the file."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.charts.theme import count
from dashboard.components.flag import flag_dialog
from dashboard.exports import as_xlsx
from pipelines.spreadsheets import safe


def selection_bar(now: Any, student_ids: list[str], reason: str, idle: str, hint: str) -> None:
    """Flag or open the ticked students; `idle` and `hint` while none is ticked."""
    if not student_ids:
        st.markdown(idle, width="content")
        st.caption(hint, width="content")
        return
    st.markdown(f"**{count(len(student_ids), 'student')} selected**", width="content")
    if st.button("Flag for tutoring", type="primary", icon=":material/flag:"):
        flag_dialog(now, student_ids, reason)
    several = len(student_ids) > 1
    if st.button("Open", disabled=several, help="One student at a time" if several else None):
        st.switch_page("views/student.py", query_params={"student": student_ids[0]})


def csv_button(table: pl.DataFrame, file_name: str, key: str | None = None) -> None:
    """The rows and columns as shown and filtered, as files that spreadsheets read: CSV and Excel, the same in both."""
    with st.container(horizontal=True, width="content", gap="xsmall"):
        _files(table, file_name, key)


def _files(table: pl.DataFrame, file_name: str, key: str | None) -> None:
    plain = {"on_click": "ignore", "icon": ":material/download:", "type": "tertiary"}
    st.download_button(
        "CSV", lambda: safe(table).write_csv().encode("utf-8-sig"), file_name, "text/csv", key=key and f"{key} csv",
        help="These rows and columns, as shown", **plain,  # type: ignore[arg-type]
    )  # fmt: skip
    st.download_button(
        "Excel", lambda: as_xlsx(table), file_name.removesuffix(".csv") + ".xlsx", key=key and f"{key} xlsx",
        help="These rows and columns, as shown, as an Excel sheet", **plain,  # type: ignore[arg-type]
    )  # fmt: skip
