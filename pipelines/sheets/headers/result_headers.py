"""Headers of results: names of columns with scores or outcomes, which do not belong on a roster."""

import re
from collections.abc import Iterable
from functools import lru_cache

from pipelines.contracts.kinds import KINDS
from pipelines.policy import Policy
from pipelines.sheets.headers.vocabulary import (
    InstrumentNames,
    areas_of,
    header_key,
    headers_of,
    instrument_of,
    instruments_of,
    label_key,
    plain,
    word_split,
)

LONGEST_HEADER = 200  # characters; a header is not longer, hostile text may be
BETWEEN = "[[:punct:][:space:]]*"  # the words of a name
SHORTEST_NAME = 3  # characters; "rx" and "s1" mean other things too

RESULT_COLUMNS = {
    "attempts": ["exam", "outcome", "attempt_number", "scaled_score"],
    "assessments": ["instrument", "form", "score", "printed_probability"],
    "content_areas": ["score", "correct"],
}
# Words in a header of results, with or without the name of an instrument.
RESULT_WORDS = re.compile(
    r"\b(scores?|scored|percent\w*|pct|epc|points|pts|results?|outcomes?|passed|passing|fail\w*|p f|correct|attempts?|"
    r"retakes?|grades?|marks?|form \d{1,3}[a-z]?|mock|quiz(zes)?|midterm|self assessments?|"
    r"(practice|diagnostic|shelf|baseline) (exam|test)s?)\b|^pass\b|\bpass fail\b"
)
# An account with an instrument's maker is not a score.
ACCOUNT_WORDS = re.compile(r"\b(ids?|login|username|account|e ?mail|licen[sc]e|subscription|access|voucher|expir\w*)\b")
EXAMS = re.compile(r"\b(step ?[123]|usmle|comlex)\b")
# Planning and preparing an exam. With other words beside the exam's name, a header may hold its outcome.
PLAN_WORDS = re.compile(
    r"\b(date|day|plan\w*|schedul\w*|target|goal|window|eligib\w*|starts?|ends?|deadline|period|permit|regist\w*|"
    r"accommodations?|advis\w*|coach|tutor|mentor|prep\w*|course|notes?|comments?|track|study|site|location)\b"
)


def names_a_result(header: str, policy: Policy) -> bool:
    """True where a header names an instrument, form, score, outcome or content area, alone or among other words. The
    planned date of an exam is not a result."""
    header = header.strip()[:LONGEST_HEADER]
    if header_key(header) in _result_headers() or areas_of(policy).get(label_key(header)):
        return True
    return any(_is_result(plain(text.replace("%", " percent ")), policy) for text in (header, word_split(header)))


def _is_result(words: str, policy: Policy) -> bool:
    if RESULT_WORDS.search(words):
        return True
    if ACCOUNT_WORDS.search(words):
        return False
    if _holds_a_name(words, instruments_of(policy, exams=False)):
        return True
    is_exam = EXAMS.search(words) or _holds_a_name(words, instruments_of(policy, exams=True))
    return bool(is_exam) and not PLAN_WORDS.search(words)


def _holds_a_name(text: str, names: InstrumentNames) -> bool:
    """True where consecutive words are one of the names, with or without a form number."""
    known = {name: instrument for name, instrument in names.items() if len(name) >= SHORTEST_NAME}
    words, longest = text.split(), 1 + max(len(name.split()) for name in known)
    runs = (" ".join(words[i : i + n]) for i in range(len(words)) for n in range(1, longest + 1))
    return any(instrument_of(run, known) for run in runs)


@lru_cache(maxsize=1)
def _result_headers() -> set[str]:
    """The headers that other kinds use for columns of results."""
    return {
        header for kind, columns in RESULT_COLUMNS.items()
        for header, fills in headers_of(KINDS[kind]).items() if fills in columns
    }


def spelled_names(names: Iterable[str]) -> str:
    """Plain names as the alternatives of a pattern; one that begins with or holds another is found with that."""
    shortest: list[str] = []  # a text with "nbme form" has "nbme"
    for name in sorted(names, key=lambda name: (len(name), name)):
        if len(name) >= SHORTEST_NAME and not any(f" {short} " in f" {name} " for short in shortest):
            shortest.append(name)
    return "|".join(re.escape(name).replace(r"\ ", BETWEEN) for name in sorted(shortest))
