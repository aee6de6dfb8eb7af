"""A class's expected pass rate, in words."""

from dataclasses import dataclass
from math import isnan

import polars as pl

from dashboard.words.formats import NONE, percent, percent_range
from pipelines.marts.risk.risk import expected_to_pass

EXPECTED_HELP = (
    "The mean chance of students with any evidence; passed counts as one, out of attempts as none. A model's estimate: "
    "the interval covers both the uncertainty of the model and the chance in each student's result."
)


@dataclass(frozen=True)
class Expected:
    """The expected rate as words; None where no student has evidence."""

    rate: str
    interval: str | None
    about: str | None


def expected(rows: pl.DataFrame, *, has_results: bool) -> Expected:
    """The share expected to pass, its 80 % interval, and `about 144 of 158`; without results of this school the
    interval stands in place of the share."""
    estimate = expected_to_pass(rows)
    if isnan(estimate.expected):
        return Expected(NONE, "no student has evidence", None)
    interval = percent_range(estimate.low, estimate.high)
    if not has_results:
        few, many = (f"{end * estimate.students:,.0f}" for end in (estimate.low, estimate.high))
        return Expected(interval, "no results of this school yet", f"{few} to {many} of {estimate.students:,}")
    about = f"about {estimate.expected * estimate.students:,.0f} of {estimate.students:,}"
    return Expected(percent(estimate.expected), f"80 % interval {interval}", about)
