"""A class's expected pass rate, in words."""

from dataclasses import dataclass
from math import isnan

import polars as pl

from dashboard.words.formats import percent_range
from pipelines.marts.risk.risk import expected_to_pass

EXPECTED_HELP = (
    "The mean chance of those with any evidence: passed counts as one, out of attempts as none. A model's estimate; "
    "the interval joins the doubt about the curve and each student's own coin."
)


@dataclass(frozen=True)
class Expected:
    """The class's expected rate as words; all None or `—` where nobody has evidence."""

    rate: float | None
    interval: str | None
    about: str | None


def expected(rows: pl.DataFrame) -> Expected:
    """The share expected to pass, its 80 % interval, and `about 144 of 158`."""
    found = expected_to_pass(rows)
    if isnan(found.expected):
        return Expected(None, "nobody has evidence", None)
    about = f"about {found.expected * found.students:,.0f} of {found.students:,}"
    return Expected(found.expected, f"80 % interval {percent_range(found.low, found.high)}", about)
