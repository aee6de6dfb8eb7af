"""exams.toml: the exams, the program that sits each, and its passing standard."""

from pipelines.policy.strict import Strict


class Exam(Strict):
    name: str
    program: str
    source: str
    passing_standard: int
