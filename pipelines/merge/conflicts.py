"""Conflicts: keys that several rows have, or that a person corrected, resolved exactly and in memory.

The first row with a key is stored; a later row with the same values is unchanged; one that fills a blank or has another
value changes the record, and a blank never erases. For guarded kinds (a score for a known sitting) a change waits for a
person unless its import accepted changes. Two different values for one key in one sheet always wait. A person's
correction overrides every sheet.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.kinds import Kind
from pipelines.merge.another_person import PERSON, are_another
from pipelines.merge.corrections_on_top import LINEAGE, Fix, fix_frame, value_columns, with_fixes

STATES = {
    "import_id": pl.Int32, "sheet_row": pl.Int32, "state": pl.String, "rule_id": pl.String, "reason": pl.String,
    "text": pl.String, "who": pl.String,
}
CHANGES = {
    "import_id": pl.Int32, "sheet_row": pl.Int32, "student_id": pl.String, "what": pl.String, "column": pl.String,
    "old": pl.String, "new": pl.String,
}
OLDER = {
    "fact": pl.String, "student_id": pl.String, "said_of": pl.Date, "what": pl.String, "column": pl.String,
    "value": pl.String, "import_id": pl.Int32, "sheet_row": pl.Int32,
}


@dataclass(frozen=True)
class Resolved:
    """As `MergedKind`, for the keys in conflict alone."""

    facts: pl.DataFrame
    states: pl.DataFrame
    changes: pl.DataFrame
    older: pl.DataFrame


def resolve(rows: pl.DataFrame, kind: Kind, fixes: list[Fix]) -> Resolved:
    """The facts, and the state of each row, for rows whose keys are in conflict."""
    rows = _pending_as_blank(rows.sort("order", "import_id", "sheet_row"), kind)
    values = value_columns(kind)
    in_sheet = [*kind.key, "import_id"]
    two_values = pl.any_horizontal(pl.col(v).drop_nulls().n_unique().over(in_sheet) > 1 for v in values)
    rows = rows.with_columns(two_values=two_values, repeat=pl.int_range(pl.len()).over(in_sheet) > 0)
    clashing, rest = rows.filter("two_values"), rows.filter(~pl.col("two_values"))
    one_per_sheet = rest.group_by(in_sheet, maintain_order=True).agg(
        pl.col(values).drop_nulls().first(), pl.col("sheet_row", "correction_id", "order", "accept_changes").first()
    )
    compared = _with_states(one_per_sheet, kind, fixes)
    facts, displaced = with_fixes(_blank_as_pending(_newest_values(compared, kind), kind), kind, fixes)
    clashing, compared = _blank_as_pending(clashing, kind), _blank_as_pending(compared, kind)
    waiting = compared.filter(pl.col("state") == "waiting")
    states = [
        held(clashing.lazy(), kind, HeldRule.TWO_VALUES_IN_ONE_SHEET, pl.lit(
            "This sheet has two different values for the same record: keep the right row and upload it again."
        )).collect(),
        held(waiting.lazy(), kind, pl.col("rule_id"), pl.col("reason")).collect(),
        held(
            compared.join(displaced, on=kind.key, how="semi", nulls_equal=True).filter(state="stored").lazy(), kind,
            HeldRule.CORRECTED_BY_A_PERSON,
            pl.lit("A person moved another record to this key: decide which one is right."),
        ).collect(),
        rest.filter("repeat").select(
            "import_id", "sheet_row", pl.lit("unchanged").alias("state"), pl.lit("").alias("rule_id"),
            pl.lit("").alias("reason"), pl.lit("").alias("text"), pl.lit(None, pl.String).alias("who"),
        ),
        compared.filter(pl.col("state").is_in(["unchanged", "changed"])).select(
            "import_id", "sheet_row", "state", pl.lit("").alias("rule_id"), pl.lit("").alias("reason"),
            pl.lit("").alias("text"), pl.lit(None, pl.String).alias("who"),
        ),
    ]
    return Resolved(
        facts, pl.concat([frame.select(list(STATES)) for frame in states]), _changes(compared, kind),
        _older(compared, facts, kind))


def _pending_as_blank(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The rows with no outcome where it is pending: a result then fills a blank, and a blank never erases a result."""
    if kind.name != "attempts":
        return rows
    return rows.with_columns(outcome=pl.when(pl.col("outcome") != "pending").then("outcome"))


