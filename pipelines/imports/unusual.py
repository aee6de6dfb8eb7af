"""Unusual imports: what a person must look at twice before they are applied."""

from typing import Any

import polars as pl

from pipelines.contracts.accounts import Unusual, UnusualKind
from pipelines.contracts.kinds import KINDS
from pipelines.imports.similar_students import similar_students
from pipelines.merge.corrections_on_top import Fix
from pipelines.merge.entry import Entry
from pipelines.merge.roster import merge_roster
from pipelines.policy.imports import Guard

ROSTER = KINDS["roster"]
COHORT = ["program", "class_year"]
PAIRS_SHOWN = 5
IS_ENROLLED = pl.col("status").is_null() | pl.col("status").is_in(["active", "leave"])


def unusual(standing: list[Entry], coming: list[Entry], changed: dict[int, int], fixes: list[Fix], guard: Guard
            ) -> list[Unusual]:
    """Everything unusual about new sheets: many changed values, a class that disappears, a student who seems to be on
    the roster twice. Usually nothing."""
    findings = []
    for entry in coming:
        rows, read = changed[entry.imported.import_id], entry.sheet.report.read
        if rows >= guard.changed_rows and rows > read * guard.changed_share:
            findings.append(Unusual(UnusualKind.MANY_CHANGES, entry.imported.file, rows, read))
        findings += _missing_classes(entry, standing, guard)
    if any(ROSTER.table in e.sheet.rows for e in coming):
        before, after = _students(standing, fixes), _students([*standing, *coming], fixes)
        findings += _shrunken_classes(_class_sizes(before), _class_sizes(after), guard)
        findings += _duplicate_students(before, after) + similar_students(before, after)
    return findings


def _students(entries: list[Entry], fixes: list[Fix]) -> pl.DataFrame:
    parts = [entry.part(ROSTER.table) for entry in entries if ROSTER.table in entry.sheet.rows]
    roster_fixes = [f for f in fixes if f.correction.fact == ROSTER.table]
    return merge_roster(parts, {}, roster_fixes)[0].facts.frame.collect()


def _class_sizes(students: pl.DataFrame) -> pl.DataFrame:
    return students.filter(IS_ENROLLED).group_by(COHORT).len("students")


def _duplicate_students(before: pl.DataFrame, after: pl.DataFrame) -> list[Unusual]:
    """New student IDs whose e-mail or USMLE ID belongs to a known one: often a typo in the ID."""
    known, new = before.filter(IS_ENROLLED), after.join(before, on="student_id", how="anti")
    same = {UnusualKind.SAME_EMAIL: pl.col("email").str.to_lowercase(),
            UnusualKind.SAME_USMLE_ID: pl.col("usmle_id").str.replace_all(r"\D", "")}  # fmt: skip
    findings: list[Unusual] = []
    for kind, key in same.items():
        pairs = new.select("student_id", key=key).drop_nulls().join(
            known.select(known_id="student_id", key=key).drop_nulls(), on="key").filter(pl.col("key") != "")
        shown = pairs.select("student_id", "known_id").sort("student_id").head(PAIRS_SHOWN)
        findings += [Unusual(kind, student_id=new_id, known_id=known_id) for new_id, known_id in shown.iter_rows()]
    return findings


def _shrunken_classes(before: pl.DataFrame, after: pl.DataFrame, guard: Guard) -> list[Unusual]:
    both = before.join(after, on=COHORT, how="left", nulls_equal=True, suffix="_after").sort(COHORT)
    lost = both.with_columns(pl.col("students_after").fill_null(0)).filter(
        (pl.col("students") >= guard.class_students)
        & (pl.col("students_after") < pl.col("students") * (1 - guard.class_share))
    )
    return [
        Unusual(UnusualKind.CLASS_SHRINKS, count=row["students_after"], of=row["students"], **_class_of(row))
        for row in lost.to_dicts()
    ]


def _missing_classes(entry: Entry, standing: list[Entry], guard: Guard) -> list[Unusual]:
    """Classes on the last roster of the same file name that this one lacks: the export may be incomplete."""
    earlier = [e for e in standing if e.imported.file == entry.imported.file and e.sheet.report.kind == ROSTER.name]
    if not earlier or entry.sheet.report.kind != ROSTER.name:
        return []
    rosters = [pl.scan_parquet(e.sheet.rows[ROSTER.table], glob=False) for e in (earlier[-1], entry)]
    then, now = (roster.group_by(COHORT).len("students").collect() for roster in rosters)
    gone = then.filter(pl.col("students") >= guard.class_students).join(now, on=COHORT, how="anti", nulls_equal=True)
    return [Unusual(UnusualKind.CLASS_MISSING, entry.imported.file, of=row["students"], **_class_of(row))
            for row in gone.sort(COHORT).to_dicts()]  # fmt: skip


def _class_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in COHORT}
