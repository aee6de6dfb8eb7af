"""The class by area: differences from a comparison group, what is new, and the students weak in an area."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.pages.subjects import class_text
from dashboard.pages.subjects.class_years import class_years
from dashboard.pages.subjects.columns import CLASS_AREAS
from dashboard.pages.subjects.differences import differences
from dashboard.shared.session import Session
from dashboard.shared.shell import theme_name
from dashboard.shared.tables import file_buttons
from dashboard.shared.url_state import choose_one, switch
from dashboard.words.areas import plural
from dashboard.words.formats import percent


def class_panel(session: Session, class_year: int | None, axis: str) -> dict[str, Any]:
    """Draws both charts of one class; returns the areas clicked."""
    if class_year is None:
        st.header("Choose one class", anchor=False)
        st.caption("A class is compared with the reference group, with earlier classes and with its own last form.")
        return {}
    left, right = st.columns([6, 5], gap="medium")
    with left:
        clicked = _compared(session, class_year, axis)
    with right:
        clicked |= _years(session, class_year, axis)
    return clicked


def _compared(session: Session, class_year: int, axis: str) -> dict[str, Any]:
    heading = st.container(gap=None)
    with st.container(horizontal=True, vertical_alignment="center"):
        against = switch("against", "Against", list(class_text.COMPARED), "Earlier classes")
        comparison = class_text.COMPARED[against]
        offered = class_text.programs(session.figures, class_year, comparison)
        program = offered[0] if offered else "all"
        if len(offered) > 1:
            program = choose_one("program", "Program", offered, offered[0], _program_label, 150)
    rows = class_text.compared(session.figures, class_year, comparison, program, axis)
    if rows.is_empty():
        heading.header("Nothing to compare", anchor=False)
        heading.caption(
            f"There is no such group, or it has fewer than {session.policy.disclosure.smallest_group} students: a mean "
            "of so few is not shown, nor a figure from which it could be computed."
        )
        return {}
    claim = class_text.claim(rows, axis)
    heading.header(claim, anchor=False)
    rate = percent(session.policy.blueprint.class_comparison.false_discovery_rate)
    heading.caption(f"{class_text.CAPTION[comparison]} · line = 80 % interval · filled = more than chance: at most "
                    f"about {rate} of those are expected to be chance · click an area to list its "
                    "students")  # fmt: skip
    event = st.altair_chart(
        differences(rows, theme_name()), theme=None, on_select="rerun", alt=f"{claim}. {rows.height} areas.",
        key=f"passline.differences {axis} {class_year} {comparison} {program}",
    )  # fmt: skip
    file_buttons(CLASS_AREAS, class_text.table(rows), f"class {class_year} {comparison} {session.as_of}.csv")
    return dict(event["selection"])


def _program_label(program: str) -> str:
    return "Both programs" if program == "all" else program


def _years(session: Session, class_year: int, axis: str) -> dict[str, Any]:
    cells = class_text.by_class_year(session.figures, axis)
    if cells.is_empty():
        return {}
    claim = class_text.year_claim(cells, class_year)
    with st.container(gap=None):
        st.header(claim, anchor=False)
        st.caption(f"{plural(axis).capitalize()} by class: points from the students’ own totals, so that a stronger "
                   "class does not look new everywhere · ▼ ▲ lower or higher than in earlier classes, more than chance "
                   f"· <{session.policy.disclosure.smallest_group}: too few to show")  # fmt: skip
    event = st.altair_chart(
        class_years(cells, theme_name()), theme=None, on_select="rerun", key=f"passline.years {axis} {class_year}",
        alt=f"{claim}. {cells['area'].n_unique()} areas in {cells['class_year'].n_unique()} classes.",
    )  # fmt: skip
    return {f"years {k}": v for k, v in dict(event["selection"]).items()}


def areas_clicked(clicked: dict[str, Any]) -> list[str]:
    """Full names of the areas clicked in either chart."""
    return [p["area"] for picked in clicked.values() for p in picked or [] if p.get("area")]


def behind(rows: pl.DataFrame, areas: list[str]) -> pl.DataFrame:
    """The rows of students weak in these areas; in any area, where the list is empty."""
    weak = rows.filter(pl.col("state") == "weak")
    return weak.filter(pl.col("area").is_in(areas)) if areas else weak
