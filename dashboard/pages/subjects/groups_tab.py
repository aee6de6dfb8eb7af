"""Teaching groups: made from shared weaknesses, changed by hand, saved under a name."""

from collections.abc import Callable

import polars as pl
import streamlit as st

from dashboard.pages.subjects import groups_text
from dashboard.pages.subjects.columns import GROUPS, SEATS
from dashboard.shared.session import Session, now
from dashboard.shared.shell import toast_later
from dashboard.shared.tables import edited_table, file_buttons
from dashboard.shared.url_state import choose_one
from dashboard.words.formats import count, day
from dashboard.words.markdown import plain
from pipelines.errors import DecisionRefused
from pipelines.office import Group

NEW = "New groups"


def groups_panel(session: Session, rows: pl.DataFrame, axis: str, words: str) -> None:
    """Groups of the students shown, on one axis; `words` describes the filters."""
    plans = {p.name: p for p in session.home.office.groups.saved() if p.axis == axis}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kept = choose_one("groups", "Groups", [NEW, *plans], NEW, width=220) if plans else NEW
        if kept == NEW:
            most = st.number_input("Groups, at most", 1, 40, 4, width=150)
            size = st.number_input("Students in each, at most", 2, 20, 8, width=190)
            groups = groups_text.new_groups(rows, int(most), int(size))
        else:
            groups = groups_text.saved_groups(rows, plans[kept])
    if groups.is_empty():
        st.header("No two students share a weak area here", anchor=False)
        st.caption("Choose another axis or more students.")
        return
    with st.container(gap=None):
        st.header(groups_text.claim(groups, rows), anchor=False)
        by = "" if kept == NEW else f" · saved by {plain(plans[kept].saved_by)}, {day(plans[kept].saved_at.date())}"
        st.caption(f"Each group has its two areas, chosen for the most expected gain{by} · change a group’s areas or a "
                   "student’s group in the tables; empty the group to leave the student out")  # fmt: skip
    names, summary = groups_text.area_names(groups, rows), groups_text.summary(groups)
    file_buttons(GROUPS, summary, f"groups {axis} summary {session.as_of}.csv", key="passline.groups.summary")
    areas = edited_table(GROUPS, summary, {"first_area": list(names), "second_area": list(names)},
                         key=f"passline.areas {axis} {words} {kept} {groups.height}")  # fmt: skip
    edited = edited_table(SEATS, groups_text.table(groups, rows), {"group": groups_text.numbers(groups)}, height=430,
                          key=f"passline.seats {axis} {words} {kept} {groups.height}")  # fmt: skip
    _save_bar(session, lambda: groups_text.seated(edited, areas, names), edited, axis, kept)


def _save_bar(session: Session, seated: Callable[[], list[Group]], edited: pl.DataFrame, axis: str, kept: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Save as", "" if kept == NEW else kept, placeholder="January small groups", width=260)
        if st.button("Save groups", type="primary", icon=":material/save:"):
            try:
                groups = seated()
                session.home.office.groups.save(name, axis, groups, by=session.person, at=now())
            except DecisionRefused as refused:
                st.error(plain(str(refused)))
                return
            toast_later(f"{count(len(groups), 'group')} saved as {name.strip()}.")
            st.rerun()
        if kept != NEW and st.button("Remove", help="Removes these groups from the list; they stay on record"):
            session.home.office.groups.save(kept, axis, [], by=session.person, at=now())
            toast_later(f"{kept} removed.")
            st.rerun()
        file_buttons(SEATS, edited, f"groups {axis} {session.as_of}.csv", key="passline.groups.csv")
