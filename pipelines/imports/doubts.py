"""Doubts of an import preview: what is stored, but only shows beside everything else in force.

Each sentence names what, where (student, date or row), and what to check.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts.kinds import STORED_KINDS, Kind
from pipelines.imports.result_doubts import result_doubts
from pipelines.merge.another_person import agreement
from pipelines.merge.entry import Entry
from pipelines.merge.facts import Merged
from pipelines.merge.identity import identity_columns
from pipelines.policy import Policy

if TYPE_CHECKING:
    from pipelines.imports.plan import SheetPreview

SHOWN = 3


def with_doubts(
    sheets: "list[SheetPreview]", coming: list[Entry], facts: Merged, policy: Policy
) -> "list[SheetPreview]":
    """The sheets, each with the doubts of its rows beside those of reading it. `policy` has the school's rules."""
    by_import = {entry.imported.import_id: _identity_doubts(entry, facts) for entry in coming}
    for import_id, sentences in result_doubts(list(by_import), facts, policy).items():
        by_import[import_id] += sentences
    return [
        replace(sheet, report=replace(sheet.report, doubts=[*sheet.report.doubts, *found]))
        if sheet.report and sheet.import_id and (found := by_import.get(sheet.import_id)) else sheet for sheet in sheets
    ]


def _identity_doubts(entry: Entry, facts: Merged) -> list[str]:
    """Rows matched by their full name alone, and rows with a known ID under another first name."""
    named: dict[str, int] = {}
    others: list[str] = []
    for row in _identities(entry).to_dicts():
        identity = {name.removeprefix("who_"): value for name, value in row.items()}
        if student_id := facts.people.by_name_alone(identity):
            named[student_id] = named.get(student_id, 0) + row["rows"]
        elif student := facts.people.other_first_name(identity):
            given = identity.get("name") or identity.get("first_name")
            others.append(f"row {row['sheet_row']} names {given}, but student {student['student_id']} is "
                          f"{student['first_name']} on the roster")
    changed = facts.changes.filter(pl.col("import_id") == entry.imported.import_id, column="first_name")
    others += [
        f"row {row['sheet_row']} renames student {row['student_id']} from {row['old']} to {row['new']}"
        for row in changed.to_dicts()
        if agreement({"first_name": row["new"]}, {"first_name": row["old"]})["first_name"] is False
    ]
    return [*_by_name(named, facts), *([f"Another first name under the same ID: {_some(others)}. "
                                        "Check that it is the same person."] if others else [])]


def _by_name(named: dict[str, int], facts: Merged) -> list[str]:
    if not named:
        return []
    rows = sum(named.values())
    who = [f"{s['last_name']}, {s['first_name']} ({s['student_id']})" for s in map(facts.people.by_id.get, named) if s]
    has, was = ("row has", "was") if rows == 1 else ("rows have", "were")
    return [f"{rows} {has} no ID and {was} matched by full name, which one student each has: check {_some(who)}."]


def _identities(entry: Entry) -> pl.DataFrame:
    """The distinct identities of the sheet's own rows, with how many rows share each and the first of them."""
    found = [frame for part in entry.parts if (frame := _identities_of(STORED_KINDS[part.kind], entry)) is not None]
    if not found:
        return pl.DataFrame()
    every = pl.concat(found, how="diagonal")
    return every.group_by([n for n in every.columns if n not in ("rows", "sheet_row")], maintain_order=True).agg(
        pl.col("rows").sum(), pl.col("sheet_row").min()).sort("sheet_row")


def _identities_of(kind: Kind, entry: Entry) -> pl.DataFrame | None:
    if not kind.names_a_student or kind.table not in entry.sheet.rows:
        return None
    rows = pl.scan_parquet(entry.sheet.rows[kind.table], glob=False)
    others = identity_columns(rows.collect_schema().names())
    if not others:
        return None
    return rows.group_by("student_id", *others).agg(
        rows=pl.len(), sheet_row=pl.col("sheet_row").min()).collect(engine="streaming")


def _some(items: list[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return "; ".join(items[:SHOWN]) + more
