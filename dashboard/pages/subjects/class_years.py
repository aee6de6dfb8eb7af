"""Content areas x class years: each area relative to the students' own totals, and what is new."""

from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, finish

ROW = 26
REACH = 8.0  # points at which a cell has its full color


def class_years(cells: pl.DataFrame, theme: str) -> Any:
    """`cells` has class (its words), area, label, relative, shown (the cell's text), read, students.

    A click selects an area (parameter `area`).
    """
    c = colors(theme)
    x = alt.X("class:N", sort=None, title=None, scale=alt.Scale(paddingInner=0.04), axis=alt.Axis(
        orient="top", labelAngle=0, domain=False, ticks=False))  # fmt: skip
    y = alt.Y("label:N", sort=None, title=None, scale=alt.Scale(padding=0.06), axis=alt.Axis(labelLimit=200))
    picked = alt.selection_point(name="area", fields=["area"])
    fill = alt.Color("relative:Q", legend=None, scale=alt.Scale(
        domain=[-REACH, 0, REACH], range=[c.fail, c.blank, c.accent], clamp=True, interpolate="rgb"))  # fmt: skip
    strong = f"abs(datum.relative) > {0.6 * REACH}"
    text = alt.when(strong).then(alt.value(c.paper)).otherwise(alt.value(c.ink))
    tip = [alt.Tooltip("area:N", title="Area"), alt.Tooltip("class:N", title="Class"),
           alt.Tooltip("relative:Q", title="Points from the students' totals", format="+.1f"),
           alt.Tooltip("read:N", title="Against earlier classes"),
           alt.Tooltip("students:Q", title="Students")]  # fmt: skip
    base = alt.Chart(cells)
    return finish(alt.layer(
        base.mark_rect(color=c.blank).encode(x=x, y=y, tooltip=tip).add_params(picked),
        base.transform_filter("isValid(datum.relative)").mark_rect().encode(x=x, y=y, color=fill, tooltip=tip),
        base.mark_text(fontSize=11, aria=False).encode(x=x, y=y, text="shown:N", color=text),
    ), theme, height=ROW * max(cells.get_column("label").n_unique(), 1))  # fmt: skip
