"""Headers recognized by column names: the kind whose columns, or content areas, the header names."""

from dataclasses import dataclass
from typing import Self

from pipelines.contracts.kinds import KINDS, Kind
from pipelines.errors import SheetRefused, SheetUnclear
from pipelines.policy import Policy
from pipelines.sheets.headers.column_names import is_time_of_a_sitting
from pipelines.sheets.headers.column_values import Holds, holds, values_at
from pipelines.sheets.headers.form_questions import asked_for, asks_which_exam
from pipelines.sheets.headers.header import HEADER_WITHIN, Mapped, Recognized, checked, listed
from pipelines.sheets.headers.result_headers import names_a_result
from pipelines.sheets.headers.vocabulary import (
    areas_of,
    header_key,
    headers_of,
    label_key,
    short_names,
    student_headers,
)

LISTED_HEADERS = 6  # in a sentence


@dataclass(frozen=True)
class Areas:
    """The headers that name content areas, and the labels among them that a person decided on: such a column is not
    used in a sheet that also has the area under its own name."""

    named: dict[str, str]
    decided: set[str]

    @classmethod
    def of(cls, policy: Policy) -> Self:
        return cls(areas_of(policy), {label_key(label) for label in policy.blueprint.area_labels})


def by_names(head: list[list[str]], file: str, kind_name: str | None, policy: Policy) -> Recognized:
    """The header with the kind whose columns it names."""
    kinds = [_kind_named(kind_name, file)] if kind_name else list(KINDS.values())
    areas = Areas.of(policy)
    headers = [read_as(k, cells, i + 1, areas) for i, cells in enumerate(head[:HEADER_WITHIN]) for k in kinds]
    best = max((_strength(r) for r in headers), default=(False, 0))
    same = [r for r in headers if _strength(r) == best]
    same = [r for r in same if r.header_row == same[0].header_row] if same else []
    if kind_name:
        return checked(_complete(same[0] if same else None, file, kind_name, head), file)
    most_known = max((r.known for r in headers), default=0)
    if not best[0] or most_known > best[1]:
        raise SheetRefused(_why_nothing_fits(file, headers, head))
    if len(same) > 1:
        names = " or ".join(r.kind.name for r in same)
        raise SheetRefused(f"{file} could be {names}: choose its kind, or use a template's header.")
    return checked(same[0], file)


def without_results(r: Recognized, head: list[list[str]], file: str, policy: Policy) -> Recognized:
    """The roster's header; raises SheetUnclear where scores or outcomes would be dropped: a person chooses the kind."""
    numbers = {header.strip() for place, header in enumerate(r.cells) if is_time_of_a_sitting(header)
               and holds(values_at(head[r.header_row :], place)) == Holds.NUMBERS}
    results = [header for header in r.unused if header in numbers or names_a_result(header, policy)]
    if results:
        more = f" and {len(results) - LISTED_HEADERS} more" if len(results) > LISTED_HEADERS else ""
        raise SheetUnclear(
            f"{file} names students like a roster, but has columns of results "
            f"({listed(results[:LISTED_HEADERS])}{more}): "
            "map its columns, or read it as a roster to leave them out."
        )
    return r


def _strength(r: Recognized) -> tuple[bool, int]:
    return (not r.missing and r.has_values, r.mapped)


def _kind_named(kind_name: str, file: str) -> Kind:
    if kind_name not in KINDS:
        raise SheetRefused(f"{file} cannot be read as {kind_name!r}; the kinds are {', '.join(KINDS)}.")
    return KINDS[kind_name]


