"""The first rows of a table -> where its header is, what kind of sheet it is, and what each column fills."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Self

from pipelines.contracts.kinds import KINDS, WHO, Kind
from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.layout import Layout, shipped_layouts
from pipelines.sheets.score_columns import ScoreColumn, score_columns
from pipelines.sheets.vocabulary import areas_of, header_key, headers_of, label_key, who_headers

HEADER_WITHIN = 30
UNITS = re.compile(
    r"(?i)^\(?(%|percent|epc|points?|pts|score|units?|mm/dd/yyyy|m/d/yyyy|dd/mm/yyyy|yyyy-mm-dd|text|number|"
    r"0\s*[-–]\s*\d+|out of \d+|\(?max\.?.*)\)?$"
)
MELTED = ("instrument", "form", "score", "taken_on")
JOINED_NEEDS = 3  # a header over two lines is believed only where it says this much


@dataclass(frozen=True)
class Mapped:
    """One sheet column: its place (from 0), its header as written, and the column or content area it fills."""

    place: int
    header: str
    fills: str
    is_area: bool = False


@dataclass(frozen=True)
class Recognised:
    """A kind read off a header; `header_row` as a spreadsheet numbers rows, `cells` the header as written.

    `by` is the layout that says what the columns mean, if one does; `scores` are its columns of one instrument each.
    `days` and `said` are what a person said: when a score column was taken, and what holds for all rows.
    """

    kind: Kind
    header_row: int
    cells: list[str]
    columns: list[Mapped]
    by: Layout | None = None
    scores: list[ScoreColumn] = field(default_factory=list)
    days: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    units: list[int] = field(default_factory=list)

    @property
    def unused(self) -> list[str]:
        used = {m.place for m in self.columns} | {p for s in self.scores for p in s.places}
        ours = {"passline reason"}
        return [c.strip() for i, c in enumerate(self.cells) if c.strip() and i not in used and c.strip() not in ours]

    @property
    def layout(self) -> str:
        if self.by:
            return self.by.name
        own = all(m.is_area or m.header == m.fills for m in self.columns) and not self.unused
        return f"passline {self.kind.name}" if own else f"{self.kind.name} by column names"

    def place_of(self, fills: str) -> int | None:
        return next((m.place for m in self.columns if m.fills == fills), None)

    @property
    def who(self) -> list[str]:
        """The columns, beside student_id, that tell whom a row is about."""
        return [m.fills for m in self.columns if m.fills in WHO]

    @property
    def undated(self) -> list[ScoreColumn]:
        """Score columns of which neither the sheet nor a person says when they were taken."""
        return [s for s in self.scores if s.date_place is None and not s.day and s.header not in self.days]

    @property
    def unsaid(self) -> list[str]:
        """Columns the layout asks for that the sheet has not and nobody has said yet."""
        there = {m.fills for m in self.columns if m.place < len(self.cells)}
        return [name for name in (self.by.asks if self.by else []) if name not in there and not self.said.get(name)]

    @property
    def missing(self) -> list[str]:
        """Required columns that are not there; an e-mail, a USMLE ID or a name may stand for the student's ID."""
        there = {m.fills for m in self.columns} | ({*self.by.constants, *self.by.asks} if self.by else set())
        if there & {"who:usmle_id", "who:email", "who:name", "who:last_name"}:
            there.add("student_id")
        if self.scores:
            there |= {"instrument", "taken_on", "score"}
        return [r for r in self.kind.required if r not in there]

    @property
    def mapped(self) -> int:
        """How many columns speak for this kind; content areas do not, other sheets have them too."""
        facts = sum(not m.is_area and m.fills not in WHO for m in self.columns)
        return facts if self.missing else facts + sum(m.fills in WHO for m in self.columns)

    @property
    def known(self) -> int:
        """Columns of the kind itself, whether or not it is complete."""
        return sum(not m.is_area and m.fills not in WHO for m in self.columns)

    @property
    def says_something(self) -> bool:
        """True where a column outside the key is there: an ID alone could be any sheet's."""
        facts = {m.fills for m in self.columns if not m.is_area} - set(self.kind.key) - set(WHO)
        return bool(facts) or sum(bool(c.strip()) for c in self.cells) == 1


@dataclass(frozen=True)
class _Areas:
    """What headers name areas, and which of them only by a person's decision: where a sheet has the area under its own
    name too, such a column is not used."""

    named: dict[str, str]
    decided: set[str]

    @classmethod
    def of(cls, policy: Policy) -> Self:
        return cls(areas_of(policy), {label_key(label) for label in policy.area_labels})


