"""Parsing of one cell's text, in plain Python. Each distinct unusual text is parsed once (cell_values.py); Polars reads
texts written the usual way (ISO dates, plain numbers) with the same result, as a property test checks."""

import re
from datetime import date

MISSING = {"", "-", "–", "—", "n/a", "na", "null", "none", "."}
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december"]
_TIME = r"(?:[ T]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?(?:z|[+-]\d{2}:?\d{2})?)?"
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME, re.I)
_SLASH = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _TIME, re.I)
_DAY_NAME = re.compile(r"(\d{1,2})[-. /]+([a-z]{3,9})\.?[-, /]+(\d{4}|\d{2})" + _TIME, re.I)
_NAME_DAY = re.compile(r"([a-z]{3,9})\.?[- ]+(\d{1,2})(?:st|nd|rd|th)?[,\s-]+(\d{4})" + _TIME, re.I)
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.I)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(\.\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),(\d+)")


def is_missing(text: str) -> bool:
    return text.strip().lower() in MISSING


def dates_of(text: str) -> tuple[date | None, date | None]:
    """The date with the month first and the date with the day first; equal where the form has one reading only.
    (None, None) is not a date; one None is evidence of the column's date order."""
    text = text.strip()
    if m := _ISO.fullmatch(text):
        day = _date(m[1], m[3], m[4])
        return day, day
    if m := _DAY_NAME.fullmatch(text):
        day = _date(m[3], _month(m[2]), m[1])
        return day, day
    if m := _NAME_DAY.fullmatch(text):
        day = _date(m[3], _month(m[1]), m[2])
        return day, day
    if m := _SLASH.fullmatch(text):
        if m[2] == "-" and len(m[4]) == 2 and int(m[1]) > 12:
            return None, None  # 27-02-15 may begin with its year
        return _date(m[4], m[1], m[3]), _date(m[4], m[3], m[1])
    return None, None


def _month(name: str) -> int:
    short = "sep" if name.lower() == "sept" else name.lower()
    return next((i for i, month in enumerate(MONTHS, 1) if month.startswith(short)), 0)


def _date(year: str, month: str | int, day: str) -> date | None:
    y = int(year)
    if len(year) == 2:
        y += 2000 if y < 70 else 1900
    try:
        return date(y, int(month), int(day))
    except ValueError:
        return None


def number_of(text: str, delimiter: str) -> float | None:
    """72, 72.5, "72 %", "1,200", and 72,5 where the comma is not the delimiter. None where it is no number or has two
    readings (1,200 in a sheet with semicolons as delimiters)."""
    text = text.strip().replace("−", "-").removesuffix("%").strip()
    if _PLAIN.fullmatch(text):
        value = float(text)
        return value if abs(value) < 1e300 else None
    thousands, comma = _THOUSANDS.fullmatch(text), _COMMA.fullmatch(text)
    if thousands and (thousands[1] or delimiter == "," or text.count(",") > 1):
        return float(text.replace(",", ""))
    if comma and not thousands and delimiter != ",":
        return float(text.replace(".", "").replace(",", "."))
    return None


def rate_of(text: str, delimiter: str) -> float | None:
    """A rate 0-1: 0.87, 87 %, and 87 (above 1 it is percent)."""
    value = number_of(text, delimiter)
    if value is None:
        return None
    return value / 100 if "%" in text or value > 1 else value


def whole_of(text: str, delimiter: str) -> int | None:
    """A whole number; 31.0 is 31."""
    value = number_of(text, delimiter)
    return int(value) if value is not None and value == int(value) and abs(value) < 2**31 else None
