"""The students by area: class means by blueprint weight, a heat map in two orders, and the table they filter."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.data import roster
from dashboard.pages.subjects import class_text, text
from dashboard.pages.subjects.heat import heat, heat_shares
from dashboard.pages.subjects.profile import profile
from dashboard.pages.subjects.table import subject_table
from dashboard.shared.filters import Chosen
from dashboard.shared.flag_dialog import flag_generation
from dashboard.shared.session import Session
from dashboard.shared.shell import calm, theme_name
from dashboard.shared.url_state import switch
from dashboard.words.formats import count

ORDERS = {"Most at stake": "Most at stake", "Alike together": "Similar together"}  # in the URL: on the screen


@st.fragment
def students_panel(session: Session, rows: pl.DataFrame, axis: str, chosen: Chosen) -> None:
    """Class means by weight beside the heat map, and the table that both filter."""
    with calm():
        left, right = st.columns([4, 7], gap="medium")
        key = f"{axis} {chosen.words} {flag_generation()}"
        with left:
            clicked = _profile(session, rows, axis, chosen, key)
        with right:
            in_heat, drawn = _heat(session, rows, axis, key)
        clicked |= in_heat
        subject_table(session, text.listed(drawn if in_heat.get("cell") else rows, clicked), clicked, key)


def _profile(session: Session, rows: pl.DataFrame, axis: str, chosen: Chosen, key: str) -> dict[str, Any]:
    year, fewest = chosen.class_year, session.policy.disclosure.smallest_group
    means = text.profile(rows, _class_before(session, chosen, axis), _rest(session, chosen, axis), fewest)
    if means.is_empty():
        st.header(f"Class means: fewer than {fewest} students", anchor=False)
        st.caption(f"A mean of fewer than {fewest}, or of all but so few, could be traced to a student; the students "
                   "themselves are listed.")  # fmt: skip
        return {}
    against_earlier = None if year is None or chosen.advisor else class_text.compared(
        session.figures, year, class_text.COMPARED["Earlier classes"], "all", axis)  # fmt: skip
    claim = text.profile_claim(means, against_earlier, axis)
    with st.container(gap=None):
        st.header(claim, anchor=False)
        compared = f" · ◇ class of {year - 1} today" if year and means["before"].count() else ""
        st.caption(
            f"Class mean today, percent correct, by blueprint weight · line = 80 % interval{compared} · "
            "click an area to list its students"
        )
    row = text.row_height(rows, means)
    event = st.altair_chart(
        profile(means, session.policy.readiness.low_pass, theme_name(), row), theme=None, on_select="rerun",
        key=f"passline.profile {key}", alt=f"{claim}. {means.height} areas.",
    )  # fmt: skip
    return dict(event["selection"])


def _rest(session: Session, chosen: Chosen, axis: str) -> pl.DataFrame:
    return text.rest_of_class(session.figures, chosen.class_year, chosen.advisor, chosen.student_ids, axis)


def _class_before(session: Session, chosen: Chosen, axis: str) -> pl.DataFrame:
    if chosen.class_year is None or chosen.advisor:
        return pl.DataFrame()
    ids = roster.ids_of(session.figures.students, chosen.class_year - 1, None)
    return session.figures.subjects.filter(pl.col("student_id").is_in(ids.implode()), axis=axis)


def _heat(session: Session, rows: pl.DataFrame, axis: str, key: str) -> tuple[dict[str, Any], pl.DataFrame]:
    """The areas and students clicked, and the rows that are drawn."""
    heading = st.container(gap=None)
    order = switch("order", "Order", list(ORDERS), "Most at stake", ORDERS.__getitem__)
    if order == "Alike together":
        return _alike(session, rows, heading, key)
    stakes = text.at_stake(rows)
    claim = text.heat_claim(rows, stakes, axis)
    with heading:
        st.header(claim, anchor=False)
        if stakes.is_empty():
            return {}, rows
        first = f"the {text.DRAWN} with most blueprint weight at stake · " if stakes.height > text.DRAWN else ""
        st.caption(f"Shown: {first}filled = weak, with percent correct · dot = not known yet · blank = not weak · "
                   "click a cell, a name or an area")  # fmt: skip
    cells = text.heat_cells(rows, stakes)
    areas = rows.unique("short", maintain_order=True)["short"].to_list()
    event = st.altair_chart(
        heat(cells, areas, session.policy.blueprint.area_priors.comparison, theme_name()),
        theme=None,
        on_select="rerun",
        key=f"passline.heat {key}",
        alt=f"{claim}. The table below lists them.",
    )
    return dict(event["selection"]), rows


def _alike(
    session: Session, rows: pl.DataFrame, heading: Any, key: str
) -> tuple[dict[str, Any], pl.DataFrame]:
    both = text.both_axes(session.figures, rows)
    cells, areas = text.alike(both)
    claim = f"{count(both['student_id'].n_unique(), 'student')} by the areas they are weak in"
    with heading:
        st.header(claim, anchor=False)
        st.caption("All systems and disciplines · students weak in the same areas are side by side · " + (
            "a row = similar students, filled by how many of them are weak" if "students" in cells.columns
            else "filled = weak, dot = not known yet, blank = not weak · click a cell"))  # fmt: skip
    if "students" in cells.columns:
        st.altair_chart(heat_shares(cells, areas, theme_name()), theme=None, alt=f"{claim}. {cells.height} cells.")
        return {}, rows
    event = st.altair_chart(
        heat(cells, areas, session.policy.blueprint.area_priors.comparison, theme_name(), row=10),
        theme=None,
        on_select="rerun",
        key=f"passline.alike {key}",
        alt=f"{claim}. The table below lists them.",
    )
    return dict(event["selection"]), both