def read_as(kind: Kind, cells: list[str], header_row: int, areas: Areas) -> Recognized:
    """The row as a header of the kind, with the columns whose names are known."""
    names = {**student_headers(kind), **headers_of(kind), **short_names(kind, cells)}
    columns: list[Mapped] = []
    for place, header in enumerate(cells):
        if fills := names.get(header_key(header)):
            columns.append(Mapped(place, header.strip(), fills))
        elif kind.name == "assessments" and header.strip() and (area := areas.named.get(label_key(header))):
            columns.append(Mapped(place, header.strip(), area, is_area=True))
    columns += _asked_for(cells, columns, names)
    columns += _instrument_named_exam(kind, cells, columns)
    columns += _scaled_score_named_score(kind, cells, columns)
    own = {m.fills for m in columns if m.is_area and label_key(m.header) not in areas.decided}
    columns = [m for m in columns if not (m.fills in own and label_key(m.header) in areas.decided)]
    if kind.name == "roster" and any(m.fills == "last_name" for m in columns):
        columns = [m for m in columns if m.fills != "who:name"]  # the whole name beside its parts
    return Recognized(kind, header_row, cells, columns)


def _asked_for(cells: list[str], columns: list[Mapped], names: dict[str, str]) -> list[Mapped]:
    """The columns whose header is a question for what no other column holds."""
    there, places = {m.fills for m in columns}, {m.place for m in columns}
    found: dict[str, Mapped] = {}
    for place, header in enumerate(cells):
        fills = asked_for(header, names) if place not in places else None
        if fills and fills not in there:
            found.setdefault(fills, Mapped(place, header.strip(), fills))
    return list(found.values())


def _scaled_score_named_score(kind: Kind, cells: list[str], columns: list[Mapped]) -> list[Mapped]:
    """The column “Score” beside an exam and its outcome, where no other is the three-digit score."""
    there = {m.fills for m in columns}
    if kind.name != "attempts" or not {"exam", "outcome"} <= there or "scaled_score" in there:
        return []
    scores = headers_of(KINDS["assessments"])
    return [Mapped(i, c.strip(), "scaled_score") for i, c in enumerate(cells)
            if scores.get(header_key(c)) == "score"][:1]


def _instrument_named_exam(kind: Kind, cells: list[str], columns: list[Mapped]) -> list[Mapped]:
    """The column “Exam” of scores, where no other names the instrument; with an outcome beside it, it is an attempt."""
    there, outcomes = {m.fills for m in columns}, headers_of(KINDS["attempts"])
    if kind.name != "assessments" or "score" not in there or "instrument" in there:
        return []
    if any(outcomes.get(header_key(c)) == "outcome" for c in cells):
        return []
    return [Mapped(i, c.strip(), "instrument") for i, c in enumerate(cells)
            if outcomes.get(header_key(c)) == "exam" or asks_which_exam(c)][:1]


def _complete(r: Recognized | None, file: str, kind_name: str, head: list[list[str]]) -> Recognized:
    if r is None or not r.columns:
        raise SheetRefused(f"{file} has no header of {kind_name} in its first {HEADER_WITHIN} rows; use the template.")
    if r.missing:
        raise SheetRefused(
            f"{file} is not a sheet of {kind_name}: row {r.header_row} has no column {listed(r.missing)}; "
            "rename a column to this, or use the template."
        )
    return r


def _why_nothing_fits(file: str, headers: list[Recognized], head: list[list[str]]) -> str:
    nearest = max(headers, key=lambda r: r.known, default=None)
    if nearest is None or nearest.known == 0:
        return (f"{file} has no row of column names we know in its first {HEADER_WITHIN} rows "
                f"(it begins with {_excerpt(head)}); use a template's header.")
    if nearest.missing:
        return (f"{file} looks like {nearest.kind.name} but has no column {listed(nearest.missing)} in row "
                f"{nearest.header_row}; add it, choose its kind, or use a template's header.")
    known = listed([m.header for m in nearest.columns])
    return (f"{file} has a row of column names of which we know only {known}; "
            "choose its kind, map its columns, or use a template's header.")


def _excerpt(head: list[list[str]]) -> str:
    first = next((c.strip() for cells in head for c in cells if c.strip()), "nothing")
    shown = "".join(c if c.isprintable() else " " for c in first[:40])
    return f"“{shown}”"
