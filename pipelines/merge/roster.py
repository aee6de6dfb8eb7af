"""The roster merged: rosters make students; a tracker only adds to what is known of them, or adds people as a person
decided.
"""

from dataclasses import replace

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.kinds import KINDS
from pipelines.merge.corrections_on_top import Fix
from pipelines.merge.identity import MATCH, People, identity_columns
from pipelines.merge.merge import MergedKind, Part, merge_kind

ROSTER = KINDS["roster"]
ROSTER_IDENTITY = ["student_id", "last_name", "first_name", "email", "program", "class_year", "usmle_id"]
# What a tracker or a list of dates keeps up to date; it fills the blanks of the rest, and changes nothing there.
FOLLOWED = ["planned_on", "eligibility_starts_on", "eligibility_ends_on"]


def merge_roster(parts: list[Part], decided: dict[str, str], fixes: list[Fix]) -> tuple[MergedKind, People]:
    """The students of all rosters and the people added to them, and the row states; `decided` are people's decisions on
    identities."""
    making = [part for part in parts if part.makes_students]
    merged = merge_kind(ROSTER, making, None, fixes)
    people = _people(merged, decided)
    if len(making) == len(parts):
        return merged, people
    known = merged.facts.frame.select("student_id", *_blanks_only()).collect()
    additions = [replace(part, additions=_additions(part, people, known)) for part in parts if not part.makes_students]
    merged = merge_kind(ROSTER, [*making, *additions], None, fixes)
    return merged, _people(merged, decided)


def _people(merged: MergedKind, decided: dict[str, str]) -> People:
    return People(merged.facts.frame.select(ROSTER_IDENTITY).collect().to_dicts(), decided)


def _blanks_only() -> list[str]:
    return [name for name in ROSTER.columns if name not in ("student_id", *FOLLOWED)]


def _additions(part: Part, people: People, known: pl.DataFrame) -> pl.LazyFrame:
    """The rows of a tracker, each matched to its student, with only what is not known yet; or with the reason it waits,
    unless its people become students."""
    rows = pl.scan_parquet(part.rows, glob=False)
    identity = ["student_id", *identity_columns(rows.collect_schema().names())]
    identities = rows.select(identity).unique(maintain_order=True).collect(engine="streaming")
    matched = people.matched(identities)
    if part.adds_students:
        is_new = (pl.col("doubt") == HeldRule.UNKNOWN_STUDENT) & pl.Series(people.may_be_new(identities))
        matched = matched.with_columns(pl.when(~is_new).then(pl.col(name)).alias(name) for name in
                                       ("doubt", "doubt_reason", "who"))
    rows = rows.join(matched.lazy(), on=identity, how="left", nulls_equal=True, maintain_order="left")
    rows = rows.with_columns(student_id=pl.coalesce("is_student", "student_id"))
    rows = rows.join(known.lazy(), on="student_id", how="left", suffix=" known", maintain_order="left")
    return rows.with_columns(
        pl.when(pl.col(f"{name} known").is_null()).then(pl.col(name)).alias(name) for name in _blanks_only()
    ).select(*ROSTER.columns, "sheet_row", *(name for name in MATCH if name != "is_student"))
