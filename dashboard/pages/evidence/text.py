"""The rows of the Evidence page's tables."""

import polars as pl

from dashboard.data.evidence import VERDICTS
from dashboard.words.formats import NONE, percent
from pipelines.policy import Policy


def table(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of FORECASTS."""
    caught = [f"{c:,} of {f:,}" for c, f in rows.select("caught", "failures").rows()]
    auc = [NONE if a is None else f"{a:.2f} ({low:.2f}–{high:.2f})"
           for a, low, high in rows.select("auc", "auc_low", "auc_high").rows()]  # fmt: skip
    return rows.select(
        "group", "attempts", "failures", "expected_failures", "slope", auc=pl.Series(auc, dtype=pl.String),
        caught=pl.Series(caught, dtype=pl.String), compared="compared", brier="brier_p_pass",
        brier_last="brier_last_score_p", brier_rate="brier_base_rate", log="log_score_p_pass",
        log_last="log_score_last_score_p", log_rate="log_score_base_rate",
    )  # fmt: skip


def drift_table(drift: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The rows of FAILURES_BY_CLASS: failures against those the curve expected; groups too small to show are absent."""
    shown = drift.filter(pl.col("sat") >= policy.disclosure.smallest_group)
    return shown.select(
        "exam", "sat", "failed", "expected",
        pl.col("class_year").cast(pl.String).fill_null("not known"),
        attempts=pl.when("first").then(pl.lit("first")).otherwise(pl.lit("retakes")),
        range=pl.format("{}–{}", pl.col("low").ceil().cast(pl.Int32), pl.col("high").floor().cast(pl.Int32)),
        finding=pl.col("verdict_id").replace_strict(VERDICTS, return_dtype=pl.String),
        ninety=pl.Series([percent(p) for p in shown["ninety"]], dtype=pl.String),
    )  # fmt: skip
