"""People's decisions that figures depend on: imported sheets and corrected values."""

from dataclasses import dataclass, field
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
INSTRUMENT_LABEL = "instrument label"  # a correction of this fact maps a name on sheets to an instrument and form


@dataclass(frozen=True)
class DecidedLabels:
    """The labels on sheets that people decided on: of content areas with the area ("" for none), and of instruments
    with instrument and form."""

    areas: dict[str, str] = field(default_factory=dict)
    instruments: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.areas or self.instruments)


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
