"""Typed rows of each sheet in force, cached under the fingerprint of what reading depends on."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts.decisions import DecidedLabels, SheetImport
from pipelines.contracts.kinds import STORED_KINDS
from pipelines.errors import HomeDamaged, SheetRefused
from pipelines.merge.entry import Entry
from pipelines.office import InForce
from pipelines.policy import Policy, with_labels
from pipelines.sheets import Answers, ReadSheet, follows_decisions, load_sheet, read_sheet
from pipelines.store.checks import is_sealed, is_sound_sheet, keep_rows, was_sealed
from pipelines.store.fingerprint import rows_fingerprint
from pipelines.store.home import Home

Progress = Callable[[int, int, str], None]  # sheets done, of how many, and the file that is read now ("" at the end)


def entries_in_force(
    home: Home, standing: InForce, policy: Policy, progress: Progress | None = None
) -> list[Entry]:
    """Every sheet in force with its typed rows, read again only where the cache is missing or outdated."""
    entries, total = [], len(standing.imports)
    for done, imported in enumerate(standing.imports):
        name = rows_name(imported.sha256, imported.answers, policy)
        sheet = _cached(home, imported, name, standing.labels)
        if sheet is None:
            if progress:
                progress(done, total, imported.file)
            sheet = _read_again(home, imported, standing.labels, policy)
        made = standing.made_at_revision["import", imported.import_id]
        entries.append(Entry(imported, made, sheet, _imported_on(imported, standing, policy)))
    if progress and total:
        progress(total, total, "")
    return entries


def _imported_on(imported: SheetImport, standing: InForce, policy: Policy) -> date:
    """The day of the import, after which it can hold no result; some weeks later for the imports of releases that did
    not check (their answers name no columns)."""
    day = standing.made_on["import", imported.import_id]
    is_checked = "columns" in imported.answers
    return day if is_checked else day + timedelta(days=policy.imports.future_results.earlier_releases_days)


def _read_again(home: Home, imported: SheetImport, labels: DecidedLabels, policy: Policy) -> ReadSheet:
    """A sheet read from its bytes; where they are damaged or this release refuses them, its rows as they were read
    before. Raises HomeDamaged where a damaged sheet has no such rows."""
    if not is_sound_sheet(home, imported.sha256):
        if earlier := _read_earlier(home, imported, labels):
            return earlier
        raise HomeDamaged(
            f"The kept copy of {imported.file} (import {imported.import_id}) is damaged, and so are its rows: import "
            "the same file again, or restore a backup."
        )
    source, answers = home.sheets / imported.sha256, answers_of(imported)
    of_school = with_labels(policy, labels.areas, labels.instruments)
    with tempfile.TemporaryDirectory(dir=home.scratch.path) as staging:
        fresh = Path(staging) / "rows"
        fresh.mkdir()
        try:
            read = read_sheet(source, imported.file, imported.sha256, answers, fresh, of_school)
        except SheetRefused:
            if earlier := _read_earlier(home, imported, labels):
                return earlier
            raise
        rows = home.rows / rows_name(imported.sha256, imported.answers, policy, read.report.labels_decided)
        shutil.rmtree(rows, ignore_errors=True)  # damaged, or of another kind
        keep_rows(home, fresh, rows)
    return load_sheet(rows)


def answers_of(imported: SheetImport) -> Answers:
    """The answers to read a sheet again with: a roster stays one, though today's reader might ask about it."""
    answers = Answers(**imported.answers)
    if imported.kind != "roster" or answers.layout:
        return answers
    return replace(answers, kind="roster")


