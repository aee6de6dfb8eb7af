"""An area on the form before tutoring in it and on the newest since, beside what the student's total did."""

from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, finish


def slopes(lines: pl.DataFrame, theme: str) -> Any:
    """`lines` has area, what (the area, or the total meanwhile), when (before or since), percent, taken_on and
    named_at (where its name stands, so that no two collide)."""
    c = colors(theme)
    x = alt.X("when:N", sort=["before", "since"], title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(padding=0.2))
    y = alt.Y("percent:Q", title=None, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=4, grid=True))
    dash = alt.StrokeDash("what:N", legend=None, scale=alt.Scale(
        domain=["area", "total meanwhile"], range=[[1, 0], [4, 3]]))  # fmt: skip
    tip = [alt.Tooltip("area:N", title="Area"), alt.Tooltip("what:N", title="Line"),
           alt.Tooltip("percent:Q", title="Percent correct", format=".0f"),
           alt.Tooltip("taken_on:T", title="Taken", format="%d %b %Y")]  # fmt: skip
    drawn = alt.Chart(lines)
    beside = alt.Y("named_at:Q", title=None, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=4))
    ends = drawn.transform_filter("datum.when == 'since' && datum.what == 'area'")
    return finish(alt.layer(
        drawn.mark_line(color=c.soft, strokeWidth=1.6, aria=False).encode(
            x=x, y=y, detail=["area:N", "what:N"], strokeDash=dash),
        drawn.transform_filter("datum.what == 'area'").mark_point(filled=True, color=c.accent, size=60, opacity=1)
        .encode(x=x, y=y, tooltip=tip),
        ends.mark_text(align="left", dx=9, stroke=c.paper, strokeWidth=3).encode(x=x, y=beside, text="area:N"),
        ends.mark_text(align="left", dx=9, color=c.ink).encode(x=x, y=beside, text="area:N"),
    ), theme, height=200)  # fmt: skip
