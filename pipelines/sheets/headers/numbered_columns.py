"""Numbered columns: groups such as "Test 1, Score 1, Date 1", whose instrument is in a cell of each row."""

import re

from pipelines.policy import Policy
from pipelines.sheets.headers.column_values import Holds, holds, values_at
from pipelines.sheets.headers.score_columns import ScoreColumn
from pipelines.sheets.headers.vocabulary import header_key, instrument_of, instruments_of

NAMES = {"test", "exam", "assessment", "instrument", "form", "practice test", "practice exam", "self assessment",
         "test name", "exam name", "assessment name", "type", "exam type", "test type"}
SCORES = {"score", "epc", "percent", "result", "test score", "exam score", "percent correct", "grade"}
DATES = {"date", "test date", "exam date", "date taken", "taken", "taken on"}
NUMBERED = re.compile(r"(.*?) ?#? ?(\d{1,2})(?: (name|score|date|type))?")
PARTS = {"name": NAMES, "score": SCORES, "date": DATES}
MOSTLY = 0.5


def numbered_columns(cells: list[str], below: list[list[str]], policy: Policy) -> list[ScoreColumn]:
    """A score column for each number that has a column of instruments and one of scores, with its date if there is one.
    """
    groups: dict[str, dict[str, int]] = {}
    for place, header in enumerate(cells):
        match = NUMBERED.fullmatch(header_key(header))
        if not match:
            continue
        name = " ".join(filter(None, (match[1], match[3])))
        part = next((part for part, names in PARTS.items() if name in names), "")
        groups.setdefault(match[2], {}).setdefault(part, place)
    return [
        ScoreColumn(at["score"], cells[at["score"]].strip(), "", date_place=at.get("date"), sitting=number,
                    instrument_place=at["name"])
        for number, at in groups.items()
        if {"name", "score"} <= set(at) and _names_instruments(values_at(below, at["name"]), policy)
        and holds(values_at(below, at["score"])) in (Holds.NUMBERS, Holds.NOTHING)
    ]


def _names_instruments(values: list[str], policy: Policy) -> bool:
    """True where most cells name an instrument, or none is filled."""
    names = instruments_of(policy, exams=False)
    return sum(instrument_of(value, names) is not None for value in values) >= MOSTLY * len(values)
