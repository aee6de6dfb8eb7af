"""Mapping suggestions for a sheet with an unknown layout: from column names, checked against the values."""

import re
from collections.abc import Set
from typing import Any

from rapidfuzz import fuzz, process

from pipelines.contracts.kinds import IDENTITY_FIELDS, KINDS, Kind
from pipelines.policy import Policy
from pipelines.sheets.headers.column_values import is_id, is_mail
from pipelines.sheets.headers.header import Mapped, Recognized
from pipelines.sheets.headers.layout import Layout, Scores, layout_of
from pipelines.sheets.headers.vocabulary import (
    ALIKE,
    READABLE,
    header_key,
    headers_of,
    instrument_of,
    instruments_of,
    student_headers,
)
from pipelines.sheets.rows.cell_values import parsed
from pipelines.sheets.rows.cells import Cell, cells_of
from pipelines.sheets.values import dates_of, number_of

SCORE_OF = "score of "
DAY = "taken_on"
LARGEST_SCORE = 999
NAMES = {"last_name", "first_name", "who:name", "who:last_name", "who:first_name"}


def targets(kind: str, policy: Policy) -> list[str]:
    """The targets that a column of this kind of sheet may be mapped to, in template order."""
    identity = list(IDENTITY_FIELDS) if KINDS[kind].names_a_student else ["who:name"] if kind == "roster" else []
    scores = [f"{SCORE_OF}{name}" for name in policy.instruments.by_name] if kind == "assessments" else []
    return [*KINDS[kind].columns, *identity, *scores]


def suggested(
    kind: str, header: list[str], below: list[list[str]], policy: Policy, roster_ids: Set[str] = frozenset()
) -> dict[int, str]:
    """A suggested target for each column (by its place); no target is used twice, and columns nothing fits are left
    out. A column of IDs, those of the roster above all, or of e-mails is that, whatever its name."""
    kind_of_sheet = KINDS[kind]
    names = {**student_headers(kind_of_sheet), **headers_of(kind_of_sheet)}
    instruments = instruments_of(policy, exams=False)
    scored: dict[int, tuple[float, str]] = {}
    for place, text in enumerate(header):
        values = _values(below, place)
        best = _most_alike(header_key(text), list(names))
        identity = _by_identity(kind_of_sheet, names[best] if best else None, values, roster_ids)
        if identity:
            scored[place] = identity
        elif kind == "assessments" and (known := instrument_of(text.replace("%", " "), instruments)):
            scored[place] = (100.0, f"{SCORE_OF}{known[0]}")
        elif best and _readable(kind_of_sheet, names[best], text, values, policy):
            scored[place] = (fuzz.ratio(header_key(text), best), names[best])
    taken: set[str] = set()
    chosen: dict[int, str] = {}
    for place, (_, target) in sorted(scored.items(), key=lambda one: -one[1][0]):
        if target not in taken or target.startswith(SCORE_OF):
            chosen[place] = target
            taken.add(target)
    wide = any(target.startswith(SCORE_OF) for target in taken)
    return chosen if wide else {**by_values(kind_of_sheet, below, chosen), **chosen}


def _by_identity(
    kind: Kind, named: str | None, values: list[str], roster_ids: Set[str]
) -> tuple[float, str] | None:
    """The target of a column whose values identify students, and how sure it is: e-mails, IDs of the roster, or IDs
    under the name of a name."""
    if not values or not (kind.names_a_student or kind.name == "roster"):
        return None
    if all(map(is_mail, values)):
        return 0.0, "email" if kind.name == "roster" else "who:email"
    if sum(value in roster_ids for value in values) > READABLE * len(values):
        return 200.0, "student_id"
    if named in NAMES and sum(map(is_id, values)) > READABLE * len(values):
        return 50.0, "student_id"
    return None


def _most_alike(header: str, names: list[str]) -> str | None:
    """The name most like a header: by its words, then by its letters (“ID” shares its word with “USMLE ID”)."""
    alike = process.extract(header, names, scorer=fuzz.token_set_ratio, score_cutoff=ALIKE, limit=None)
    return max((name for name, *_ in alike), key=lambda name: fuzz.ratio(header, name), default=None)


def by_values(kind: Kind, below: list[list[str]], chosen: dict[int, str]) -> dict[int, str]:
    """The only column of dates, and the only one of scores, among columns without a suggestion by name."""
    by_value = {}
    for target, is_one in {DAY: _is_day, "score": _is_score}.items():
        if target not in kind.required or target in chosen.values():
            continue
        fits = [place for place in range(max(map(len, below), default=0)) if place not in chosen
                and (values := _values(below, place)) and all(map(is_one, values))]
        if len(fits) == 1:
            by_value[fits[0]] = target
    return by_value


def _values(below: list[list[str]], place: int) -> list[str]:
    return [row[place].strip() for row in below if place < len(row) and row[place].strip()]


def _is_day(text: str) -> bool:
    return any(dates_of(text))


def _is_score(text: str) -> bool:
    number = number_of(text, ";")
    return number is not None and 0 <= number <= LARGEST_SCORE and not re.match(r"0\d", text)


def mapping(
    name: str, kind: str, header: list[str], chosen: dict[int, str], constants: dict[str, str]
) -> dict[str, Any]:
    """A layout made of a person's choices, as data; the next sheet is recognized by its headers. A date for all rows
    holds for this sheet only: the next one asks for its own."""
    columns = {header[p].strip(): t for p, t in chosen.items() if not t.startswith(SCORE_OF)}
    instruments = {header[p].strip(): t.removeprefix(SCORE_OF) for p, t in chosen.items() if t.startswith(SCORE_OF)}
    layout = Layout(
        name=name, kind=kind, headers=[h.strip() for h in header if h.strip()], columns=columns, by_name=False,
        whole=True, constants={n: v for n, v in constants.items() if v and n != DAY},
        asks=[DAY] if constants.get(DAY) else [], instruments=instruments,
        scores=Scores(header="^(?P<name>.+)$", not_headers=".") if instruments else None,
    )
    return layout_of(layout.model_dump(exclude_defaults=True)).model_dump(exclude_defaults=True)


def still_missing(kind: str, chosen: dict[int, str], constants: dict[str, str]) -> list[str]:
    """Required columns that neither a column nor a constant fills yet."""
    there = {*chosen.values(), *(n for n, v in constants.items() if v)}
    if there & {"who:usmle_id", "who:email", "who:name", "who:last_name"}:
        there.add("student_id")
    if any(t.startswith(SCORE_OF) for t in there):
        there |= {"instrument", "score", "taken_on"}
    return [n for n in KINDS[kind].required if n not in there]


def _readable(kind: Kind, fills: str, header: str, values: list[str], policy: Policy) -> bool:
    if not values:
        return True
    cell: Cell = cells_of(Recognized(kind, 1, [header], [Mapped(0, header, fills)]), policy)[0]
    if cell.value_type == "text":
        return True
    return sum(parsed(cell, v, ";", True)[1] is None for v in values) >= READABLE * len(values)
