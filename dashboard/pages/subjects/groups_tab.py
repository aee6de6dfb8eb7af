"""Teaching groups: made from shared weaknesses, changed by hand, kept under a name."""

from collections.abc import Callable

import polars as pl
import streamlit as st

from dashboard.pages.subjects import groups_text as shown
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
    """Groups of the students shown, on one axis; `words` says who they are."""
    plans = {p.name: p for p in session.home.office.groups.saved() if p.axis == axis}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kept = choose_one("groups", "Groups", [NEW, *plans], NEW, width=220) if plans else NEW
        if kept == NEW:
            many = st.number_input("Groups, at most", 1, 40, 4, width=150)
            size = st.number_input("Students in each, at most", 2, 20, 8, width=190)
            made = shown.made(rows, int(many), int(size))
        else:
            made = shown.kept(rows, plans[kept])
    if made.is_empty():
        st.header("No two students share a weak area here", anchor=False)
        st.caption("Choose another axis or more students.")
        return
    with st.container(gap=None):
        st.header(shown.claim(made, rows), anchor=False)
        by = "" if kept == NEW else f" · saved by {plain(plans[kept].saved_by)}, {day(plans[kept].saved_at.date())}"
        st.caption(f"Each group has its two areas, chosen so that most is gained together{by} · change a group’s areas "
                   "or a student’s group in the tables, or empty it to leave the student out")  # fmt: skip
    names, summary = shown.area_names(made, rows), shown.summary(made)
    file_buttons(GROUPS, summary, f"groups {axis} summary {session.as_of}.csv", key="passline.groups.summary")
    areas = edited_table(GROUPS, summary, {"first_area": list(names), "second_area": list(names)},
                         key=f"passline.areas {axis} {words} {kept} {made.height}")  # fmt: skip
    edited = edited_table(SEATS, shown.table(made, rows), {"group": shown.numbers(made)}, height=430,
                          key=f"passline.seats {axis} {words} {kept} {made.height}")  # fmt: skip
    _keep(session, lambda: shown.seated(edited, areas, names), edited, axis, kept)


def _keep(session: Session, seated: Callable[[], list[Group]], edited: pl.DataFrame, axis: str, kept: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Keep as", "" if kept == NEW else kept, placeholder="January small groups", width=260)
        if st.button("Save groups", type="primary", icon=":material/save:"):
            try:
                groups = seated()
                session.home.office.groups.save(name, axis, groups, by=session.person, at=now())
            except DecisionRefused as refused:
                st.error(str(refused))
                return
            toast_later(f"{count(len(groups), 'group')} kept as {name.strip()}.")
            st.rerun()
        if kept != NEW and st.button("Remove", help="Takes these groups off the list; what was saved stays on record"):
            session.home.office.groups.save(kept, axis, [], by=session.person, at=now())
            toast_later(f"{kept} removed.")
            st.rerun()
        file_buttons(SEATS, edited, f"groups {axis} {session.as_of}.csv", key="passline.groups.csv")
