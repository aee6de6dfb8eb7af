"""exams.toml: the exams, the program that sits each, and its passing standard."""

from datetime import date

from pipelines.policy.strict import Strict


class EarlierStandard(Strict):
    """A passing standard for tests before `until_day`."""

    until_day: date
    passing_standard: int
    source: str


class Exam(Strict):
    """An exam: its passing standard now and earlier, and the lowest and highest three-digit score that it reports."""

    name: str
    program: str
    source: str
    passing_standard: int
    score_range: tuple[int, int]
    earlier: list[EarlierStandard] = []
