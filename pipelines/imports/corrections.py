"""Corrections: a person's word on one fact, above every sheet, and undoable."""

from datetime import datetime
from typing import Any

import polars as pl

from pipelines.contracts.decisions import Correction
from pipelines.contracts.kinds import KINDS
from pipelines.errors import DecisionRefused, UnknownImport
from pipelines.merge.facts import merge_sheets
from pipelines.office import InForce, Person
from pipelines.policy import Policy
from pipelines.store.builds import decide, fixes_in_force
from pipelines.store.home import Home
from pipelines.store.typed_rows import entries_in_force


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
    unknown = {*values, *key} - set(kind.columns)
    if unknown or not values:
        raise DecisionRefused(f"A {fact} has no {', '.join(sorted(unknown)) or 'value to correct'}.")
    missing = [c for c in kind.required if not {**key, **values}.get(c)]
    if missing:
        raise DecisionRefused(f"A {fact} needs {', '.join(missing)}: fill it in.")
    standing = home.office.ledger.in_force()
    _, number = home.office.ledger.next_ids()
    made = Correction(number, fact, student_id, key, values, reason.strip())
    before = _table_keys(home, standing, fact, policy)
    after_key = {k: {**key, **values}.get(k, "" if k == "form" else None) for k in kind.key}
    if after_key != {k: key.get(k, "" if k == "form" else None) for k in kind.key} and _stands(before, after_key):
        raise DecisionRefused("That record exists already: correct it instead of adding another.")
    decide(home, standing, standing.imports, [*standing.corrections, made], policy, by, at, corrected=made)
    return number


def undo_correction(home: Home, policy: Policy, correction_id: int, *, by: Person, at: datetime) -> None:
    """Take a correction back; the sheet's value stands again. Raises UnknownImport when it does not stand."""
    standing = home.office.ledger.in_force()
    left = [one for one in standing.corrections if one.correction_id != correction_id]
    if len(left) == len(standing.corrections):
        raise UnknownImport("That correction is undone already: reload the page.")
    decide(home, standing, standing.imports, left, policy, by, at, uncorrected=correction_id)


def _table_keys(home: Home, standing: InForce, fact: str, policy: Policy) -> pl.DataFrame:
    kind = next(k for k in KINDS.values() if k.table == fact)
    facts = merge_sheets(entries_in_force(home, standing, policy), fixes_in_force(standing))
    return facts.tables[fact].frame.select(kind.key).collect()


def _stands(keys: pl.DataFrame, key: dict[str, Any]) -> bool:
    as_text = keys.select(pl.all().cast(pl.String))
    return not as_text.filter(pl.all_horizontal(
        pl.col(name).eq_missing(pl.lit(value, pl.String)) for name, value in key.items()
    )).is_empty()
