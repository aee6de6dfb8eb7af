"""instruments.toml: self-assessments, their scales by date, and how a score becomes EPC."""

from datetime import date

from pydantic import Field

from pipelines.policy.strict import Strict


class ScalePeriod(Strict):
    """From `from_day` on, the instrument reports on one of these scales."""

    from_day: date = Field(alias="from")
    any_of: list[str]


class ToEpc(Strict):
    """epc = at_epc + slope * (score - at_score), one standard error `se`, common offset sd `bias_sd`."""

    at_score: float
    at_epc: float
    slope: float
    se: float
    bias_sd: float
    source: str
    assumption: bool = False


class Instrument(Strict):
    """A self-assessment: its names, items, scales by date, and conversions (none: no evidence of readiness)."""

    name: str
    spells: list[str]
    items: int
    anchor: bool
    scales: list[ScalePeriod]
    to_epc: dict[str, ToEpc] = {}
