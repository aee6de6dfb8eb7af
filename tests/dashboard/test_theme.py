"""Numbers, dates and bands read as people write them."""

from datetime import date

import pytest

from dashboard.shared import theme
from dashboard.words import bands, formats
from dashboard.words.last_attempt import LAST_ALLOWED
from pipelines.contracts.readiness import SCORED_BANDS, Band
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


def test_policy_names_every_band_and_state_the_bands_from_the_lowest_up():
    policy = load_policy()
    assert list(policy.readiness.band_names) == [*SCORED_BANDS, *(b for b in Band if b not in SCORED_BANDS)]
    assert [band.below for band in policy.readiness.bands] == sorted(band.below for band in policy.readiness.bands)


def test_every_band_and_state_has_one_mark_and_a_color_in_both_themes():
    assert set(bands.MARKS) == {*Band, LAST_ALLOWED} == set(bands.chips(load_policy()))
    assert set(theme.LIGHT.band) == set(theme.DARK.band) == set(Band)
    assert all(theme.LIGHT.band[band] != theme.DARK.band[band] for band in Band)


def test_bands_differ_in_glyph_and_shape_not_only_in_color():
    assert len({mark.glyph for mark in bands.MARKS.values()}) == len(bands.MARKS)
    assert len({bands.MARKS[band].shape for band in SCORED_BANDS}) == len(SCORED_BANDS)
