"""What a column holds, by its first values: numbers, dates, outcomes, e-mails, IDs or other text."""

import re
from enum import StrEnum

from pipelines.contracts.facts import Attempt
from pipelines.sheets.headers.vocabulary import choices_of
from pipelines.sheets.values import dates_of, is_missing, number_of

OPEN = {"tbd", "t.b.d.", "tba", "not yet", "not scheduled", "not yet scheduled", "dnt", "absent", "did not take", "ex",
        "not taken", "not yet taken", "none yet", "not sat", "n.a."}
MOSTLY = 0.5  # share of a column's filled cells
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ID = re.compile(r"(?=.*\d)[A-Za-z]{0,4}[-#]?[\dA-Za-z]{1,14}")
_SCORE = re.compile(r"[~<>≈]?\s*\d{1,3}(?:[.,]\d+)?\s*(?:%|\*+|epc|pct|percent)?\s*(?:\([^)]{0,20}\))?", re.I)
_OUTCOME = re.compile(r"(?:pass|fail)(?:ed|ing)?\b.{0,30}", re.I)


class Holds(StrEnum):
    """What most filled cells of a column are."""

    NOTHING = "nothing"
    NUMBERS = "numbers"
    DATES = "dates"
    OUTCOMES = "outcomes"
    MAILS = "e-mails"
    IDS = "IDs"
    TEXT = "text"


def is_score(text: str) -> bool:
    """True for a number as people write scores: 65, 62.5 %, 65*, ~62, 66 (88%)."""
    return bool(_SCORE.fullmatch(text)) or number_of(text, ";") is not None


def is_outcome(text: str) -> bool:
    return " ".join(text.lower().split()) in choices_of(Attempt.outcome) or bool(_OUTCOME.fullmatch(text))


def is_day(text: str) -> bool:
    return any(dates_of(text))


def is_mail(text: str) -> bool:
    return bool(_MAIL.fullmatch(text))


def is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text))


def values_at(below: list[list[str]], place: int) -> list[str]:
    """The column's filled cells; those that mean "missing" are not, nor are TBD and the like beside other texts."""
    cells = (row[place].strip() for row in below if place < len(row))
    filled = [cell for cell in cells if cell and not is_missing(cell)]
    return [cell for cell in filled if cell.lower() not in OPEN] or filled


def holds(values: list[str]) -> Holds:
    """What most of the values are. A bare letter such as P is an outcome, a year or a long number an ID."""
    if not values:
        return Holds.NOTHING
    for what, fits in [
        (Holds.DATES, is_day), (Holds.OUTCOMES, is_outcome), (Holds.NUMBERS, is_score), (Holds.MAILS, is_mail),
        (Holds.IDS, is_id),
    ]:
        if sum(map(fits, values)) > MOSTLY * len(values):
            return what
    return Holds.TEXT
