"""Students x content areas: filled, with the number, where weak; a dot where not known yet; blank where not weak."""

from typing import Any

import altair as alt
import polars as pl

from dashboard.shared.theme import colors, finish

ROW = 19
TILT = alt.ExprRef("width < 420 ? 270 : 325")  # names of areas: steeper on a phone


def heat(cells: pl.DataFrame, areas: list[str], comparison: float, theme: str, row: int = ROW) -> Any:
    """`cells` has student_id, name, area, short, estimate, low, high, state, forms, items; `areas` are short names;
    `row` is a student's height in pixels: below 15 only the color shows.

    A click selects a cell (parameter `cell`: student_id and area), a name (`row`) or an area's name (`column`). After a
    click on a name or an area, the other parameters hold incomplete points.
    """
    c = colors(theme)
    hidden: dict[str, Any] = {"labelColor": "transparent", "domain": False, "ticks": False, "title": None}
    top = alt.Axis(orient="top", labelAngle=TILT, labelLimit=160, labelAlign="left", **hidden)
    x = alt.X("short:N", sort=areas, axis=top, scale=alt.Scale(paddingInner=0.04, paddingOuter=0.02))  # fmt: skip
    y = alt.Y("name:N", sort=None, axis=alt.Axis(labelLimit=150, **hidden), scale=alt.Scale(padding=0.08))
    cell, line, column = (alt.selection_point(name=n, fields=f) for n, f in
                         [("cell", ["student_id", "area"]), ("row", ["student_id"]), ("column", ["area"])])  # fmt: skip
    tip = [alt.Tooltip("name:N", title="Student"), alt.Tooltip("area:N", title="Area"),
           alt.Tooltip("state:N", title="Read as"),
           alt.Tooltip("estimate:Q", title="Percent correct", format=".0f"),
           alt.Tooltip("low:Q", title="80 % from", format=".0f"), alt.Tooltip("high:Q", title="to", format=".0f"),
           alt.Tooltip("forms:Q", title="Forms"), alt.Tooltip("items:Q", title="Items")]  # fmt: skip
    base = alt.Chart(cells)
    worst = comparison - 16
    fill = alt.Color("estimate:Q", legend=None, scale=alt.Scale(
        domain=[worst, comparison - 1], range=[c.weak_low, c.weak_high], clamp=True))  # fmt: skip
    weak = base.transform_filter("datum.state == 'weak'")
    dark_cell = f"datum.estimate < {comparison - 8}"
    on_dark, on_pale = ("#11181C", "#E4EAED") if theme == "dark" else ("#FFFFFF", "#0E191F")
    percent = alt.Text("estimate:Q", format=".0f")
    number = alt.when(dark_cell).then(alt.value(on_dark)).otherwise(alt.value(on_pale))
    # A click reaches every parameter of the layers: a point without area is a name's, one without student an area's.
    names = alt.Chart(cells.select("student_id", "name").unique(maintain_order=True))
    heads = alt.Chart(cells.select("area", "short").unique(maintain_order=True))
    dot = base.transform_filter("datum.state == 'not known yet'").mark_text(
        text="·", fontSize=17 if row >= 15 else 11, color=c.faint, aria=False
    )
    name_labels = names.mark_text(align="right", dx=-8, cursor="pointer", limit=150, fontSize=12 if row >= 15 else 9)
    area_labels = heads.mark_text(align="left", angle=TILT, dx=4, dy=-3, cursor="pointer")
    small = row < 15
    layers = [
        base.mark_rect(color=c.blank).encode(x=x, y=y, tooltip=tip).add_params(cell),
        weak.mark_rect().encode(x=x, y=y, color=fill, tooltip=tip),
        weak.mark_text(fontSize=11, opacity=0 if small else 1, aria=False).encode(x=x, y=y, text=percent, color=number),
        dot.encode(x=x, y=y),
        name_labels.encode(x=alt.value(0), y=y, text=alt.Text("name:N"), tooltip=tip[:1]).add_params(line),
        area_labels.encode(x=x, y=alt.value(0), text=alt.Text("short:N"), tooltip=tip[1:2]).add_params(column),
    ]
    return finish(alt.layer(*layers), theme, height=row * max(cells.get_column("student_id").n_unique(), 1))


def heat_shares(cells: pl.DataFrame, areas: list[str], theme: str) -> Any:
    """Very many students: a row is `students` similar ones, filled by the `share` of them weak in the area.

    `cells` has row, name (first to last position), area, short, share and students.
    """
    c = colors(theme)
    hidden: dict[str, Any] = {"domain": False, "ticks": False, "title": None}
    x = alt.X("short:N", sort=areas, scale=alt.Scale(paddingInner=0.04),
              axis=alt.Axis(orient="top", labelAngle=-60, labelLimit=160, **hidden))  # fmt: skip
    y = alt.Y("name:N", sort=None, scale=alt.Scale(padding=0.04), axis=alt.Axis(labelFontSize=9, **hidden))
    shades = alt.Scale(domain=[0, 0.05, 1], range=[c.blank, c.weak_high, c.weak_low], interpolate="rgb")
    fill = alt.Color("share:Q", legend=None, scale=shades)
    tip = [alt.Tooltip("name:N", title="Students in this order"), alt.Tooltip("area:N", title="Area"),
           alt.Tooltip("share:Q", title="Weak", format=".0%"), alt.Tooltip("students:Q", title="of")]  # fmt: skip
    drawn = alt.Chart(cells).mark_rect().encode(x=x, y=y, color=fill, tooltip=tip)
    return finish(alt.layer(drawn), theme, height=11 * max(cells.get_column("row").n_unique(), 1))