def recognise(
    head: list[list[str]], file: str, asked: str | None, policy: Policy, layout: Layout | None = None
) -> Recognised:
    """What the sheet is, and which rows right below its header are units. Refuses a sheet with no header of a known
    kind, or one that could be two kinds."""
    found = _recognised(head, file, asked, policy, layout)
    below = enumerate(head[found.header_row : found.header_row + 2], found.header_row + 1)
    return replace(found, units=[row for row, cells in below if _are_units(cells)])


def _are_units(cells: list[str]) -> bool:
    filled = [c.strip() for c in cells if c.strip()]
    return bool(filled) and all(UNITS.search(c) for c in filled)


def _recognised(
    head: list[list[str]], file: str, asked: str | None, policy: Policy, layout: Layout | None = None
) -> Recognised:
    if layout is not None:
        return _checked(_by_layouts([layout], head, policy) or _misfit(layout, file), file)
    shipped = [one for one in shipped_layouts().values() if asked in (None, one.kind)]
    if found := _by_layouts([one for one in shipped if not one.fallback], head, policy):
        return _with_scores(_checked(found, file), file)
    try:
        return _by_names(head, file, asked, policy)
    except SheetRefused as refused:
        found = _by_layouts([one for one in shipped if one.fallback], head, policy)
        if found and not _is_header(head[found.header_row] if found.header_row < len(head) else [], found.kind):
            return _checked(found, file)
        for i in range(min(len(head), HEADER_WITHIN) - 1):
            joined: list[list[str]] = [[]] * (i + 1) + [_joined(head[i], head[i + 1])]
            try:
                found = _by_layouts([one for one in shipped if one.fallback], joined, policy)
                found = found or _by_names(joined, file, asked, policy)
            except SheetRefused:
                continue
            if found.mapped >= JOINED_NEEDS:
                return _checked(found, file)
        raise refused


def _by_names(head: list[list[str]], file: str, asked: str | None, policy: Policy) -> Recognised:
    """The kind whose own column names the header has."""
    kinds = [_asked_kind(asked, file)] if asked else list(KINDS.values())
    areas = _Areas.of(policy)
    found = [_read_as(k, cells, i + 1, areas) for i, cells in enumerate(head[:HEADER_WITHIN]) for k in kinds]
    best = max((_strength(r) for r in found), default=(False, 0))
    same = [r for r in found if _strength(r) == best]
    same = [r for r in same if r.header_row == same[0].header_row] if same else []
    if asked:
        return _checked(_complete(same[0] if same else None, file, asked, head), file)
    fuller = max((r.known for r in found), default=0)
    if not best[0] or fuller > best[1]:
        raise SheetRefused(_why_nothing_fits(file, found, head))
    if len(same) > 1:
        names = " or ".join(r.kind.name for r in same)
        raise SheetRefused(f"{file} could be {names}: say which with --kind, or use a template's header.")
    return _checked(same[0], file)


def _by_layouts(layouts: list[Layout], head: list[list[str]], policy: Policy) -> Recognised | None:
    """The header row as the layout with the most headers that fits it reads it."""
    for i, cells in enumerate(head[:HEADER_WITHIN]):
        for layout in sorted(layouts, key=lambda one: -len(one.headers)):
            if layout.headers and not layout.fits(cells) and not layout.fits_nearly(cells):
                continue
            found = _laid_out(layout, cells, i + 1, head[i + 1 : i + 4], policy)
            if layout.headers or (found.scores and not found.missing):
                return found
    return None


