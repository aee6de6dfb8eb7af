"""Header detection: from a table's first rows, where the header is, the kind of sheet, and what each column fills."""

import re
from dataclasses import replace

from pipelines.contracts.kinds import KINDS, STORED_KINDS, Kind
from pipelines.errors import SheetRefused, SheetUnclear
from pipelines.policy import Policy
from pipelines.sheets.headers.by_layout import by_layouts, misfit, with_scores
from pipelines.sheets.headers.by_names import Areas, by_names, read_as, without_results
from pipelines.sheets.headers.context import context_values
from pipelines.sheets.headers.header import HEADER_WITHIN, Recognized, checked
from pipelines.sheets.headers.layout import Layout, shipped_layouts
from pipelines.sheets.headers.mixed_results import with_assessments_apart
from pipelines.sheets.headers.one_exam import of_one_exam
from pipelines.sheets.headers.planned_days import list_of_dates, of_people, with_dates_beside
from pipelines.sheets.headers.tracker import by_columns
from pipelines.sheets.headers.vocabulary import header_key, headers_of, identity_headers

UNITS = re.compile(
    r"(?i)^\(?(%|percent|epc|points?|pts|score|units?|mm/dd/yyyy|m/d/yyyy|dd/mm/yyyy|yyyy-mm-dd|text|number|"
    r"0\s*[-–]\s*\d+|out of \d+|\(?max\.?.*)\)?$"
)
UNDATED = "undated_scores"
JOINED_NEEDS = 3  # a header on two lines is used only if at least this many columns are known


def recognize(
    head: list[list[str]], file: str, kind_name: str | None, policy: Policy, layout: Layout | None = None,
    sheet_name: str = "",
) -> Recognized:
    """The header, which rows right below it hold units, and what stands around it. Refuses a sheet without a header of
    a known kind, or one that could be two kinds."""
    try:
        header = _recognized(head, file, kind_name, policy, layout)
        if header.header_row > 1 and header.is_melted and not layout:
            header = _under_a_title(head, file, kind_name, policy, sheet_name) or header
    except SheetRefused:
        found = None if layout else _of_one_exam(head, file, kind_name, policy, sheet_name)
        if found is None:
            raise
        header = found
    header = replace(header, context=context_values(head[: header.header_row - 1], sheet_name, file, policy))
    below = enumerate(head[header.header_row : header.header_row + 2], header.header_row + 1)
    units = [row for row, cells in below if _are_units(cells)]
    return replace(header, units=units, beside=[replace(view, units=units) for view in header.beside])


def _of_one_exam(head: list[list[str]], file: str, kind_name: str | None, policy: Policy, sheet_name: str
                 ) -> Recognized | None:
    around = [context_values(head[:row], sheet_name, file, policy) for row in range(min(len(head), HEADER_WITHIN))]
    return of_one_exam(head, kind_name, around, policy)


def _under_a_title(head: list[list[str]], file: str, kind_name: str | None, policy: Policy, sheet_name: str
                   ) -> Recognized | None:
    """The header of a sheet of one exam whose title was taken for a first line of the header; None where it is one."""
    header = _of_one_exam(head, file, kind_name, policy, sheet_name)
    above = head[: header.header_row - 1] if header else []
    if header is None or not above or any(sum(bool(c.strip()) for c in cells) > 1 for cells in above):
        return None
    return None if by_columns([*([] for _ in above), *head[len(above):]], policy) else header


def _are_units(cells: list[str]) -> bool:
    filled = [c.strip() for c in cells if c.strip()]
    return bool(filled) and all(UNITS.search(c) for c in filled)


