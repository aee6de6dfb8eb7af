"""Typed rows of each sheet in force, cached under the fingerprint of what reading depends on."""

import hashlib
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts.decisions import DecidedLabels, SheetImport
from pipelines.contracts.kinds import STORED_KINDS
from pipelines.errors import SheetRefused
from pipelines.merge.entry import Entry
from pipelines.office import InForce
from pipelines.policy import Policy, with_labels
from pipelines.sheets import Answers, ReadSheet, follows_decisions, load_sheet, read_sheet
from pipelines.store.durable import flush, flush_names
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
        sheet = _cached(home, imported, [name], standing.labels)
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
    """A sheet read from its bytes; where this release refuses it, its rows as an earlier one read them."""
    source, answers = home.sheets / imported.sha256, answers_of(imported)
    of_school = with_labels(policy, labels.areas, labels.instruments)
    with tempfile.TemporaryDirectory(dir=home.staging) as staging:
        fresh = Path(staging) / "rows"
        fresh.mkdir()
        try:
            read = read_sheet(source, imported.file, imported.sha256, answers, fresh, of_school)
        except SheetRefused:
            if earlier := _read_earlier(home, imported, labels):
                return earlier
            raise
        rows = home.rows / rows_name(imported.sha256, imported.answers, policy, read.report.labels_decided)
        shutil.rmtree(rows, ignore_errors=True)
        keep(fresh, rows)
    return load_sheet(rows)


def answers_of(imported: SheetImport) -> Answers:
    """The answers to read a sheet again with: a roster stays one, though today's reader might ask about it."""
    answers = Answers(**imported.answers)
    if imported.kind != "roster" or answers.layout:
        return answers
    return replace(answers, kind="roster")


def _read_earlier(home: Home, imported: SheetImport, labels: DecidedLabels) -> ReadSheet | None:
    """A sheet's rows as the last release that could read it did."""
    usual = rows_name_before_fingerprints(imported.sha256, imported.answers)
    named = [*home.rows.glob(f"{imported.sha256}-*-{_short(imported.answers)}"), home.rows / usual]
    newest_first = sorted((rows for rows in named if rows.exists()), key=lambda rows: -rows.stat().st_mtime)
    try:
        earlier = _cached(home, imported, [rows.name for rows in newest_first], labels)
    except TypeError:  # a report of another shape
        return None
    return earlier if earlier and _fits_contracts(earlier) else None


def _fits_contracts(sheet: ReadSheet) -> bool:
    """True where typed rows have every column of their contracts, as it is typed now."""
    for kind in STORED_KINDS.values():
        if rows := sheet.rows.get(kind.table):
            typed = pl.scan_parquet(rows, glob=False).collect_schema()
            wanted = {n: c.dtype for n, c in kind.row.columns().items() if n not in ("import_id", "correction_id")}
            if any(typed.get(name) != dtype for name, dtype in wanted.items()):
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


def keep(source: Path, target: Path) -> None:
    """Put a file or directory in its place in one step and flush it; one already there is the same."""
    if target.exists():
        flush_names(target.parent)  # another process may have put it there a moment ago
        return
    partial = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
    if source.is_dir():
        shutil.copytree(source, partial, copy_function=_linked)
    else:
        _linked(source, partial)
    flush(partial)  # before it gets its name, so a file of that name is always whole
    try:
        partial.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(partial) if partial.is_dir() else partial.unlink()
    flush_names(target.parent)


def _linked(source: str | Path, target: str | Path) -> None:
    """The same bytes under another name; copied where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _cached(home: Home, imported: SheetImport, names: list[str], labels: DecidedLabels) -> ReadSheet | None:
    """The first typed rows of these names that are whole, of the import's kind, and read as these decisions on
    labels would read them."""
    for name in names:
        for rows in chain([home.rows / name], home.rows.glob(f"{name}-*") if labels else []):
            if (rows / "report.json").exists():
                sheet = load_sheet(rows)
                same_kind = sheet.report.kind == imported.kind
                if sheet.is_whole and same_kind and follows_decisions(sheet.report, labels):
                    return sheet
    return None


def read_earlier(entries: list[Entry], policy: Policy) -> list[str]:
    """The files whose rows stand as an earlier release read them, since this one refuses them."""
    return [one.imported.file for one in entries if rows_fingerprint(policy) not in one.sheet.held.parent.name]
