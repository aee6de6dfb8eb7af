"""base_rates.toml: national pass rates, and dated figures shown as context."""

from pydantic import Field

from pipelines.policy.strict import Fact, Strict


class BaseRate(Strict):
    group: str
    exam: str
    program: str
    first: bool
    year: int
    pass_percent: float = Field(alias="pass")


class StandIn(Strict):
    """The exam and program whose rates stand in for an exam and program without any."""

    exam: str
    program: str


class Context(Fact):
    """A dated national figure, shown as context of a failure; never a student's own chance."""

    about: str
    sentence: str
    year: int


class BaseRatesFile(Fact):
    """All of base_rates.toml: national pass rates, and national figures on failures."""

    rates: list[BaseRate] = Field(alias="rate")
    stand_in: StandIn
    context: list[Context]