def _laid_out(layout: Layout, cells: list[str], header_row: int, below: list[list[str]], policy: Policy) -> Recognised:
    named = {m.place: m for m in _read_as(layout.of, cells, header_row, _Areas.of(policy)).columns
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
    more = added(layout, columns, bool(scores))
    columns += [Mapped(place, header, fills) for place, (header, fills) in enumerate(more, len(cells))]
    return Recognised(layout.of, header_row, cells, columns, layout, scores)


def added(layout: Layout, columns: list[Mapped], melted: bool) -> list[tuple[str, str]]:
    """Columns the sheet has not, as (what they are shown as, what they fill): the layout's constants, and what a sheet
    with a column an instrument is turned into."""
    there = {m.fills for m in columns}
    made = [(f"{name} of all rows", name) for name in [*layout.constants, *layout.asks] if name not in there]
    if melted:
        made += [("score column's name", "instrument"), ("score column's date", "taken_on"), ("score", "score")]
    return made


def _with_scores(r: Recognised, file: str) -> Recognised:
    if r.by and r.by.scores and not r.scores:
        raise SheetRefused(
            f"{file} is a {r.by.name}, but no column of it names a self-assessment we know "
            f"({_listed(r.unused[:6])}): put CBSE, CBSSA, UWSA or another into the column's name, or map its columns."
        )
    return r


def _misfit(layout: Layout, file: str) -> Recognised:
    raise SheetRefused(f"{file} has no row of column names that the layout “{layout.name}” needs: "
                       f"{_listed(layout.headers or list(layout.columns))}.")


def _is_header(cells: list[str], kind: Kind) -> bool:
    """True where a row names columns itself: then the row above is only the first line of the header."""
    known = {**who_headers(), **headers_of(kind)}
    return sum(header_key(c) in known for c in cells) > 1


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    """One header from two lines: what stands above, carried over merged cells, before what stands below; but what tells
    the student stands alone."""
    student = {*who_headers(), *(h for h, fills in headers_of(KINDS["roster"]).items() if fills == "student_id")}
    cells, above = [], ""
    for i in range(max(len(upper), len(lower))):
        above = (upper[i].strip() if i < len(upper) else "") or above
        under = lower[i].strip() if i < len(lower) else ""
        cells.append(under if header_key(under) in student else " ".join(part for part in (above, under) if part))
    return cells


def strength(head: list[list[str]], asked: str | None, policy: Policy, layout: Layout | None = None) -> int:
    """How many columns of the best header are known: tells the right delimiter, or sheet, from the wrong ones."""
    kinds = [KINDS[asked]] if asked in KINDS else list(KINDS.values())
    areas = _Areas.of(policy)
    rows = head[:HEADER_WITHIN]
    by_names = max((_read_as(k, cells, 1, areas).known for cells in rows for k in kinds), default=0)
    layouts = [layout] if layout else list(shipped_layouts().values())
    by_layout = [len(one.headers) for one in layouts for cells in rows if one.fits(cells)]
    return max([by_names, *by_layout])


def _strength(r: Recognised) -> tuple[bool, int]:
    return (not r.missing and r.says_something, r.mapped)


def _asked_kind(asked: str, file: str) -> Kind:
    if asked not in KINDS:
        raise SheetRefused(f"{file} cannot be read as {asked!r}; the kinds are {', '.join(KINDS)}.")
    return KINDS[asked]


def _read_as(kind: Kind, cells: list[str], header_row: int, areas: _Areas) -> Recognised:
    names = {**(who_headers() if kind.names_a_student else {}), **headers_of(kind)}
    columns: list[Mapped] = []
    for place, header in enumerate(cells):
        if fills := names.get(header_key(header)):
            columns.append(Mapped(place, header.strip(), fills))
        elif kind.name == "assessments" and header.strip() and (area := areas.named.get(label_key(header))):
            columns.append(Mapped(place, header.strip(), area, is_area=True))
    own = {m.fills for m in columns if m.is_area and label_key(m.header) not in areas.decided}
    columns = [m for m in columns if not (m.fills in own and label_key(m.header) in areas.decided)]
    return Recognised(kind, header_row, cells, columns)


def _complete(r: Recognised | None, file: str, asked: str, head: list[list[str]]) -> Recognised:
    if r is None or not r.columns:
        raise SheetRefused(f"{file} has no header of {asked} in its first {HEADER_WITHIN} rows; use the template.")
    if r.missing:
        raise SheetRefused(
            f"{file} is not a sheet of {asked}: row {r.header_row} has no column {_listed(r.missing)}; "
            "rename a column so, or use the template."
        )
    return r


def _checked(r: Recognised, file: str) -> Recognised:
    said: set[str] = set()  # a second column that tells the student's name is not needed; of values there is one
    columns = [m for m in r.columns if m.fills not in WHO or not (m.fills in said or said.add(m.fills))]  # type: ignore[func-returns-value]
    r = replace(r, columns=columns)
    for fills, n in Counter(m.fills for m in r.columns).items():
        if n > 1:
            headers = _listed([m.header for m in r.columns if m.fills == fills])
            raise SheetRefused(f"{file} has {n} columns for {fills} ({headers}); keep one of them.")
    return r


def _why_nothing_fits(file: str, found: list[Recognised], head: list[list[str]]) -> str:
    nearest = max(found, key=lambda r: r.known, default=None)
    if nearest is None or nearest.known == 0:
        return (f"{file} has no row of column names we know in its first {HEADER_WITHIN} rows "
                f"(it begins with {_excerpt(head)}); use a template's header.")
    if nearest.missing:
        return (f"{file} looks like {nearest.kind.name} but has no column {_listed(nearest.missing)} in row "
                f"{nearest.header_row}; add it, say --kind, or use a template's header.")
    only = _listed([m.header for m in nearest.columns])
    return (f"{file} has a row of column names of which we know only {only}; "
            "say --kind, or use a template's header.")


def _excerpt(head: list[list[str]]) -> str:
    first = next((c.strip() for cells in head for c in cells if c.strip()), "nothing")
    shown = "".join(c if c.isprintable() else " " for c in first[:40])
    return f"“{shown}”"


def _listed(names: list[str]) -> str:
    return ", ".join("".join(c if c.isprintable() else " " for c in n[:60]) for n in names)
