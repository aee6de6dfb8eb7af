"""instruments.toml: self-assessments, their scales by date, and the conversion of scores to EPC."""

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from pipelines.policy.strict import Strict

Shape = Literal["circle", "square", "triangle-up", "diamond", "triangle-down", "triangle-right", "triangle-left",
                "cross"]  # fmt: skip


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
    """A kind of self-assessment, as sheets, figures, charts and forms use it.

    Without a conversion to EPC it is no evidence of readiness. `cross` is the default shape.
    """

    name: str
    spells: list[str]
    items: int
    anchor: bool
    shape: Shape = "cross"
    exam: str | None = None
    forms: list[str] = []
    scales: list[ScalePeriod]
    scale_range: dict[str, tuple[float, float]] = {}
    to_epc: dict[str, ToEpc] = {}


class InstrumentsFile(Strict):
    """All of instruments.toml: the instruments by name, the range of every scale, and errors larger than usual."""

    by_name: dict[str, Instrument]
    scale_range: dict[str, tuple[float, float]]
    larger_error: dict[str, float]

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, document: dict[str, Any]) -> dict[str, Any]:
        """The file's entries by name, with their own scales' ranges added to the shared ones. Raises ValueError for a
        scale without a range."""
        instruments = {entry["name"]: Instrument.model_validate(entry) for entry in document["instrument"]}
        ranges = dict(document["scale_range"])
        for instrument in instruments.values():
            ranges |= instrument.scale_range
        for instrument in instruments.values():
            named = {scale for period in instrument.scales for scale in period.any_of} | set(instrument.to_epc)
            if without := sorted(named - set(ranges)):
                raise ValueError(f"instruments.toml: {instrument.name} names the scale {without[0]}, which has no "
                                 "range: add scale_range to its entry.")  # fmt: skip
        return {"by_name": instruments, "scale_range": ranges, "larger_error": document["larger_error"]}
