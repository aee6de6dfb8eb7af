"""Numbers, dates and bands read as people write them."""

from datetime import date

import pytest

from dashboard.shared import theme
from dashboard.words import bands, formats
from pipelines.policy import load_policy


@pytest.mark.parametrize(
    ("rate", "words"), [(0.912, "91 %"), (0.004, "<1 %"), (0.996, ">99 %"), (1.0, ">99 %"), (None, "—")]
)
def test_a_chance_is_never_certain(rate, words):
    assert formats.percent(rate) == words


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.87, 0.95, "87–95 %"), (0.97, 0.999, "97–>99 %"), (0.002, 0.06, "<1–6 %"), (0.0, 0.005, "<1 %"),
     (0.995, 1.0, ">99 %"), (None, 0.5, "—")],
)
def test_an_interval_has_an_en_dash(low, high, words):
    assert formats.percent_range(low, high) == words


def test_minus_is_a_minus():
    assert formats.signed(-9.2) == "−9"
    assert formats.signed(8) == "+8"
    assert formats.signed(0) == "0"
    assert formats.whole(-0.3) == "0"


def test_near_days_leave_out_the_year():
    assert formats.near_day(date(2027, 2, 15), date(2027, 2, 1)) == "15 Feb"
    assert formats.near_day(date(2025, 2, 15), date(2027, 2, 1)) == "15 Feb 2025"
    assert formats.day(None) == "—"


def test_every_band_of_policy_has_a_mark_and_a_colour_in_both_themes():
    for band in load_policy().bands:
        assert bands.BANDS[band.name].glyph
        assert theme.LIGHT.band[band.name] != theme.DARK.band[band.name]


def test_bands_differ_in_shape_not_only_in_colour():
    assert len({bands.BANDS[b].shape for b in bands.PLOTTED}) == len(bands.PLOTTED)
