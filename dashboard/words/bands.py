"""Bands and states as people read them: word and glyph, never color alone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BandMark:
    """How a band is told: glyph + word, never colour alone. `badge` is Streamlit's colour word."""

    word: str
    glyph: str
    badge: str
    shape: str

    @property
    def chip(self) -> str:
        return f"{self.glyph} {self.word}"


BANDS = {
    b.word: b
    for b in [
        BandMark("At risk", "▼", "red", "triangle-down"),
        BandMark("Borderline", "◆", "orange", "diamond"),
        BandMark("Close to minimum", "■", "blue", "square"),
        BandMark("Likely ready", "●", "green", "circle"),
        BandMark("Only old evidence", "◐", "gray", "circle"),
        BandMark("No evidence", "○", "gray", "circle"),
        BandMark("Awaiting result", "…", "gray", "circle"),
        BandMark("Passed", "✓", "gray", "circle"),
        BandMark("Out of attempts", "✕", "gray", "circle"),
    ]
} | {"Last allowed attempt": BandMark("Last allowed", "!", "red", "circle")}


PLOTTED = ["At risk", "Borderline", "Close to minimum", "Likely ready"]


INSTRUMENT_SHAPES = {"CBSSA": "circle", "CBSE": "square", "UWSA": "triangle-up", "Free 120": "diamond"}


OUTCOMES = {"pass": "✓", "fail": "✕", "incomplete": "◌", "pending": "…"}


def band_mark(word: str) -> BandMark:
    """The mark of a band or state; a word that policy adds later still gets a plain one."""
    return BANDS.get(word, BandMark(word, "·", "gray", "circle"))
