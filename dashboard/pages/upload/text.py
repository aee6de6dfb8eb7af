"""The import preview in sentences and tables."""

import polars as pl

from dashboard.words.formats import count
from dashboard.words.held_rows import rule_text
from dashboard.words.instruments import listed
from pipelines.contracts.kinds import STORED_KINDS
from pipelines.imports.plan import ImportPreview, SheetPreview
from pipelines.policy import Policy

KIND_WORDS = {
    "roster": "roster", "attempts": "attempts", "assessments": "self-assessments", "content_areas": "content areas",
    "topics": "missed topics", "self_analysis": "self-analysis", "tutors": "tutors", "sessions": "tutoring sessions",
    "undated_scores": "scores without a date",
}  # fmt: skip
BRINGS = {
    "roster": "who the students are, their class, advisor and planned date",
    "attempts": "every sitting of Step 1 or Level 1 and its outcome",
    "assessments": "scores of {instruments}, with areas beside them if you like",
    "content_areas": "results by subject, one row an area",
    "topics": "questions missed by topic",
    "self_analysis": "what a student says went wrong",
    "tutors": "who teaches what, and the hours on offer",
    "sessions": "tutoring held",
}


def brings(kind: str, policy: Policy) -> str:
    """What a sheet of this kind brings."""
    named = [name for name, one in policy.instruments.by_name.items() if not one.takes_labels]
    return BRINGS[kind].format(instruments=listed([*named, "exams of your own"]))


def account(read: int, stored: int, unchanged: int, rejected: int, waiting: int, changed: int = 0) -> str:
    """`61 rows = 58 stored + 2 unchanged + 0 rejected + 1 waiting`: the same everywhere, zeros included."""
    changes = f" (of which {changed:,} change a stored value)" if changed else ""
    return (f"**{count(read, 'row')}** = {stored:,} stored{changes} + {unchanged:,} unchanged + {rejected:,} "
            f"rejected + {waiting:,} waiting")  # fmt: skip


def sheet_account(sheet: SheetPreview) -> str:
    """One sheet's account, and the rows that it does not count."""
    report = sheet.report
    uncounted = {"blank": report.blank, "not about a person": report.not_people} if report else {}
    beside = [f"{count(rows, 'row')} {what}" for what, rows in uncounted.items() if rows]
    aside = f" · not counted: {' and '.join(beside)}" if beside else ""
    return account(_rows(sheet), sheet.stored, sheet.unchanged, sheet.rejected, sheet.waiting, sheet.changed) + aside


def kinds(sheet: SheetPreview) -> str:
    """The kinds of record on a sheet, in words."""
    names = [kind["kind"] for kind in sheet.kinds] or [sheet.report.kind if sheet.report else ""]
    return " + ".join(KIND_WORDS.get(name, name) for name in names)


def kinds_account(sheet: SheetPreview) -> str:
    """The account of each kind of record on the sheet: `self-assessments: 9 of 9 stored · roster: 2 of 3 stored`."""
    parts = []
    for kind in sheet.kinds:
        held = [f"{kind[name]:,} {name}" for name in ("unchanged", "rejected", "waiting") if kind[name]]
        rest = f" ({', '.join(held)})" if held else ""
        name = KIND_WORDS.get(kind["kind"], kind["kind"])
        parts.append(f"{name}: {kind['stored']:,} of {kind['read']:,} stored{rest}")
    return " · ".join(parts)


def _rows(sheet: SheetPreview) -> int:
    return sheet.stored + sheet.unchanged + sheet.rejected + sheet.waiting


def is_bare(plan: ImportPreview) -> bool:
    """True where no sheet can be read or has a row, so that applying would do nothing."""
    return plan.is_empty or not any(s.already or _rows(s) for s in plan.sheets if s.refused is None)


def claim(plan: ImportPreview) -> str:
    """The preview in a sentence: how many rows of how many sheets will be stored, and what will not."""
    read = [s for s in plan.sheets if s.refused is None]
    stored, held = sum(s.stored for s in read), sum(s.rejected + s.waiting for s in read)
    rows = sum(_rows(s) for s in read)
    if not read:
        return "None of these sheets can be read yet" if len(plan.sheets) > 1 else "This sheet cannot be read yet"
    refused = len(plan.sheets) - len(read)
    unread = f"; {count(refused, 'sheet')} cannot be read" if refused else ""
    if not rows:
        return f"There is nothing to store{unread}"
    rest = f"; {held:,} will be left out and listed" if held else ""
    return f"{stored:,} of {count(rows, 'row')} in {count(len(read), 'sheet')} will be stored{rest}{unread}"


def changes_table(plan: ImportPreview) -> pl.DataFrame:
    """Each value that would change, old and new; filled blanks last."""
    files = {s.import_id: s.file for s in plan.sheets if s.import_id is not None}
    return (
        plan.changes.sort(pl.col("old").is_null(), "import_id", "sheet_row")
        .select(Sheet=pl.col("import_id").cast(pl.Int64).replace_strict(files, default="", return_dtype=pl.String),
                Row="sheet_row", Student="student_id", What="what", Column="column", Old="old", New="new")
    )  # fmt: skip


def held_table(held: pl.DataFrame) -> pl.DataFrame:
    """Rows left out, with the rule, the reason and the row's text."""
    return held.select(Sheet="file", Row="sheet_row", State="state", Rule=rule_text(), Reason="reason", Text="text")


def held_counts(held: pl.DataFrame) -> str:
    """`12 rejected: unknown student 7, no date 5 · 3 waiting: changed value 3`."""
    parts = []
    for state in ["rejected", "waiting"]:
        rules = held.filter(state=state).group_by(rule_text()).len().sort("len", "rule", descending=[True, False])
        if rules.height:
            counted = ", ".join(f"{rule} {n:,}" for rule, n in rules.iter_rows())
            parts.append(f"{rules['len'].sum():,} {state}: {counted}")
    return " · ".join(parts)


def first_rows(plan: ImportPreview, sheet: SheetPreview, most: int = 5) -> pl.DataFrame:
    """A sheet's first rows as they would be stored, without columns that are all blank."""
    if sheet.report is None or sheet.import_id is None:
        return pl.DataFrame()
    table = STORED_KINDS[sheet.report.kind].table
    rows = plan.facts.tables[table].frame.filter(import_id=sheet.import_id).sort("sheet_row").head(most).collect()
    rows = rows.drop("import_id", "correction_id").rename({"sheet_row": "Row"})
    filled = [name for name in rows.columns if name == "Row" or rows[name].is_not_null().any()]
    return rows.select("Row", *(name for name in filled if name != "Row"))


def unknown_labels(plan: ImportPreview, unknown: pl.DataFrame) -> pl.DataFrame:
    """import_id, file, kind, label, rows of the preview's sheets: labels that nobody knows and nobody decided on."""
    numbers = [imported.import_id for imported in plan.imports]
    return unknown.filter(pl.col("import_id").is_in(numbers))


def imports_table(imports: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Every import, newest first: today's account, or of an undone one the account at import."""
    numbers = ["read", "stored", "unchanged", "rejected", "waiting"]
    now = accounts.select(pl.col("import_id").cast(pl.Int64), *(pl.col(n).alias(f"{n}_now") for n in numbers))
    rows = imports.join(now, on="import_id", how="left", maintain_order="left")
    return rows.select(
        "import_id", "file", "kind", "layout", "imported_at", "imported_by", "undone_at", "undone_by",
        *(pl.coalesce(f"{n}_now", n).alias(n) for n in numbers),
    )  # fmt: skip
