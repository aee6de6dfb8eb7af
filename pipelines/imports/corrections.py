"""Corrections: a person's value for one fact, which stands above every sheet and can be undone."""

from datetime import datetime
from typing import Any

import polars as pl

from pipelines.contracts.decisions import Correction
from pipelines.contracts.kinds import KINDS
from pipelines.errors import DecisionRefused, UnknownImport
from pipelines.merge.facts import merge_sheets
from pipelines.office import InForce, Person
from pipelines.policy import Policy
from pipelines.sheets import plain_form
from pipelines.store.builds import decide, fixes_in_force
from pipelines.store.home import Home
from pipelines.store.typed_rows import entries_in_force


def correct(
    home: Home, policy: Policy, *, fact: str, student_id: str, key: dict[str, Any], values: dict[str, Any],
    reason: str, by: Person, at: datetime,
) -> int:
    """Add a record (empty `key`) or correct the one with this key; the correction's number.

    Values and key use the contract's columns; dates are ISO text. Raises DecisionRefused without a reason, for an
    unknown column, or where the record would take the place of another.
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
    if values.get("form"):
        values = {**values, "form": plain_form(str(values["form"]))}
    standing = home.office.ledger.in_force()
    _, number = home.office.ledger.next_ids()
    correction = Correction(number, fact, student_id, key, values, reason.strip())
    known_keys = _table_keys(home, standing, fact, policy)
    key_before, key_after = _full_key(kind.key, key), _full_key(kind.key, {**key, **values})
    if key_after != key_before and _has_key(known_keys, key_after):
        raise DecisionRefused("That record exists already: correct it instead of adding another.")
    decide(home, standing, standing.imports, [*standing.corrections, correction], policy, by, at, corrected=correction)
    return number


def undo_correction(home: Home, policy: Policy, correction_id: int, *, by: Person, at: datetime) -> None:
    """Undo a correction; the sheet's value is in force again. Raises UnknownImport where it was undone before."""
    standing = home.office.ledger.in_force()
    left = [one for one in standing.corrections if one.correction_id != correction_id]
    if len(left) == len(standing.corrections):
        raise UnknownImport("That correction is undone already: reload the page.")
    decide(home, standing, standing.imports, left, policy, by, at, uncorrected=correction_id)


def _table_keys(home: Home, standing: InForce, fact: str, policy: Policy) -> pl.DataFrame:
    kind = next(k for k in KINDS.values() if k.table == fact)
    entries = entries_in_force(home, standing, policy)
    facts = merge_sheets(entries, fixes_in_force(standing), policy.imports.sittings)
    return facts.tables[fact].frame.select(kind.key).collect()


def _full_key(names: list[str], values: dict[str, Any]) -> dict[str, Any]:
    """The key's columns with these values; a form not given is "", any other column missing."""
    return {name: values.get(name, "" if name == "form" else None) for name in names}


def _has_key(keys: pl.DataFrame, key: dict[str, Any]) -> bool:
    as_text = keys.select(pl.all().cast(pl.String))
    return not as_text.filter(pl.all_horizontal(
        pl.col(name).eq_missing(pl.lit(value, pl.String)) for name, value in key.items()
    )).is_empty()
