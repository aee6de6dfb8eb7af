"""What people decided that figures rest on: sheets imported, and values corrected."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SheetImport:
    """One sheet's import as decided: which bytes, read how, and whether changes to known scores were accepted."""

    import_id: int
    sha256: str
    file: str
    kind: str
    layout: str
    answers: dict[str, Any]
    accept_changes: bool
    counts: dict[str, int]


AREA_LABEL = "area label"  # a correction of this name says which content area a label on sheets means


@dataclass(frozen=True)
class Correction:
    """A person's word on one fact: `key` names it (empty: a new fact), `values` are its corrected columns, dates as
    ISO text. It stands above every sheet."""

    correction_id: int
    fact: str
    student_id: str
    key: dict[str, Any]
    values: dict[str, Any]
    reason: str
