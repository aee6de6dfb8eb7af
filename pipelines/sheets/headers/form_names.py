"""Forms of instruments as sheets write them, in one spelling, and how a sitting was paced."""

import re

_WORDS = re.compile(r"(?i)^(?:(?:form|version|number|no\.|#)(?=[\s\d#:._-])[\s:._-]*|#\s*)+(?=\S)")
_PACING = re.compile(
    r"(?i)[-,;:\s]*[(\[]?\b(standard[ -]paced?|self[ -]?paced|untimed|timed|open[ -]?book)(?: mode)?\b[)\]]?")
_ZERO_DECIMALS = re.compile(r"(?<=\d)\.0+(?!\d)")


def plain_form(text: str) -> str:
    """A form's id in one spelling: 031, 31.0 and "Form 31" are 31. Letters stay, and zeros before them: 107b, A, 0A."""
    form = _WORDS.sub("", without_pacing(text).strip())
    if re.fullmatch(r"\d+(\.0*)?", form):
        return form.partition(".")[0].lstrip("0") or "0"
    return form.lower() if re.fullmatch(r"[1-9]\d*[A-Z]", form) else " ".join(form.split())


def without_zero_decimals(text: str) -> str:
    """The text with a spreadsheet's 31.0 as 31."""
    return _ZERO_DECIMALS.sub("", text)


def without_pacing(text: str) -> str:
    """The text without how a sitting was paced: "CBSSA 31 (Timed)" is "CBSSA 31"."""
    return _PACING.sub(" ", text).strip()


def pacing_in(text: str) -> str | None:
    """The words in a name that say how a sitting was paced, in lower case; None without any."""
    match = _PACING.search(text)
    return match[1].lower() if match else None
