"""Questions of forms as headers: "Which practice exam did you take?" is the column Exam, "Score (EPC %)" is Score."""

import re
from functools import lru_cache

from pipelines.sheets.headers.vocabulary import header_key, plain

_UNITS = re.compile(r"(?i)[(\[]\s*(?:%|epc|percent|in|as|a|an|the|required|optional|mm/dd/yyyy|m/d/yyyy|yyyy-mm-dd|"
                    r"\d+\s*[-–]\s*\d+|\d+ digits?|[\s%,])+\s*[)\]]")
_QUESTION = re.compile(r"(?i)\?\s*\*?$|^(?:which|what|when|please|enter|select|choose|provide|your)\b|"
                       r"\b(?:you|practice)\b")
_YES_OR_NO = re.compile(r"(?i)^(?:did|do|does|have|has|are|is|was|will|would|can|should)\b")
_PAST = re.compile(r"(?i)\b(?:did|took|taken|was|were|last)\b")
_WHICH_EXAM = re.compile(r"(?i)^(?:which|what|select|choose)\b.*\b(?:exams?|tests?|assessments?|forms?)\b")
_NOT_WHICH = re.compile(r"(?i)\b(?:dates?|days?|scores?|percent\w*|results?|attempts?|times?|plan\w*|id)\b")
_SMALL_WORDS = {
    "a", "an", "are", "as", "be", "choose", "did", "do", "enter", "for", "from", "get", "give", "got", "have", "in",
    "is", "it", "list", "of", "on", "please", "practice", "provide", "receive", "received", "report", "school",
    "select", "sit", "take", "taken", "taking", "that", "the", "this", "to", "took", "was", "were", "what",
    "which", "will", "with", "you", "your",
}


def question_words(header: str) -> list[str]:
    """The words of a question, or of a header with its units in parentheses, that say what it asks for; empty for
    another header, and for a question answered with yes or no."""
    text = _UNITS.sub(" ", header.strip()[:200])
    if _YES_OR_NO.search(text) or not (text != header.strip() or _QUESTION.search(text)):
        return []
    words = plain(text).split()
    if not {"date", "day"} & {*words}:
        words = ["date" if word == "when" else word for word in words]
    return [word for word in words if word not in _SMALL_WORDS | {"when"}]


def asks_which_exam(header: str) -> bool:
    """True for a question about which exam, test or self-assessment was taken."""
    return bool(_WHICH_EXAM.search(header)) and not _NOT_WHICH.search(header)


def asks_for_the_past(header: str) -> bool:
    return bool(_PAST.search(header))


def asked_for(header: str, names: dict[str, str]) -> str | None:
    """What a question asks for, of these names; word order does not matter."""
    words = frozenset(question_words(header))
    return _by_words(tuple(names.items())).get(words) if words and header_key(header) not in names else None


@lru_cache(maxsize=64)
def _by_words(names: tuple[tuple[str, str], ...]) -> dict[frozenset[str], str]:
    """Each name's words without small ones -> what it fills; words that names of two columns share are none's."""
    found: dict[frozenset[str], str] = {}
    several: set[frozenset[str]] = set()
    for name, fills in names:
        words = frozenset(word for word in plain(name).split() if word not in _SMALL_WORDS)
        if found.setdefault(words, fills) != fills:
            several.add(words)
    return {words: fills for words, fills in found.items() if words not in several}
