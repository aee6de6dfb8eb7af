"""Read again: sheets in force that were taken for rosters, and that today's reader reads as results.

An earlier release read a tracker as a roster: it made students and dropped the scores. Reading it again is one
decision: the new import of the same bytes takes the old one's place, and undoing it puts the old one back.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from pipelines.contracts.accounts import ReadOtherwise, RereadEffect
from pipelines.contracts.decisions import SheetImport
from pipelines.errors import SheetRefused, UnknownImport
from pipelines.imports.plan import ImportPreview, Upload, plan_import
from pipelines.merge.facts import Merged, merge_sheets
from pipelines.policy import Policy, with_labels
from pipelines.sheets import Answers, load_sheet, names_results, read_sheet
from pipelines.store.builds import fixes_in_force
from pipelines.store.checks import is_sealed, sound_sheet
from pipelines.store.home import Home
from pipelines.store.typed_rows import entries_in_force, rows_name

ROSTER = "roster"


@dataclass(frozen=True)
class RereadPreview:
    """The preview of one import read again, and what it will do."""

    plan: ImportPreview
    effect: RereadEffect


def read_otherwise(home: Home, policy: Policy) -> list[ReadOtherwise]:
    """The imports in force that today's reader reads otherwise; only rosters with unused columns of results are
    read."""
    standing = home.office.ledger.in_force()
    of_today = with_labels(policy, standing.labels.areas, standing.labels.instruments)
    found = [_as_today(home, one, of_today) for one in standing.imports if _is_candidate(home, one, policy)]
    return [one for one in found if one is not None]


def plan_reread(
    home: Home, import_id: int, policy: Policy, *, add_students: bool | None = None, at: datetime
) -> RereadPreview:
    """The import read again in its own place; stores nothing. Raises UnknownImport where it is not in force."""
    standing = home.office.ledger.in_force()
    old = next((one for one in standing.imports if one.import_id == import_id), None)
    if old is None:
        raise UnknownImport(f"Import {import_id} is not in force, so it cannot be read again: see the imports.")
    answers = replace(Answers(**old.answers), add_students=add_students)
    upload = Upload(old.file, sound_sheet(home, old), answers, is_one_sheet=True)
    plan = plan_import(home, [upload], policy, accept_changes=old.accept_changes, at=at, instead_of=old)
    before = merge_sheets(entries_in_force(home, standing, policy), fixes_in_force(standing), policy.imports.sittings)
    own = [import_id, *(one.import_id for one in plan.imports)]
    sheet, others = plan.sheets[0], ~pl.col("import_id").is_in(own)
    return RereadPreview(plan, RereadEffect(
        _stored(before, pl.col("import_id") == import_id), sheet.stored, sheet.unchanged, sheet.rejected, sheet.waiting,
        len(before.people.by_id), len(plan.facts.people.by_id), _stored(before, others), _stored(plan.facts, others),
    ))  # fmt: skip


def _stored(facts: Merged, which: pl.Expr) -> int:
    return int(facts.accounts.filter(which)["stored"].sum())


def _is_candidate(home: Home, one: SheetImport, policy: Policy) -> bool:
    """True for a roster that no person called one, with unused columns that name results."""
    if one.kind != ROSTER or one.answers.get("kind") or one.answers.get("layout"):
        return False
    report = home.rows / rows_name(one.sha256, one.answers, policy)
    if not is_sealed(report):
        return True
    return any(names_results(header, policy) for header in load_sheet(report).report.unused)


def _as_today(home: Home, one: SheetImport, policy: Policy) -> ReadOtherwise | None:
    with TemporaryDirectory(dir=home.scratch.path) as scratch:
        try:
            report = read_sheet(sound_sheet(home, one), one.file, one.sha256, Answers(**one.answers),
                                Path(scratch) / "rows", policy).report
        except SheetRefused as refused:
            return ReadOtherwise(one.import_id, one.file, one.counts["stored"], {}, str(refused))
    kinds = {part.kind: part.read for part in report.parts if part.read}
    return ReadOtherwise(one.import_id, one.file, one.counts["stored"], kinds) if set(kinds) - {ROSTER} else None
