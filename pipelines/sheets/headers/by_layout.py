"""A header by a layout: what a maker's, or a person's, says of the columns it knows."""

from dataclasses import replace

from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.headers.by_names import Areas, read_as
from pipelines.sheets.headers.header import HEADER_WITHIN, Mapped, Recognized, listed
from pipelines.sheets.headers.layout import Layout
from pipelines.sheets.headers.score_columns import score_columns

MELTED = ("instrument", "form", "score", "taken_on")


def by_layouts(layouts: list[Layout], head: list[list[str]], policy: Policy) -> Recognized | None:
    """The header row as the layout with the most headers that fits it reads it."""
    for i, cells in enumerate(head[:HEADER_WITHIN]):
        for layout in sorted(layouts, key=lambda one: -len(one.headers)):
            if layout.headers and not layout.fits(cells) and not layout.fits_nearly(cells):
                continue
            found = _laid_out(layout, cells, i + 1, head[i + 1 : i + 4], policy)
            if layout.headers or (found.scores and not found.missing):
                return found
    return None


def _laid_out(layout: Layout, cells: list[str], header_row: int, below: list[list[str]], policy: Policy) -> Recognized:
    named = {m.place: m for m in read_as(layout.of, cells, header_row, Areas.of(policy)).columns
             if layout.by_name or m.is_area}
    columns = []
    for place, header in enumerate(cells):
        if fills := layout.fills(header):
            columns.append(Mapped(place, header.strip(), fills))
        elif place in named:
            columns.append(named[place])
    scores = score_columns(layout, cells, below, {m.place for m in columns}, policy)
    if scores:
        day = next((m.place for m in columns if m.fills == "taken_on"), None)
        scores = [replace(s, date_place=day) if s.date_place is None else s for s in scores]
        columns = [m for m in columns if m.fills not in MELTED and not m.is_area]  # whose areas, nobody tells
    more = _added(layout, columns, bool(scores))
    columns += [Mapped(place, header, fills) for place, (header, fills) in enumerate(more, len(cells))]
    return Recognized(layout.of, header_row, cells, columns, layout, scores)


def _added(layout: Layout, columns: list[Mapped], melted: bool) -> list[tuple[str, str]]:
    """Columns the sheet has not, as (what they are shown as, what they fill): the layout's constants, and what a sheet
    with a column an instrument is turned into."""
    there = {m.fills for m in columns}
    made = [(f"{name} of all rows", name) for name in [*layout.constants, *layout.asks] if name not in there]
    if melted:
        made += [("score column's name", "instrument"), ("score column's date", "taken_on"), ("score", "score")]
    return made


def with_scores(r: Recognized, file: str, policy: Policy) -> Recognized:
    """Refuses a sheet of score columns of which none is known."""
    if r.by and r.by.scores and not r.scores:
        known = ", ".join(policy.instruments.by_name)
        raise SheetRefused(
            f"{file} is a {r.by.name}, but no column of it names a self-assessment we know "
            f"({listed(r.unused[:6])}): put one of {known} into the column's name, or map its columns."
        )
    return r


def misfit(layout: Layout, file: str) -> Recognized:
    raise SheetRefused(f"{file} has no row of column names that the layout “{layout.name}” needs: "
                       f"{listed(layout.headers or list(layout.columns))}.")
