"""Parsing of one cell's text, in plain Python. Each distinct unusual text is parsed once (cell_values.py); Polars reads
texts written the usual way (ISO dates, plain numbers) with the same result, as a property test checks."""

import re
from datetime import date

MISSING = {"", "-", "–", "—", "n/a", "na", "null", "none", ".", "nan", "<na>", "nat"}
ERROR_MARK = "#"
ERROR_VALUES = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!",
                "#GETTING_DATA", "#UNKNOWN!", "#CONNECT!", "#BLOCKED!", "#BUSY!", "#ERROR!"]
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
SERIAL_ZERO = date(1900, 12, 31)  # dates up to here are small serial numbers of a spreadsheet
MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december"]
_TIME = r"(?:[ T]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?(?:z|utc|gmt|[+-]\d{2}:?\d{2})?)?"
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME, re.I)
_SLASH = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _TIME, re.I)
_DAY_NAME = re.compile(r"(\d{1,2})[-. /]+([a-z]{3,9})\.?[-, /]+(\d{4}|\d{2})" + _TIME, re.I)
_NAME_DAY = re.compile(r"([a-z]{3,9})\.?[- ]+(\d{1,2})(?:st|nd|rd|th)?[,\s-]+(\d{4})" + _TIME, re.I)
_UTC = re.compile(r".{6,20}?[T ]\s*(\d{1,2}):\d{2}(?::\d{2}(?:\.\d+)?)?\s*([ap])?\.?m?\.?\s*"
                  r"(?:z|utc|gmt|[+-]00:?00)", re.I)
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.I)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(\.\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),(\d+)")
_BOUND = re.compile(r"[<>≤≥]\s*=?\s*(.+)")
_OR_MORE = re.compile(r"(\d[\d.,]*\s*%?)\s*\+")
_NOTED = re.compile(
    r"(?:(?:~|≈|ca\.?|approx\.?|about)\s*)?(?P<number>[\d.,]+\s*%?)\s*(?:epc|percent|pct|points?|pts?\.?)?\s*"
    r"[*†‡^]{0,3}\s*(?:\((?P<note>[^()]{1,40})\)|\[(?P<other>[^\[\]]{1,40})\])?\s*[*†‡^]{0,3}", re.I
)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")


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


def score_of(text: str, delimiter: str) -> float | None:
    """A score: a number, or the number in 65*, ~62, 62 EPC, 65 (pass) and 66 (88%). None for a bound, and where a note
    holds another number than a percentage."""
    if (value := number_of(text, delimiter)) is not None:
        return value
    noted = _NOTED.fullmatch(text.strip())
    if noted is None:
        return None
    note = noted["note"] or noted["other"] or ""
    if re.search(r"\d", note) and not _SHARE.fullmatch(note.strip()):
        return None
    return number_of(noted["number"], delimiter)


def is_noted(text: str, delimiter: str) -> bool:
    """True for a score with something beside its number: 65*, 62 EPC, 6e1."""
    return "e" in text.lower() or number_of(text, delimiter) is None


def share_beside(text: str) -> float | None:
    """The percentage in parentheses after a score: 88 in "66 (88%)"."""
    noted = _NOTED.fullmatch(text.strip())
    share = _SHARE.fullmatch((noted["note"] or noted["other"] or "").strip()) if noted else None
    return float(share[1]) if share else None


def bound_of(text: str, delimiter: str) -> float | None:
    """The number in a bound: 40 in "<40" and in "≥ 40", 99 in "99+"."""
    bound = _BOUND.fullmatch(text.strip()) or _OR_MORE.fullmatch(text.strip())
    return number_of(bound[1], delimiter) if bound else None


def rate_of(text: str, delimiter: str) -> float | None:
    """A rate 0-1: 0.87, 87 %, and 87 (above 1 it is percent); of a bound, its number ("<1" is 1 %)."""
    value, bound = number_of(text, delimiter), bound_of(text, delimiter)
    if bound is not None:
        return bound / 100 if "%" in text or bound >= 1 else bound
    if value is None:
        return None
    return value / 100 if "%" in text or value > 1 else value


def is_early_utc(text: str, before_hour: int) -> bool:
    """True for a UTC time before this hour, whose day in the United States may be the day before."""
    stamp = _UTC.fullmatch(text.strip())
    if stamp is None:
        return False
    is_afternoon = (stamp[2] or "").lower() == "p"
    return int(stamp[1]) % (12 if stamp[2] else 24) + 12 * is_afternoon < before_hour


def is_utc_midnight(text: str) -> bool:
    """True for exactly midnight in UTC: a date that a program wrote as a time."""
    return bool(re.fullmatch(r"\S+[T ]0?0:00(:00(\.0+)?)?\s*(z|utc|[+-]00:?00)", text.strip(), re.I))


def whole_of(text: str, delimiter: str) -> int | None:
    """A whole number; 31.0 is 31."""
    value = number_of(text, delimiter)
    return int(value) if value is not None and value == int(value) and abs(value) < 2**31 else None
