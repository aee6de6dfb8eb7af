"""Around the table: the instrument, exam and day that title rows, the sheet's name or the file's name tell.

They count only where no column says so: the instrument with a doubt, the day as a question to confirm, as a title may
hold the day of the report.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from pipelines.contracts.facts import EXAM_CHOICES
from pipelines.policy import Policy
from pipelines.sheets.headers.score_columns import DATE_IN_HEADER
from pipelines.sheets.headers.vocabulary import InstrumentNames, instrument_of, instruments_of, plain, word_split
from pipelines.sheets.values import dates_of

LONGEST_TITLE, LONGEST_NAME, SHORTEST_NAME, SMALL_NUMBER = 200, 6, 3, 9
_YEARS = re.compile(r"(?i)\b(?:class of|ay|academic year)?\s*(?:19|20)\d\d(?:\s*[-–/]\s*(?:(?:19|20)?\d\d))?\b")
_COMPACT_DAY = re.compile(r"(?<!\d)(20\d\d)([01]\d)([0-3]\d)(?!\d)")
_MAKERS = {"nbme"}  # the maker of several instruments: it names one only with a form


@dataclass(frozen=True)
class ContextValue:
    """A value known around the table, and where: “row 1”, “the sheet's name” or “the file's name”, with its text."""

    value: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where} (“{self.text[:60]}”)"


def context_values(titles: list[list[str]], sheet_name: str, file: str, policy: Policy) -> dict[str, ContextValue]:
    """What is known of instrument, exam and taken_on by the rows above the header, the sheet's and the file's name, the
    first of these first; nothing where one of them tells several."""
    sources = [(f"row {row}", " ".join(c.strip() for c in cells if c.strip())) for row, cells in enumerate(titles, 1)]
    sources += [("the sheet's name", sheet_name), ("the file's name", PurePath(file).stem)]
    known: dict[str, ContextValue] = {}
    for where, text in sources:
        if text and len(text) <= LONGEST_TITLE:
            found = {"instrument": _instrument(text, policy), "exam": _exam(text), "taken_on": _day(text)}
            known = {**{name: ContextValue(value, where, text) for name, value in found.items() if value}, **known}
    return known


def _instrument(text: str, policy: Policy) -> str:
    """The one instrument the text names, with its form."""
    names = instruments_of(policy, exams=False)
    words = plain(word_split(_YEARS.sub(" ", _without_days(text)))).split()
    found: list[str] = []
    at = 0
    while at < len(words):
        longest = next((n for n in range(min(LONGEST_NAME, len(words) - at), 0, -1)
                        if _named(" ".join(words[at : at + n]), names, policy)), 0)
        if longest:
            found.append(_named(" ".join(words[at : at + longest]), names, policy))
        at += longest or 1
    return found[0] if len(set(found)) == 1 else ""


def _named(name: str, names: InstrumentNames, policy: Policy) -> str:
    if len(name) < SHORTEST_NAME or name in _MAKERS or not (found := instrument_of(name, names)):
        return ""
    instrument, form = found
    if form.isdigit() and int(form) <= SMALL_NUMBER and form not in policy.instruments.by_name[instrument].forms:
        form = ""  # "CBSE 2" is the second sitting
    return f"{instrument} {form}".strip()


def _exam(text: str) -> str:
    words = f" {plain(_without_days(text))} "
    found = {exam for exam, spellings in EXAM_CHOICES.items() for spelling in [exam, *spellings]
             if len(spelling) > SHORTEST_NAME and f" {plain(spelling)} " in words}
    return found.pop() if len(found) == 1 else ""


def _day(text: str) -> str:
    """The one day that the text names, as ISO text; empty where month and day could be exchanged."""
    days: set[date | None] = set()
    for match in DATE_IN_HEADER.finditer(_spelled(text)):
        by_month, by_day = dates_of(match[0])
        days.add(by_month or by_day if by_month == by_day or not (by_month and by_day) else None)
    day = days.pop() if len(days) == 1 else None
    return day.isoformat() if day else ""


def _without_days(text: str) -> str:
    return DATE_IN_HEADER.sub(" ", _spelled(text))


def _spelled(text: str) -> str:
    """The text with days as people write them: 20260226 and 2026_02_26 as 2026-02-26."""
    text = re.sub(r"(?<=\d)_(?=\d)", "-", _COMPACT_DAY.sub(r"\1-\2-\3", text))
    return text.replace("_", " ")
