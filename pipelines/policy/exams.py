"""exams.toml: the exams, whose program sits them, and their passing standard."""

from pipelines.policy.strict import Strict


class Exam(Strict):
    name: str
    program: str
    source: str
    passing_standard: int
