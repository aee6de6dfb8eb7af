"""The first rows of a table -> where its header is, what kind of sheet it is, and what each column fills."""

from collections import Counter
from dataclasses import dataclass

from pipelines.contracts import KINDS, Kind
from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.vocabulary import area_of_header, areas_of, header_key, headers_of

HEADER_WITHIN = 30


@dataclass(frozen=True)
class Mapped:
    """One sheet column: its place (from 0), its header as written, and the column or content area it fills."""

    place: int
    header: str
    fills: str
    is_area: bool = False


@dataclass(frozen=True)
class Recognised:
    """A kind read off a header; `header_row` as a spreadsheet numbers rows, `cells` the header as written."""

    kind: Kind
    header_row: int
    cells: list[str]
    columns: list[Mapped]

    @property
    def unused(self) -> list[str]:
        used = {m.place for m in self.columns}
        return [c.strip() for i, c in enumerate(self.cells) if c.strip() and i not in used]

    @property
    def layout(self) -> str:
        own = all(m.is_area or m.header == m.fills for m in self.columns) and not self.unused
        return f"passline {self.kind.name}" if own else f"{self.kind.name} by column names"

    @property
    def missing(self) -> list[str]:
        return [r for r in self.kind.required if r not in {m.fills for m in self.columns}]

    @property
    def mapped(self) -> int:
        """How many columns speak for this kind; content areas do not, other sheets have them too."""
        return sum(not m.is_area for m in self.columns)

    @property
    def says_something(self) -> bool:
        """True where a column outside the key is there: an ID alone could be any sheet's."""
        facts = {m.fills for m in self.columns if not m.is_area} - set(self.kind.key)
        return bool(facts) or sum(bool(c.strip()) for c in self.cells) == 1


def recognise(head: list[list[str]], file: str, asked: str | None, policy: Policy) -> Recognised:
    """What the sheet is. Refuses a sheet with no header of a known kind, or one that could be two kinds."""
    kinds = [_asked_kind(asked, file)] if asked else list(KINDS.values())
    areas = areas_of(policy)
    found = [_read_as(k, cells, i + 1, areas) for i, cells in enumerate(head[:HEADER_WITHIN]) for k in kinds]
    best = max((_strength(r) for r in found), default=(False, 0))
    same = [r for r in found if _strength(r) == best]
    same = [r for r in same if r.header_row == same[0].header_row] if same else []
    if asked:
        return _checked(_complete(same[0] if same else None, file, asked, head), file)
    fuller = max((r.mapped for r in found), default=0)
    if not best[0] or fuller > best[1]:
        raise SheetRefused(_why_nothing_fits(file, found, head))
    if len(same) > 1:
        names = " or ".join(r.kind.name for r in same)
        raise SheetRefused(f"{file} could be {names}: say which with --kind, or use a template's header.")
    return _checked(same[0], file)


def strength(head: list[list[str]], asked: str | None, policy: Policy) -> int:
    """How many columns of the best header are known: tells the right delimiter, or sheet, from the wrong ones."""
    kinds = [KINDS[asked]] if asked in KINDS else list(KINDS.values())
    areas = areas_of(policy)
    rows = head[:HEADER_WITHIN]
    return max((_read_as(k, cells, 1, areas).mapped for cells in rows for k in kinds), default=0)


def _strength(r: Recognised) -> tuple[bool, int]:
    return (not r.missing and r.says_something, r.mapped)


def _asked_kind(asked: str, file: str) -> Kind:
    if asked not in KINDS:
        raise SheetRefused(f"{file} cannot be read as {asked!r}; the kinds are {', '.join(KINDS)}.")
    return KINDS[asked]


def _read_as(kind: Kind, cells: list[str], header_row: int, areas: dict[str, str]) -> Recognised:
    names = headers_of(kind)
    columns = []
    for place, header in enumerate(cells):
        if fills := names.get(header_key(header)):
            columns.append(Mapped(place, header.strip(), fills))
        elif kind.name == "assessments" and header.strip() and (area := area_of_header(header, areas)):
            columns.append(Mapped(place, header.strip(), area, is_area=True))
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
    for fills, n in Counter(m.fills for m in r.columns).items():
        if n > 1:
            headers = _listed([m.header for m in r.columns if m.fills == fills])
            raise SheetRefused(f"{file} has {n} columns for {fills} ({headers}); keep one of them.")
    return r


def _why_nothing_fits(file: str, found: list[Recognised], head: list[list[str]]) -> str:
    nearest = max(found, key=lambda r: r.mapped, default=None)
    if nearest is None or nearest.mapped == 0:
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
