"""Evaluation of forecasts against outcomes. Every rate has its denominator and interval; small groups are left out."""

from dataclasses import dataclass
from itertools import pairwise

import dataframely as dy
import numpy as np
import polars as pl
from scipy.special import betaincinv, expit, logit

from pipelines.contracts.readiness import Forecast
from pipelines.marts.model.chance import Floats, log_odds
from pipelines.marts.model.newton import log_likelihood, maximum
from pipelines.marts.model.verdict import log_score
from pipelines.policy import Policy

FORECASTS = ["p_pass", "last_score_p", "base_rate"]
SCORES = {
    "group": pl.String, "attempts": pl.Int64, "failures": pl.Int64, "expected_failures": pl.Float64,
    **dict.fromkeys(["brier", "log_score", "slope", "auc", "auc_low", "auc_high"], pl.Float64),
    "flagged": pl.Int64, "caught": pl.Int64, "compared": pl.Int64,
    **{f"{score}_{name}": pl.Float64 for name in FORECASTS for score in ("brier", "log_score")},
}
Z95 = 1.959963984540054
TIED = 1e-4  # log odds that overlap by less than this count as separated: the slope is lost in rounding


def binomial(count: int, of: int) -> tuple[float, float]:
    """The exact 95 % interval of a rate (Clopper-Pearson); 0 and 1 where nothing was counted."""
    low = float(betaincinv(count, of - count + 1, 0.025)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 0.975)) if count < of else 1.0
    return low, high


def reliability(forecasts: dy.DataFrame[Forecast], policy: Policy) -> pl.DataFrame:
    """low, high (of the forecast chance), attempts, passed, mean, rate, rate_low, rate_high: one row a bin, lowest
    first. A bin too small to be shown is joined to its neighbor nearer the middle of the scale."""
    edges = list(policy.readiness.backtest.edges)
    p = forecasts["p_pass"]

    def inside(low: float, high: float) -> pl.Series:
        return (p >= low) & ((p < high) | (high == edges[-1]))

    at = 0
    while len(edges) > 2 and at < len(edges) - 1:
        if inside(edges[at], edges[at + 1]).sum() < policy.disclosure.smallest_group:
            edges.pop(at + 1 if at + 2 < len(edges) else at)
            at = max(at - 1, 0)
        else:
            at += 1
    rows = []
    for low, high in pairwise(edges):
        part = forecasts.filter(inside(low, high))
        if part.height >= policy.disclosure.smallest_group:
            passed = int(part["passed"].sum())
            rows.append((low, high, part.height, passed, float(part["p_pass"].mean()),  # type: ignore[arg-type]
                         passed / part.height, *binomial(passed, part.height)))
    names = ["low", "high", "attempts", "passed", "mean", "rate", "rate_low", "rate_high"]
    kinds = [pl.Float64, pl.Float64, pl.Int64, pl.Int64, *[pl.Float64] * 4]
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def brier(p: Floats, passed: Floats) -> float:
    return float(((p - passed) ** 2).mean())


def auc(p: Floats, passed: Floats) -> tuple[float, float, float]:
    """AUC: how often a student who passed had a higher chance than one who failed, with its 95 % interval (DeLong); nan
    if all passed or all failed."""
    up, down = p[passed == 1], p[passed == 0]
    if not len(up) or not len(down):
        return float("nan"), float("nan"), float("nan")
    above = _placement(up, down)
    below = 1 - _placement(down, up)
    area = float(above.mean())
    spread = [part.var(ddof=1) / len(part) if len(part) > 1 else 0.25 for part in (above, below)]
    half = Z95 * float(np.sqrt(sum(spread)))
    return area, max(0.0, area - half), min(1.0, area + half)


def _placement(values: Floats, others: Floats) -> Floats:
    """The share of `others` below each value; ties count half."""
    others = np.sort(others)
    below = np.searchsorted(others, values, "left") + np.searchsorted(others, values, "right")
    return np.asarray(below / 2 / len(others))