def _read_earlier(home: Home, imported: SheetImport, labels: DecidedLabels) -> ReadSheet | None:
    """A sheet's newest sound rows, whatever release read it."""
    usual = rows_name_before_fingerprints(imported.sha256, imported.answers)
    short = _short(imported.answers)
    named = [*home.rows.glob(f"{imported.sha256}-*-{short}*"), home.rows / usual]
    whole = (rows for rows in named if rows.is_dir() and rows.suffix != ".part")
    newest_first = sorted(whole, key=lambda rows: -rows.stat().st_mtime)
    sound = (rows for rows in newest_first if is_sealed(rows) or not was_sealed(rows))
    earlier = (_cached_in(rows, imported, labels) for rows in sound)
    return next((sheet for sheet in earlier if sheet and _fits_contracts(sheet)), None)


def _fits_contracts(sheet: ReadSheet) -> bool:
    """True where typed rows can be read, with every column of their contracts as it is typed now."""
    try:
        pl.scan_parquet(sheet.held, glob=False).select(pl.all().count()).collect(engine="streaming")
        for kind in STORED_KINDS.values():
            if rows := sheet.rows.get(kind.table):
                stored = pl.scan_parquet(rows, glob=False)
                typed = stored.collect_schema()
                stored.select(pl.all().count()).collect(engine="streaming")
                wanted = {n: c.dtype for n, c in kind.row.columns().items() if n not in ("import_id", "correction_id")}
                if any(typed.get(name) != dtype for name, dtype in wanted.items()):
                    return False
    except (pl.exceptions.PolarsError, OSError):
        return False
    return True


def rows_name(
    sha256: str, answers: dict[str, Any], policy: Policy, labels_decided: dict[str, str] | None = None
) -> str:
    """Where a sheet's typed rows lie: the same bytes read by another release, with other answers, or under other
    decisions on the labels it has, lie elsewhere."""
    name = f"{sha256}-{rows_fingerprint(policy)}-{_short(answers)}"
    return f"{name}-{_short(labels_decided)}" if labels_decided else name


def rows_name_before_fingerprints(sha256: str, answers: dict[str, Any]) -> str:
    """The same in a home that the last Passline without fingerprints made."""
    return f"{sha256}-{_short(['8', answers])}"


def _short(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:12]


def drop_superseded_rows(home: Home, entries: list[Entry], policy: Policy) -> None:
    """Remove rows of earlier releases where this one has its own, except rows used in this build."""
    in_use = {entry.sheet.held.parent.name for entry in entries}
    current = f"-{rows_fingerprint(policy)}-"
    sheets_read = {rows.name.partition("-")[0] for rows in home.rows.iterdir() if current in rows.name}
    for rows in list(home.rows.iterdir()):
        if rows.name.partition("-")[0] in sheets_read and current not in rows.name and rows.name not in in_use:
            shutil.rmtree(rows, ignore_errors=True)


def _cached(home: Home, imported: SheetImport, name: str, labels: DecidedLabels) -> ReadSheet | None:
    """The typed rows of this name, if exactly what was sealed, and read as these decisions would read them."""
    for rows in chain([home.rows / name], home.rows.glob(f"{name}-*") if labels else []):
        if is_sealed(rows) and (sheet := _cached_in(rows, imported, labels)):
            return sheet
    return None


def _cached_in(rows: Path, imported: SheetImport, labels: DecidedLabels) -> ReadSheet | None:
    """The typed rows in a folder, if whole, of the import's kind, and read as these decisions would read them."""
    try:
        sheet = load_sheet(rows)
    except (OSError, ValueError, TypeError, KeyError):  # no report, a damaged one, or one of another shape
        return None
    same_kind = sheet.report.kind == imported.kind
    return sheet if sheet.is_whole and same_kind and follows_decisions(sheet.report, labels) else None


def read_earlier(home: Home, entries: list[Entry], policy: Policy) -> list[str]:
    """The files whose rows stand as an earlier release read them, since this one refuses them; not damaged ones."""
    of_this_release = rows_fingerprint(policy)
    earlier = [one.imported for one in entries if of_this_release not in one.sheet.held.parent.name]
    return [one.file for one in earlier if is_sound_sheet(home, one.sha256)]
