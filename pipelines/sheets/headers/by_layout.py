"""Headers recognized by a layout, shipped or saved by a person."""

from dataclasses import replace

from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.headers.by_names import Areas, read_as
from pipelines.sheets.headers.header import HEADER_WITHIN, Mapped, Recognized, listed
from pipelines.sheets.headers.layout import Layout
from pipelines.sheets.headers.score_columns import dates_header, score_columns

MELTED = ("instrument", "form", "score", "taken_on")


def by_layouts(layouts: list[Layout], head: list[list[str]], policy: Policy) -> Recognized | None:
    """The header as read with the fitting layout that has the most headers."""
    for i, cells in enumerate(head[:HEADER_WITHIN]):
        for layout in sorted(layouts, key=lambda one: -len(one.headers)):
            if layout.headers and not layout.fits(cells) and not layout.fits_nearly(cells):
                continue
            header = laid_out(layout, cells, i + 1, head[i + 1 : i + 4], policy)
            if layout.headers or (header.scores and not header.missing):
                return header
    return None


def laid_out(layout: Layout, cells: list[str], header_row: int, below: list[list[str]], policy: Policy) -> Recognized:
    """The row as a header of the layout."""
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
        columns = [m for m in columns if m.fills not in MELTED and not m.is_area]  # areas of no known sitting
    more = _added(layout, columns, dates_header(scores, cells) if scores else None)
    columns += [Mapped(place, header, fills) for place, (header, fills) in enumerate(more, len(cells))]
    return Recognized(layout.of, header_row, cells, columns, layout, scores)


def _added(layout: Layout, columns: list[Mapped], date_header: str | None) -> list[tuple[str, str]]:
    """Columns that the sheet lacks, as (shown name, column filled): the layout's constants and questions, and those
    that score columns are melted into, under the header of their dates."""
    there = {m.fills for m in columns}
    added = [(f"{name} of all rows", name) for name in [*layout.constants, *layout.asks] if name not in there]
    if date_header is not None:
        added += [("score column's name", "instrument"), (date_header, "taken_on"), ("score", "score")]
    return added


def with_scores(r: Recognized, file: str, policy: Policy) -> Recognized:
    """Refuses a sheet of score columns none of which has a known instrument."""
    if r.layout and r.layout.scores and not r.scores:
        known = ", ".join(policy.instruments.by_name)
        raise SheetRefused(
            f"{file} is a {r.layout.name}, but none of its columns has the name of a self-assessment we know "
            f"({listed(r.unused[:6])}): put one of {known} into the column's name, or map its columns."
        )
    return r


def misfit(layout: Layout, file: str) -> Recognized:
    """Refuses a sheet without the headers of the layout chosen for it."""
    raise SheetRefused(f"{file} has no row of column names that the layout “{layout.name}” needs: "
                       f"{listed(layout.headers or list(layout.columns))}.")
