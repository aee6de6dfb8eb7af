"""Words of attempts as offices write them: `FAIL*`, `Fail (2nd attempt)`, `USMLE Step I`, or only a score."""

import re

BY_SCORE = "by score"  # the outcome of a text that is only a three-digit score, until its exam and date decide
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_NTH = rf"(?P<nth>\d{{1,2}})\s*(?:st|nd|rd|th)|(?P<word>{'|'.join(_ORDINALS)})"
_NUMBER = re.compile(
    rf"(?:{_NTH})\s*(?:attempt|try|time|sitting|take)?\b"
    r"|(?:attempt|try|sitting|take|#|no\.)\s*(?:no\.?\s*|#\s*)?(?P<plain>\d{1,2})\b", re.I)
_NOTE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SCORE = re.compile(r"(?<![\d.,/-])\d{3}(?![\d.,/-])")
_MARKS = " \t*†‡#^()[]{}.,:;-–—/"


def attempt_number_in(text: str) -> int | None:
    """The number of the attempt that the words of a result name: 2 in `Fail (2nd attempt)`."""
    return _number(_NUMBER.search(text))


def attempt_number_of(text: str) -> int | None:
    """The number of an attempt, written as people do: 2 of `2nd attempt`; None where the text says more."""
    return _number(_NUMBER.fullmatch(text.strip(_MARKS.replace("#", ""))))


def _number(found: re.Match[str] | None) -> int | None:
    if not found:
        return None
    number = int(found["nth"] or found["plain"] or _ORDINALS[found["word"].lower()])
    return number if 1 <= number <= 12 else None


def score_in(text: str) -> int | None:
    """The three-digit score that stands in a result: 188 in `Fail (188)`."""
    found = _SCORE.findall(text)
    return int(found[0]) if len(found) == 1 else None


def outcome_of(text: str, choices: dict[str, str]) -> str | None:
    """The outcome that the text names beside marks, an attempt's number or a score; BY_SCORE for a score alone."""
    plain = _SCORE.sub(" ", text) if score_in(text) else text
    words = " ".join(_NUMBER.sub(" ", plain).lower().split())
    if not words.strip(_MARKS):
        return BY_SCORE if score_in(text) else None
    return choices.get(words.strip(_MARKS)) or _beside_a_note(words, choices)


def _beside_a_note(words: str, choices: dict[str, str]) -> str | None:
    """The outcome before a note in parentheses that names no other: pass in `P (after appeal)`."""
    inside = " ".join(_NOTE.findall(words))
    if any(re.search(rf"\b{re.escape(word)}\b", inside) for word in choices if len(word) > 1):
        return None
    return choices.get(_NOTE.sub(" ", words).strip(_MARKS))


def exam_of(text: str, choices: dict[str, str]) -> str | None:
    """The exam, though written with a Roman one, other hyphens or a trademark: `COMLEX-USA® Level I`."""
    words = re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
    words = re.sub(r"\bi$", "1", words)
    return choices.get(words)
