"""What a release changed in a home: the parts of Passline that differ, and the changes of rows and sheets."""

from dataclasses import dataclass, field
from enum import StrEnum


class Part(StrEnum):
    """A part of Passline on which typed rows or the warehouse depend."""

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
    """The number of rows of one warehouse table that were added, removed or changed, apart from lineage."""

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

    `parts` are ids of Part, empty if the earlier build has no record of its parts. `kept` names the sheets that this
    release refuses, whose rows stay as an earlier release read them. `compared` is false if the earlier build could
    not be opened.
    """

    parts: list[str]
    tables: list[TableChange] = field(default_factory=list)
    sheets: list[SheetChange] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    compared: bool = True

    @property
    def is_empty(self) -> bool:
        """True if no row and no sheet changed, and every sheet was read."""
        return self.compared and not (self.tables or self.sheets or self.kept)
