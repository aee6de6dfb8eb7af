"""Bands and states as people read them: name and glyph, never color alone."""

from dataclasses import dataclass

import polars as pl

from dashboard.words.last_attempt import LAST_ALLOWED
from pipelines.contracts.readiness import Band
from pipelines.policy import Policy


@dataclass(frozen=True)
class BandMark:
    """What stands beside a band's name. `badge` is Streamlit's color word, `shape` Vega's."""

    glyph: str
    badge: str
    shape: str = "circle"


MARKS: dict[str, BandMark] = {
    Band.AT_RISK: BandMark("▼", "red", "triangle-down"),
    Band.BORDERLINE: BandMark("◆", "orange", "diamond"),
    Band.CLOSE_TO_MINIMUM: BandMark("■", "blue", "square"),
    Band.LIKELY_READY: BandMark("●", "green", "circle"),
    Band.ONLY_OLD_EVIDENCE: BandMark("◐", "gray"),
    Band.NO_EVIDENCE: BandMark("○", "gray"),
    Band.AWAITING_RESULT: BandMark("…", "gray"),
    Band.PASSED: BandMark("✓", "gray"),
    Band.OUT_OF_ATTEMPTS: BandMark("✕", "gray"),
    LAST_ALLOWED: BandMark("!", "red"),  # beside a band
}


OUTCOMES = {"pass": "✓", "fail": "✕", "incomplete": "◌", "pending": "…"}


def band_text(policy: Policy) -> pl.Expr:
    """The names of the column `band_id`."""
    return pl.col("band_id").replace_strict(policy.readiness.band_names, return_dtype=pl.String)


def chips(policy: Policy) -> dict[str, str]:
    """`▼ At risk` by the band's id, and `! Last allowed`, which stands beside a band."""
    names = {**policy.readiness.band_names, LAST_ALLOWED: "Last allowed"}
    return {band_id: f"{MARKS[band_id].glyph} {name}" for band_id, name in names.items()}
