"""The merge of one kind: its rows from all sheets in force become facts, and each row gets a state.

A fact is identified by its kind's key. Nearly every key occurs in one row only: those rows stream through, and only
keys in conflict are resolved in memory (conflicts.py), so cost is linear in rows. Rows of a large sheet are not even
copied: its facts are the Parquet of its typed rows, without the few rows in conflict.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.kinds import Kind
from pipelines.merge.conflicts import CHANGES, OLDER, held, resolve
from pipelines.merge.corrections_on_top import Fix, fix_frame
from pipelines.merge.future_results import without_future_results
from pipelines.merge.identity import MATCH, People, identity_columns, on_a_roster, unknown_student_reason
from pipelines.merge.same_form import has_forms, named_forms, with_named_forms
from pipelines.merge.same_sitting import MOVED, at_their_sitting, same_sittings
from pipelines.merge.tables import AsRead, Table

LARGE = 100_000  # rows of a sheet above which its Parquet is not copied


@dataclass(frozen=True)
class Part:
    """One import's typed rows of one table; `order` is the revision at which it was imported, `imported_on` the day
    (UTC). A roster part that makes no students has its rows as `additions` to known ones; those of `adds_students` may
    be new."""

    import_id: int
    order: int
    accept_changes: bool
    rows: Path
    imported_on: date | None = None
    makes_students: bool = True
    adds_students: bool = False
    additions: pl.LazyFrame | None = None


@dataclass(frozen=True)
class MergedKind:
    """One kind's facts, the states of rows that are not simply stored, each changed cell with its old and new value,
    `older`: current values that came from another row than the one in the record's lineage, and `moved`: rows dated as
    a sitting that another sheet dates otherwise."""

    facts: Table
    states: pl.DataFrame
    changes: pl.DataFrame
    older: pl.DataFrame
    moved: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MOVED))


def merge_kind(
    kind: Kind, parts: list[Part], people: People | None, fixes: list[Fix], large: int = LARGE,
    same_within_days: int = 0,
) -> MergedKind:
    """The facts and row states of one kind. `people` are the students on rosters (None for kinds without students);
    sheets of over `large` rows are not copied. Attempts at most `same_within_days` apart on two sheets are one."""
    columns = list(kind.row.columns())
    rows = _all_rows(kind, parts, people)
    is_sat = kind.name == "attempts" and len(parts) > 1 and same_within_days > 0
    moved = same_sittings(rows, same_within_days) if is_sat else pl.DataFrame(schema=MOVED)
    no_form = named_forms(rows, kind, fixes) if has_forms(kind) and len(parts) > 1 else pl.DataFrame()

    def at_one_sitting(rows: pl.LazyFrame) -> pl.LazyFrame:
        return with_named_forms(at_their_sitting(rows, moved), no_form)

    rows = at_one_sitting(rows)
    doubted, key_hash = pl.col("doubt").is_not_null(), pl.struct(kind.key).hash()
    doubtful, hashes = pl.collect_all([
        held(rows.filter(doubted), kind, pl.col("doubt"), pl.col("doubt_reason")), rows.select(key_hash=key_hash),
    ], engine="streaming")
    conflicts = _conflicts(hashes["key_hash"], kind, fixes, _keys_of(rows, no_form, key_hash))
    is_plain = ~doubted & ~key_hash.is_in(conflicts.implode()) if len(conflicts) else ~doubted
    uncopied = [part for part in parts if _is_used_as_read(part, people, large)]
    copied = _all_rows(kind, [part for part in parts if part not in uncopied], people)
    plain = at_one_sitting(copied).filter(is_plain).select(columns)
    if conflicts.is_empty():
        nothing = pl.DataFrame(schema=CHANGES), pl.DataFrame(schema=OLDER)
        return MergedKind(Table(plain, _as_read(uncopied, doubtful)), doubtful, *nothing)
    together = rows.filter(~doubted & key_hash.is_in(conflicts.implode())).collect(engine="streaming")
    resolved = resolve(together, kind, fixes)
    others = pl.concat([plain, resolved.facts.lazy().select(columns)])
    return MergedKind(
        Table(others, _as_read(uncopied, doubtful, together)), pl.concat([doubtful, resolved.states]), resolved.changes,
        resolved.older, moved)


def _is_used_as_read(part: Part, people: People | None, large: int) -> bool:
    """True for a large part whose rows can be used as they were read, because no student ID in it is replaced."""
    rows = pl.scan_parquet(part.rows, glob=False)
    if part.additions is not None:
        return False
    if people is not None and (people.decided_ids or identity_columns(rows.collect_schema().names())):
        return False
    return bool(rows.select(pl.len()).collect().item() > large)


def _as_read(parts: list[Part], *excluded: pl.DataFrame) -> list[AsRead]:
    """The parts' rows without those in the `excluded` frames."""
    rows = pl.concat([frame.select("import_id", "sheet_row") for frame in excluded])
    return [AsRead(p.import_id, p.rows, rows.filter(import_id=p.import_id)["sheet_row"]) for p in parts]


