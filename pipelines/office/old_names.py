"""Columns under the names that earlier releases gave them, as an office store still holds them."""

from typing import Any

from pipelines.contracts.kinds import RENAMED_COLUMNS

RENAMED = {f"{about}{old}": f"{about}{new}" for old, new in RENAMED_COLUMNS.items() for about in ("", "who:", "who_")}


def with_names_of_today(stored: Any) -> Any:
    """A JSON document in which keys, and texts that are a column's whole name, have the names of today."""
    if isinstance(stored, dict):
        return {RENAMED.get(key, key): with_names_of_today(value) for key, value in stored.items()}
    if isinstance(stored, list):
        return [with_names_of_today(part) for part in stored]
    return RENAMED.get(stored, stored) if isinstance(stored, str) else stored


def keys_of_today(stored: dict[str, Any]) -> dict[str, Any]:
    """The same of a document whose texts are values that people typed: only its keys are names of columns."""
    return {RENAMED.get(key, key): value for key, value in stored.items()}
