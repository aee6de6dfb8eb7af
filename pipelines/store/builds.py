"""Builds: the warehouse made from what is in force, and made current together with the decision that changed it."""

import hashlib
import json
import os
import shutil
import tempfile
import uuid
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, cast

import dataframely as dy

from pipelines.contracts.decisions import Correction, SheetImport
from pipelines.contracts.facts import Assessment
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.merge.corrections_on_top import Fix
from pipelines.merge.facts import Entry, Merged, gather
from pipelines.merge.tables import Table
from pipelines.office import InForce, Person
from pipelines.policy import Policy, with_area_labels
from pipelines.sheets import READER_VERSION, Answers, ReadSheet, label_key, load_sheet, read_sheet, reads_so
from pipelines.store.durable import flush, flush_names
from pipelines.store.home import Home
from pipelines.store.warehouse import write_warehouse

WAREHOUSE_VERSION = "5"  # a build by an older version is built anew when a home is opened


def rebuild(home: Home, policy: Policy, at: datetime) -> Merged:
    """Build the warehouse anew from the sheets and the decisions, and make it current."""
    while True:
        standing = home.office.in_force()
        facts = gather(entries_in_force(home, standing, policy), fixes_in_force(standing))
        build_id = _write(home, facts, standing.revision, policy, at)
        if home.office.make_current(revision=standing.revision, build_id=build_id, at=at):
            home.drop_old_builds()
            return facts


def replay(home: Home, revision: int, policy: Policy, into: Path, at: datetime) -> Path:
    """The warehouse as it was after an earlier decision, built anew into a directory; nothing becomes current."""
    standing = home.office.in_force(revision)
    facts = gather(entries_in_force(home, standing, policy), fixes_in_force(standing))
    path = into / f"revision-{revision}.duckdb"
    write_warehouse(path, _tables(facts, policy), _info(revision, at))
    return path


def ensure_current(home: Home, policy: Policy, at: datetime) -> None:
    """Build once where the current warehouse is missing, or was built by another version."""
    build = home.current()
    if build is None or not build.build_id.endswith(f"-v{WAREHOUSE_VERSION}"):
        rebuild(home, policy, at)


def decide(
    home: Home, standing: InForce, imports: list[SheetImport], corrections: list[Correction], policy: Policy,
    by: Person, at: datetime, **decision: Any,
) -> None:
    """Build what would stand with other imports and corrections in force, and commit the decision that makes it so."""
    made = dict(standing.made_at_revision)
    after = InForce(standing.revision, imports, corrections, made)
    facts = gather(entries_in_force(home, after, policy), fixes_in_force(after))
    commit_build(home, facts, standing.revision, policy, by, at, **decision)


def commit_build(
    home: Home, facts: Merged, against: int, policy: Policy, by: Person, at: datetime, **decision: Any
) -> None:
    build_id = _write(home, facts, against + 1, policy, at)
    try:
        home.office.commit(against=against, build_id=build_id, by=by, at=at, **decision)
    except BaseException:
        home.build_path(build_id).unlink(missing_ok=True)
        raise
    home.drop_old_builds()


def entries_in_force(home: Home, standing: InForce, policy: Policy) -> list[Entry]:
    """Every sheet in force with its typed rows; read again from its bytes only where the cache is gone or outdated."""
    entries, labels = [], standing.area_labels
    for imported in standing.imports:
        sheet = _cached(home, imported, labels)
        if sheet is None:
            with tempfile.TemporaryDirectory(dir=home.staging) as staging:
                fresh = Path(staging) / "rows"
                fresh.mkdir()
                source, answers = home.sheets / imported.sha256, answers_of(imported)
                decided = with_area_labels(policy, labels)
                read = read_sheet(source, imported.file, imported.sha256, answers, fresh, decided)
                rows = home.rows / rows_name(imported.sha256, imported.answers, read.report.areas_decided)
                shutil.rmtree(rows, ignore_errors=True)
                keep(fresh, rows)
            sheet = load_sheet(rows)
        entries.append(Entry(imported, standing.made_at_revision["import", imported.import_id], sheet))
    return entries


def answers_of(imported: SheetImport) -> Answers:
    """How a sheet is read again after its import: a roster stays one, though today's reader might ask about it."""
    answers = Answers(**imported.answers)
    if imported.kind != "roster" or answers.layout:
        return answers
    return replace(answers, kind="roster")


def fixes_in_force(standing: InForce) -> list[Fix]:
    made = standing.made_at_revision
    return [
        Fix(made.get(("correction", one.correction_id), standing.revision + 1), one) for one in standing.corrections
    ]


def rows_name(sha256: str, answers: dict[str, Any], areas_decided: dict[str, str] | None = None) -> str:
    """Where a sheet's typed rows lie: the same bytes read with other answers, by another reader, or under other
    decisions on the area labels it has, lie elsewhere."""
    name = f"{sha256}-{_short([READER_VERSION, answers])}"
    return f"{name}-{_short(areas_decided)}" if areas_decided else name


def _short(how: Any) -> str:
    return hashlib.sha256(json.dumps(how, sort_keys=True).encode()).hexdigest()[:12]


def keep(source: Path, target: Path) -> None:
    """Put a file or directory in its place in one step, and on the disk; one that is there already is the same."""
    if target.exists():
        flush_names(target.parent)  # another process may have put it there a moment ago
        return
    coming = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
    if source.is_dir():
        shutil.copytree(source, coming, copy_function=_linked)
    else:
        _linked(source, coming)
    flush(coming)  # before it has its name: what stands under that is never half on the disk
    try:
        coming.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(coming) if coming.is_dir() else coming.unlink()
    flush_names(target.parent)


def _linked(source: str | Path, target: str | Path) -> None:
    """The same bytes under another name; copied where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _cached(home: Home, imported: SheetImport, labels: dict[str, str]) -> ReadSheet | None:
    """A sheet's typed rows where they are whole, and read as these decisions on area labels would read them."""
    usual = home.rows / rows_name(imported.sha256, imported.answers)
    compared = {label_key(label): area for label, area in labels.items()}
    for rows in chain([usual], home.rows.glob(f"{usual.name}-*") if labels else []):
        if (rows / "report.json").exists():
            sheet = load_sheet(rows)
            if sheet.is_whole and sheet.report.kind == imported.kind and reads_so(sheet.report, compared):
                return sheet
    return None


def _write(home: Home, facts: Merged, revision: int, policy: Policy, at: datetime) -> str:
    build_id = f"{revision:06d}-{uuid.uuid4().hex[:8]}-v{WAREHOUSE_VERSION}"
    write_warehouse(home.build_path(build_id), _tables(facts, policy), _info(revision, at))
    return build_id


def _info(revision: int, at: datetime) -> dict[str, str]:
    return {"revision": str(revision), "built_at": at.isoformat(), "version": WAREHOUSE_VERSION}


def _tables(facts: Merged, policy: Policy) -> dict[str, Table]:
    """Every table of the warehouse: the facts, the observations made from them, and the accounts."""
    assessments = cast("dy.DataFrame[Assessment]", facts.tables["assessment"].frame.collect())
    return {
        **facts.tables,
        "observation": Table(observations(assessments, policy).lazy()),
        "import_account": Table(facts.accounts.lazy()),
        "held_row": Table(facts.held.lazy()),
        "unknown_student": Table(facts.unknown.lazy()),
        "older_value": Table(facts.older.lazy()),
        "unknown_area": Table(facts.unknown_areas.lazy()),
    }
