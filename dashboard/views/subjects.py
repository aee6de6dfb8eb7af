"""Where is the class weak, and who is weak at what?"""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import session
from dashboard.charts.heat import heat, heat_shares
from dashboard.charts.profile import profile
from dashboard.charts.theme import count, day
from dashboard.components import (
    Chosen,
    calm,
    choose,
    empty_home,
    flag_generation,
    heading,
    no_match,
    switch,
    theme_name,
)
from dashboard.components.selection import csv_button, selection_bar
from dashboard.components.subject_class import areas_clicked, behind, class_panel
from dashboard.components.subject_groups import groups_panel
from dashboard.presenting import class_areas, roster, subjects

Column = st.column_config
LISTED = 1000


def render(now: session.Session) -> None:
    if now.is_empty:
        empty_home()
        return
    with heading("Subjects"):
        show = switch("show", "Show", ["Students", "Class", "Groups"], "Students")
        axis = switch("axis", "Axis", ["System", "Discipline", "Competency"], "System").lower()
        chosen = choose(now.figures, exam=False)
        st.space("stretch")
        place = st.empty()
    rows = subjects.of_class(now.figures, chosen.student_ids, axis)
    place.caption(
        f"As of **{day(now.as_of)}** · {count(rows['student_id'].n_unique(), 'student')}, forms pooled", width="content"
    )
    if chosen.student_ids.is_empty():
        no_match()
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
        _explore(now, rows, _class_before(now, chosen, axis), axis, chosen)
    if note := subjects.outline_note(now.figures, chosen.student_ids):
        st.caption(note)


@st.fragment
def _class(now: session.Session, rows: pl.DataFrame, axis: str, chosen: Chosen) -> None:
    with calm():
        clicked = class_panel(now, chosen.class_year, axis)
        areas = areas_clicked(clicked)
        _table(now, behind(rows, areas), {"area": areas}, f"class {axis} {chosen.words} {flag_generation()}")


def _rest(now: session.Session, chosen: Chosen, axis: str) -> pl.DataFrame:
    return subjects.rest_of_class(now.figures, chosen.class_year, chosen.advisor, chosen.student_ids, axis)


def _class_before(now: session.Session, chosen: Chosen, axis: str) -> pl.DataFrame:
    if chosen.class_year is None or chosen.advisor:
        return pl.DataFrame()
    ids = roster.ids_of(now.figures.students, chosen.class_year - 1, None)
    return now.figures.subjects.filter(pl.col("student_id").is_in(ids.implode()), axis=axis)


@st.fragment
def _explore(now: session.Session, rows: pl.DataFrame, before: pl.DataFrame, axis: str, chosen: Chosen) -> None:
    with calm():
        left, right = st.columns([4, 7], gap="medium")
        key = f"{axis} {chosen.words} {flag_generation()}"
        with left:
            clicked = _profile(now, rows, before, axis, chosen, key)
        with right:
            clicked |= _heat(now, rows, axis, key)
        _table(now, subjects.listed(rows, clicked), clicked, key)


def _profile(now: session.Session, rows: pl.DataFrame, before: pl.DataFrame, axis: str, chosen: Chosen,
             key: str) -> dict[str, Any]:  # fmt: skip
    year, fewest = chosen.class_year, now.policy.class_comparison.fewest
    means = subjects.profile(rows, before, _rest(now, chosen, axis), fewest)
    if means.is_empty():
        st.header(f"Class means: fewer than {fewest} students", anchor=False)
        st.caption(f"A mean over fewer than {fewest}, or over all but so few, could be traced to a student; the "
                   "students themselves are listed.")  # fmt: skip
        return {}
    told = None if year is None or chosen.advisor else class_areas.compared(
        now.figures, year, class_areas.COMPARED["Earlier classes"], "all", axis)  # fmt: skip
    claim = subjects.profile_claim(means, told, axis)
    with st.container(gap=None):
        st.header(claim, anchor=False)
        compared = f" · ◇ class of {year - 1}" if year and means["before"].count() else ""
        st.caption(
            f"Class mean, percent correct, by blueprint weight · line = 80 % interval{compared} · "
            "click an area to list its students"
        )
    row = subjects.row_height(rows, means)
    event = st.altair_chart(
        profile(means, now.policy.low_pass, theme_name(), row), theme=None, on_select="rerun",
        key=f"passline.profile {key}", alt=f"{claim}. {means.height} areas.",
    )  # fmt: skip
    return dict(event["selection"])


def _heat(now: session.Session, rows: pl.DataFrame, axis: str, key: str) -> dict[str, Any]:
    text = st.container(gap=None)
    order = switch("order", "Order", ["Most at stake", "Alike together"], "Most at stake")
    if order == "Alike together":
        return _alike(now, rows, text, key)
    stakes = subjects.at_stake(rows)
    claim = subjects.heat_claim(rows, stakes, axis)
    with text:
        st.header(claim, anchor=False)
        if stakes.is_empty():
            return {}
        most = f"the {subjects.DRAWN} with most blueprint weight at stake · " if stakes.height > subjects.DRAWN else ""
        st.caption(f"Shown: {most}filled = weak, with percent correct · dot = not known yet · blank = not weak · "
                   "click a cell, a name or an area")  # fmt: skip
    cells = subjects.heat_cells(rows, stakes)
    areas = rows.unique("short", maintain_order=True)["short"].to_list()
    event = st.altair_chart(
        heat(cells, areas, now.policy.area_priors.comparison, theme_name()), theme=None, on_select="rerun",
        key=f"passline.heat {key}", alt=f"{claim}. The table below lists them.",
    )  # fmt: skip
    return dict(event["selection"])


def _alike(now: session.Session, rows: pl.DataFrame, text: Any, key: str) -> dict[str, Any]:
    both = subjects.both_axes(now.figures, rows)
    cells, areas = subjects.alike(both)
    claim = f"{count(both['student_id'].n_unique(), 'student')} by the areas they are weak in"
    with text:
        st.header(claim, anchor=False)
        st.caption("All systems and disciplines · those weak at the same things stand together · " + (
            "a row = students alike, filled by how many of them are weak" if "students" in cells.columns
            else "filled = weak, dot = not known yet, blank = not weak · click a cell"))  # fmt: skip
    if "students" in cells.columns:
        st.altair_chart(heat_shares(cells, areas, theme_name()), theme=None, alt=f"{claim}. {cells.height} cells.")
        return {}
    event = st.altair_chart(
        heat(cells, areas, now.policy.area_priors.comparison, theme_name(), row=10), theme=None, on_select="rerun",
        key=f"passline.alike {key}", alt=f"{claim}. The table below lists them.",
    )  # fmt: skip
    return dict(event["selection"])


def _table(now: session.Session, rows: pl.DataFrame, clicked: dict[str, Any], key: str) -> None:
    bar = st.container(horizontal=True, vertical_alignment="center")
    shown = subjects.table(rows).head(LISTED)
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
    with bar:
        part = f", the first {LISTED:,} listed" if rows.height > LISTED else ""
        students = count(rows["student_id"].n_unique(), "student")
        selection_bar(
            now, picked["student_id"].unique(maintain_order=True).to_list(), subjects.suggested_reason(picked),
            f"**{students}**, {count(rows.height, 'area')}{part}", "Most expected gain first · tick rows to flag them",
        )  # fmt: skip
        st.space("stretch")
        csv_button(shown, f"subjects {now.as_of}.csv")


if __name__ == "__main__":
    render(session.current())
