"""What a person corrected, in words: the columns and values of a Correction's documents."""

from datetime import date
from typing import Any

from dashboard.words.formats import NONE, day, percent

COLUMNS = {"planned_on": "planned date", "printed_probability": "printed probability of passing"}


def in_words(values: dict[str, Any]) -> str:
    """`taken on 3 Nov 2026; score 214`: each column with its value, without the student's own ID."""
    return "; ".join(
        f"{COLUMNS.get(name, name.replace('_', ' '))} {_value(name, value)}"
        for name, value in values.items()
        if name != "student_id"
    )


def key_in_words(key: dict[str, Any]) -> str:
    """The same of a record's key, where an empty value names nothing."""
    return in_words({name: value for name, value in key.items() if value not in (None, "")})


def _value(name: str, value: Any) -> str:
    if value in (None, ""):
        return NONE
    if name.endswith("_on"):
        return day(date.fromisoformat(value))
    if name == "printed_probability":
        return percent(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
