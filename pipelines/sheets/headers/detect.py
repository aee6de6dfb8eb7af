"""The first rows of a table -> where its header is, what kind of sheet it is, and what each column fills."""

import re
from dataclasses import replace

from pipelines.contracts.kinds import KINDS, Kind
from pipelines.errors import SheetRefused, SheetUnclear
from pipelines.policy import Policy
from pipelines.sheets.headers.by_layout import by_layouts, misfit, with_scores
from pipelines.sheets.headers.by_names import Areas, by_names, read_as
from pipelines.sheets.headers.header import HEADER_WITHIN, Recognized, checked
from pipelines.sheets.headers.layout import Layout, shipped_layouts
from pipelines.sheets.headers.vocabulary import header_key, headers_of, identity_headers

UNITS = re.compile(
    r"(?i)^\(?(%|percent|epc|points?|pts|score|units?|mm/dd/yyyy|m/d/yyyy|dd/mm/yyyy|yyyy-mm-dd|text|number|"
    r"0\s*[-–]\s*\d+|out of \d+|\(?max\.?.*)\)?$"
)
JOINED_NEEDS = 3  # a header over two lines is believed only where it says this much


def recognize(
    head: list[list[str]], file: str, asked: str | None, policy: Policy, layout: Layout | None = None
) -> Recognized:
    """What the sheet is, and which rows right below its header are units. Refuses a sheet with no header of a known
    kind, or one that could be two kinds."""
    found = _recognized(head, file, asked, policy, layout)
    below = enumerate(head[found.header_row : found.header_row + 2], found.header_row + 1)
    return replace(found, units=[row for row, cells in below if _are_units(cells)])


def _are_units(cells: list[str]) -> bool:
    filled = [c.strip() for c in cells if c.strip()]
    return bool(filled) and all(UNITS.search(c) for c in filled)


def _recognized(
    head: list[list[str]], file: str, asked: str | None, policy: Policy, layout: Layout | None = None
) -> Recognized:
    if layout is not None:
        return checked(by_layouts([layout], head, policy) or misfit(layout, file), file)
    shipped = [one for one in shipped_layouts().values() if asked in (None, one.kind)]
    if found := by_layouts([one for one in shipped if not one.fallback], head, policy):
        return with_scores(checked(found, file), file, policy)
    try:
        return by_names(head, file, asked, policy)
    except SheetRefused as refused:
        found = by_layouts([one for one in shipped if one.fallback], head, policy)
        if found and not _is_header(head[found.header_row] if found.header_row < len(head) else [], found.kind):
            return checked(found, file)
        for i in range(min(len(head), HEADER_WITHIN) - 1):
            joined: list[list[str]] = [[]] * (i + 1) + [_joined(head[i], head[i + 1])]
            try:
                found = by_layouts([one for one in shipped if one.fallback], joined, policy)
                if found is None and isinstance(refused, SheetUnclear):
                    continue  # its header stands on one line, only what its columns hold is open
                found = found or by_names(joined, file, asked, policy)
            except SheetRefused:
                continue
            if found.mapped >= JOINED_NEEDS:
                return checked(found, file)
        raise refused


def _is_header(cells: list[str], kind: Kind) -> bool:
    """True where a row names columns itself: then the row above is only the first line of the header."""
    known = {**identity_headers(), **headers_of(kind)}
    return sum(header_key(c) in known for c in cells) > 1


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    """One header from two lines: what stands above, carried over merged cells, before what stands below; but what tells
    the student stands alone."""
    student = {*identity_headers(), *(h for h, fills in headers_of(KINDS["roster"]).items() if fills == "student_id")}
    cells, above = [], ""
    for i in range(max(len(upper), len(lower))):
        above = (upper[i].strip() if i < len(upper) else "") or above
        under = lower[i].strip() if i < len(lower) else ""
        cells.append(under if header_key(under) in student else " ".join(part for part in (above, under) if part))
    return cells


def strength(head: list[list[str]], asked: str | None, policy: Policy, layout: Layout | None = None) -> int:
    """How many columns of the best header are known: tells the right delimiter, or sheet, from the wrong ones."""
    kinds = [KINDS[asked]] if asked in KINDS else list(KINDS.values())
    areas = Areas.of(policy)
    rows = head[:HEADER_WITHIN]
    named = max((read_as(k, cells, 1, areas).known for cells in rows for k in kinds), default=0)
    layouts = [layout] if layout else list(shipped_layouts().values())
    laid_out = [len(one.headers) for one in layouts for cells in rows if one.fits(cells)]
    return max([named, *laid_out])
