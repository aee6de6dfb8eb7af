"""What makes an import unusual, so that a person looks twice before it is applied."""

import polars as pl

from pipelines.contracts import KINDS
from pipelines.facts import Entry
from pipelines.policy import Guard
from pipelines.settle import Fix, Part, settle

ROSTER = KINDS["roster"]
CLASS = ["programme", "class_year"]
HERE = pl.col("status").is_null() | pl.col("status").is_in(["active", "leave"])


def unusual(standing: list[Entry], coming: list[Entry], changed: dict[int, int], fixes: list[Fix], guard: Guard
            ) -> list[str]:
    """A sentence for each thing to look at twice: many known values changed, or a class that leaves. Usually none."""
    told = []
    for entry in coming:
        rows, read = changed[entry.imported.import_id], entry.sheet.report.read
        if rows >= guard.changed_rows and rows > read * guard.changed_share:
            told.append(f"{entry.imported.file} changes what is known in {rows:,} of its {read:,} rows.")
        told += _left_out(entry, standing, guard)
    if any(ROSTER.table in e.sheet.rows for e in coming):
        told += _emptied(_classes(standing, fixes), _classes([*standing, *coming], fixes), guard)
    return told


def _classes(entries: list[Entry], fixes: list[Fix]) -> pl.DataFrame:
    parts = [
        Part(e.imported.import_id, e.order, e.imported.accept_changes, e.sheet.rows[ROSTER.table])
        for e in entries if ROSTER.table in e.sheet.rows
    ]
    students = settle(ROSTER, parts, None, [f for f in fixes if f.correction.fact == ROSTER.table]).facts
    return students.filter(HERE).group_by(CLASS).len("students").collect()


def _emptied(before: pl.DataFrame, after: pl.DataFrame, guard: Guard) -> list[str]:
    both = before.join(after, on=CLASS, how="left", nulls_equal=True, suffix="_after").sort(CLASS)
    lost = both.with_columns(pl.col("students_after").fill_null(0)).filter(
        (pl.col("students") >= guard.class_students)
        & (pl.col("students_after") < pl.col("students") * (1 - guard.class_share))
    )
    return [
        f"{_named(row)} goes from {row['students']:,} students to {row['students_after']:,}." for row in lost.to_dicts()
    ]


def _left_out(entry: Entry, standing: list[Entry], guard: Guard) -> list[str]:
    """Classes that the last roster of the same file name had and this one has not: an export may have broken off."""
    earlier = [e for e in standing if e.imported.file == entry.imported.file and ROSTER.table in e.sheet.rows]
    if not earlier or ROSTER.table not in entry.sheet.rows:
        return []
    rosters = [pl.scan_parquet(e.sheet.rows[ROSTER.table]) for e in (earlier[-1], entry)]
    then, now = (roster.group_by(CLASS).len("students").collect() for roster in rosters)
    gone = then.filter(pl.col("students") >= guard.class_students).join(now, on=CLASS, how="anti", nulls_equal=True)
    return [f"{entry.imported.file} has nobody of {_named(row)}; the last one had {row['students']:,}."
            for row in gone.sort(CLASS).to_dicts()]


def _named(row: dict[str, object]) -> str:
    return f"the class of {row['class_year'] or 'no year'} {row['programme'] or ''}".strip()
