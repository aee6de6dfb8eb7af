"""What a new release of Passline changed, in sentences."""

from datetime import datetime

from dashboard.words.formats import count, day
from pipelines.contracts.releases import Part, ReleaseChanges, SheetChange, TableChange

READS_ONLY = (
    "A newer Passline has built this home, so this one only reads it: update Passline to import, correct or undo."
)
STARTING = "Passline was updated: the figures are being built again."
PARTS = {
    Part.READER: "how sheets are read",
    Part.CONTRACTS: "the columns of the tables",
    Part.LAYOUTS: "the layouts that sheets are recognized by",
    Part.INSTRUMENTS: "the instruments and their scales (instruments.toml)",
    Part.AREAS: "the content areas and their labels (blueprint.toml)",
    Part.CONVERSIONS: "how scores become EPC, and their errors (instruments.toml)",
    Part.MERGE: "how the rows of several sheets are put together",
    Part.LIBRARIES: "the libraries that read and store sheets",
}
TABLES = {
    "student": "Students", "attempt": "Attempts", "assessment": "Scores", "content_area": "Results in content areas",
    "topic": "Missed topics", "self_analysis": "Self-analyses", "tutor": "Tutors", "session": "Tutoring sessions",
    "observation": "Scores as evidence of readiness",
}


def progress(done: int, total: int, file: str) -> str:
    """Progress while figures are built again."""
    if not file:
        return f"Building the figures from {count(total, 'sheet')}"
    return f"Reading sheet {done + 1} of {total} again: {file}"


def headline(changes: ReleaseChanges, built_at: datetime) -> str:
    """What happened, when, and why."""
    reasons = [PARTS[Part(part)] for part in changes.parts]
    changed = f" What changed: {'; '.join(reasons)}." if reasons else ""
    return f"Passline was updated, and the figures were built again on {day(built_at.date())}.{changed}"


def effects(changes: ReleaseChanges) -> list[str]:
    """Which figures changed: a sentence for each table and each sheet."""
    if not changes.compared:
        sentences = ["The earlier figures could not be opened, so it is not known which of them changed."]
    elif not (changes.tables or changes.sheets):
        sentences = ["No stored figure changed."]
    else:
        sentences = [_table(one) for one in changes.tables] + [_sheet(one) for one in changes.sheets]
    return sentences + [
        f"This Passline cannot read {file}: its rows are kept as an earlier one read them. Import it again as CSV with "
        "the headers of a template, then undo the old import." for file in changes.kept
    ]


def _table(change: TableChange) -> str:
    numbers = {"added": change.added, "changed": change.changed, "removed": change.removed}
    counts = ", ".join(f"{number:,} {what}" for what, number in numbers.items() if number)
    return f"{TABLES[change.table]}: {counts}."


def _sheet(change: SheetChange) -> str:
    changed = [f"{name} {number:,} → {change.after[name]:,}" for name, number in change.before.items()
             if number != change.after[name]]
    return f"Import {change.import_id}, {change.file}: {', '.join(changed)}."
