"""Rows of an attempts sheet that are no sitting: a no-show, a withdrawn or a canceled exam."""

import polars as pl

from pipelines.sheets.headers.header import Recognized

_WORDS = [
    r"no[ _-]*shows?", r"withdr[ae]wn?", r"withdrawal", "wd", "w/d", r"cancell?ed", "cancellation", "dns", "dnt",
    r"did[ _-]*not[ _-]*(?:sit|take|attend|show|test)", r"didn[’']?t[ _-]*(?:sit|take|attend|show|test)", "absent",
    r"not[ _-]*(?:sat|taken|attempted)", "deferred", "postponed", "rescheduled",
]
NO_SITTING = rf"(?i)^\W*(?:{'|'.join(_WORDS)})(?:\W|$)"


def is_no_sitting(header: Recognized) -> pl.Expr:
    """True where the outcome of an attempt says that nobody sat: such a row is no attempt, and no error."""
    place = header.place_of("outcome") if header.kind.name == "attempts" else None
    if place is None or place >= len(header.cells):  # melted rows have none of these (melting.py)
        return pl.lit(False)
    return pl.col(f"c{place}").str.contains(NO_SITTING).fill_null(False)
