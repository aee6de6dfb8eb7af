"""Plan and apply: how sheets change the figures (undo.py takes them back).

Planning reads the sheets, merges them with everything in force, stores nothing, and returns an import preview. Applying
builds the new warehouse from exactly that preview, then commits the decision and the build in one transaction. So what
the preview shows is what is stored, a crash leaves everything as it was, and an outdated preview is refused.
"""

import shutil
import tempfile
import weakref
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts.accounts import Unusual
from pipelines.contracts.decisions import DecidedLabels, SheetImport
from pipelines.errors import SheetRefused, SheetUnclear, StaleDecision
from pipelines.imports.doubts import with_doubts
from pipelines.imports.ignored_columns import remember_ignored, without_ignored
from pipelines.imports.new_people import add_students_question
from pipelines.imports.school_date_order import with_order_doubt, with_school_order
from pipelines.imports.unusual import unusual
from pipelines.imports.uploads import Upload, UploadedSheet, uploaded_sheets
from pipelines.merge.entry import Entry
from pipelines.merge.facts import Merged, merge_sheets
from pipelines.office import InForce, Person
from pipelines.office.ledger import COUNTS
from pipelines.policy import Policy, with_labels
from pipelines.sheets import Answers, ReadSheet, SheetReport, layout_of, load_sheet, read_sheet
from pipelines.store.builds import bring_up_to_date, commit_build, fixes_in_force
from pipelines.store.checks import keep_rows, keep_sheet, put_back_sheets
from pipelines.store.home import Home
from pipelines.store.leftovers import OwnFolder
from pipelines.store.typed_rows import entries_in_force, rows_name


@dataclass(frozen=True)
class SheetPreview:
    """The account of one sheet in a preview: read = stored + unchanged + rejected + waiting.

    `changed` is the part of stored that changes a known value. `already` is the import that holds the same bytes, or -1
    for the same sheet twice in one upload. `refused` is the error instead of an account; `is_unclear` where it asks
    which kind of sheet this is, or where a table beside others of its file is not known. `kinds` are the accounts of a
    sheet with records of several kinds. `upload` and `part` are the id of its upload, and its name within it; `source`
    is a copy of its bytes.
    """

    file: str
    import_id: int | None = None
    report: SheetReport | None = None
    stored: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    waiting: int = 0
    already: int | None = None
    refused: str | None = None
    is_unclear: bool = False
    answers: Answers = field(default_factory=Answers)
    kinds: list[dict[str, Any]] = field(default_factory=list)
    upload: str = ""
    part: str = ""
    source: Path | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells this sheet from the others of a preview, whatever the files are called."""
        return self.upload, self.part

    @property
    def unread(self) -> list[str]:
        """Columns that nothing is read from, though they hold numbers, dates or outcomes."""
        return self.report.unread if self.report else []

    @property
    def needs_a_look(self) -> bool:
        """True where results on the sheet are not read: columns nothing is read from, formulas without values."""
        return bool(self.unread or (self.report and self.report.without_values))


@dataclass(eq=False)
class ImportPreview:
    """Exactly what an import will store, planned against one revision.

    `unusual` lists what a person must look at before it is applied (usually nothing). `instead_of`: the import that is
    read again, which it undoes. `staging` holds its own copy of
    the sheets, deleted together with this object.
    """

    revision: int
    sheets: list[SheetPreview]
    changes: pl.DataFrame
    held: pl.DataFrame
    facts: Merged
    imports: list[SheetImport]
    staged: dict[str, Path]
    staging: Path
    scratch: OwnFolder  # holds `staging`, so it lives as long
    unusual: list[Unusual] = field(default_factory=list)
    instead_of: int | None = None

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self.staging, ignore_errors=True)

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to import: every sheet was refused or is already in force."""
        return not self.imports


