"""Bands as glyph and word: beside a name, in a table, and as pills with counts."""

from typing import Any

import streamlit as st

from dashboard.shared import url_state
from dashboard.shared.theme import BANDS, band_mark


def band_badge(band: str) -> str:
    """The band as Markdown: `:red-badge[▼ At risk]`."""
    mark = band_mark(band)
    return f":{mark.badge}-badge[{mark.chip}]"


def band_pills(counts: dict[str, int], name: str = "band") -> list[str]:
    """Pills `▼ At risk 3`; the chosen words live in the address under `name`, none is all."""
    return url_state.many(name, "Band", counts, show=lambda band: band_mark(band).chip)


def band_column(label: str = "Band", width: int = 130) -> Any:
    """A table column for lists of one chip, each in its band's colour."""
    marks = list(BANDS.values())
    return st.column_config.MultiselectColumn(
        label, options=[m.chip for m in marks], color=[m.badge for m in marks], width=width
    )
