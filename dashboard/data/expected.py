"""A class's expected pass rate, in words."""

from dataclasses import dataclass
from math import isnan

import polars as pl

from dashboard.words.formats import percent_range
from pipelines.marts.risk.risk import expected_to_pass

EXPECTED_HELP = (
    "The mean chance of students with any evidence; passed counts as one, out of attempts as none. A model's estimate: "
    "the interval covers both the uncertainty of the model and the chance in each student's result."
)


@dataclass(frozen=True)
class Expected:
    """The expected rate as words; None where no student has evidence."""

    rate: float | None
    interval: str | None
    about: str | None


def expected(rows: pl.DataFrame) -> Expected:
    """The share expected to pass, its 80 % interval, and `about 144 of 158`."""
    estimate = expected_to_pass(rows)
    if isnan(estimate.expected):
        return Expected(None, "no student has evidence", None)
    about = f"about {estimate.expected * estimate.students:,.0f} of {estimate.students:,}"
    return Expected(estimate.expected, f"80 % interval {percent_range(estimate.low, estimate.high)}", about)
