"""Undo and redo of whole imports. The tabs of one workbook that were imported together are undone and redone as one."""

from datetime import datetime

from pipelines.contracts.decisions import SheetImport
from pipelines.errors import UnknownImport
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.store.builds import decide
from pipelines.store.home import Home


def undo_import(home: Home, import_id: int, policy: Policy, *, by: Person, at: datetime) -> list[int]:
    """Undo one whole import, with the other tabs of its workbook; the numbers undone. Everything else stands, and of a
    sheet that was read again the earlier reading is back. Raises UnknownImport where it is not in force."""
    standing = home.office.ledger.in_force()
    in_force = {one.import_id for one in standing.imports}
    if import_id not in in_force:
        raise UnknownImport(f"Import {import_id} is not in force, so there is nothing to undo: see the imports.")
    undone = [one.import_id for one in imports_of_one_file(home, import_id) if one.import_id in in_force]
    left, replaced = [one for one in standing.imports if one.import_id not in undone], home.office.ledger.replaced()
    back = [home.office.ledger.import_made(replaced[number]) for number in undone if number in replaced]
    imports = sorted([*left, *back], key=lambda one: one.import_id)
    decide(home, standing, imports, standing.corrections, policy, by, at, undone=undone,
           redone=[one.import_id for one in back])
    return undone


def redo_import(home: Home, import_id: int, policy: Policy, *, by: Person, at: datetime) -> list[int]:
    """Put an undone import back in its place, with the other tabs of its workbook, and undo the earlier reading of a
    sheet that was read again; the numbers redone. Raises UnknownImport where it was never made, is in force, or was
    read again since."""
    standing = home.office.ledger.in_force()
    in_force = {one.import_id for one in standing.imports}
    if import_id in in_force:
        raise UnknownImport(f"Import {import_id} is in force already.")
    redone = [one for one in imports_of_one_file(home, import_id) if one.import_id not in in_force]
    replaced = home.office.ledger.replaced()
    if newer := [new for new, old in replaced.items() if old == import_id and new in in_force]:
        raise UnknownImport(f"Import {import_id} was read again as import {newer[0]}: undo that one instead.")
    before = [replaced[one.import_id] for one in redone if replaced.get(one.import_id) in in_force]
    imports = sorted([*redone, *(one for one in standing.imports if one.import_id not in before)],
                     key=lambda one: one.import_id)
    decide(home, standing, imports, standing.corrections, policy, by, at, undone=before,
           redone=[one.import_id for one in redone])
    return [one.import_id for one in redone]


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
