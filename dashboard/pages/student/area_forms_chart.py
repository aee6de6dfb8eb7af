"""One student's areas over forms: a small picture each, one above the other, on the same days and the same scale."""

from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, finish

ROW = 64


def area_forms(points: pl.DataFrame, bands: pl.DataFrame, theme: str) -> Any:
    """`points` has area, label, row, taken_on, percent, low, high (80 % of that form alone), at, at_low, at_high (where
    they stand in their row); `bands` has label, row, low and high of the low-pass range in each row."""
    c = colors(theme)
    rows = bands.height
    scale = alt.Scale(domain=[0, rows], reverse=True, nice=False)
    y = alt.Y("at:Q", scale=scale, axis=None)
    x = alt.X("taken_on:T", title=None, axis=alt.Axis(
        format="%b %Y", labelOverlap=True, tickCount=alt.TimeIntervalStep("month", 1)),
              scale=alt.Scale(padding=12))  # fmt: skip
    tip = [alt.Tooltip("area:N", title="Area"), alt.Tooltip("form:N", title="Form"),
           alt.Tooltip("taken_on:T", title="Taken", format="%d %b %Y"),
           alt.Tooltip("percent:Q", title="Percent correct", format=".0f"),
           alt.Tooltip("low:Q", title="80 % interval of this form alone, from", format=".0f"),
           alt.Tooltip("high:Q", title="to", format=".0f"), alt.Tooltip("items:Q", title="Items")]  # fmt: skip
    drawn, gold = alt.Chart(points), alt.Chart(bands)
    return finish(alt.layer(
        gold.mark_rect(color=c.low_pass, aria=False).encode(y=alt.Y("low:Q", scale=scale, axis=None), y2="high:Q"),
        drawn.mark_line(color=c.faint, strokeWidth=1.2, aria=False).encode(x=x, y=y, detail="label:N"),
        drawn.mark_rule(color=c.soft, strokeWidth=1.2, aria=False).encode(
            x=x, y=alt.Y("at_low:Q", scale=scale, axis=None), y2="at_high:Q"),
        drawn.mark_point(filled=True, color=c.accent, size=48, opacity=1).encode(x=x, y=y, tooltip=tip),
        gold.mark_text(align="left", baseline="top", dx=2, dy=2, color=c.soft, stroke=c.paper, strokeWidth=3).encode(
            x=alt.value(0), y=alt.Y("row:Q", scale=scale, axis=None), text="label:N"),
        gold.mark_text(align="left", baseline="top", dx=2, dy=2, color=c.soft).encode(
            x=alt.value(0), y=alt.Y("row:Q", scale=scale, axis=None), text="label:N"),
    ), theme, height=ROW * max(rows, 1))  # fmt: skip
