"""People's corrections, applied on top of the facts merged from sheets."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipelines.contracts.decisions import Correction
from pipelines.contracts.kinds import Kind

LINEAGE = ["import_id", "sheet_row", "correction_id"]


@dataclass(frozen=True)
class Fix:
    """A correction, and the revision at which it was made."""

    order: int
    correction: Correction


def value_columns(kind: Kind) -> list[str]:
    """The contract's columns that are neither key nor lineage."""
    return [name for name in kind.row.columns() if name not in kind.key and name not in LINEAGE]


def with_fixes(facts: pl.DataFrame, kind: Kind, fixes: list[Fix]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Facts with people's corrections applied, and the keys of sheet facts that a corrected record displaced.

    Corrections are few, so they are applied one by one.
    """
    by_key = {tuple(row[k] for k in kind.key): row for row in facts.select(list(kind.row.columns())).to_dicts()}
    moved: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    displaced = []
    for fix in fixes:
        corrected = _typed(kind, fix.correction.values)
        key = tuple(_typed(kind, fix.correction.key or fix.correction.values).get(k) for k in kind.key)
        row = by_key.pop(moved.get(key, key), None)
        if row is None:
            if fix.correction.key:
                continue  # the corrected record's sheet was undone: nothing to correct
            row = {**dict.fromkeys(kind.row.columns()), "form": ""} if "form" in kind.key else dict.fromkeys(
                kind.row.columns())
        row = {**row, **corrected, "correction_id": fix.correction.correction_id}
        row = {name: row[name] for name in kind.row.columns()}
        new_key = tuple(row[k] for k in kind.key)
        if new_key in by_key:
            displaced.append(new_key)
        by_key[new_key] = row
        if new_key != key:
            moved[key] = new_key
    schema = {name: column.dtype for name, column in kind.row.columns().items()}
    keys = {name: schema[name] for name in kind.key}
    return pl.DataFrame(list(by_key.values()), schema=schema), pl.DataFrame(displaced, schema=keys, orient="row")


def fix_frame(kind: Kind, fixes: list[Fix]) -> pl.DataFrame:
    """One row per corrected key (also the key it was moved to): each column's newest corrected value, and the revision
    at which a person first corrected that column."""
    schema: dict[str, Any] = {name: column.dtype for name, column in kind.row.columns().items()}
    values = value_columns(kind)
    columns: dict[str, Any] = {k: schema[k] for k in kind.key} | {"added_at": pl.Int32}
    columns |= {f"fix_{v}": schema[v] for v in values} | {f"fixed_at_{v}": pl.Int32 for v in values}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for fix in fixes:
        corrected = _typed(kind, fix.correction.values)
        old = _typed(kind, fix.correction.key)
        for source in [old, {**old, **corrected}] if fix.correction.key else [corrected]:
            key = {k: source.get(k, "" if k == "form" else None) for k in kind.key}
            row = rows.setdefault(tuple(key.values()), {**dict.fromkeys(columns), **key})
            if not fix.correction.key:
                row["added_at"] = fix.order
            row |= {f"fix_{v}": corrected[v] for v in values if v in corrected}
            row |= {f"fixed_at_{v}": row[f"fixed_at_{v}"] or fix.order for v in values if v in corrected}
    return pl.DataFrame(list(rows.values()), schema=columns)


def _typed(kind: Kind, values: dict[str, Any]) -> dict[str, Any]:
    """Values from JSON in the contract's types; dates come as ISO text."""
    dtypes = {name: column.dtype for name, column in kind.row.columns().items()}
    return {
        name: date.fromisoformat(value) if dtypes[name] == pl.Date and value is not None else value
        for name, value in values.items()
    }
