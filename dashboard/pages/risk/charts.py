"""Readiness of a class: a mark for each student, weakest first; in a large class, students by readiness."""

import math
from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, epc_axis, epc_scale, finish, low_pass_layers
from dashboard.words.bands import MARKS, band_text
from dashboard.words.formats import day, percent, percent_range, whole_range
from dashboard.words.risk import reasons_text
from pipelines.contracts.readiness import SCORED_BANDS, Band
from pipelines.policy import Policy

HEIGHT = 185
STRIP_LIMIT = 400  # students drawn one by one; more are counted by readiness
LOWEST_EPC, HIGHEST_EPC = 45, 90


def strip(rows: pl.DataFrame, policy: Policy, theme: str) -> Any:
    """One mark for each student with the 80 % interval behind it. Selections: `brush` on rank, `pick` on student_id.

    `rows`: name, student_id, band_id, readiness with low and high, p_pass with low and high, test_on, reasons;
    weakest first, plotted bands only.
    """
    c = colors(theme)
    axis, scale = epc_axis(), epc_scale(*_span(rows))
    drawn = rows.with_columns(
        pl.Series("rank", range(1, rows.height + 1)),
        pl.Series("interval", [whole_range(*r) for r in _pairs(rows, "readiness")], dtype=pl.String),
        pl.Series(
            "chance",
            [f"{percent(p)} ({percent_range(low, high)})" for p, low, high in rows.select(pl.col("^p_pass.*$")).rows()],
            dtype=pl.String,
        ),
        pl.Series("when", [day(on) for on in rows["test_on"]], dtype=pl.String),
        reasons=reasons_text(),
    ).drop("test_on")
    brush = alt.selection_interval(name="brush", encodings=["x"], mark=alt.BrushConfig(fill=c.accent, fillOpacity=0.12))
    pick = alt.selection_point(name="pick", fields=["student_id"])
    x = alt.X("rank:Q", axis=None, scale=alt.Scale(domain=[0, rows.height + 1], nice=False, zero=False))
    color = _band_color(theme)
    shapes = alt.Scale(domain=list(SCORED_BANDS), range=[MARKS[b].shape for b in SCORED_BANDS])
    shape = alt.Shape("band_id:N", legend=None, scale=shapes)
    base = alt.Chart(drawn).encode(x=x)
    lines = base.mark_rule(strokeWidth=1.4, opacity=0.75, aria=False, clip=True).encode(
        y=alt.Y("readiness_low:Q", axis=axis, scale=scale), y2=alt.Y2("readiness_high:Q"), color=color
    )
    marks = base.mark_point(filled=True, opacity=1, size=_size(rows.height)).encode(
        y=alt.Y("readiness:Q", axis=axis, scale=scale), color=color, shape=shape,
        tooltip=[
            alt.Tooltip("name:N", title="Student"), alt.Tooltip("readiness:Q", title="Readiness, EPC", format=".0f"),
            alt.Tooltip("interval:N", title="80 % interval"),
            alt.Tooltip("chance:N", title="Chance of passing (shared range)"),
            alt.Tooltip("when:N", title="Exam"), alt.Tooltip("reasons:N", title="Why"),
        ],
    ).add_params(brush, pick)  # fmt: skip
    return finish(
        alt.layer(*low_pass_layers(policy.readiness.low_pass, theme, axis, scale), lines, marks), theme, HEIGHT
    )


def _band_color(theme: str) -> alt.Color:
    """Each band in its color of the theme."""
    color_scale = alt.Scale(domain=list(SCORED_BANDS), range=[colors(theme).band[b] for b in SCORED_BANDS])
    return alt.Color("band_id:N", legend=None, scale=color_scale)


def _pairs(rows: pl.DataFrame, figure: str) -> list[tuple[float | None, float | None]]:
    return rows.select(f"{figure}_low", f"{figure}_high").rows()


def _span(rows: pl.DataFrame) -> tuple[float, float]:
    """LOWEST_EPC to HIGHEST_EPC, or as far as the marks themselves go."""
    lowest: float = rows["readiness"].min() or LOWEST_EPC  # type: ignore[assignment]
    highest: float = rows["readiness"].max() or HIGHEST_EPC  # type: ignore[assignment]
    return min(LOWEST_EPC, math.floor(lowest) - 2), max(HIGHEST_EPC, math.ceil(highest) + 1)


def _size(students: int) -> int:
    """The size of a mark: smaller in a larger class, so that marks touch at most."""
    return 34 if students <= 170 else 22 if students <= 260 else 14


def histogram(rows: pl.DataFrame, policy: Policy, theme: str) -> Any:
    """Students by whole EPC, stacked by band, for a class too large to draw one by one. Selection: `brush` on epc."""
    c, low_pass = colors(theme), policy.readiness.low_pass
    bins = (
        rows.with_columns(epc=pl.col("readiness").round().clip(LOWEST_EPC, HIGHEST_EPC))
        .group_by("epc", "band_id").agg(students=pl.len()).with_columns(band=band_text(policy))
        .sort("epc", pl.col("band_id").cast(pl.Enum(Band)))
        .with_columns(top=pl.col("students").cum_sum().over("epc"))
        .with_columns(left=pl.col("epc") - 0.42, right=pl.col("epc") + 0.42, foot=pl.col("top") - pl.col("students"))
    )  # fmt: skip
    brush = alt.selection_interval(name="brush", encodings=["x"], mark=alt.BrushConfig(fill=c.accent, fillOpacity=0.12))
    axis = epc_axis(title="Readiness, EPC", format=".0f")
    scale = alt.Scale(domain=[LOWEST_EPC - 0.5, HIGHEST_EPC + 0.5], nice=False, zero=False)
    x = alt.X("left:Q", axis=axis, scale=scale)
    color = _band_color(theme)
    edges = alt.Chart(pl.DataFrame({"left": [low_pass.low], "high": [low_pass.high], "middle": [low_pass.middle]}))
    gold = edges.mark_rect(color=c.low_pass, aria=False).encode(x=x, x2=alt.X2("high:Q"))
    label = edges.mark_text(baseline="top", color=c.low_pass_label, text="low-pass range", aria=False).encode(
        x=alt.X("middle:Q", axis=axis), y=alt.value(4)
    )
    bars = (
        alt.Chart(bins)
        .mark_bar()
        .encode(
            x=x,
            x2=alt.X2("right:Q"),
            y=alt.Y("foot:Q", title="students", axis=alt.Axis(tickCount=3, grid=True)),
            y2=alt.Y2("top:Q"),
            color=color,
            tooltip=[
                alt.Tooltip("epc:Q", title="Readiness, EPC"),
                alt.Tooltip("band:N", title="Band"),
                alt.Tooltip("students:Q", title="Students", format=","),
            ],
        )
        .add_params(brush)
    )
    return finish(alt.layer(gold, bars, label), theme, HEIGHT)
