"""One student's content areas with intervals against the low-pass range, heaviest blueprint weight first."""

from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, epc_axis, epc_scale, finish
from pipelines.contracts.readiness import Band
from pipelines.policy.readiness import LowPass

STATES = ["weak", "not known yet", "not weak"]
# On a long axis the two edges of the low-pass range stand close: on a narrow screen each is named outwards.
APART = alt.expr("width < 260 && datum.value == 62 ? 'right' : width < 260 && datum.value == 68 ? 'left' : 'center'")


def areas(estimates: pl.DataFrame, low_pass: LowPass, theme: str) -> Any:
    """`estimates` has label, estimate, low, high, state, forms, items and gain; see words.areas."""
    c = colors(theme)
    low = estimates.get_column("low").min() if estimates.height else None
    floor = 40.0 if not isinstance(low, float) or low >= 40 else max(low // 10 * 10, 0)
    ticks = [t for t in (10, 20, 30) if t > floor] + [40, 50, 62, 68, 80, 90]
    axis, scale = (
        epc_axis(orient="top", values=ticks, grid=True, domain=True, ticks=False,
                 labelAlign=APART if floor < 40 else "center"),
        epc_scale(low=floor, high=95),
    )
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=210, labelPadding=8))

    def x(field: str) -> alt.X:
        return alt.X(field, axis=axis, scale=scale)

    color = alt.Color(
        "state:N", legend=None, scale=alt.Scale(domain=STATES, range=[c.fail, c.soft, c.band[Band.LIKELY_READY]])
    )
    shape = alt.Shape(
        "state:N", legend=None, scale=alt.Scale(domain=STATES, range=["triangle-down", "circle", "square"])
    )
    gold = alt.Chart(pl.DataFrame({"low": [low_pass.low], "high": [low_pass.high]}))
    drawn = alt.Chart(estimates)
    tip = [alt.Tooltip("area:N", title="Area"), alt.Tooltip("state:N", title="State"),
           alt.Tooltip("estimate:Q", title="Percent correct today", format=".0f"),
           alt.Tooltip("low:Q", title="80 % interval, from", format=".0f"),
           alt.Tooltip("high:Q", title="to", format=".0f"),
           alt.Tooltip("p_below:Q", title="Chance that it truly is below the comparison", format=".0%"),
           alt.Tooltip("forms:Q", title="Forms"), alt.Tooltip("items:Q", title="Items"),
           alt.Tooltip("priority:Q", title="Expected gain, EPC points", format=".1f")]  # fmt: skip
    chart = alt.layer(
        gold.mark_rect(color=c.low_pass, aria=False).encode(x=x("low:Q"), x2=alt.X2("high:Q")),
        drawn.mark_rule(strokeWidth=1.6, clip=True, aria=False).encode(
            x=x("low:Q"), x2=alt.X2("high:Q"), y=y, color=color
        ),
        drawn.mark_point(filled=True, size=75, opacity=1).encode(
            x=x("estimate:Q"), y=y, color=color, shape=shape, tooltip=tip
        ),
    )
    return finish(chart, theme, height=26 * max(estimates.height, 1) + 4)
