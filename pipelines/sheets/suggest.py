"""Suggestions for mapping a sheet whose layout is unknown: by the columns' names, checked against their values."""

import re
from typing import Any

from rapidfuzz import fuzz, process

from pipelines.contracts.kinds import IDENTITY_FIELDS, KINDS, Kind
from pipelines.policy import Policy
from pipelines.sheets.headers.header import Mapped, Recognized
from pipelines.sheets.headers.layout import Layout, Scores, layout_of
from pipelines.sheets.headers.vocabulary import (
    ALIKE,
    READABLE,
    header_key,
    headers_of,
    identity_headers,
    instrument_of,
    instruments_of,
)
from pipelines.sheets.rows.cell_values import Cell, cells_of, parsed
from pipelines.sheets.values import dates_of, number_of

SCORE_OF = "score of "
DAY = "taken_on"
LARGEST_SCORE = 999
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def targets(kind: str, policy: Policy) -> list[str]:
    """What a column of a sheet of this kind may be mapped to, in the template's order."""
    who = list(IDENTITY_FIELDS) if KINDS[kind].names_a_student else []
    scores = [f"{SCORE_OF}{name}" for name in policy.instruments.by_name] if kind == "assessments" else []
    return [*KINDS[kind].columns, *who, *scores]


def suggested(kind: str, header: list[str], below: list[list[str]], policy: Policy) -> dict[int, str]:
    """For each column (by its place) what it may be mapped to; columns nothing fits are left out, no target stands
    twice."""
    of = KINDS[kind]
    names = {**(identity_headers() if of.names_a_student else {}), **headers_of(of)}
    instruments = instruments_of(policy, exams=False)
    found: dict[int, tuple[float, str]] = {}
    for place, text in enumerate(header):
        values = _values(below, place)
        best = _most_alike(header_key(text), list(names))
        if kind == "assessments" and (known := instrument_of(text.replace("%", " "), instruments)):
            found[place] = (100.0, f"{SCORE_OF}{known[0]}")
        elif best and _readable(of, names[best], text, values, policy):
            found[place] = (fuzz.ratio(header_key(text), best), names[best])
        elif values and all(_MAIL.fullmatch(v) for v in values):
            found[place] = (0.0, "email" if kind == "roster" else "who:email")
    taken: set[str] = set()
    chosen: dict[int, str] = {}
    for place, (_, target) in sorted(found.items(), key=lambda one: -one[1][0]):
        if target not in taken or target.startswith(SCORE_OF):
            chosen[place] = target
            taken.add(target)
    wide = any(target.startswith(SCORE_OF) for target in taken)
    return chosen if wide else {**by_values(of, below, chosen), **chosen}


def _most_alike(header: str, names: list[str]) -> str | None:
    """The name most like a header: by its words, then letter by letter (“ID” has the words of “USMLE ID” too)."""
    alike = process.extract(header, names, scorer=fuzz.token_set_ratio, score_cutoff=ALIKE, limit=None)
    return max((name for name, *_ in alike), key=lambda name: fuzz.ratio(header, name), default=None)


def by_values(kind: Kind, below: list[list[str]], chosen: dict[int, str]) -> dict[int, str]:
    """The one column of dates, and the one of scores, among those that no name tells."""
    told = {}
    for target, looks in {DAY: _is_day, "score": _is_score}.items():
        if target not in kind.required or target in chosen.values():
            continue
        fits = [place for place in range(max(map(len, below), default=0)) if place not in chosen
                and (values := _values(below, place)) and all(map(looks, values))]
        if len(fits) == 1:
            told[fits[0]] = target
    return told


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
    """The layout that a person's choices make, as data. Recognized next time by the header's names. A day for all rows
    is of this sheet alone: the next one is asked for its own."""
    columns = {header[p].strip(): t for p, t in chosen.items() if not t.startswith(SCORE_OF)}
    instruments = {header[p].strip(): t.removeprefix(SCORE_OF) for p, t in chosen.items() if t.startswith(SCORE_OF)}
    made = Layout(
        name=name, kind=kind, headers=[h.strip() for h in header if h.strip()], columns=columns, by_name=False,
        whole=True, constants={n: v for n, v in constants.items() if v and n != DAY},
        asks=[DAY] if constants.get(DAY) else [], instruments=instruments,
        scores=Scores(header="^(?P<name>.+)$", not_headers=".") if instruments else None,
    )
    return layout_of(made.model_dump(exclude_defaults=True)).model_dump(exclude_defaults=True)


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
    if cell.way == "text":
        return True
    return sum(parsed(cell, v, ";", True)[1] is None for v in values) >= READABLE * len(values)
