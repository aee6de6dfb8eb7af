"""Weak areas: an estimate's interval, whether it is weak, the items that would decide, and the expected gain."""

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri

from pipelines.marts.areas.pooled_areas import STUDENT_AREA
from pipelines.marts.model.chance import Z80, Floats
from pipelines.policy import Policy


def weak_areas(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The rows with their interval, weak (true, false, null: not known yet), items_to_tell and priority."""
    priors = policy.blueprint.area_priors
    mean, sd, line = rows["mean"].to_numpy(), np.sqrt(rows["variance"].to_numpy()), rows["comparison"].to_numpy()
    low, high = beta_interval(mean, sd)
    rows = rows.with_columns(
        estimate=pl.Series(mean).clip(0, 100), low=pl.Series(low), high=pl.Series(high),
        below=pl.Series(ndtr((line - mean) / sd)),
    )
    below, sure = pl.col("below"), priors.weak_probability
    gap = (priors.reachable - pl.col("estimate")).clip(lower_bound=0)
    return rows.with_columns(
        weak=pl.when(below >= sure).then(True).when(below <= 1 - sure).then(False),
        priority=pl.col("weight") * gap * below, p_below=below.clip(0.001, 0.999).round(3),
    ).with_columns(
        # Sums over groups differ in their last digits from run to run; figures may not.
        pl.col("estimate", "low", "high", "priority", "comparison").round(6),
    ).pipe(_items_to_tell, policy).sort("student_id", "axis", "weight", "area", descending=[False, False, True, False])


def beta_interval(mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """The 80 % interval of a beta with this mean and sd, in percent: skewed away from 0 and 100.

    Uses Cornish and Fisher's expansion of its quantiles: the exact ones are too slow for a large school.
    """
    m = np.clip(mean / 100, 0.01, 0.99)
    v = np.minimum((sd / 100) ** 2, 0.5 * m * (1 - m))
    count = m * (1 - m) / v
    skew = 2 * (1 - 2 * m) * np.sqrt(count) / ((count + 1) * np.sqrt(m * (1 - m)))
    tilt = (Z80**2 - 1) / 6 * skew
    bend = (2 * Z80**3 - 5 * Z80) / 36 * skew**2
    s = 100 * np.sqrt(v)
    low, high = 100 * m + s * (-Z80 + tilt + bend), 100 * m + s * (Z80 + tilt - bend)
    return np.clip(low, 0, 100), np.clip(high, 0, 100)


def _items_to_tell(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The rows with `items_to_tell`: about how many more items decide an area that is not known yet.

    With that many the estimate, if it stayed the same, would be sure enough. Null beyond `most_items`: too close to
    decide. New items of an area come on a whole form, which makes the student's total more precise too.
    """
    unknown = rows.filter(pl.col("weak").is_null())
    m = (unknown["estimate"].to_numpy() / 100).clip(0.05, 0.95)
    binomial = 1e4 * m * (1 - m)
    own, weight = unknown["own_variance"].to_numpy(), unknown["weight"].to_numpy()
    area = np.maximum(unknown["variance"].to_numpy() - own, 0.01)
    sure = ndtri(policy.blueprint.area_priors.weak_probability)
    wanted = ((unknown["estimate"] - unknown["comparison"]).to_numpy() / sure) ** 2

    def variance(items: Floats) -> Floats:
        return np.asarray(1 / (1 / area + items / binomial) + 1 / (1 / own + items / weight / binomial))

    most = policy.blueprint.area_priors.most_items
    low, high = np.zeros(len(m)), np.full(len(m), float(most))
    for _ in range(most.bit_length()):
        middle = (low + high) / 2
        enough = variance(middle) <= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    items = np.where(variance(high) <= wanted, np.ceil(high), np.inf)
    decidable = unknown.select(*STUDENT_AREA).with_columns(items_to_tell=pl.Series(items))
    decidable = decidable.filter(pl.col("items_to_tell") <= most)
    return rows.join(decidable, on=STUDENT_AREA, how="left", maintain_order="left")
