"""When each retaker may sit: the allowed window, the planned date, and what contradicts a rule."""

from datetime import date, timedelta
from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, finish

ROW = 25
MARGIN_DAYS = 10  # drawn before the first mark
EDGE_DAYS = 4  # an older mark stands this far in, so that it does not touch a name
NARROW = "width < 420"
CROSS = "M-.7-1L0-.3L.7-1L1-.7L.3 0L1 .7L.7 1L0 .3L-.7 1L-1 .7L-.3 0L-1-.7Z"
MONTH_LABEL = "timeFormat(datum.value, '%m') == '01' ? timeFormat(datum.value, '%b %Y') : timeFormat(datum.value, '%b')"


def timeline(bars: pl.DataFrame, as_of: date, theme: str) -> Any:
    """`bars` comes from text.bars. A click on a row selects its `student_id` (parameter `pick`)."""
    c = colors(theme)
    first, last = _span(bars, as_of)
    due = pl.col("next_assessment_due_on")
    edge = first + timedelta(days=EDGE_DAYS)
    bars = bars.with_columns(assessment_at=pl.when(due.is_not_null()).then(pl.max_horizontal(due, pl.lit(edge))))
    axis = alt.Axis(title=None, orient="top", grid=True, domain=False, ticks=False, labelAlign="left",
                    tickCount={"interval": "month", "step": max((last - first).days // 300, 1)}, labelExpr=MONTH_LABEL,
                    labelOverlap=True)  # fmt: skip
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=190, labelPadding=8))
    picked = alt.selection_point(name="pick", fields=["student_id"])

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:T", axis=axis, scale=alt.Scale(nice=False))

    def on(field: str, rows: pl.Expr | bool = True) -> Any:
        """A chart of the rows that have this date."""
        return alt.Chart(bars.filter(pl.col(field).is_not_null() & rows))

    def mark(field: str, shape: str, color: str, size: int, rows: pl.Expr | bool = True) -> Any:
        point = on(field, rows).mark_point(shape=shape, filled=True, color=color, size=size, opacity=1)
        return point.encode(x=x(field), y=y, tooltip=_tip())

    def bar(part: str, color: str) -> Any:
        drawn = on(f"{part}_from").mark_bar(color=color, height=12, cornerRadius=2)
        return drawn.encode(x=x(f"{part}_from"), x2=f"{part}_to:T", y=y, tooltip=_tip())

    words = on("word").encode(y=y, x=alt.value("width"), text=alt.Text("word:N"))
    wide = alt.when(NARROW).then(alt.value(0)).otherwise(alt.value(1))
    red = alt.when("datum.warn").then(alt.value(c.fail)).otherwise(alt.value(c.soft))
    layers = [
        alt.Chart(bars).mark_rect(opacity=0, cursor="pointer").encode(y=y, tooltip=_tip()).add_params(picked),
        alt.Chart(pl.DataFrame({"day": [first, last]})).mark_point(opacity=0, aria=False).encode(x=x("day")),
        alt.Chart(pl.DataFrame({"day": [as_of]})).mark_rule(strokeDash=[2, 3], color=c.soft, strokeWidth=1.3)
        .encode(x=x("day")),
        bar("pale", c.window_pale), bar("solid", c.window),
        on("misfit_from").mark_rule(color=c.fail, strokeDash=[4, 2], strokeWidth=2)
        .encode(x=x("misfit_from"), x2=alt.X2("misfit_to:T"), y=y, tooltip=_tip()),
        on("deadline").mark_tick(color=c.ink, thickness=2, height=11).encode(x=x("deadline"), y=y, tooltip=_tip()),
        mark("assessment_at", "triangle-up", c.soft, 65), mark("recommended_on", "diamond", c.accent, 75),
        mark("planned_on", "circle", c.ink, 75, pl.col("warn").not_()),
        mark("planned_on", CROSS, c.fail, 60, pl.col("warn")),
        words.mark_text(align="right", stroke=c.paper, strokeWidth=4, aria=False).encode(opacity=wide),
        words.mark_text(align="right").encode(opacity=wide, color=red),
    ]  # fmt: skip
    drawn = [layer for layer in layers if layer.data.height]
    return finish(alt.layer(*drawn), theme, height=ROW * max(bars.height, 1) + 4)


def _span(bars: pl.DataFrame, as_of: date) -> tuple[date, date]:
    """From shortly before the first recent mark (an older one stands at the edge) to past the last, with room for the
    words on the right."""
    ends = ["pale_to", "solid_to", "deadline", "misfit_to", "planned_on", "recommended_on", "next_assessment_due_on"]
    starts = ["planned_on", "misfit_from", "next_assessment_due_on", "solid_from"]
    last = max([as_of + timedelta(days=90), *(d for e in ends for d in bars[e].drop_nulls())])
    first = min([as_of, *(d for s in starts for d in bars[s].drop_nulls() if d > as_of - timedelta(days=45))])
    return first - timedelta(days=MARGIN_DAYS), last + (last - first) * 0.25


def _tip() -> list[alt.Tooltip]:
    dates = [("earliest_on", "May sit from"), ("latest_safe_on", "Latest, even if the result is slow"),
             ("latest_on", "Latest, if the result takes the usual time"), ("recommended_on", "Recommended"),
             ("planned_on", "Planned"), ("next_assessment_due_on", "Assessment due")]  # fmt: skip
    return [alt.Tooltip("name:N", title="Student"), alt.Tooltip("state:N", title="State"),
            alt.Tooltip("earliest_rule:N", title="Binding rule"),
            *(alt.Tooltip(f"{f}:T", title=t, format="%-d %b %Y") for f, t in dates)]  # fmt: skip
