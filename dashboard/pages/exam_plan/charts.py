"""The chance of passing by test date, with its range, inside the days the rules allow."""

from datetime import date
from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, finish

NARROW = "width < 520"
EDGE = 0.03  # of the days drawn: closer than this, a vertical label would cover the axis or the label before it


def chance_by_day(path: pl.DataFrame, marks: pl.DataFrame, window: tuple[date | None, date | None], target: float,
                  theme: str) -> Any:  # fmt: skip
    """`path` is marts.risk.chance_by_date; `marks` has day and label (vertical lines); the window is shaded."""
    c = colors(theme)
    first, last = path.item(0, "day"), path.item(-1, "day")
    x = alt.X("day:T", axis=alt.Axis(title=None, format="%b", labelOverlap="greedy", tickCount="month"),
              scale=alt.Scale(nice=False, domain=[first.isoformat(), last.isoformat()]))  # fmt: skip
    axis = alt.Axis(title=None, format=".0%", values=[0, 0.25, 0.5, 0.75, 1], grid=True)
    scale = alt.Scale(domain=[0, 1])

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=axis, scale=scale)

    opens, closes = max(window[0] or first, first), min(window[1] or last, last)
    layers: list[Any] = []
    if window[0] is not None and opens < closes:
        allowed = alt.Chart(pl.DataFrame({"day": [opens], "to": [closes]}))
        layers.append(allowed.mark_rect(color=c.window_pale, opacity=0.6, aria=False).encode(x=x, x2="to:T"))
    drawn = alt.Chart(path)
    parts = [("p_pass", "Chance of passing"), ("p_pass_low", "Shared range, from"), ("p_pass_high", "to")]
    tip = [alt.Tooltip("day:T", title="Sitting on", format="%-d %b %Y"),
           *(alt.Tooltip(f"{f}:Q", title=t, format=".0%") for f, t in parts)]  # fmt: skip
    layers.append(
        drawn.mark_area(color=c.accent, opacity=0.2, aria=False).encode(x=x, y=y("p_pass_low"), y2="p_pass_high:Q")
    )
    layers.append(drawn.mark_line(color=c.accent, strokeWidth=2).encode(x=x, y=y("p_pass"), tooltip=tip))
    line = alt.Chart(pl.DataFrame({"p_pass": [target]}))
    layers.append(line.mark_rule(color=c.soft, strokeDash=[2, 3]).encode(y=y("p_pass")))
    inside = marks.filter(pl.col("day").is_between(first, last))
    if inside.height:
        rules = alt.Chart(inside)
        layers.append(rules.mark_rule(color=c.ink, strokeDash=[1, 2]).encode(x=x, tooltip=["label:N"]))
        wide = alt.when(NARROW).then(alt.value(0)).otherwise(alt.value(1))
        since = pl.col("day") - pl.col("day").shift(1).fill_null(first)
        named = inside.sort("day").with_columns(right=since <= (last - first) * EDGE)
        for part, dy in ((named.filter("right"), 10), (named.filter(~pl.col("right")), -6)):
            text = alt.Chart(part).encode(x=x, y=alt.value(158), text="label:N", opacity=wide)
            place: dict[str, Any] = {"angle": 270, "align": "left", "dx": 4, "dy": dy, "aria": False}
            layers += [text.mark_text(stroke=c.paper, strokeWidth=3, **place), text.mark_text(color=c.ink, **place)]
    chart = finish(alt.layer(*layers), theme, height=200)
    chart.padding = {"left": 0, "right": 4, "top": 2, "bottom": 6}
    return chart
