"""exams.toml: the exams, the program that sits each, its passing standard, its format and how long results take."""

from datetime import date

from pydantic import Field

from pipelines.policy.strict import Fact


class EarlierStandard(Fact):
    """A passing standard for tests before `until_day`."""

    until_day: date
    passing_standard: int


class ResultWait(Fact):
    """Days from a sitting to its result: typically there after `typical_days`, surely after `safe_days`, and never
    sooner than `from_days` where that is known."""

    from_days: int | None = None
    typical_days: int
    safe_days: int


class ExamFormat(Fact):
    """What a test is made of, from `valid_from` to `valid_to` (both included)."""

    valid_from: date | None = None
    valid_to: date | None = None
    items: int
    blocks: int | None = None
    block_minutes: int | None = None


class Exam(Fact):
    """An exam: its passing standard now and earlier, and the lowest and highest three-digit score that it reports."""

    name: str
    program: str
    passing_standard: int
    score_range: tuple[int, int]
    earlier: list[EarlierStandard] = []
    results: ResultWait
    formats: list[ExamFormat] = Field(alias="format")
