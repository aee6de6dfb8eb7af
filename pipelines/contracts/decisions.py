"""Decisions of people behind figures: imported sheets and corrected values."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SheetImport:
    """One sheet's import as decided: its bytes, its layout, and whether changes to known scores were accepted."""

    import_id: int
    sha256: str
    file: str
    kind: str
    layout: str
    answers: dict[str, Any]
    accept_changes: bool
    counts: dict[str, int]


AREA_LABEL = "area label"  # a correction of this name is the content area that a label on sheets means


@dataclass(frozen=True)
class Correction:
    """A person's value for one fact: `key` names it (empty: a new fact), `values` are its corrected columns, with dates
    as ISO text. It overrides every sheet."""

    correction_id: int
    fact: str
    student_id: str
    key: dict[str, Any]
    values: dict[str, Any]
    reason: str
