"""What the scores of each column and instrument are like, as counts made in the pass that writes the rows."""

from collections.abc import Callable
from datetime import date

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.headers.score_columns import PERCENT, SCORE_COLUMN, maximum_of
from pipelines.sheets.rows.cell_values import Lookup, looked_up
from pipelines.sheets.rows.row_checks import value
from pipelines.sheets.values import share_beside

PERCENT_SIGN = r"^[^(\[]*%"  # of the score itself, not of a note beside it
SHARE_NEAR = 1.0  # percent points: "84 (70%)" of 120 is a number correct with its own percentage beside it


def score_facts(rows: pl.LazyFrame, table: TextTable, lookups: dict[str, Lookup], policy: Policy) -> pl.LazyFrame:
    """What the scores of each column and instrument are like: one row each."""
    text, subject = score_text(table), pl.col(SCORE_COLUMN) if table.header.scores else value("instrument")
    score, row = value("score"), pl.col("sheet_row")
    plain = pl.when(~text.str.contains(PERCENT_SIGN)).then(score)
    items, maximum = _items(policy), _maximum(table)
    small = _reported(policy, lambda tops: min(tops) <= PERCENT) & pl.col("candidates").is_not_null()
    fraction = (plain > 0) & (plain <= 1) & _reported(policy, lambda tops: min(tops) <= PERCENT)
    over = small & (plain > PERCENT) & (plain <= items)
    larger = _reported(policy, lambda tops: max(tops) > PERCENT)
    off_scale = score.is_not_null() & ~_is_a_top(maximum, policy)
    counts = {
        "scores": score.is_not_null(), "fractions": fraction, "zeros": score == 0, "over": over,
        "below": larger & (plain < PERCENT), "beyond": plain > items, "larger": larger, "off_scale": off_scale,
        "beside": _has_its_share_beside(text, plain, items, table, lookups), "small": small,
    }
    return rows.group_by(subject.alias("subject"), value("instrument").alias("instrument")).agg(
        **{name: holds.sum() for name, holds in counts.items()},
        **{f"{name} row": row.filter(counts[name]).min() for name in ("fractions", "zeros", "over", "off_scale")},
        maximum=maximum.filter(off_scale).max(),
    )


def score_text(table: TextTable) -> pl.Expr:
    return pl.col(f"c{table.header.place_of('score')}")


def _maximum(table: TextTable) -> pl.Expr:
    """The maximum of each row's points, null where the sheet does not have it."""
    known = [pl.when(pl.col(SCORE_COLUMN) == s.header).then(maximum_of(s)) for s in table.header.scores]
    return pl.coalesce(*known, pl.lit(None, pl.Float64))


def _items(policy: Policy) -> pl.Expr:
    items = [pl.when(value("instrument") == i.name).then(pl.lit(float(i.items)))
             for i in policy.instruments.by_name.values()]
    return pl.coalesce(items)


def _is_a_top(maximum: pl.Expr, policy: Policy) -> pl.Expr:
    """True where the maximum is the highest score of a scale of the instrument; null where there is none."""
    tops = {
        i.name: [policy.instruments.scale_range[s][1] for period in i.scales for s in period.any_of]
        for i in policy.instruments.by_name.values()
    }
    return pl.coalesce(pl.when(value("instrument") == name).then(maximum.is_in(highest))
                       for name, highest in tops.items())


def _reported(policy: Policy, holds: Callable[[list[float]], bool]) -> pl.Expr:
    """True where `holds` is true of the highest scores of the scales that the instrument reported on that day, or
    reports now for a row without a day."""
    cases = []
    for instrument in policy.instruments.by_name.values():
        periods = sorted(instrument.scales, key=lambda p: p.from_day)
        ends = [p.from_day for p in periods[1:]] + [date.max]
        for period, end in zip(periods, ends, strict=True):
            if holds([policy.instruments.scale_range[s][1] for s in period.any_of]):
                then = value("taken_on").is_between(period.from_day, end, closed="left")
                cases.append((value("instrument") == instrument.name) & then.fill_null(end == date.max))
    return pl.any_horizontal(cases).fill_null(False)


def _has_its_share_beside(
    text: pl.Expr, score: pl.Expr, items: pl.Expr, table: TextTable, lookups: dict[str, Lookup]
) -> pl.Expr:
    """True for "84 (70%)" of 120 items: the percentage beside it is the share of the items."""
    known = lookups[f"c{table.header.place_of('score')}"].values
    shares = {t: share for t in known if (share := share_beside(t)) is not None}
    if not shares:
        return pl.lit(False)
    count = text.str.extract(r"(\d+(?:\.\d+)?)").cast(pl.Float64, strict=False)
    return (looked_up(text, shares, pl.Float64()) - count / items * PERCENT).abs() <= SHARE_NEAR