def plan_import(
    home: Home, uploads: list[Upload], policy: Policy, *, accept_changes: bool, at: datetime,
    instead_of: SheetImport | None = None,
) -> ImportPreview:
    """Read the sheets and merge them with everything in force. Stores nothing.

    `accept_changes`: a different score for a known sitting is applied (a person saw it), else it waits.
    A sheet in force whose kept copy is damaged is put back.
    A sheet that cannot be read is refused alone; the others go on. `instead_of`: an import in force that is read again,
    in its own place.
    """
    put_back_sheets(home, [upload.path for upload in uploads])
    bring_up_to_date(home, policy, at)
    standing = home.office.ledger.in_force()
    order, day = standing.revision + 1, at.astimezone(UTC).date()
    if instead_of:
        place = ("import", instead_of.import_id)
        order, day = standing.made_at_revision[place], standing.made_on[place]
        standing = replace(standing, imports=[one for one in standing.imports if one != instead_of])
    next_import, _ = home.office.ledger.next_ids()
    staging = Path(tempfile.mkdtemp(dir=home.scratch.path, prefix="plan-"))
    sheets: list[SheetPreview] = []
    entries: list[Entry] = []
    reads: list[ReadSheet | None] = []
    staged: dict[str, Path] = {}
    saved_layouts = [layout_of(layout) for layout in home.office.layouts.saved()]
    ignored, seen = home.office.ignored_columns.current(), set()
    for one in uploaded_sheets(uploads, staging, saved_layouts, standing, policy):
        sheet = SheetPreview(one.file, answers=one.answers, upload=one.upload, part=one.part, source=one.path)
        try:
            if one.refused:
                raise SheetRefused(one.refused)
            one, read = _read_as_school_writes(
                one, staging / "rows", policy, standing.labels, home.office.date_order.current())
        except SheetRefused as refusal:
            reads.append(None)
            sheets.append(replace(sheet, refused=str(refusal), is_unclear=isinstance(refusal, SheetUnclear)))
            continue
        is_first = one.upload not in {other.upload for other in sheets if other.refused is None}
        read = without_ignored(read, ignored)
        read = _with_left_out(read, one.left_out) if is_first else read
        reads.append(read)
        sheet = replace(sheet, report=read.report, answers=one.answers)
        same = _same_import(standing, one.sha256, one.answers, accept_changes)
        if same is not None:
            keep_sheet(home, one.sha256, one.path)  # a member of an archive is not among the uploads
        if same is not None or (one.sha256, read.report.tab) in seen:
            sheets.append(replace(sheet, already=same or -1))
            continue
        staged[one.sha256] = one.path
        seen.add((one.sha256, read.report.tab))
        imported = SheetImport(
            next_import + len(entries), one.sha256, one.file, read.report.kind, read.report.layout,
            asdict(one.answers), accept_changes, {},
        )
        entries.append(Entry(imported, order, read, day))
        sheets.append(replace(sheet, import_id=imported.import_id))
    sheets = _unclear_beside_others(sheets)
    earlier, fixes = entries_in_force(home, standing, policy), fixes_in_force(standing)
    facts = merge_sheets([*earlier, *entries], fixes, policy.imports.sittings)
    accounts = {row["import_id"]: row for row in facts.accounts.to_dicts()}
    numbers = [entry.imported.import_id for entry in entries]
    imports = [
        SheetImport(**{**entry.imported.__dict__, "counts": {n: accounts[entry.imported.import_id][n] for n in COUNTS}})
        for entry in entries
    ]
    is_in_preview = pl.col("import_id").is_in(numbers)
    counted = [_with_people_to_add(_counted(sheet, accounts, facts), read, facts)
               for sheet, read in zip(sheets, reads, strict=True)]
    return ImportPreview(
        standing.revision, with_doubts(counted, entries, facts, home.office.rules.policy()),
        facts.changes.filter(is_in_preview), facts.held.filter(is_in_preview), facts, imports, staged, staging,
        home.scratch, unusual(earlier, entries, facts.changed, fixes, policy.imports.guard),
        instead_of.import_id if instead_of else None,
    )


def _with_people_to_add(sheet: SheetPreview, read: ReadSheet | None, facts: Merged) -> SheetPreview:
    """The sheet, with the question whether people on no roster become students, unless it is answered."""
    if read is None or sheet.report is None or sheet.import_id is None or sheet.answers.add_students is not None:
        return sheet
    asked = add_students_question(sheet.import_id, read, facts)
    return replace(sheet, report=replace(sheet.report, questions=[*sheet.report.questions, *asked]))


