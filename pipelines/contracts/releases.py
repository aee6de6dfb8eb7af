"""What a release changed in a home: the parts of Passline that differ, and what became of rows and sheets."""

from dataclasses import dataclass, field
from enum import StrEnum


class Part(StrEnum):
    """A part of Passline that typed rows or the warehouse depend on."""

    READER = "reader"
    CONTRACTS = "contracts"
    LAYOUTS = "layouts"
    INSTRUMENTS = "instruments"
    AREAS = "areas"
    CONVERSIONS = "conversions"
    MERGE = "merge"
    LIBRARIES = "libraries"


@dataclass(frozen=True)
class TableChange:
    """How many rows of one table of the warehouse were added, removed or changed, lineage aside."""

    table: str
    added: int
    removed: int
    changed: int


@dataclass(frozen=True)
class SheetChange:
    """One import's account before and after: its rows stored, unchanged, rejected and waiting."""

    import_id: int
    file: str
    before: dict[str, int]
    after: dict[str, int]


@dataclass(frozen=True)
class ReleaseChanges:
    """What a rebuild under another release changed.

    `parts` are ids of Part, none where the earlier build kept no record of its parts. `kept` names the sheets that
    this release refuses, whose rows stand as an earlier one read them. `compared` is false where the earlier build
    could not be opened.
    """

    parts: list[str]
    tables: list[TableChange] = field(default_factory=list)
    sheets: list[SheetChange] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    compared: bool = True

    @property
    def is_empty(self) -> bool:
        """True where every figure is as it was, and every sheet was read."""
        return self.compared and not (self.tables or self.sheets or self.kept)
