"""Column names of earlier releases that an office store still holds, translated when read."""

from typing import Any

from pipelines.contracts.kinds import RENAMED_COLUMNS

RENAMED = {
    f"{prefix}{old}": f"{prefix}{new}" for old, new in RENAMED_COLUMNS.items() for prefix in ("", "who:", "who_")
}


def with_current_names(stored: Any) -> Any:
    """A JSON document with current column names in its keys and in texts that are exactly a column's name."""
    if isinstance(stored, dict):
        return {RENAMED.get(key, key): with_current_names(value) for key, value in stored.items()}
    if isinstance(stored, list):
        return [with_current_names(part) for part in stored]
    return RENAMED.get(stored, stored) if isinstance(stored, str) else stored


def with_current_keys(stored: dict[str, Any]) -> dict[str, Any]:
    """The same for keys alone, where texts are values that people typed."""
    return {RENAMED.get(key, key): value for key, value in stored.items()}