def _blank_as_pending(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The same rows with the pending outcome back, also as the old value of a result."""
    if kind.name != "attempts":
        return rows
    if "old_outcome" not in rows.columns:
        return rows.with_columns(pl.col("outcome").fill_null("pending"))
    old = pl.when(pl.col("state") != "stored").then(pl.col("old_outcome").fill_null("pending"))
    kept = pl.when(pl.col("state") != "waiting").then(old)
    return rows.with_columns(outcome=pl.coalesce("outcome", kept, pl.lit("pending")), old_outcome=old)


def _with_states(one_per_sheet: pl.DataFrame, kind: Kind, fixes: list[Fix]) -> pl.DataFrame:
    """Each row with its state: compared with the rows before it, and with any earlier correction.

    Later rows are not compared with a row that waits, so keys that have one are compared again without it.
    """
    fixed = fix_frame(kind, fixes)
    done: list[pl.DataFrame] = []
    pool = one_per_sheet
    while True:
        compared = _against_earlier(pool, kind, fixed)
        blocked = pl.col("blocked").fill_null(False)
        first_blocked = blocked & (blocked.cum_sum().over(kind.key) == 1)
        compared = compared.with_columns(first_blocked=first_blocked)
        newly_blocked = compared.filter("first_blocked")
        if newly_blocked.is_empty():
            done.append(compared)
            return pl.concat(done).drop("blocked", "first_blocked")
        done.append(newly_blocked.with_columns(state=pl.lit("waiting")))
        again = compared.filter(pl.col("first_blocked").any().over(kind.key))
        done.append(compared.filter(~pl.col("first_blocked").any().over(kind.key)))
        pool = again.filter(~pl.col("first_blocked")).select(one_per_sheet.columns)


def _against_earlier(pool: pl.DataFrame, kind: Kind, fixed: pl.DataFrame) -> pl.DataFrame:
    values = value_columns(kind)
    pool = pool.join(fixed, on=kind.key, how="left", nulls_equal=True, maintain_order="left")
    has_earlier = (pl.int_range(pl.len()).over(kind.key) > 0) | (pl.col("added_at") < pl.col("order")).fill_null(False)
    pool = pool.with_columns(first=~has_earlier)
    fixed_before = {v: ~pl.col("first") & (pl.col(f"fixed_at_{v}") < pl.col("order")).fill_null(False) for v in values}
    pool = pool.with_columns(**{
        f"old_{v}": pl.coalesce(
            pl.col(v).forward_fill().shift(1).over(kind.key), pl.when(fixed_before[v]).then(pl.col(f"fix_{v}"))
        ) for v in values
    })
    differs = {v: (pl.col(v) != pl.col(f"old_{v}")).fill_null(False) for v in values}
    fills = pl.any_horizontal(pl.col(v).is_not_null() & pl.col(f"old_{v}").is_null() for v in values)
    corrected = pl.any_horizontal(differs[v] & fixed_before[v] for v in values)
    another = pl.lit(False)
    if kind.name == "roster":
        told_apart = pl.any_horizontal(differs[v] for v in PERSON)
        pairs = pool.with_columns(told_apart=told_apart, at=pl.int_range(pl.len())).filter("told_apart")
        another = pl.int_range(pl.len()).is_in(pairs["at"].filter(are_another(pairs)).implode())
    any_differs = pl.any_horizontal(differs.values())
    guarded = any_differs & ~pl.col("accept_changes") if kind.guarded else pl.lit(False)
    described = pl.concat_str([
        pl.when(differs[v]).then(
            pl.format("{} {} here, {} in force; ", pl.lit(v), pl.col(v).cast(pl.String),
                      pl.col(f"old_{v}").cast(pl.String))
        ).otherwise(pl.lit("")) for v in values
    ]).str.strip_chars_end("; ")
    return pool.with_columns(
        state=pl.when("first").then(pl.lit("stored")).when(any_differs | fills).then(pl.lit("changed"))
        .otherwise(pl.lit("unchanged")),
        blocked=corrected | another | guarded,
        rule_id=pl.when(corrected).then(pl.lit(str(HeldRule.CORRECTED_BY_A_PERSON)))
        .when(another).then(pl.lit(str(HeldRule.ANOTHER_PERSON)))
        .when(guarded).then(pl.lit(str(HeldRule.CHANGED_VALUE))).otherwise(pl.lit("")),
        reason=pl.format("{}: a person must decide which is right.", described),
    ).select(*pool.columns[: pool.columns.index("added_at")], "state", "rule_id", "reason", "blocked",
             *[f"old_{v}" for v in values])


def _newest_values(compared: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """One fact per key: each column's newest value, with the lineage of the newest row that changed something."""
    accepted = compared.filter(pl.col("state") != "waiting").sort("order", "import_id", "sheet_row")
    changing = accepted.filter(pl.col("state") != "unchanged")
    newest = changing.group_by(kind.key).agg(pl.col("import_id", "sheet_row").last())
    return accepted.group_by(kind.key, maintain_order=True).agg(
        pl.col(value_columns(kind)).drop_nulls().last()
    ).join(newest, on=kind.key, how="left", nulls_equal=True).with_columns(correction_id=pl.lit(None, pl.Int32))


def _changes(compared: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Each cell that a stored row changes: old and new value as text; old is null where a blank was filled."""
    changed = compared.filter(pl.col("state") == "changed")
    cells = [
        changed.filter(pl.col(v).is_not_null() & pl.col(v).ne_missing(pl.col(f"old_{v}"))).select(
            "import_id", "sheet_row",
            (pl.col("student_id") if "student_id" in kind.key else pl.lit("")).alias("student_id"),
            _what(kind).alias("what"), pl.lit(v).alias("column"),
            pl.col(f"old_{v}").cast(pl.String).alias("old"), pl.col(v).cast(pl.String).alias("new"),
        )
        for v in value_columns(kind)
    ]
    return pl.concat(cells) if cells else pl.DataFrame(schema=CHANGES)


def _older(compared: pl.DataFrame, facts: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Current values that came from another row than the one in their record's lineage: from an earlier row where a
    later one changed another column, or from a sheet where a person corrected another column."""
    mixed = pl.concat([
        compared.filter(pl.col("state") == "changed").select(kind.key),
        facts.filter(pl.col("correction_id").is_not_null()).select(kind.key),
    ]).unique()
    changing = compared.filter(pl.col("state").is_in(["stored", "changed"])).join(
        mixed, on=kind.key, how="semi", nulls_equal=True).sort("order", "import_id", "sheet_row")
    days = [n for n, c in kind.row.columns().items() if n in kind.key and c.dtype == pl.Date]
    record = {
        "fact": pl.lit(kind.table), "student_id": pl.col("student_id") if "student_id" in kind.key else pl.lit(""),
        "said_of": pl.col(days[0]) if days else pl.lit(None, pl.Date), "what": _what(kind),
    }
    row = pl.struct("import_id", "sheet_row")
    older = [pl.DataFrame(schema=OLDER)]
    for v in value_columns(kind):
        setting = changing.filter(pl.col(v).is_not_null() & pl.col(v).ne_missing(pl.col(f"old_{v}")))
        source = setting.group_by(kind.key).agg(pl.col(v, "import_id", "sheet_row").last())
        current = facts.select(*kind.key, "correction_id", current=v, newest=row)
        elsewhere = pl.col("correction_id").is_not_null() | (pl.col("newest") != row)
        source = source.join(current, on=kind.key, nulls_equal=True).filter(pl.col("current") == pl.col(v), elsewhere)
        value = pl.col(v).cast(pl.String)
        older.append(source.select("import_id", "sheet_row", column=pl.lit(v), value=value, **record))
    return pl.concat([frame.select(list(OLDER)) for frame in older])


def _what(kind: Kind) -> pl.Expr:
    """The key as text, without the student."""
    return pl.concat_str(
        [pl.col(k).cast(pl.String) for k in kind.key if k != "student_id"] or [pl.lit("")],
        separator=" ", ignore_nulls=True,
    ).str.replace_all("  ", " ")


def held(rows: pl.LazyFrame, kind: Kind, rule: HeldRule | pl.Expr, reason: pl.Expr) -> pl.LazyFrame:
    """Waiting rows, each with the rule, the reason, and the row's values as text."""
    columns = [name for name in kind.row.columns() if name not in LINEAGE]
    return rows.select(
        "import_id", "sheet_row", pl.lit("waiting").alias("state"),
        (pl.lit(str(rule)) if isinstance(rule, HeldRule) else rule).alias("rule_id"), reason.alias("reason"),
        pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in columns], separator=",").alias("text"),
        (pl.col("who") if "who" in rows.collect_schema().names() else pl.lit(None, pl.String)).alias("who"),
    )
