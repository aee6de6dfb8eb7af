"""The tabs of one workbook, imported together: each is an import, and all are undone and redone as one."""

from pipelines.contracts.decisions import SheetImport
from pipelines.store.home import Home


def imports_of_one_file(home: Home, import_id: int) -> list[SheetImport]:
    """The import and, where it is a tab, the other tabs of its workbook that were imported with it, in force or undone.
    Raises UnknownImport for an unknown number."""
    ledger = home.office.ledger
    this = ledger.import_made(import_id)
    if this.answers.get("tab") is None:
        return [this]
    made_at = ledger.in_force().made_at_revision
    together = [number for (subject, number), revision in made_at.items()
                if subject == "import" and revision == made_at["import", import_id]]
    imports = [ledger.import_made(number) for number in sorted(together)]
    return [one for one in imports if one.sha256 == this.sha256 and one.answers.get("tab") is not None]
