"""The one figure by which people are listed: how likely a failure is, and how much hangs on acting now."""

import polars as pl

from pipelines.contracts.needs import Pressing
from pipelines.contracts.readiness import CLOSED, Band
from pipelines.contracts.retakes import Conflict
from pipelines.marts.model.readiness import Readiness
from pipelines.policy import Policy

EXAM = ["student_id", "exam"]
MOST_ATTEMPTS = 4


def danger(rows: pl.DataFrame, readiness: Readiness, policy: Policy) -> pl.Series:
    """How likely each of these risk rows is to end in a failure, 0-1, for order alone; null after a pass or the last
    attempt, and where little of the class has any evidence yet.

    It is 1 - p_pass; where no chance is shown, it falls with readiness; without evidence it is the share that failed of
    those who sat without any here, with policy's share as so many more (the office rarely hears of them otherwise).
    """
    seen = rows.join(readiness.unseen, on="exam", how="left", maintain_order="left")
    prior = policy.readiness.order
    failed, sat = (pl.col(name).fill_null(0) for name in ("unseen_failed", "unseen_sat"))
    unseen = (failed + prior.unseen_failing * prior.unseen_worth) / (sat + prior.unseen_worth)
    has_evidence = pl.col("evidence_count") > 0
    is_telling = (has_evidence.mean().over("class_year", "exam") >= 0.5)
    return seen.select(
        pl.when(pl.col("band_id").is_in(CLOSED)).then(None)
        .when(pl.col("p_pass").is_not_null()).then(1 - pl.col("p_pass"))
        .when(has_evidence).then(1 - pl.col("readiness") / 100)
        .when(is_telling & (pl.col("band_id") == Band.NO_EVIDENCE)).then(unseen)
    ).to_series()


def expected_loss(risk: pl.DataFrame, windows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """student_id, exam, expected_loss (null where there is no danger) and pressing_id (contract Pressing; null where
    nothing presses).

    `risk` is contract Risk, `windows` contract Window of retakes and first sittings. The danger counts for more with
    few days and attempts left, and where a date breaks a rule or no date fits; each adds the share that policy states.
    """
    order = policy.readiness.order
    bound = windows.select(*EXAM, "attempts_left", "last_allowed", "conflict_id")
    rows = risk.select(*EXAM, "danger", "p_pass", "days_left").join(bound, on=EXAM, how="left", maintain_order="left")
    conflict, is_last = pl.col("conflict_id"), pl.col("last_allowed").fill_null(False)
    near = order.near * 0.5 ** (pl.col("days_left") / order.near_days)
    used = order.attempts * (1 - (pl.col("attempts_left").clip(1, MOST_ATTEMPTS) - 1) / (MOST_ATTEMPTS - 1))
    broken = pl.when(conflict.is_not_null()).then(order.broken).otherwise(0.0)
    weight = 1 + near.fill_null(0.0) + used.fill_null(0.0) + broken
    pressing = (
        pl.when(conflict == Conflict.NO_DATE_FITS).then(pl.lit(Pressing.NO_DATE_FITS))
        .when(conflict.is_not_null()).then(pl.lit(Pressing.DATE_BREAKS_RULE))
        .when(is_last).then(pl.lit(Pressing.LAST_ALLOWED))
    )
    likely = pl.coalesce("danger", 1 - pl.col("p_pass"))
    return rows.select(*EXAM, expected_loss=likely * weight, pressing_id=pressing)
