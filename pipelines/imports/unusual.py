"""What makes an import unusual, so that a person looks twice before it is applied."""

from typing import Any

import polars as pl

from pipelines.contracts.accounts import Unusual, UnusualKind
from pipelines.contracts.kinds import KINDS
from pipelines.merge.corrections_on_top import Fix
from pipelines.merge.facts import Entry
from pipelines.merge.merge import Part, merge_kind
from pipelines.policy.imports import Guard

ROSTER = KINDS["roster"]
CLASS = ["program", "class_year"]
SHOWN = 5
HERE = pl.col("status").is_null() | pl.col("status").is_in(["active", "leave"])


def unusual(standing: list[Entry], coming: list[Entry], changed: dict[int, int], fixes: list[Fix], guard: Guard
            ) -> list[Unusual]:
    """Each thing to look at twice: many known values changed, a class that leaves, a student who seems to come twice.
    Usually none."""
    found = []
    for entry in coming:
        rows, read = changed[entry.imported.import_id], entry.sheet.report.read
        if rows >= guard.changed_rows and rows > read * guard.changed_share:
            found.append(Unusual(UnusualKind.MANY_CHANGES, entry.imported.file, rows, read))
        found += _left_out(entry, standing, guard)
    if any(ROSTER.table in e.sheet.rows for e in coming):
        before, after = _students(standing, fixes), _students([*standing, *coming], fixes)
        found += _emptied(_classes(before), _classes(after), guard) + _ghosts(before, after)
    return found


def _students(entries: list[Entry], fixes: list[Fix]) -> pl.DataFrame:
    parts = [
        Part(e.imported.import_id, e.order, e.imported.accept_changes, e.sheet.rows[ROSTER.table])
        for e in entries if ROSTER.table in e.sheet.rows
    ]
    roster_fixes = [f for f in fixes if f.correction.fact == ROSTER.table]
    return merge_kind(ROSTER, parts, None, roster_fixes).facts.frame.collect()


def _classes(students: pl.DataFrame) -> pl.DataFrame:
    return students.filter(HERE).group_by(CLASS).len("students")


def _ghosts(before: pl.DataFrame, after: pl.DataFrame) -> list[Unusual]:
    """Students who come under a new ID though their e-mail or USMLE ID stands under another: a typo makes such."""
    known, new = before.filter(HERE), after.join(before, on="student_id", how="anti")
    same = {UnusualKind.SAME_EMAIL: pl.col("email").str.to_lowercase(),
            UnusualKind.SAME_USMLE_ID: pl.col("usmle_id").str.replace_all(r"\D", "")}  # fmt: skip
    found: list[Unusual] = []
    for kind, key in same.items():
        pairs = new.select("student_id", key=key).drop_nulls().join(
            known.select(known_id="student_id", key=key).drop_nulls(), on="key").filter(pl.col("key") != "")
        shown = pairs.select("student_id", "known_id").sort("student_id").head(SHOWN)
        found += [Unusual(kind, student_id=new_id, known_id=known_id) for new_id, known_id in shown.iter_rows()]
    return found


def _emptied(before: pl.DataFrame, after: pl.DataFrame, guard: Guard) -> list[Unusual]:
    both = before.join(after, on=CLASS, how="left", nulls_equal=True, suffix="_after").sort(CLASS)
    lost = both.with_columns(pl.col("students_after").fill_null(0)).filter(
        (pl.col("students") >= guard.class_students)
        & (pl.col("students_after") < pl.col("students") * (1 - guard.class_share))
    )
    return [
        Unusual(UnusualKind.CLASS_SHRINKS, count=row["students_after"], of=row["students"], **_class_of(row))
        for row in lost.to_dicts()
    ]


def _left_out(entry: Entry, standing: list[Entry], guard: Guard) -> list[Unusual]:
    """Classes that the last roster of the same file name had and this one has not: an export may have broken off."""
    earlier = [e for e in standing if e.imported.file == entry.imported.file and ROSTER.table in e.sheet.rows]
    if not earlier or ROSTER.table not in entry.sheet.rows:
        return []
    rosters = [pl.scan_parquet(e.sheet.rows[ROSTER.table], glob=False) for e in (earlier[-1], entry)]
    then, now = (roster.group_by(CLASS).len("students").collect() for roster in rosters)
    gone = then.filter(pl.col("students") >= guard.class_students).join(now, on=CLASS, how="anti", nulls_equal=True)
    return [Unusual(UnusualKind.CLASS_MISSING, entry.imported.file, of=row["students"], **_class_of(row))
            for row in gone.sort(CLASS).to_dicts()]  # fmt: skip


def _class_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in CLASS}
