"""Area calls: an estimate's interval, whether it is weak, what would tell, and what is to be gained."""

import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.marts.areas.pooled_areas import STUDENT_AREA
from pipelines.marts.model.chance import Z80, Floats
from pipelines.policy import Policy


def called_areas(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Interval, weak, what would tell, and priority."""
    priors = policy.blueprint.area_priors
    mean, sd, line = rows["mean"].to_numpy(), np.sqrt(rows["variance"].to_numpy()), rows["comparison"].to_numpy()
    low, high = beta_interval(mean, sd)
    rows = rows.with_columns(
        estimate=pl.Series(mean).clip(0, 100), low=pl.Series(low), high=pl.Series(high),
        below=pl.Series(ndtr((line - mean) / sd)),
    )
    at, twice = pl.col("comparison"), pl.col("forms") >= 2
    seen_twice = twice & (pl.col("estimate") < at) & (pl.col("raw") < at).fill_null(True) & (pl.col("forms_below") >= 2)
    gap = (priors.reachable - pl.col("estimate")).clip(lower_bound=0)
    return rows.with_columns(
        weak=pl.when(seen_twice | (pl.col("high") < at)).then(True)
        .when((twice & (pl.col("estimate") >= at)) | (pl.col("low") >= at)).then(False),
        priority=pl.col("weight") * gap * pl.col("below"),
    ).with_columns(
        # Sums over groups differ in their last digits from run to run; figures must not.
        pl.col("estimate", "low", "high", "priority", "comparison").round(6),
    ).pipe(_items_to_tell, policy).sort("student_id", "axis", "weight", "area", descending=[False, False, True, False])


def beta_interval(mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """The 80 % interval of a beta with this mean and sd, in percent: skewed away from 0 and 100.

    Cornish and Fisher's expansion of its quantiles; the exact ones are too slow for a large school.
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
    """`items_to_tell` where not known yet: so many more items that the interval, staying where it is, would exclude the
    comparison, or one more form of the usual length where only one is known. Null beyond `most_items`: too close.

    New items of an area come with a whole form's, which narrow the student's total too.
    """
    unknown = rows.filter(pl.col("weak").is_null())
    m = (unknown["estimate"].to_numpy() / 100).clip(0.05, 0.95)
    binomial = 1e4 * m * (1 - m)
    own, weight = unknown["own_variance"].to_numpy(), unknown["weight"].to_numpy()
    area = np.maximum(unknown["variance"].to_numpy() - own, 0.01)
    wanted = ((unknown["estimate"] - unknown["comparison"]).to_numpy() / Z80) ** 2

    def variance(items: Floats) -> Floats:
        return np.asarray(1 / (1 / area + items / binomial) + 1 / (1 / own + items / weight / binomial))

    most = policy.blueprint.area_priors.most_items
    low, high = np.zeros(len(m)), np.full(len(m), float(most))
    for _ in range(most.bit_length()):
        middle = (low + high) / 2
        enough = variance(middle) <= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    items = np.where(variance(high) <= wanted, np.ceil(high), np.inf)
    one_form = np.ceil(weight * policy.blueprint.reference_groups[-1].items)
    items = np.where(unknown["forms"].to_numpy() == 1, np.minimum(items, one_form), items)
    told = unknown.select(*STUDENT_AREA).with_columns(items_to_tell=pl.Series(items))
    told = told.filter(pl.col("items_to_tell") <= most)
    return rows.join(told, on=STUDENT_AREA, how="left", maintain_order="left")
