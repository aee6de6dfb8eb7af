"""Plan, apply, undo: the only way that sheets and corrections change the figures.

A plan reads the sheets and settles them against everything in force, and stores nothing. Applying builds the new
warehouse from exactly that plan, then commits the decision and the build in one transaction. So a preview is what is
stored, a crash leaves everything as it was, and a plan made against something that has changed is refused.
"""

import hashlib
import json
import shutil
import tempfile
import uuid
import weakref
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts import KINDS
from pipelines.errors import DecisionRefused, PlanStale, SheetRefused, UnknownImport
from pipelines.facts import Entry, Facts, gather
from pipelines.home import Home
from pipelines.marts.observation import observations
from pipelines.office import Correction, InForce, Person, SheetImport
from pipelines.office.ledger import COUNTS
from pipelines.policy import Policy
from pipelines.settle import Fix
from pipelines.sheets import READER_VERSION, Answers, ReadSheet, SheetReport, load_sheet, read_sheet
from pipelines.warehouse import write_warehouse

WAREHOUSE_VERSION = "1"  # a build by an older version is built anew when a home is opened


@dataclass(frozen=True)
class Upload:
    """A file to import: its name as people know it, where its bytes lie, and what a person said about it."""

    file: str
    path: Path
    answers: Answers = field(default_factory=Answers)


@dataclass(frozen=True)
class PlannedSheet:
    """What would happen to one sheet: read = stored + unchanged + rejected + waiting; `changed` is the part of stored
    that changes a known value. `already` is the import that holds the same bytes; `refused` the sentence instead."""

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


