"""One kind's rows from all sheets in force, in order, settled into facts; and the state each row ends in.

A fact is identified by its kind's key. Nearly every key stands in one row only: those rows stream through untouched,
and only conflicts keys are settled in memory (`conflicts`), so cost is linear in rows. Of a large sheet they are not
even copied: its facts are the Parquet of its typed rows but for the few rows that are named.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.kinds import Kind
from pipelines.merge.conflicts import CHANGES, OLDER, held, resolve
from pipelines.merge.corrections_on_top import Fix, fix_frame
from pipelines.merge.identity import RESOLVED, People, identity_columns, on_a_roster, unknown_student_reason
from pipelines.merge.tables import AsRead, Table

LARGE = 100_000  # rows of a sheet above which its Parquet is not copied


@dataclass(frozen=True)
class Part:
    """One import's typed rows of one table. `order` is the revision the import was made at."""

    import_id: int
    order: int
    accept_changes: bool
    rows: Path


@dataclass(frozen=True)
class MergedKind:
    """Facts (the contract's columns), the rows that are not plainly stored, each changed cell, old and new, and the
    values in force that another row said than the one its record's lineage names."""

    facts: Table
    states: pl.DataFrame
    changes: pl.DataFrame
    older: pl.DataFrame


def merge_kind(
    kind: Kind, parts: list[Part], people: People | None, fixes: list[Fix], large: int = LARGE
) -> MergedKind:
    """Settle the rows of one kind. `people` are the students that rosters name (None for kinds without students);
    sheets of over `large` rows are large."""
    columns = list(kind.row.columns())
    rows = _all_rows(kind, parts, people)
    doubted, key_hash = pl.col("doubt").is_not_null(), pl.struct(kind.key).hash()
    doubtful, hashes = pl.collect_all([
        held(rows.filter(doubted), kind, pl.col("doubt"), pl.col("doubt_reason")), rows.select(key_hash=key_hash),
    ], engine="streaming")
    conflicts = _conflicts(hashes["key_hash"], kind, fixes)
    is_plain = ~doubted & ~key_hash.is_in(conflicts.implode()) if len(conflicts) else ~doubted
    whole = [part for part in parts if _stands_as_read(part, people, large)]
    plain = _all_rows(kind, [part for part in parts if part not in whole], people).filter(is_plain).select(columns)
    if conflicts.is_empty():
        nothing = pl.DataFrame(schema=CHANGES), pl.DataFrame(schema=OLDER)
        return MergedKind(Table(plain, _as_read(whole, doubtful)), doubtful, *nothing)
    together = rows.filter(~doubted & key_hash.is_in(conflicts.implode())).collect(engine="streaming")
    resolved = resolve(together, kind, fixes)
    others = pl.concat([plain, resolved.facts.lazy().select(columns)])
    return MergedKind(
        Table(others, _as_read(whole, doubtful, together)), pl.concat([doubtful, resolved.states]), resolved.changes,
        resolved.older)


def _stands_as_read(part: Part, people: People | None, large: int) -> bool:
    """Whether the part's rows are worth taking as they were read, and can be: no student of it has another ID here."""
    rows = pl.scan_parquet(part.rows, glob=False)
    if people is not None and (people.decided_ids or identity_columns(rows.collect_schema().names())):
        return False
    return bool(rows.select(pl.len()).collect().item() > large)


def _as_read(parts: list[Part], *aside: pl.DataFrame) -> list[AsRead]:
    """The parts' rows but for those of the frames `aside`."""
    rows = pl.concat([frame.select("import_id", "sheet_row") for frame in aside])
    return [AsRead(p.import_id, p.rows, rows.filter(import_id=p.import_id)["sheet_row"]) for p in parts]


def _all_rows(kind: Kind, parts: list[Part], people: People | None) -> pl.LazyFrame:
    schema = {name: column.dtype for name, column in kind.row.columns().items()}
    extra = {"order": pl.Int32, "accept_changes": pl.Boolean}
    extra |= {n: t for n, t in RESOLVED.items() if n != "is_student"}
    frames = [
        _of_students(part, people).with_columns(
            import_id=pl.lit(part.import_id, pl.Int32), correction_id=pl.lit(None, pl.Int32),
            order=pl.lit(part.order, pl.Int32), accept_changes=pl.lit(part.accept_changes),
        ).select([*schema, *extra])
        for part in parts
    ]
    return pl.concat(frames) if frames else pl.LazyFrame(schema={**schema, **extra})


def _of_students(part: Part, people: People | None) -> pl.LazyFrame:
    """The part's rows, each with the student it means, or the doubt that keeps it waiting.

    Few identities are distinct; a sheet that tells only IDs streams.
    """
    rows = pl.scan_parquet(part.rows, glob=False)
    if people is None:
        return rows.with_columns(pl.lit(None, t).alias(n) for n, t in RESOLVED.items() if n != "is_student")
    told = identity_columns(rows.collect_schema().names())
    if told:
        ids = ["student_id", *told]
        resolved = people.resolved(rows.select(ids).unique(maintain_order=True).collect(engine="streaming"))
        rows = rows.join(resolved.lazy(), on=ids, how="left", nulls_equal=True, maintain_order="left")
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


def _conflicts(hashes: pl.Series, kind: Kind, fixes: list[Fix]) -> pl.Series:
    """Hashes of the keys that stand in several rows, or that a person corrected.

    Sorting 64-bit hashes costs a tenth of grouping by the key; a collision only settles a row the slow, exact way.
    """
    ordered = hashes.sort()
    repeated = ordered.filter(ordered == ordered.shift(1))
    corrected = fix_frame(kind, fixes).select(pl.struct(kind.key).hash().alias("key_hash"))["key_hash"]
    return pl.concat([repeated, corrected]).unique()