def calibration_slope(p: Floats, passed: Floats) -> float:
    """The slope of a logistic regression of the outcome on the chance's log odds: 1 is right, below 1 overconfident.

    nan if no slope fits best: all outcomes or chances are equal, or failures and passes are completely separated.
    """
    at = log_odds(p)
    up, down = at[passed == 1], at[passed == 0]
    if not len(up) or not len(down) or min(down.max() - up.min(), up.max() - down.min()) < TIED:
        return float("nan")
    spread = at.std()
    start = np.array([logit(passed.mean()), 0.0])  # the same chance for all
    x = np.stack([np.ones_like(at), (at - at.mean()) / spread], axis=1)  # standardized, so near ties can be solved too

    def derivatives(beta: Floats) -> tuple[Floats, Floats]:
        mu = expit(x @ beta)
        return x.T @ (passed - mu), (x * (mu * (1 - mu))[:, None]).T @ x

    fitted, _ = maximum(lambda beta: log_likelihood(passed, x @ beta), derivatives, start)
    return float(fitted[1] / spread)


@dataclass(frozen=True)
class Caught:
    """How many of the `failures` were among the `flagged` attempts, those with the lowest chance."""

    flagged: int
    caught: int
    failures: int


def caught(forecasts: pl.DataFrame, share: float) -> Caught:
    flagged = int(np.ceil(share * forecasts.height))
    lowest = forecasts.sort("p_pass", "student_id").head(flagged)
    return Caught(flagged, int((~lowest["passed"]).sum()), int((~forecasts["passed"]).sum()))


def scored(forecasts: pl.DataFrame, by: str, policy: Policy) -> pl.DataFrame:
    """One row a `group`: attempts, failures, expected failures; Brier and log score of our chance, of the last score
    through the curve and of the base rate; slope, AUC with interval, and the failures caught by flagging a fixed share.

    The three forecasts are compared on the attempts that have all of them (`compared`); a missing figure is null. A
    group too small to be shown is joined to the next larger one, so no few students can be read off the table or found
    by subtraction; if all together are too few there are no rows.
    """
    groups = sorted(
        ((g.height, "not known" if key is None else str(key), g)
         for (key,), g in forecasts.partition_by(by, as_dict=True).items()), key=lambda g: g[:2],
    )
    while len(groups) > 1 and groups[0][0] < policy.disclosure.smallest_group:
        (n, name, small), (m, other, larger), *rest = groups
        joined = (n + m, " and ".join(sorted([name, other])), pl.concat([small, larger]))
        groups = sorted([joined, *rest], key=lambda g: g[:2])
    rows = [{"group": name, **_row(g, policy)} for n, name, g in groups if n >= policy.disclosure.smallest_group]
    return pl.DataFrame(rows, schema=SCORES).sort("group")


def _row(group: pl.DataFrame, policy: Policy) -> dict[str, float | int | None]:
    p, y = group["p_pass"].to_numpy(), group["passed"].cast(pl.Float64).to_numpy()
    comparable = group.drop_nulls(["last_score_p", "base_rate"])
    passed = comparable["passed"].cast(pl.Float64).to_numpy()
    area, low, high = auc(p, y)
    top = caught(group, policy.readiness.backtest.flag_share)
    row: dict[str, float | int | None] = {
        "attempts": group.height, "failures": top.failures, "expected_failures": float((1 - p).sum()),
        "brier": brier(p, y), "log_score": log_score(p, y), "slope": calibration_slope(p, y),
        "auc": area, "auc_low": low, "auc_high": high, "flagged": top.flagged, "caught": top.caught,
        "compared": comparable.height,
    }
    for name in FORECASTS:
        values = comparable[name].to_numpy()
        row[f"brier_{name}"] = brier(values, passed) if comparable.height else None
        row[f"log_score_{name}"] = log_score(values, passed) if comparable.height else None
    return {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()}


def rule_on_past_classes(forecasts: dy.DataFrame[Forecast], measure: str, below: float, policy: Policy) -> pl.DataFrame:
    """What a rule would have done in past classes: per class year, attempts, flagged (`measure`, p_pass or readiness,
    below `below`), failed among the flagged, missed (failed, not flagged). Small classes are left out."""
    flagged = pl.col(measure) < below
    failed = ~pl.col("passed")
    return forecasts.group_by("class_year").agg(
        attempts=pl.len(), flagged=flagged.sum(), failed=(flagged & failed).sum(), missed=(~flagged & failed).sum()
    ).filter(pl.col("attempts") >= policy.disclosure.smallest_group).sort("class_year", nulls_last=True)
