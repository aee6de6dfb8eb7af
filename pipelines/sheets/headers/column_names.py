"""Column names of trackers: the exam, instrument or form that a header names, and whether it is a score, a date, an
outcome or a plan.

A header is read only where every word of it is understood: "UWorld % Complete" and "NBME Avg" are no scores.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pipelines.contracts.facts import EXAM_CHOICES
from pipelines.policy import Policy
from pipelines.sheets.headers.score_columns import DATE_IN_HEADER
from pipelines.sheets.headers.vocabulary import instrument_of, instruments_of, plain, word_split
from pipelines.sheets.values import MONTHS

LONGEST_HEADER = 200  # characters; a header is not longer, hostile text may be
SHORTEST_NAME = 3  # characters: "rx" and "s1" mean other things too
LONGEST_NAME = 6  # words of an instrument's or exam's name
SMALL_NUMBER = 9  # "CBSE 2" is the second sitting where no form of the instrument has that number


class Part(StrEnum):
    """What a column holds of a sitting: its score, day, outcome or maximum, or the planned day of an exam."""

    SCORE = "score"
    DATE = "date"
    OUTCOME = "outcome"
    MAXIMUM = "maximum"
    PLAN = "plan"
    NAME = "name"  # the exam's or instrument's name alone: the values show which part it is


DATE_WORDS = {"date", "dates", "day", "taken", "sat", "on", "of", "when", "completed", "administered", "test", "exam",
              "the", "for"}
CERTAIN_DATE_WORDS = {"date", "dates", "day", "taken", "when", "sat"}
SCORE_WORDS = {"score", "scores", "epc", "percent", "correct", "equated", "total", "grade", "result", "pct", "points",
               "digit", "3", "three", "scaled", "exam", "test", "the", "of", "raw", "items", "count", "counts"}
OUTCOME_WORDS = {"result", "results", "outcome", "pass", "fail", "p", "f", "passed", "failed", "status", "exam", "test"}
PLAN_WORDS = {"planned", "plan", "scheduled", "anticipated", "expected", "intended", "registered", "booked", "target",
              "exam", "test", "date", "day", "for"}
CERTAIN_PLAN_WORDS = {"planned", "plan", "scheduled", "anticipated", "expected", "intended", "registered", "booked",
                      "target"}
MAXIMUM_WORDS = {"max", "maximum", "possible", "points", "score", "out", "of", "items"}
CERTAIN_MAXIMUM_WORDS = {"max", "maximum", "possible"}
ORDINALS = {"first": "1", "1st": "1", "second": "2", "2nd": "2", "third": "3", "3rd": "3", "fourth": "4", "4th": "4",
            "i": "1", "ii": "2", "iii": "3"}
SEASONS = {"spring", "summer", "fall", "autumn", "winter", "am", "pm"}
TIMES = {"baseline", "diagnostic", "initial", "pre", "post", "mid", "dedicated", "prededicated", "final", "midterm",
         "midpoint"}
SITTING_WORDS = {"attempt", "try", "take", "sitting", "retake", "repeat", "beginning", "start", "end", "semester",
                 "week", "block", "term", "year", "m1", "m2", "ms1", "ms2", "y1", "y2", "administration", "old", "new",
                 "practice", *TIMES, *SEASONS}


@dataclass(frozen=True)
class ColumnName:
    """What a header names: an exam or instrument (with its form) or neither, the sitting it is of ("" for the only
    one, "2" for a second, "dec" ...), which part of that, and the day in the header as text."""

    part: Part
    exam: str = ""
    instrument: str = ""
    form: str = ""
    sitting: str = ""
    day: str = ""

    @property
    def of(self) -> tuple[str, str, str]:
        return self.exam or self.instrument, self.form, self.sitting

    @property
    def number(self) -> int | None:
        """The number of an exam's attempt."""
        return int(self.sitting) if self.sitting.isdigit() and 1 <= int(self.sitting) <= 12 else None


@lru_cache(maxsize=1 << 12)
def _exam_names() -> dict[str, str]:
    return {plain(s): exam for exam, spellings in EXAM_CHOICES.items() for s in [exam, *spellings]}


def column_name(header: str, policy: Policy) -> ColumnName | None:
    """What the header names; None where it names nothing of a sitting, or has words that are not understood."""
    day, rest = _day_in(header.strip()[:LONGEST_HEADER])
    for text in dict.fromkeys([rest, word_split(rest)]):
        words = plain(text.replace("%", " percent ").replace("#", " number ")).split()
        if named := _named(words, day, policy) or _of_neither(words, day):
            return named
    return None


def is_time_of_a_sitting(header: str) -> bool:
    """True for "Baseline" or "Post": a header that tells a sitting from others, and not of what it is."""
    words = plain(header[:LONGEST_HEADER]).split()
    return bool(words) and set(words) <= TIMES


def under_one_another(upper: list[str], lower: list[str]) -> list[str]:
    """One header from two lines: the upper text before the lower one. An upper text merged over several columns goes
    only with those whose lower text needs it, such as "Date" and "Score"."""
    cells, above = [], ""
    for place in range(max(len(upper), len(lower))):
        own, below = (line[place].strip() if place < len(line) else "" for line in (upper, lower))
        above = own or above
        before = above if _needs_a_name(below) else own if not below else ""
        cells.append(" ".join(part for part in (before, below) if part))
    return cells


