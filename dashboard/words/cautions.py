"""What an instrument's maker says against forecasts from its scores, and how such forecasts did at this school."""

from dashboard.words.formats import count
from pipelines.policy.instruments import Caution


def caution_text(caution: Caution, exam: str, past: tuple[int, int, float] | None, smallest_group: int) -> str:
    """The maker's own words, then the school's past attempts at the exam that had an earlier score: how many sat, how
    many failed and how many were expected to; None where none is known."""
    if past is None:
        here = f"No {exam} attempt with an earlier score is known here yet, so nothing here has tested this chance."
        return f"{caution.says}. {here}"
    sat, failed, expected = past
    if sat < smallest_group:
        here = f"Too few {exam} attempts with an earlier score are known here to test it."
    else:
        here = (f"Here, of {sat:,} {exam} attempts with an earlier score, {expected:.0f} were expected to fail and "
                f"{failed:,} did.")  # fmt: skip
    return f"{caution.says}. {here}"


def resting_on(students: int, instrument: str, exam: str) -> str:
    """`The Level 1 chances of 61 students rest on COMSAE.`"""
    chances = "chance" if students == 1 else "chances"
    rest = "rests" if students == 1 else "rest"
    return f"The {exam} {chances} of {count(students, 'student')} {rest} on {instrument}."