def apply_import(home: Home, preview: ImportPreview, policy: Policy, *, by: Person, at: datetime) -> list[int]:
    """Store exactly what the preview shows; the numbers of its imports.

    Raises StaleDecision where another decision came first.
    """
    if preview.is_empty:
        return []
    if home.office.ledger.state().revision != preview.revision:
        raise StaleDecision("Someone else changed the data since this was prepared: look at it again, then apply.")
    for sha256, source in preview.staged.items():
        keep_sheet(home, sha256, source)
    decided = {sheet.import_id: sheet.report.labels_decided for sheet in preview.sheets if sheet.report}
    for imported in preview.imports:
        rows = home.rows / rows_name(imported.sha256, imported.answers, policy, decided[imported.import_id])
        if preview.instead_of:  # the same bytes and answers as another release read them
            shutil.rmtree(rows, ignore_errors=True)
        keep_rows(home, preview.staging / "rows" / rows.name, rows)
    commit_build(home, preview.facts, preview.revision, policy, by, at, applied=preview.imports,
                 undone=[preview.instead_of] if preview.instead_of else [])
    remember_ignored(home.office, preview.imports, by=by, at=at)
    return [imported.import_id for imported in preview.imports]


def _unclear_beside_others(sheets: list[SheetPreview]) -> list[SheetPreview]:
    """The sheets; one that is refused though others of its file are read is not refused, but not read yet."""
    read = {sheet.upload for sheet in sheets if sheet.refused is None}
    return [replace(sheet, is_unclear=True) if sheet.refused and sheet.upload in read else sheet for sheet in sheets]


def _with_left_out(read: ReadSheet, left_out: list[str]) -> ReadSheet:
    """The sheet, with a doubt that names what of its file is left out."""
    if not left_out:
        return read
    doubt = f"Left out of this file: {', '.join(left_out)}."
    return replace(read, report=replace(read.report, doubts=[doubt, *read.report.doubts]))


def _read_as_school_writes(
    sheet: UploadedSheet, staged_rows: Path, policy: Policy, labels: DecidedLabels, order: str | None
) -> tuple[UploadedSheet, ReadSheet]:
    """The sheet read; where it asks for the order of its dates, again with the school's order as its answer."""
    of_school = with_labels(policy, labels.areas, labels.instruments)

    def read(answers: Answers) -> ReadSheet:
        return _read(replace(sheet, answers=answers), staged_rows, of_school)

    first = read(sheet.answers)
    answers = with_school_order(sheet.answers, first, order)
    if order is None or answers == sheet.answers:
        return sheet, first
    return replace(sheet, answers=answers), with_order_doubt(read(answers), first, order)


def _read(sheet: UploadedSheet, staged_rows: Path, policy: Policy) -> ReadSheet:
    """The sheet read into its own folder; where people decided on labels in it, one named for those too."""
    answers = asdict(sheet.answers)
    rows = staged_rows / rows_name(sheet.sha256, answers, policy)
    read = read_sheet(sheet.path, sheet.file, sheet.sha256, sheet.answers, rows, policy)
    if decided := read.report.labels_decided:
        return load_sheet(rows.rename(rows.with_name(rows_name(sheet.sha256, answers, policy, decided))))
    return read


def _same_import(standing: InForce, sha256: str, answers: Answers, accept_changes: bool) -> int | None:
    """The import in force that holds these bytes, read and accepted the same way."""
    for one in standing.imports:
        accepted = one.accept_changes or not accept_changes
        if one.sha256 == sha256 and Answers(**one.answers) == answers and accepted:
            return one.import_id
    return None


def _counted(sheet: SheetPreview, accounts: dict[int, dict[str, Any]], facts: Merged) -> SheetPreview:
    if sheet.refused is not None:
        return sheet
    if sheet.already is not None and sheet.already in accounts:
        account = accounts[sheet.already]
        return replace(sheet, import_id=sheet.already, unchanged=account["stored"] + account["unchanged"],
                       rejected=account["rejected"], waiting=account["waiting"])
    if sheet.import_id is None or sheet.report is None:  # the same bytes twice in one upload
        read = sheet.report.read if sheet.report else 0
        return replace(sheet, unchanged=read, already=-1)
    account = accounts[sheet.import_id]
    kinds = facts.kind_accounts.filter(pl.col("read") > 0, import_id=sheet.import_id).to_dicts()
    return replace(
        sheet, stored=account["stored"], changed=facts.changed[sheet.import_id], unchanged=account["unchanged"],
        rejected=account["rejected"], waiting=account["waiting"], kinds=kinds if len(kinds) > 1 else [],
    )
