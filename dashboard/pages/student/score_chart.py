"""One student's scores over time against the low-pass range, with readiness and its forecast."""

from datetime import date
from typing import Any, Literal, get_args

import altair as alt
import polars as pl

from dashboard.shared.theme import EPC_TICKS, colors, epc_axis, epc_scale, finish, low_pass_layers
from pipelines.policy.instruments import Shape
from pipelines.policy.readiness import LowPass

NARROW = "width < 520"
SHAPES = list(get_args(Shape))
STEPS = [1, 2, 3, 4, 6, 12]  # months between two names on the axis: parts of a year, so that Januaries are named


def fan(path: pl.DataFrame, scores: pl.DataFrame, events: pl.DataFrame, as_of: date, low_pass: LowPass,
        theme: str) -> Any:  # fmt: skip
    """`path` is Readiness.trajectory; `scores` and `events` come from score_chart_data. Forecast is dashed."""
    c = colors(theme)
    floor = _floor(scores)
    axis, scale = epc_axis(values=[t for t in (10, 20, 30, 40) if t >= floor] + EPC_TICKS), epc_scale(low=floor)
    x_axis = alt.Axis(
        title=None, labelOverlap="greedy", labelSeparation=6, labelExpr=MONTHS,
        tickCount={"interval": "month", "step": _step(path)},
    )  # fmt: skip
    x = alt.X("day:T", axis=x_axis, scale=alt.Scale(nice=False))

    def y(field: str) -> alt.Y:
        return alt.Y(field, axis=axis, scale=scale)

    layers = low_pass_layers(low_pass, theme, axis, scale, label=False)
    if path.height:
        drawn = alt.Chart(path)
        tip = [alt.Tooltip("day:T", title="Day", format="%-d %b %Y"),
               alt.Tooltip("mean:Q", title="Readiness, EPC", format=".0f"),
               alt.Tooltip("low_80:Q", title="80 % interval, from", format=".0f"),
               alt.Tooltip("high_80:Q", title="to", format=".0f")]  # fmt: skip
        for level, opacity in [("80", 0.16), ("50", 0.22)]:
            shade = drawn.mark_area(color=c.accent, opacity=opacity, aria=False)
            layers.append(shade.encode(x=x, y=y(f"low_{level}:Q"), y2=alt.Y2(f"high_{level}:Q")))
        for part, dash in [
            (path.filter(pl.col("day") <= as_of), [1, 0]),
            (path.filter(pl.col("day") >= as_of), [5, 4]),
        ]:
            line = alt.Chart(part).mark_line(color=c.accent, strokeWidth=2, strokeDash=dash)
            layers.append(line.encode(x=x, y=y("mean:Q"), tooltip=tip))
    side = _free_side(scores, path, low_pass)
    band = alt.Chart(pl.DataFrame({"place": [_beside(path, side, low_pass)]})).mark_text(
        align=side, dx=6 if side == "left" else -6, color=c.low_pass_label, aria=False,
        text=f"low-pass range {low_pass.low:.0f}–{low_pass.high:.0f}",
    )  # fmt: skip
    layers.append(band.encode(x=alt.value(0 if side == "left" else "width"), y=y("place:Q")))
    layers += _rules(events, x, theme) + _scores(scores, x, y, theme)
    chart = finish(alt.layer(*layers), theme, height=320)
    chart.padding = {"left": 0, "right": 4, "top": 2, "bottom": 4}
    return chart


MONTHS = (
    "timeFormat(datum.value, '%m') == '01' || datum.index == 0 ? timeFormat(datum.value, '%b %Y')"
    " : timeFormat(datum.value, '%b')"
)


