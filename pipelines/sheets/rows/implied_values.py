"""Implied values: what a text in a roster's optional cell plainly means, though it is not written the usual way."""

import re
from collections.abc import Callable

CENTURY = 2000
CLASS_YEARS = range(20, 60)  # two digits that can be a class, not an age or a count
_CLASS = re.compile(r"(?i)(?:(?:the )?class of|class|c/o|co|graduat\w+|grad\.?(?: year)?|spring|may|june)?\s*['’‘]?\s*"
                    r"(\d{4}|\d{2})(?:\.0+)?")
_DEGREE = re.compile(r"(?i)(m\.?d|d\.?o)\b\.?")
_OTHER_DEGREE = re.compile(r"(?i)\b(m\.?d|d\.?o)\b\.?")
_STATUS = {
    "leave": re.compile(r"(?i)(on )?(loa|leave)\b"), "withdrawn": re.compile(r"(?i)(withdrawn|withdrew|dismissed)\b"),
    "graduated": re.compile(r"(?i)graduated\b"), "active": re.compile(r"(?i)(active|enrolled)\b"),
}
_STATUS_OVER = re.compile(r"(?i)\b(return\w*|ended|back|reinstated|pending|until|request\w*|denied|from|not|no)\b")


def implied_value(name: str, text: str) -> str | int | None:
    """The value of the column `name` that the text implies: 2030 of “Class of 2030”, leave of “LOA - Medical”; None
    where it is open."""
    read = IMPLIED.get(name)
    return read(" ".join(text.split())) if read else None


def _class_year(text: str) -> int | None:
    if not (match := _CLASS.fullmatch(text)):
        return None
    year = int(match[1])
    if len(match[1]) == 2:
        return CENTURY + year if year in CLASS_YEARS else None
    return year


def _program(text: str) -> str | None:
    """MD of “MD/PhD”, as its students sit Step 1; None where both degrees are named."""
    plain = text.lower()
    if plain in ("mstp", "doctor of medicine", "allopathic"):
        return "MD"
    if plain in ("doctor of osteopathic medicine", "doctor of osteopathy", "osteopathic"):
        return "DO"
    degree = _DEGREE.match(text)
    named = {found.replace(".", "").upper() for found in _OTHER_DEGREE.findall(text)}
    return next(iter(named)) if degree and len(named) == 1 else None


def _status(text: str) -> str | None:
    if _STATUS_OVER.search(text):
        return None
    return next((status for status, begins in _STATUS.items() if begins.match(text)), None)


IMPLIED: dict[str, Callable[[str], str | int | None]] = {
    "class_year": _class_year, "program": _program, "status": _status,
}
