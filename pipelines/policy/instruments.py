"""instruments.toml: self-assessments, their scales by date, and the conversion of scores to EPC."""

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from pipelines.policy.strict import Fact, Strict

Shape = Literal["circle", "square", "triangle-up", "diamond", "triangle-down", "triangle-right", "triangle-left",
                "cross"]  # fmt: skip


class ScalePeriod(Strict):
    """From `from_day` on, the instrument reports on one of these scales."""

    from_day: date = Field(alias="from")
    any_of: list[str]


class ToEpc(Fact):
    """epc = at_epc + slope * (score - at_score), one standard error `se`, common offset sd `bias_sd`; forms
    differ from it by `form_sd`. The error counts as much as `error_worth` of a school's own scores."""

    at_score: float
    at_epc: float
    slope: float
    se: float
    bias_sd: float
    form_sd: float
    error_worth: float


class Alias(Fact):
    """Other names that sheets use for an instrument, or for one form of it."""

    instrument: str
    form: str = ""
    spells: list[str]


class Caution(Fact):
    """What the maker says against using its scores as a forecast, shown beside every chance that rests on them."""

    says: str = Field(min_length=1)
    used_form: str = ""


class Instrument(Strict):
    """A kind of self-assessment, as sheets, figures, charts and forms use it.

    Without a conversion to EPC it is no evidence of readiness. `cross` is the default shape. One that `takes_labels`
    stands for exams that no instrument is: a school's own, each with its offset, or those kept without being evidence.
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
    caution: Caution | None = None
    takes_labels: Literal["own", "kept"] | None = None


class InstrumentsFile(Fact):
    """All of instruments.toml: the instruments by name, their other names, the range of every scale, and errors larger
    than usual; and the office's meanings of unknown names: each with its instrument and form."""

    by_name: dict[str, Instrument]
    aliases: list[Alias] = []
    labels: dict[str, tuple[str, str]] = {}
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
        aliases = document.get("alias", [])
        if unknown := {alias["instrument"] for alias in aliases} - set(instruments):
            raise ValueError(f"instruments.toml: an alias names {min(unknown)}, which is no instrument.")
        of_file = {name: document[name] for name in Fact.model_fields if name in document}
        return {**of_file, "by_name": instruments, "aliases": aliases, "scale_range": ranges,
                "larger_error": document["larger_error"]}

    def taking_labels(self, how: Literal["own", "kept"]) -> str:
        """The instrument of the school's own exams, or of those that are kept."""
        return next(one.name for one in self.by_name.values() if one.takes_labels == how)