@dataclass(eq=False)
class Plan:
    """What an import will do, exactly; made against one revision. Its own copy of the sheets goes when it goes."""

    revision: int
    sheets: list[PlannedSheet]
    changes: pl.DataFrame
    held: pl.DataFrame
    facts: Facts
    imports: list[SheetImport]
    staged: dict[str, Path]
    staging: Path

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self.staging, ignore_errors=True)

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to import: every sheet was refused or is in force already."""
        return not self.imports


def plan_import(
    home: Home, uploads: list[Upload], policy: Policy, *, accept_changes: bool, at: datetime
) -> Plan:
    """Read the sheets and settle them against everything in force. Stores nothing.

    `accept_changes`: a different score for a known sitting is applied (a person saw it), else it waits.
    A sheet that cannot be read is refused by itself; the others go on.
    """
    standing = home.office.in_force()
    next_import, _ = home.office.next_ids()
    staging = Path(tempfile.mkdtemp(dir=home.staging, prefix="plan-"))
    sheets: list[PlannedSheet] = []
    entries: list[Entry] = []
    staged: dict[str, Path] = {}
    for upload in uploads:
        try:
            read, bytes_at = _stage(upload, staging, policy)
        except SheetRefused as refusal:
            sheets.append(PlannedSheet(upload.file, refused=str(refusal)))
            continue
        same = _same_import(standing, read.report.sha256, upload.answers, accept_changes)
        if same is not None or read.report.sha256 in staged:
            sheets.append(PlannedSheet(upload.file, report=read.report, already=same or -1))
            continue
        staged[read.report.sha256] = bytes_at
        imported = SheetImport(
            next_import + len(entries), read.report.sha256, upload.file, read.report.kind, read.report.layout,
            asdict(upload.answers), accept_changes, {},
        )
        entries.append(Entry(imported, standing.revision + 1, read))
        sheets.append(PlannedSheet(upload.file, imported.import_id, read.report))
    facts = gather([*_entries(home, standing, policy), *entries], _fixes(standing))
    accounts = {row["import_id"]: row for row in facts.accounts.to_dicts()}
    numbers = [entry.imported.import_id for entry in entries]
    imports = [
        SheetImport(**{**entry.imported.__dict__, "counts": {n: accounts[entry.imported.import_id][n] for n in COUNTS}})
        for entry in entries
    ]
    mine = pl.col("import_id").is_in(numbers)
    return Plan(
        standing.revision, [_counted(sheet, accounts, facts.changed) for sheet in sheets],
        facts.changes.filter(mine), facts.held.filter(mine), facts, imports, staged, staging,
    )


def apply_plan(home: Home, plan: Plan, policy: Policy, *, by: Person, at: datetime) -> list[int]:
    """Carry out a plan as it was shown; the numbers of its imports. Raises PlanStale when decisions came meanwhile."""
    if plan.is_empty:
        return []
    if home.office.state().revision != plan.revision:
        raise PlanStale("Someone else changed the data since this was prepared: look at it again, then apply.")
    for sha256, source in plan.staged.items():
        _keep(source, home.sheets / sha256)
    for imported in plan.imports:
        rows = home.rows / _rows_name(imported.sha256, imported.answers)
        if not rows.exists():
            _keep(plan.staging / "rows" / rows.name, rows)
    _build(home, plan.facts, plan.revision, policy, by, at, applied=plan.imports)
    return [imported.import_id for imported in plan.imports]


def undo_import(home: Home, import_id: int, policy: Policy, *, by: Person, at: datetime) -> None:
    """Take one import back as a whole; everything else stands. Raises UnknownImport when it is not in force."""
    standing = home.office.in_force()
    if import_id not in {one.import_id for one in standing.imports}:
        raise UnknownImport(f"Import {import_id} is not in force, so there is nothing to undo: see `passline imports`.")
    left = [one for one in standing.imports if one.import_id != import_id]
    _rebuild_as(home, standing, left, standing.corrections, policy, by, at, undone=[import_id])


def redo_import(home: Home, import_id: int, policy: Policy, *, by: Person, at: datetime) -> None:
    """Put an undone import back in its old place. Raises UnknownImport when it was never made, or is in force."""
    standing = home.office.in_force()
    if import_id in {one.import_id for one in standing.imports}:
        raise UnknownImport(f"Import {import_id} is in force already.")
    one = home.office.import_made(import_id)
    imports = sorted([*standing.imports, one], key=lambda made: made.import_id)
    _rebuild_as(home, standing, imports, standing.corrections, policy, by, at, redone=[import_id])


def correct(
    home: Home, policy: Policy, *, fact: str, student_id: str, key: dict[str, Any], values: dict[str, Any],
    reason: str, by: Person, at: datetime,
) -> int:
    """Add a record (empty `key`) or correct one named by its key; the correction's number.

    Values and key use the contract's columns; dates are ISO text. Raises DecisionRefused without a reason, for an
    unknown column, or when the record would take another's place.
    """
    kind = next(k for k in KINDS.values() if k.table == fact)
    if not reason.strip():
        raise DecisionRefused("A correction needs a reason: say why the sheet is wrong or what it lacks.")
    unknown = set(values) | set(key)
    unknown -= set(kind.columns)
    if unknown or not values:
        raise DecisionRefused(f"A {fact} has no {', '.join(sorted(unknown)) or 'value to correct'}.")
    missing = [c for c in kind.required if not {**key, **values}.get(c)]
    if missing:
        raise DecisionRefused(f"A {fact} needs {', '.join(missing)}: fill it in.")
    standing = home.office.in_force()
    _, number = home.office.next_ids()
    made = Correction(number, fact, student_id, key, values, reason.strip())
    before = _table_keys(home, standing, fact, policy)
    after_key = {k: {**key, **values}.get(k, "" if k == "form" else None) for k in kind.key}
    if after_key != {k: key.get(k, "" if k == "form" else None) for k in kind.key} and _stands(before, after_key):
        raise DecisionRefused("That record exists already: correct it instead of adding another.")
    _rebuild_as(home, standing, standing.imports, [*standing.corrections, made], policy, by, at, corrected=made)
    return number


def undo_correction(home: Home, policy: Policy, correction_id: int, *, by: Person, at: datetime) -> None:
    """Take a correction back; the sheet's value stands again. Raises UnknownImport when it does not stand."""
    standing = home.office.in_force()
    left = [one for one in standing.corrections if one.correction_id != correction_id]
    if len(left) == len(standing.corrections):
        raise UnknownImport("That correction is undone already: reload the page.")
    _rebuild_as(home, standing, standing.imports, left, policy, by, at, uncorrected=correction_id)


