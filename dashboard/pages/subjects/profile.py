"""The class's mean in each content area by blueprint weight, with its interval and an earlier class's mean."""

from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, epc_axis, epc_scale, finish
from pipelines.policy.readiness import LowPass


def profile(areas: pl.DataFrame, low_pass: LowPass, theme: str, row: int = 36) -> Any:
    """`areas` has area, label, mean, low, high, students and `before` (null: no earlier class).

    A click on an area selects it (parameter `area`).
    """
    c = colors(theme)
    numbers = [v for name in ["low", "high", "before"] for v in areas.get_column(name).drop_nulls()]
    low, high = min([low_pass.low - 4, *numbers]), max([80.0, *numbers])
    floor, ceiling = max(low // 5 * 5, 0), min(high // 5 * 5 + 5, 100)
    ticks = [t for t in (20, 30, 40, 50, 62, 68, 80, 90) if floor <= t <= ceiling]
    axis = epc_axis(orient="top", values=ticks, grid=True, domain=True, ticks=False)
    scale = epc_scale(floor, ceiling)
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=180, labelPadding=8))
    picked = alt.selection_point(name="area", fields=["area"])

    def x(field: str) -> alt.X:
        return alt.X(field, axis=axis, scale=scale)

    tip = [alt.Tooltip("area:N", title="Area"),
           alt.Tooltip("mean:Q", title="Class mean, percent correct", format=".0f"),
           alt.Tooltip("low:Q", title="80 % from", format=".1f"), alt.Tooltip("high:Q", title="to", format=".1f"),
           alt.Tooltip("before:Q", title="Class before", format=".0f"),
           alt.Tooltip("students:Q", title="Students")]  # fmt: skip
    gold = alt.Chart(pl.DataFrame({"low": [low_pass.low], "high": [low_pass.high]}))
    drawn = alt.Chart(areas)
    return finish(alt.layer(
        gold.mark_rect(color=c.low_pass, aria=False).encode(x=x("low:Q"), x2=alt.X2("high:Q")),
        drawn.mark_rect(opacity=0, cursor="pointer").encode(y=y, tooltip=tip).add_params(picked),
        drawn.mark_rule(color=c.accent, strokeWidth=2, aria=False).encode(x=x("low:Q"), x2=alt.X2("high:Q"), y=y),
        drawn.mark_point(filled=True, color=c.accent, size=75, opacity=1).encode(x=x("mean:Q"), y=y, tooltip=tip),
        drawn.transform_filter("isValid(datum.before)").mark_point(
            shape="diamond", color=c.soft, size=60, strokeWidth=1.6, opacity=1)
        .encode(x=x("before:Q"), y=y, tooltip=tip),
    ), theme, height=row * max(areas.height, 1))  # fmt: skip