def _needs_a_name(header: str) -> bool:
    """True for a header that names a part of a sitting, and no instrument, exam or person."""
    words = set(plain(header.replace("%", " percent ")).split())
    return bool(words) and words <= DATE_WORDS | SCORE_WORDS | OUTCOME_WORDS | MAXIMUM_WORDS


def _named(words: list[str], day: str, policy: Policy) -> ColumnName | None:
    """What the words name of an instrument or exam."""
    instruments, exams = instruments_of(policy, exams=False), _exam_names()
    for start, end in _spans(len(words)):
        name, others = " ".join(words[start:end]), words[:start] + words[end:]
        if len(name) < SHORTEST_NAME:
            continue
        if (named := instrument_of(name, instruments)) and (found := _of_instrument(*named, others, day, policy)):
            return found
        if name in exams and (found := _of_exam(exams[name], others, day)):
            return found
    return None


def _spans(count: int) -> list[tuple[int, int]]:
    """Every run of words, the longest first."""
    longest = min(count, LONGEST_NAME)
    return [(start, start + length) for length in range(longest, 0, -1) for start in range(count - length + 1)]


def _day_in(header: str) -> tuple[str, str]:
    """The day in a header as text, and the header without it."""
    if not (match := DATE_IN_HEADER.search(header)):
        return "", header
    return match[0], f"{header[: match.start()]} {header[match.end():]}".replace("()", " ").replace("[]", " ")


def _of_instrument(instrument: str, form: str, others: list[str], day: str, policy: Policy) -> ColumnName | None:
    known_forms = policy.instruments.by_name[instrument].forms
    sittings, rest = _sitting(others)
    if not form and sittings and sittings[0] in known_forms:  # "NBME #26"
        form, sittings = sittings[0], sittings[1:]
    if form.isdigit() and int(form) <= SMALL_NUMBER and form not in known_forms:
        form, sittings = "", [str(int(form)), *sittings]
    sitting = " ".join(dict.fromkeys(sittings))
    for part, certain, words in [
        (Part.MAXIMUM, CERTAIN_MAXIMUM_WORDS, MAXIMUM_WORDS), (Part.DATE, CERTAIN_DATE_WORDS, DATE_WORDS),
        (Part.SCORE, set(), SCORE_WORDS),
    ]:
        if set(rest) <= words and (not certain or set(rest) & certain):
            return ColumnName(part, "", instrument, form, sitting, day)
    return None


def _of_exam(exam: str, others: list[str], day: str) -> ColumnName | None:
    sittings, rest = _sitting(others)
    sitting, there = " ".join(dict.fromkeys(sittings)), set(rest)
    if not there:
        return ColumnName(Part.NAME, exam, sitting=sitting, day=day)
    if there <= PLAN_WORDS and there & CERTAIN_PLAN_WORDS:
        return ColumnName(Part.PLAN, exam, sitting=sitting, day=day)
    if there <= DATE_WORDS and there & CERTAIN_DATE_WORDS:
        return ColumnName(Part.DATE, exam, sitting=sitting, day=day)
    if there <= OUTCOME_WORDS:
        return ColumnName(Part.OUTCOME, exam, sitting=sitting, day=day)
    if there <= SCORE_WORDS:
        return ColumnName(Part.SCORE, exam, sitting=sitting, day=day)
    return None


def _of_neither(words: list[str], day: str) -> ColumnName | None:
    """A bare "Date", "Result" or "Planned Test Date", perhaps with a number."""
    sittings, rest = _sitting(words)
    if rest and rest[-1].isdigit() and len(rest) > 1 and int(rest[-1]) <= SMALL_NUMBER:
        sittings, rest = [*sittings, str(int(rest[-1]))], rest[:-1]
    sitting, there = " ".join(dict.fromkeys(sittings)), set(rest)
    if not there:
        return None
    if there <= DATE_WORDS and there & CERTAIN_DATE_WORDS:
        return ColumnName(Part.DATE, sitting=sitting, day=day)
    if there <= PLAN_WORDS and there & CERTAIN_PLAN_WORDS and there & {"date", "day", "exam", "test"}:
        return ColumnName(Part.PLAN, sitting=sitting, day=day)
    if there <= {"outcome", "pass", "fail", "p", "f", "passed", "exam", "test"} and there - {"exam", "test"}:
        return ColumnName(Part.OUTCOME, sitting=sitting, day=day)
    if there <= {"result", "exam", "test"} and "result" in there:
        return ColumnName(Part.OUTCOME, sitting=sitting, day=day)
    return None


def _sitting(words: list[str]) -> tuple[list[str], list[str]]:
    """The words that tell one sitting from another, in one spelling, and the other words."""
    sittings: list[str] = []
    rest: list[str] = []
    takes_number = False
    for word in words:
        month = next((m for m in MONTHS if word in (m, m[:3]) or (word == "sept" and m == "september")), None)
        if word in ORDINALS:
            sittings.append(ORDINALS[word])
        elif takes_number and word.isdigit():
            sittings.append(str(int(word)))
        elif month:
            sittings.append(month[:3])
        elif word in SITTING_WORDS:
            sittings += [] if word in ("attempt", "try", "take", "sitting") else [word]
        elif re.fullmatch(r"(19|20)\d\d", word):
            sittings.append(word)
        elif word != "number":
            rest.append(word)
        takes_number = word in ("number", "attempt", "try", "take", "sitting", "week", "block", "year", "semester")
    return sittings, rest