def rebuild(home: Home, policy: Policy, at: datetime) -> Facts:
    """Build the warehouse anew from the sheets and the decisions, and make it current."""
    while True:
        standing = home.office.in_force()
        facts = gather(_entries(home, standing, policy), _fixes(standing))
        build_id = _write(home, facts, standing.revision, policy, at)
        if home.office.make_current(revision=standing.revision, build_id=build_id, at=at):
            home.drop_old_builds()
            return facts


def replay(home: Home, revision: int, policy: Policy, into: Path, at: datetime) -> Path:
    """The warehouse as it was after an earlier decision, built anew into a directory; nothing becomes current."""
    standing = home.office.in_force(revision)
    facts = gather(_entries(home, standing, policy), _fixes(standing))
    path = into / f"revision-{revision}.duckdb"
    write_warehouse(path, _tables(facts, policy), _info(revision, at))
    return path


def ensure_current(home: Home, policy: Policy, at: datetime) -> None:
    """Build once where the current warehouse is missing, or was built by another version."""
    build = home.current()
    if build is None or not build.build_id.endswith(f"-v{WAREHOUSE_VERSION}"):
        rebuild(home, policy, at)


def _stage(upload: Upload, staging: Path, policy: Policy) -> tuple[ReadSheet, Path]:
    with upload.path.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
    bytes_at = staging / sha256
    shutil.copyfile(upload.path, bytes_at)
    rows = staging / "rows" / _rows_name(sha256, asdict(upload.answers))
    rows.mkdir(parents=True, exist_ok=True)
    return read_sheet(bytes_at, upload.file, sha256, upload.answers, rows, policy), bytes_at


def _rows_name(sha256: str, answers: dict[str, Any]) -> str:
    """Where a sheet's typed rows lie: the same bytes read with other answers, or by another reader, lie elsewhere."""
    how = json.dumps([READER_VERSION, answers], sort_keys=True)
    return f"{sha256}-{hashlib.sha256(how.encode()).hexdigest()[:12]}"


def _keep(source: Path, target: Path) -> None:
    """Put a file or directory in its place in one step; one that is there already is the same."""
    if target.exists():
        return
    coming = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
    if source.is_dir():
        shutil.copytree(source, coming)
    else:
        shutil.copyfile(source, coming)
    try:
        coming.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(coming) if coming.is_dir() else coming.unlink()


def _entries(home: Home, standing: InForce, policy: Policy) -> list[Entry]:
    """Every sheet in force with its typed rows; read again from its bytes only where the cache is gone or outdated."""
    entries = []
    for imported in standing.imports:
        rows = home.rows / _rows_name(imported.sha256, imported.answers)
        sheet = _cached(rows)
        if sheet is None:
            shutil.rmtree(rows, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=home.staging) as staging:
                fresh = Path(staging) / "rows"
                fresh.mkdir()
                source = home.sheets / imported.sha256
                read_sheet(source, imported.file, imported.sha256, Answers(**imported.answers), fresh, policy)
                _keep(fresh, rows)
            sheet = load_sheet(rows)
        entries.append(Entry(imported, standing.made_at_revision["import", imported.import_id], sheet))
    return entries


def _cached(rows: Path) -> ReadSheet | None:
    """A sheet's typed rows where they are whole, else None."""
    if not (rows / "report.json").exists():
        return None
    sheet = load_sheet(rows)
    return sheet if all(path.exists() for path in [sheet.held, *sheet.rows.values()]) else None


