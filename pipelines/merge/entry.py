"""A sheet in force, as the merge takes it."""

from dataclasses import dataclass
from datetime import date

from pipelines.contracts.decisions import SheetImport
from pipelines.merge.merge import Part
from pipelines.sheets.report import PartReport, ReadSheet


@dataclass(frozen=True)
class Entry:
    """A sheet in force: how it was imported, at which revision and on which day (UTC), and its rows as read."""

    imported: SheetImport
    order: int
    sheet: ReadSheet
    imported_on: date | None = None

    @property
    def parts(self) -> list[PartReport]:
        """The rows of each kind on the sheet; a report of an earlier release has one."""
        r = self.sheet.report
        return r.parts or [PartReport(r.kind, r.read, r.blank, r.not_people, r.melted)]

    def part(self, table: str) -> Part:
        """The sheet's rows of one table."""
        imported = self.imported
        makes_students = all(part.makes_students for part in self.parts if part.kind == "roster")
        return Part(imported.import_id, self.order, imported.accept_changes, self.sheet.rows[table], self.imported_on,
                    makes_students, bool(imported.answers.get("add_students")))