def _all_rows(kind: Kind, parts: list[Part], people: People | None) -> pl.LazyFrame:
    schema = {name: column.dtype for name, column in kind.row.columns().items()}
    extra = {"order": pl.Int32, "accept_changes": pl.Boolean}
    extra |= {n: t for n, t in MATCH.items() if n != "is_student"}
    frames = [
        without_future_results(_of_students(part, people), kind, part.imported_on).with_columns(
            import_id=pl.lit(part.import_id, pl.Int32), correction_id=pl.lit(None, pl.Int32),
            order=pl.lit(part.order, pl.Int32), accept_changes=pl.lit(part.accept_changes),
        ).select([*schema, *extra])
        for part in parts
    ]
    return pl.concat(frames) if frames else pl.LazyFrame(schema={**schema, **extra})


def _of_students(part: Part, people: People | None) -> pl.LazyFrame:
    """The part's rows, each matched to a student, or with the reason it waits.

    Distinct identities are few; a sheet with no identity column but student_id streams.
    """
    if part.additions is not None:
        return part.additions
    rows = pl.scan_parquet(part.rows, glob=False)
    if people is None:
        return rows.with_columns(pl.lit(None, t).alias(n) for n, t in MATCH.items() if n != "is_student")
    others = identity_columns(rows.collect_schema().names())
    if others:
        identity = ["student_id", *others]
        matched = people.matched(rows.select(identity).unique(maintain_order=True).collect(engine="streaming"))
        rows = rows.join(matched.lazy(), on=identity, how="left", nulls_equal=True, maintain_order="left")
        return rows.with_columns(student_id=pl.coalesce("is_student", "student_id"))
    student = pl.col("student_id")
    for old, new in people.decided_ids:
        student = pl.when(pl.col("student_id") == old).then(pl.lit(new)).otherwise(student)
    unknown = ~on_a_roster(people.ids)
    return rows.with_columns(student_id=student).with_columns(
        doubt=pl.when(unknown).then(pl.lit(str(HeldRule.UNKNOWN_STUDENT))),
        doubt_reason=pl.when(unknown).then(unknown_student_reason()),
        who=pl.when(unknown).then(pl.struct("student_id").struct.json_encode()),
    )


def _keys_of(rows: pl.LazyFrame, some: pl.DataFrame, key_hash: pl.Expr) -> pl.Series:
    """The keys' hashes of `some` of the rows."""
    if some.is_empty():
        return pl.Series("key_hash", [], dtype=pl.UInt64)
    own = ["import_id", "sheet_row"]
    return rows.join(some.lazy().select(own).unique(), on=own, how="semi").select(
        key_hash=key_hash).collect(engine="streaming")["key_hash"]


def _conflicts(hashes: pl.Series, kind: Kind, fixes: list[Fix], changed: pl.Series) -> pl.Series:
    """Hashes of the keys that occur in several rows, that a person corrected, or that differ from the sheet's
    (`changed`).

    Sorting 64-bit hashes costs a tenth of grouping by the key; a collision only sends a row down the slow, exact path.
    """
    ordered = hashes.sort()
    repeated = ordered.filter(ordered == ordered.shift(1))
    corrected = fix_frame(kind, fixes).select(pl.struct(kind.key).hash().alias("key_hash"))["key_hash"]
    return pl.concat([repeated, corrected, changed]).unique()
