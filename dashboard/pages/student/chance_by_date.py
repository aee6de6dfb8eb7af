"""One student's chance of passing by the day of the exam."""

from datetime import date
from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, finish

HEIGHT = 150


def by_date(path: pl.DataFrame, test_on: date | None, theme: str) -> Any:
    """`path` is risk.chance_by_date: day, p_pass with low and high; a rule stands on the day taken for the exam."""
    c = colors(theme)
    x = alt.X("day:T", axis=alt.Axis(title=None, format="%b", tickCount={"interval": "month", "step": 1}))
    scale = alt.Scale(domain=[0, 1], nice=False)

    def y(field: str) -> alt.Y:
        return alt.Y(field, title=None, scale=scale, axis=alt.Axis(format="%", values=[0, 0.5, 1]))

    tip = [alt.Tooltip("day:T", title="Sits on", format="%-d %b %Y"),
           alt.Tooltip("p_pass:Q", title="Chance of passing", format=".0%"),
           alt.Tooltip("p_pass_low:Q", title="Shared range, from", format=".0%"),
           alt.Tooltip("p_pass_high:Q", title="to", format=".0%")]  # fmt: skip
    drawn = alt.Chart(path)
    layers = [
        drawn.mark_area(color=c.accent, opacity=0.16, aria=False).encode(
            x=x, y=y("p_pass_low:Q"), y2=alt.Y2("p_pass_high:Q")
        ),
        drawn.mark_line(color=c.accent, strokeWidth=2).encode(x=x, y=y("p_pass:Q"), tooltip=tip),
    ]
    if test_on is not None:
        day = alt.Chart(pl.DataFrame({"day": [test_on]}))
        layers.append(day.mark_rule(color=c.soft, strokeDash=[2, 3], strokeWidth=1.3, aria=False).encode(x=x))
    return finish(alt.layer(*layers), theme, HEIGHT)