def _floor(scores: pl.DataFrame) -> float:
    lowest = scores.get_column("epc").min() if scores.height else None
    return 40 if not isinstance(lowest, float) or lowest >= 42 else max(lowest // 5 * 5 - 5, 0)


def _free_side(scores: pl.DataFrame, path: pl.DataFrame, low_pass: LowPass) -> Literal["left", "right"]:
    """Where the band's name is clearer of scores and their labels; at the left where both are alike."""
    if not path.height or not scores.height:
        return "left"
    first, last = path.item(0, "day"), path.item(-1, "day")
    share = (last - first) * 0.2
    crossing = scores.filter(pl.col("high") + 5 > low_pass.low, pl.col("low") < low_pass.high).get_column("taken_on")
    left, right = (crossing <= first + share).sum(), (crossing >= last - share).sum()
    return "right" if right < left else "left"


def _beside(path: pl.DataFrame, side: str, low_pass: LowPass) -> float:
    """The EPC at which the band's name stands: its middle, or away from a readiness line that runs through it there."""
    mean = path.item(0 if side == "left" else -1, "mean") if path.height else None
    if mean is None or not low_pass.low < mean < low_pass.high:
        return low_pass.middle
    away = (low_pass.high - low_pass.low) / 4
    return low_pass.middle - away if mean >= low_pass.middle else low_pass.middle + away


def _step(path: pl.DataFrame) -> int:
    if not path.height:
        return 1
    days = path.get_column("day")
    wanted = (days[-1] - days[0]).days // 200
    return next((step for step in STEPS if step >= wanted), STEPS[-1])


def _rules(events: pl.DataFrame, x: alt.X, theme: str) -> list[Any]:
    """Dotted rules with their words above the plot, on as many lines as keep them apart."""
    c = colors(theme)
    ink = {
        "today": c.soft,
        "planned": c.accent,
        "fail": c.fail,
        "pass": c.accent,
        "incomplete": c.soft,
        "pending": c.soft,
    }
    words = pl.concat([
        events.select(
            "day", "label", color=pl.col("kind").replace_strict(ink, default=c.soft), side=pl.col(f"{layout}_side"),
            above=-15 * pl.col(layout), layout=pl.lit(layout),
        )
        for layout in ("wide", "phone")
    ])
    color = alt.Color("color:N", scale=None, legend=None)
    rules = alt.Chart(words.filter(layout="wide")).mark_rule(strokeDash=[2, 3], strokeWidth=1.3)
    layers: list[Any] = [rules.encode(x=x, color=color, tooltip=alt.Tooltip("label:N"))]
    for (layout, side), part in words.group_by("layout", "side", maintain_order=True):
        text = alt.Chart(part).mark_text(
            align=side, dx=-3 if side == "right" else 3, dy=-4, baseline="bottom", aria=False
        )
        layers.append(text.encode(
            x=x, y=alt.value(0), yOffset=alt.YOffset("above:Q", scale=None), color=color, text=alt.Text("label:N"),
            opacity=_shown(str(layout)),
        ))
    return layers


def _shown(layout: str) -> Any:
    """Opaque on a wide screen or on a phone, whichever the layout is for."""
    narrow = alt.expr(f"{NARROW} ? 1 : 0") if layout == "phone" else alt.expr(f"{NARROW} ? 0 : 1")
    return alt.OpacityValue(narrow)


def _scores(scores: pl.DataFrame, x: alt.X, y: Any, theme: str) -> list[Any]:
    """Filled marks are equated NBME forms, hollow ones converted; the line behind is the 80 % interval."""
    c = colors(theme)
    if not scores.height:
        return []
    drawn = alt.Chart(scores.rename({"taken_on": "day"}))
    shape = alt.Shape("shape:N", legend=None, scale=alt.Scale(domain=SHAPES, range=SHAPES))
    tip = [alt.Tooltip("label:N", title="Score"), alt.Tooltip("epc:Q", title="EPC", format=".0f"),
           alt.Tooltip("low:Q", title="80 % interval, from", format=".0f"),
           alt.Tooltip("high:Q", title="to", format=".0f"),
           alt.Tooltip("printed_probability:Q", title="NBME's printed probability", format=".0%"),
           alt.Tooltip("day:T", title="Taken", format="%-d %b %Y"),
           alt.Tooltip("age_days:Q", title="Days old")]  # fmt: skip
    marks: list[Any] = [drawn.mark_rule(color=c.ink, strokeWidth=1.4, opacity=0.7, aria=False)
                        .encode(x=x, y=y("low:Q"), y2=alt.Y2("high:Q"))]  # fmt: skip
    marks.append(drawn.mark_point(size=70, opacity=1, strokeWidth=1.7, stroke=c.ink).encode(
        x=x, y=y("epc:Q"), shape=shape, tooltip=tip,
        fill=alt.when("datum.anchor").then(alt.value(c.ink)).otherwise(alt.value(c.paper))))  # fmt: skip
    halo = {"stroke": alt.StrokeValue(c.paper), "strokeWidth": alt.StrokeWidthValue(3)}
    for layout in ("wide", "phone"):
        labeled = alt.Chart(scores.rename({"taken_on": "day"}).filter(pl.col(layout) != ""))
        text = labeled.mark_text(fontSize=11, baseline="bottom", dy=-4, aria=False)
        words = {"x": x, "y": y("high:Q"), "text": alt.Text(f"{layout}:N"), "opacity": _shown(layout)}
        marks += [text.encode(**words, **halo), text.encode(**words)]
    return marks
