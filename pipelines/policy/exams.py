"""exams.toml: the exams, whose programme sits them, and their passing standard."""

from pipelines.policy.strict import Strict


class Exam(Strict):
    name: str
    programme: str
    source: str
    passing_standard: int
