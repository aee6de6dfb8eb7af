"""What all charts share: the colors of each theme, the EPC axis, the low-pass band, and the finish.

Charts take the theme's name, "light" or "dark", as an argument; nothing here knows Streamlit.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import polars as pl
from altair.utils.schemapi import disable_debug_mode

from pipelines.contracts.readiness import STATES, Band
from pipelines.policy.readiness import LowPass


@dataclass(frozen=True)
class Colors:
    """The colors of one theme; every mark keeps 3:1 on `paper`, every text 4.5:1."""

    ink: str
    soft: str
    faint: str
    grid: str
    paper: str
    accent: str
    low_pass: str
    low_pass_label: str
    fail: str
    band: dict[str, str]
    window: str
    window_pale: str
    blank: str
    weak_low: str
    weak_high: str


LIGHT = Colors(
    ink="#0E191F", soft="#4E5D66", faint="#7F8F97", grid="#E8ECEE", paper="#FFFFFF", accent="#1D5A7A",
    low_pass="#F3E3B3", low_pass_label="#6B5300", fail="#A32A16",
    band={Band.AT_RISK: "#A32A16", Band.BORDERLINE: "#A55B06", Band.CLOSE_TO_MINIMUM: "#4684B2",
          Band.LIKELY_READY: "#7A9890", **dict.fromkeys(STATES, "#4E5D66")},
    window="#ABC7DB", window_pale="#DFE9F1", blank="#E9ECEE", weak_low="#8E2110", weak_high="#F3D9C9",
)  # fmt: skip
DARK = Colors(
    ink="#E4EAED", soft="#B4C1C8", faint="#7F8F98", grid="#263138", paper="#11181C", accent="#7DB9DA",
    low_pass="#453A18", low_pass_label="#E5CF80", fail="#F79C88",
    band={Band.AT_RISK: "#F79C88", Band.BORDERLINE: "#DE9A3F", Band.CLOSE_TO_MINIMUM: "#5E9CCB",
          Band.LIKELY_READY: "#5F8780", **dict.fromkeys(STATES, "#B4C1C8")},
    window="#3E6A87", window_pale="#22394A", blank="#1F2A30", weak_low="#F7A08E", weak_high="#5A2C22",
)  # fmt: skip


def colors(theme: str) -> Colors:
    """The colors of "dark", or of "light" for anything else."""
    return DARK if theme == "dark" else LIGHT


# -- charts

EPC_TICKS = [50, 62, 68, 80, 90]


def epc_axis(**more: Any) -> alt.Axis:
    """The EPC axis, with ticks at the edges of the low-pass range. Give the same one to every layer."""
    return alt.Axis(**{"values": EPC_TICKS, "title": None, "labelOverlap": False, "labelFlush": False, **more})


def epc_scale(low: float = 40, high: float = 90) -> alt.Scale:
    """EPC from `low` (40 for a student, 45 for a class) to 90; marks outside are drawn at the edge."""
    return alt.Scale(domain=[low, high], nice=False, zero=False, clamp=True)


def low_pass_layers(low_pass: LowPass, theme: str, axis: alt.Axis, scale: alt.Scale, label: bool = True) -> list[Any]:
    """The gold band over a vertical EPC axis, labeled inside at the right: put it first in `alt.layer`."""
    c = colors(theme)
    edges = alt.Chart(pl.DataFrame({"low": [low_pass.low], "high": [low_pass.high], "middle": [low_pass.middle]}))
    y = alt.Y("low:Q", axis=axis, scale=scale)
    layers = [edges.mark_rect(color=c.low_pass, aria=False).encode(y=y, y2=alt.Y2("high:Q"))]
    if label:
        text = edges.mark_text(align="right", dx=-4, color=c.low_pass_label, text="low-pass range", aria=False)
        layers.append(text.encode(x=alt.value("width"), y=alt.Y("middle:Q", axis=axis, scale=scale)))
    return layers


disable_debug_mode()  # it checks every part as it is made; tests check whole charts


class _Trusted:
    """A chart that is not checked against Vega-Lite's schema each time it is drawn: the check is most of a page's
    server time, and tests make it (tests/dashboard, `to_dict(validate=True)`)."""

    def to_dict(self, validate: bool = False, **options: Any) -> Any:
        return super().to_dict(validate=validate, **options)  # type: ignore[misc]


@cache
def _trusted(kind: Any) -> type:
    return type(kind.__name__, (_Trusted, kind), {})


def finish(chart: Any, theme: str, height: int | None = None) -> Any:
    """The chart with our fonts, axes and padding, as wide as its place; call it last, and show it with `theme=None`.

    Concatenated charts have no width of their own: give each part one.
    """
    c = colors(theme)
    looks: dict[str, Any] = {
        "background": "transparent",
        "font": "Source Sans, sans-serif",
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": 12, "titleFontSize": 12, "labelColor": c.soft, "titleColor": c.soft,
            "titleFontWeight": 400, "gridColor": c.grid, "domain": False, "ticks": False,
            "labelPadding": 6, "labelOverlap": False, "labelFlush": False,
        },
        "axisX": {
            "grid": False, "domain": True, "domainColor": c.faint, "ticks": True, "tickSize": 4, "tickColor": c.faint,
        },
        "legend": {"labelFontSize": 12, "labelColor": c.soft, "orient": "top", "title": None},
        "text": {"fontSize": 12, "color": c.soft},
        "rule": {"color": c.faint},
    }  # fmt: skip
    joined = isinstance(chart, alt.HConcatChart | alt.VConcatChart | alt.ConcatChart | alt.FacetChart)
    size: dict[str, Any] = {} if joined else {"width": "container"} | ({"height": height} if height else {})
    chart = chart.configure(**looks)
    for name, value in {"padding": {"left": 0, "right": 4, "top": 2, "bottom": 0}, **size}.items():
        setattr(chart, name, value)  # `properties` would check each against the schema
    kind: Any = type(chart)
    object.__setattr__(chart, "__class__", _trusted(kind))  # plain assignment would be a chart property
    return chart
