"""How often forecasts came true: each bin's share that passed against the mean forecast, with binomial intervals."""

from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, finish

HEIGHT = 300
TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1]
CROWDED_FROM = 0.6, 0.88  # on a phone, on a wide screen: from there on a name would lie on the next bar


def reliability(bins: pl.DataFrame, theme: str) -> Any:
    """`bins` is evaluation.reliability with `of`, its words ("19 of 25"). On the dashed line, forecasts came true."""
    c = colors(theme)
    axis = alt.Axis(format="%", values=TICKS, labelOverlap=False, labelFlush=False)
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("mean:Q", title="Forecast chance", axis=axis, scale=scale)

    def y(field: str) -> alt.Y:
        return alt.Y(field, title="Share that passed", axis=axis, scale=scale)

    line = alt.Chart(pl.DataFrame({"mean": [0.0, 1.0], "rate": [0.0, 1.0]})).mark_line(
        color=c.faint, strokeDash=[4, 4], strokeWidth=1.2, aria=False
    ).encode(x=x, y=y("rate:Q"))  # fmt: skip
    tip = [alt.Tooltip("of:N", title="Passed"), alt.Tooltip("mean:Q", title="Mean forecast chance", format=".0%"),
           alt.Tooltip("rate:Q", title="Share that passed", format=".0%"),
           alt.Tooltip("rate_low:Q", title="95 % interval, from", format=".0%"),
           alt.Tooltip("rate_high:Q", title="to", format=".0%")]  # fmt: skip
    drawn = alt.Chart(bins)
    bars = drawn.mark_rule(color=c.accent, strokeWidth=1.4, aria=False).encode(
        x=x, y=y("rate_low:Q"), y2=alt.Y2("rate_high:Q")
    )
    marks = drawn.mark_point(filled=True, color=c.accent, size=70, opacity=1).encode(x=x, y=y("rate:Q"), tooltip=tip)
    wide = alt.expr(f"width > 520 || datum.mean < {CROWDED_FROM[0]} ? 1 : 0")
    named = drawn.transform_filter(f"datum.mean < {CROWDED_FROM[1]}").encode(
        x=x, y=y("rate:Q"), text=alt.Text("of:N"), opacity=alt.OpacityValue(wide)
    )
    place: dict[str, Any] = {"align": "left", "dx": 7, "dy": 10, "aria": False}
    words = [named.mark_text(stroke=c.paper, strokeWidth=3, **place), named.mark_text(**place)]
    return finish(alt.layer(line, bars, marks, *words), theme, HEIGHT)
