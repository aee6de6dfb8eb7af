"""An advisor's band beside the computed one: justified, expiring, never overwritten by a figure."""

from datetime import date, timedelta

import polars as pl
import pytest

from pipelines.errors import DecisionRefused
from pipelines.store.home import Home
from tests.conftest import AS_OF, AT, DR_OSEI

UNTIL = AS_OF + timedelta(days=30)


def override(home: Home, band_id: str = "likely_ready", reason: str = "Passed a CBSE at another school",
             until: date = UNTIL) -> None:
    home.office.overrides.set_band(
        "00123",
        "Step 1",
        band_id=band_id,
        computed_band_id="at_risk",
        reason=reason,
        expires_on=until,
        by=DR_OSEI,
        at=AT,
    )


def test_an_override_is_in_force_with_its_reason_and_author_until_it_expires(home: Home) -> None:
    override(home)
    (row,) = home.office.overrides.rows(AS_OF).to_dicts()
    assert (row["band_id"], row["computed_band_id"], row["made_by"]) == ("likely_ready", "at_risk", "Dr Osei")
    assert home.office.overrides.rows(UNTIL).height == 1
    assert home.office.overrides.rows(UNTIL + timedelta(days=1)).is_empty()
    assert home.office.overrides.rows(AS_OF, "00124").is_empty()


def test_a_later_override_ends_the_earlier_one_and_can_be_ended(home: Home) -> None:
    override(home)
    override(home, band_id="borderline")
    (row,) = home.office.overrides.rows(AS_OF).to_dicts()
    assert row["band_id"] == "borderline"
    home.office.overrides.end(row["override_id"], by=DR_OSEI, at=AT)
    assert home.office.overrides.rows(AS_OF).is_empty()
    with pytest.raises(DecisionRefused, match="already"):
        home.office.overrides.end(row["override_id"], by=DR_OSEI, at=AT)


@pytest.mark.parametrize("how", [{"reason": "  "}, {"until": AT.date() - timedelta(days=1)}])
def test_an_override_without_a_reason_or_with_a_past_day_is_refused(home: Home, how: dict) -> None:
    with pytest.raises(DecisionRefused):
        override(home, **how)
    assert isinstance(home.office.overrides.rows(AS_OF), pl.DataFrame)
    assert home.office.overrides.rows(AS_OF).is_empty()
