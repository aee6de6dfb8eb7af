"""People's decisions that figures depend on: imported sheets and corrected values."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SheetImport:
    """One applied import: which bytes, how they were read, and whether changes to known scores were accepted."""

    import_id: int
    sha256: str
    file: str
    kind: str
    layout: str
    answers: dict[str, Any]
    accept_changes: bool
    counts: dict[str, int]


AREA_LABEL = "area label"  # a correction of this fact maps a label on sheets to a content area


@dataclass(frozen=True)
class Correction:
    """A person's correction of one fact: `key` identifies it (empty: a new fact), `values` are its corrected columns,
    dates as ISO text. It overrides every sheet."""

    correction_id: int
    fact: str
    student_id: str
    key: dict[str, Any]
    values: dict[str, Any]
    reason: str
