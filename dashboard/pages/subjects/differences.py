"""The differences of a class from its comparison group, by area: filled where more than chance, else hollow."""

from typing import Any

import altair as alt
import polars as pl

from dashboard.pages.subjects.class_text import MAY_BE_CHANCE
from dashboard.shared.theme import colors, finish


def differences(areas: pl.DataFrame, theme: str) -> Any:
    """`areas` has area, label, difference, low, high, students, `read` (above, below or could be chance) and mark.

    A click on an area selects it (parameter `area`).
    """
    c = colors(theme)
    numbers = [abs(v) for name in ["low", "high"] for v in areas.get_column(name).drop_nulls()]
    reach = max([6.0, *numbers]) * 1.05
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    axis = alt.Axis(orient="top", format="+.0f", tickCount=5, grid=True, domain=True, ticks=False, title=None)
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=200, labelPadding=8))
    picked = alt.selection_point(name="area", fields=["area"])
    words = ["below", "above", MAY_BE_CHANCE]
    color = alt.Color("read:N", legend=None, scale=alt.Scale(domain=words, range=[c.fail, c.accent, c.faint]))
    shape = alt.Shape("read:N", legend=None, scale=alt.Scale(
        domain=words, range=["triangle-down", "triangle-up", "circle"]))  # fmt: skip

    def x(field: str) -> alt.X:
        return alt.X(field, axis=axis, scale=scale)

    tip = [alt.Tooltip("area:N", title="Area"), alt.Tooltip("read:N", title="Read as"),
           alt.Tooltip("difference:Q", title="Points", format="+.1f"),
           alt.Tooltip("low:Q", title="80 % from", format="+.1f"), alt.Tooltip("high:Q", title="to", format="+.1f"),
           alt.Tooltip("students:Q", title="Students")]  # fmt: skip
    drawn = alt.Chart(areas)
    zero = alt.Chart(pl.DataFrame({"x": [0.0]}))
    differing = drawn.transform_filter("datum.notable")
    rest = drawn.transform_filter("!datum.notable")
    return finish(alt.layer(
        zero.mark_rule(color=c.soft, strokeDash=[3, 3], aria=False).encode(x=x("x:Q")),
        drawn.mark_rect(opacity=0, cursor="pointer").encode(y=y, tooltip=tip).add_params(picked),
        drawn.mark_rule(strokeWidth=1.6, aria=False).encode(x=x("low:Q"), x2="high:Q", y=y, color=color),
        differing.mark_point(filled=True, size=80, opacity=1).encode(
            x=x("difference:Q"), y=y, color=color, shape=shape, tooltip=tip),
        rest.mark_point(filled=False, size=50, opacity=1, strokeWidth=1.4, fill=c.paper).encode(
            x=x("difference:Q"), y=y, color=color, shape=shape, tooltip=tip),
    ), theme, height=28 * max(areas.height, 1))  # fmt: skip