def _fixes(standing: InForce) -> list[Fix]:
    made = standing.made_at_revision
    return [
        Fix(made.get(("correction", one.correction_id), standing.revision + 1), one) for one in standing.corrections
    ]


def _same_import(standing: InForce, sha256: str, answers: Answers, accept_changes: bool) -> int | None:
    """The import in force that holds these bytes, read and accepted the same way."""
    for one in standing.imports:
        accepted = one.accept_changes or not accept_changes
        if one.sha256 == sha256 and one.answers == asdict(answers) and accepted:
            return one.import_id
    return None


def _counted(sheet: PlannedSheet, accounts: dict[int, dict[str, Any]], changed: dict[int, int]) -> PlannedSheet:
    if sheet.refused is not None:
        return sheet
    if sheet.already is not None and sheet.already in accounts:
        account = accounts[sheet.already]
        return PlannedSheet(
            sheet.file, sheet.already, sheet.report, 0, 0, account["stored"] + account["unchanged"],
            account["rejected"], account["waiting"], sheet.already,
        )
    if sheet.import_id is None or sheet.report is None:  # the same bytes twice in one upload
        return PlannedSheet(sheet.file, None, sheet.report, unchanged=sheet.report.read if sheet.report else 0, already=-1)
    account = accounts[sheet.import_id]
    return PlannedSheet(
        sheet.file, sheet.import_id, sheet.report, account["stored"], changed[sheet.import_id], account["unchanged"],
        account["rejected"], account["waiting"],
    )


def _rebuild_as(
    home: Home, standing: InForce, imports: list[SheetImport], corrections: list[Correction], policy: Policy,
    by: Person, at: datetime, **decision: Any,
) -> None:
    """Build what would stand with other imports and corrections in force, and commit the decision that makes it so."""
    made = dict(standing.made_at_revision)
    after = InForce(standing.revision, imports, corrections, made)
    facts = gather(_entries(home, after, policy), _fixes(after))
    _build(home, facts, standing.revision, policy, by, at, **decision)


def _build(
    home: Home, facts: Facts, against: int, policy: Policy, by: Person, at: datetime, **decision: Any
) -> None:
    build_id = _write(home, facts, against + 1, policy, at)
    try:
        home.office.commit(against=against, build_id=build_id, by=by, at=at, **decision)
    except BaseException:
        home.build_path(build_id).unlink(missing_ok=True)
        raise
    home.drop_old_builds()


def _write(home: Home, facts: Facts, revision: int, policy: Policy, at: datetime) -> str:
    build_id = f"{revision:06d}-{uuid.uuid4().hex[:8]}-v{WAREHOUSE_VERSION}"
    write_warehouse(home.build_path(build_id), _tables(facts, policy), _info(revision, at))
    return build_id


def _info(revision: int, at: datetime) -> dict[str, str]:
    return {"revision": str(revision), "built_at": at.isoformat(), "version": WAREHOUSE_VERSION}


def _tables(facts: Facts, policy: Policy) -> dict[str, pl.LazyFrame]:
    """Every table of the warehouse: the facts, the observations made from them, and the accounts."""
    return {
        **facts.tables,
        "observation": observations(facts.tables["assessment"].collect(), policy).lazy(),
        "import_account": facts.accounts.lazy(),
        "held_row": facts.held.lazy(),
    }


def _table_keys(home: Home, standing: InForce, fact: str, policy: Policy) -> pl.DataFrame:
    kind = next(k for k in KINDS.values() if k.table == fact)
    return gather(_entries(home, standing, policy), _fixes(standing)).tables[fact].select(kind.key).collect()


def _stands(keys: pl.DataFrame, key: dict[str, Any]) -> bool:
    as_text = keys.select(pl.all().cast(pl.String))
    return not as_text.filter(pl.all_horizontal(
        pl.col(name).eq_missing(pl.lit(value, pl.String)) for name, value in key.items()
    )).is_empty()
