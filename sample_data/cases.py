"""Students whose story is written out, so that every retake situation is there to look at.

Days count from as_of. Each case is given to a student of its class and program who was not ready at the first
sitting, and `recovery` is the EPC gained after each failure, so scores fit stories; `School.cases` lists who got which.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One story: past sittings as (day, outcome), then the planned day and what else the roster says."""

    name: str
    class_index: int
    sittings: list[tuple[int, str]]
    planned: int | None = None
    clerkship: int | None = None
    eligibility: tuple[int, int] | None = None
    status: str = "active"
    is_do: bool = False
    recovery: tuple[float, float, float] = (1.0, 1.0, 3.0)


CASES = [
    Case("one failed, no date", 0, [(-47, "fail")]),
    Case("one failed, retake planned", 0, [(-66, "fail")], planned=57, recovery=(11.0, 1.0, 1.0)),
    Case("one failed, on leave", 0, [(-52, "fail")], status="leave"),
    Case("eligibility ends before the planned date", 0, [], planned=61, eligibility=(-45, 46)),
    Case("two failed, no date", 1, [(-262, "fail"), (-95, "fail")], clerkship=218),
    Case("two failed, retake planned", 1, [(-275, "fail"), (-118, "fail")], planned=51, clerkship=162,
         recovery=(1.0, 8.0, 1.0)),
    Case("three failed, no date", 1, [(-300, "fail"), (-174, "fail"), (-61, "fail")], clerkship=260),
    Case("three failed, planned date the rules forbid", 1,
         [(-289, "fail"), (-160, "fail"), (-68, "fail")], planned=40, clerkship=190),
    Case("clerkship leaves no date that fits", 1, [(-281, "fail"), (-82, "fail")], clerkship=22),
    Case("one failed, one incomplete, retake planned", 1,
         [(-268, "fail"), (-109, "incomplete")], planned=36, clerkship=148),
    Case("one failed, retake awaiting its result", 1, [(-270, "fail"), (-11, "pending")], clerkship=120),
    Case("Level 1: two failed, retake planned", 1, [(-259, "fail"), (-104, "fail")],
         planned=64, clerkship=176, is_do=True, recovery=(1.0, 9.0, 1.0)),
    Case("last allowed attempt planned", 2,
         [(-655, "fail"), (-510, "fail"), (-241, "fail")], planned=44, clerkship=155,
         recovery=(1.0, 1.0, 7.0)),
    Case("out of attempts", 2, [(-661, "fail"), (-540, "fail"), (-437, "fail"), (-215, "fail")]),
    Case("passed at the fourth attempt", 2, [(-648, "fail"), (-530, "fail"), (-421, "fail"), (-198, "pass")],
         recovery=(1.0, 1.0, 6.0)),
]

FEWEST_STUDENTS = 40
"""Below this a class cannot hold its cases and still look like a class."""


def cases_table(student_of: dict[str, str]) -> str:
    """The stories and who has them, as README.md prints them."""
    rows = [
        f"| {c.name} | {c.class_index} | {student_of[c.name]} | {_told(c)} |" for c in CASES
    ]
    return "\n".join(["| story | class, 0 the current one | student | days from as_of |", "|---|---|---|---|", *rows])


def _told(case: Case) -> str:
    parts = [f"{outcome} {day}" for day, outcome in case.sittings]
    parts += [f"planned {case.planned}"] if case.planned else []
    parts += [f"clerkship {case.clerkship}"] if case.clerkship else []
    parts += [f"eligible {case.eligibility[0]} to {case.eligibility[1]}"] if case.eligibility else []
    return ", ".join(parts)
