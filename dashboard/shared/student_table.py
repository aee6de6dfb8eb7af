"""Tables of students whose rows can be ticked, with the line above them: flag, open, download."""

from collections.abc import Sequence
from zlib import crc32

import polars as pl
import streamlit as st

from dashboard.shared.flag_dialog import flag_dialog, flag_generation
from dashboard.shared.session import Session
from dashboard.shared.tables import selectable_table
from dashboard.words.columns import TableDefinition
from dashboard.words.formats import count


def selection_bar(
    session: Session, student_ids: list[str], reason: str, idle: str, hint: str, in_chart: Sequence[str] = ()
) -> None:
    """Buttons to flag or open the ticked students.

    While none is ticked: `idle`, `hint`, and a button that flags the students selected in a chart.
    """
    if not student_ids:
        st.markdown(idle, width="content")
        st.caption(hint, width="content")
        flag_selected(session, in_chart, reason)
        return
    st.markdown(f"**{count(len(student_ids), 'student')} selected**", width="content")
    if st.button("Flag for tutoring", type="primary", icon=":material/flag:"):
        flag_dialog(session, student_ids, reason)
    several = len(student_ids) > 1
    if st.button("Open", disabled=several, help="One student at a time" if several else None):
        st.switch_page("pages/student/page.py", query_params={"student": student_ids[0]})


def flag_selected(session: Session, in_chart: Sequence[str], reason: str = "") -> None:
    """A button that flags the students selected in a chart; nothing where none is."""
    student_ids = list(dict.fromkeys(in_chart))
    label = f"Flag the {len(student_ids):,} selected" if len(student_ids) > 1 else "Flag the one selected"
    if student_ids and st.button(label, icon=":material/flag:"):
        flag_dialog(session, student_ids, reason)


def selection_key(key: str, table: pl.DataFrame) -> str:
    """A key that changes with the students, their order and each flag, so that a tick never moves to another row."""
    students = crc32("\n".join(table["ID"].to_list()).encode())
    return f"passline.{key} {students:08x} {flag_generation()}"


def table_of_students(
    session: Session,
    table: TableDefinition,
    rows: pl.DataFrame,
    *,
    file_name: str,
    key: str,
    alt: str,
    reason: str = "",
    height: int = 430,
) -> None:
    """A table with one or more rows a student; ticked ones can be flagged or opened."""

    def bar(ticked: list[int]) -> None:
        student_ids = rows[ticked]["student_id"].unique(maintain_order=True).to_list()
        selection_bar(session, student_ids, reason, f"**{count(rows.height, 'row')}**",
                      "Tick rows to flag or open a student")  # fmt: skip

    selectable_table(table, rows, bar, file_name=file_name, key=key, alt=alt, height=height,
                     selection=selection_key(key, table.titled(rows)))  # fmt: skip