def _recognized(
    head: list[list[str]], file: str, kind_name: str | None, policy: Policy, layout: Layout | None = None
) -> Recognized:
    if layout is not None:
        return checked(by_layouts([layout], head, policy) or misfit(layout, file), file)
    if undated := _our_undated_scores(head, policy):
        return checked(undated, file)
    shipped = [one for one in shipped_layouts().values() if kind_name in (None, one.kind)]
    if header := by_layouts([one for one in shipped if not one.fallback], head, policy):
        header = with_scores(checked(header, file), file, policy)
        return header if kind_name else with_assessments_apart(header, policy)
    try:
        named = by_names(head, file, kind_name, policy)
        if named.kind.name != "roster":
            return named if kind_name else with_assessments_apart(with_dates_beside(named, policy), policy)
        if kind_name:
            return named
        return by_columns(head, policy) or of_people(without_results(named, head, file, policy), policy)
    except SheetRefused as refused:
        header = _of_other_kind(head, shipped, kind_name, policy)
        if header and not _is_header(head[header.header_row] if header.header_row < len(head) else [], header.kind):
            return header
        for i in range(min(len(head), HEADER_WITHIN) - 1):
            joined: list[list[str]] = [[]] * (i + 1) + [_joined(head[i], head[i + 1]), *head[i + 2 :]]
            try:
                header = _of_other_kind(joined, shipped, kind_name, policy)
                if header is None and isinstance(refused, SheetUnclear):
                    continue  # its header is on one line; only the meaning of its columns is open
                header = header or by_names(joined[: i + 2], file, kind_name, policy)
            except SheetRefused:
                continue
            if header.mapped >= JOINED_NEEDS:
                return checked(header, file)
        if kind_name is None and not isinstance(refused, SheetUnclear) and (
                header := list_of_dates(head, file, policy)):
            return header
        raise refused


def _our_undated_scores(head: list[list[str]], policy: Policy) -> Recognized | None:
    """The header of Passline's own export of scores without a date; no other sheet is of that kind by itself."""
    kind = STORED_KINDS[UNDATED]
    for i, cells in enumerate(head[:HEADER_WITHIN]):
        if {cell.strip() for cell in cells} == set(kind.columns):
            return read_as(kind, cells, i + 1, Areas.of(policy))
    return None


def _of_other_kind(head: list[list[str]], shipped: list[Layout], kind_name: str | None, policy: Policy
                   ) -> Recognized | None:
    """The header of a tracker, or of a layout that is tried only after the kinds' own column names."""
    if header := by_layouts([one for one in shipped if one.fallback and not one.scores], head, policy):
        return header
    tracker = by_columns(head, policy)
    views = [view for view in tracker.views if kind_name in (None, view.kind.name)] if tracker else []
    return replace(views[0], beside=views[1:]) if views and views[0].is_melted else None


def _is_header(cells: list[str], kind: Kind) -> bool:
    """True where a row has column names itself: then the row above is only the first line of the header."""
    known = {**identity_headers(), **headers_of(kind)}
    return sum(header_key(c) in known for c in cells) > 1


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    """One header from two lines: the upper text, repeated over merged cells, before the lower text; but a column that
    identifies the student keeps the lower text alone."""
    student = {*identity_headers(), *(h for h, fills in headers_of(KINDS["roster"]).items() if fills == "student_id")}
    cells, above = [], ""
    for i in range(max(len(upper), len(lower))):
        above = (upper[i].strip() if i < len(upper) else "") or above
        below = lower[i].strip() if i < len(lower) else ""
        cells.append(below if header_key(below) in student else " ".join(part for part in (above, below) if part))
    return cells


def strength(head: list[list[str]], kind_name: str | None, policy: Policy, layout: Layout | None = None) -> int:
    """How many columns of the best header are known: the right delimiter has the most."""
    kinds = [KINDS[kind_name]] if kind_name in KINDS else list(KINDS.values())
    areas = Areas.of(policy)
    rows = head[:HEADER_WITHIN]
    named = max((read_as(k, cells, 1, areas).known for cells in rows for k in kinds), default=0)
    layouts = [layout] if layout else list(shipped_layouts().values())
    by_headers = [len(one.headers) for one in layouts for cells in rows if one.fits(cells)]
    return max([named, *by_headers])
