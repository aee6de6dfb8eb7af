"""A header by what its columns are called: the kind whose own column names, or content areas, it has."""

from dataclasses import dataclass
from typing import Self

from pipelines.contracts.kinds import KINDS, Kind
from pipelines.errors import SheetRefused, SheetUnclear
from pipelines.policy import Policy
from pipelines.sheets.headers.header import HEADER_WITHIN, Mapped, Recognized, checked, listed
from pipelines.sheets.headers.result_headers import names_a_result
from pipelines.sheets.headers.vocabulary import areas_of, header_key, headers_of, identity_headers, label_key

SHOWN = 6  # headers in a sentence


@dataclass(frozen=True)
class Areas:
    """What headers name areas, and which of them only by a person's decision: where a sheet has the area under its own
    name too, such a column is not used."""

    named: dict[str, str]
    decided: set[str]

    @classmethod
    def of(cls, policy: Policy) -> Self:
        return cls(areas_of(policy), {label_key(label) for label in policy.blueprint.area_labels})


def by_names(head: list[list[str]], file: str, asked: str | None, policy: Policy) -> Recognized:
    """The kind whose own column names the header has. Raises SheetUnclear for a roster that no person named and that
    has columns of results."""
    kinds = [_asked_kind(asked, file)] if asked else list(KINDS.values())
    areas = Areas.of(policy)
    found = [read_as(k, cells, i + 1, areas) for i, cells in enumerate(head[:HEADER_WITHIN]) for k in kinds]
    best = max((_strength(r) for r in found), default=(False, 0))
    same = [r for r in found if _strength(r) == best]
    same = [r for r in same if r.header_row == same[0].header_row] if same else []
    if asked:
        return checked(_complete(same[0] if same else None, file, asked, head), file)
    fuller = max((r.known for r in found), default=0)
    if not best[0] or fuller > best[1]:
        raise SheetRefused(_why_nothing_fits(file, found, head))
    if len(same) > 1:
        names = " or ".join(r.kind.name for r in same)
        raise SheetRefused(f"{file} could be {names}: say which with --kind, or use a template's header.")
    return _without_results(checked(same[0], file), file, policy)


def _without_results(r: Recognized, file: str, policy: Policy) -> Recognized:
    """The sheet; a person must say that it is a roster where that would drop scores or outcomes."""
    results = [header for header in r.unused if names_a_result(header, policy)] if r.kind.name == "roster" else []
    if results:
        more = f" and {len(results) - SHOWN} more" if len(results) > SHOWN else ""
        raise SheetUnclear(
            f"{file} names students as a roster does, but has columns of results ({listed(results[:SHOWN])}{more}): "
            "map its columns on the Upload page, or say --kind roster to leave them out."
        )
    return r


def _strength(r: Recognized) -> tuple[bool, int]:
    return (not r.missing and r.says_something, r.mapped)


def _asked_kind(asked: str, file: str) -> Kind:
    if asked not in KINDS:
        raise SheetRefused(f"{file} cannot be read as {asked!r}; the kinds are {', '.join(KINDS)}.")
    return KINDS[asked]


def read_as(kind: Kind, cells: list[str], header_row: int, areas: Areas) -> Recognized:
    """The row as a header of the kind, with the columns whose names it knows."""
    names = {**(identity_headers() if kind.names_a_student else {}), **headers_of(kind)}
    columns: list[Mapped] = []
    for place, header in enumerate(cells):
        if fills := names.get(header_key(header)):
            columns.append(Mapped(place, header.strip(), fills))
        elif kind.name == "assessments" and header.strip() and (area := areas.named.get(label_key(header))):
            columns.append(Mapped(place, header.strip(), area, is_area=True))
    own = {m.fills for m in columns if m.is_area and label_key(m.header) not in areas.decided}
    columns = [m for m in columns if not (m.fills in own and label_key(m.header) in areas.decided)]
    return Recognized(kind, header_row, cells, columns)


def _complete(r: Recognized | None, file: str, asked: str, head: list[list[str]]) -> Recognized:
    if r is None or not r.columns:
        raise SheetRefused(f"{file} has no header of {asked} in its first {HEADER_WITHIN} rows; use the template.")
    if r.missing:
        raise SheetRefused(
            f"{file} is not a sheet of {asked}: row {r.header_row} has no column {listed(r.missing)}; "
            "rename a column so, or use the template."
        )
    return r


def _why_nothing_fits(file: str, found: list[Recognized], head: list[list[str]]) -> str:
    nearest = max(found, key=lambda r: r.known, default=None)
    if nearest is None or nearest.known == 0:
        return (f"{file} has no row of column names we know in its first {HEADER_WITHIN} rows "
                f"(it begins with {_excerpt(head)}); use a template's header.")
    if nearest.missing:
        return (f"{file} looks like {nearest.kind.name} but has no column {listed(nearest.missing)} in row "
                f"{nearest.header_row}; add it, say --kind, or use a template's header.")
    only = listed([m.header for m in nearest.columns])
    return (f"{file} has a row of column names of which we know only {only}; "
            "say --kind, or use a template's header.")


def _excerpt(head: list[list[str]]) -> str:
    first = next((c.strip() for cells in head for c in cells if c.strip()), "nothing")
    shown = "".join(c if c.isprintable() else " " for c in first[:40])
    return f"“{shown}”"
