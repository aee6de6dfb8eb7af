"""Who is compared with the tutored, and from which day."""

from typing import Any

import polars as pl

from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.tutoring.comparison_groups import DAYS_A_YEAR, episodes
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, students

NOBODY = pl.DataFrame(schema={"student_id": pl.String, "on": pl.Date})


def starts(people: list[dict[str, Any]], tutored: dict[str, int], sat: pl.DataFrame | None = None,
           missed: pl.DataFrame = NOBODY) -> dict[str, tuple[str, int]]:  # fmt: skip
    """Each student's group and start in days from AS_OF, where `tutored` began that many days from AS_OF."""
    facts = Facts(students(*people), attempts() if sat is None else sat, observations(assessments(), POLICY))
    held = pl.DataFrame({"student_id": list(tutored), "held_on": [day(on) for on in tutored.values()]},
                        schema={"student_id": pl.String, "held_on": pl.Date})  # fmt: skip
    rows = episodes(facts, held, missed, AS_OF, POLICY.support.help)
    return {s: (of, (start - AS_OF).days) for s, start, of in rows.select("student_id", "start", "of").rows()}


def test_an_earlier_class_starts_as_long_before_its_exam() -> None:
    found = starts([{"student_id": "A", "planned_on": day(20)},
                    {"student_id": "B", "planned_on": day(-330), "class_year": 2028},
                    {"student_id": "C", "class_year": 2028},
                    {"student_id": "D", "planned_on": day(-1900), "class_year": 2024}], {"A": -40})  # fmt: skip
    assert found == {"A": ("tutored", -40), "B": ("earlier", -390), "C": ("earlier", -40 - DAYS_A_YEAR)}


def test_who_just_missed_hours_starts_on_that_day_unless_tutored_later() -> None:
    missed = pl.DataFrame({"student_id": ["A", "B", "gone"], "on": [day(-60), day(-50), day(-50)]})
    found = starts([{"student_id": "A"}, {"student_id": "B"}], {"A": -40}, missed=missed)
    assert found == {"A": ("tutored", -40), "B": ("missed", -50)}


def test_who_was_tutored_after_a_failure_is_compared_as_long_after_a_failure() -> None:
    sat = attempts({"student_id": "A", "taken_on": day(-100)}, {"student_id": "B", "taken_on": day(-200)},
                   {"student_id": "C", "taken_on": day(-200), "outcome": "pass"})  # fmt: skip
    found = starts([{"student_id": s} for s in "ABC"], {"A": -40}, sat)
    assert found == {"A": ("tutored", -40), "B": ("classmate", -140)}


def test_other_advisors_are_those_who_sent_a_tenth_at_most() -> None:
    people = [{"student_id": f"{advisor}{n}", "advisor": advisor} for advisor in "XY" for n in range(10)]
    found = starts([*people, {"student_id": "none"}], {"X0": -40, "X1": -40, "Y0": -40})
    assert {group for student, (group, _) in found.items() if student in ("X5", "none")} == {"classmate"}
    assert found["Y5"][0] == "advisor"


def test_a_few_tutored_in_an_earlier_class_leave_it_an_earlier_class() -> None:
    people = [{"student_id": f"{year}-{n}", "class_year": year} for year in (2028, 2029) for n in range(12)]
    found = starts(people, {"2028-0": -400, **{f"2029-{n}": -40 for n in range(6)}})
    assert found["2028-0"][0] == "tutored"
    assert {found[f"2028-{n}"][0] for n in range(1, 12)} == {"earlier"}


def test_nobody_is_compared_from_a_day_that_is_yet_to_come() -> None:
    people = [{"student_id": "A", "planned_on": day(20)}, {"student_id": "B", "planned_on": day(90)}]
    assert starts(people, {"A": -20})["A"] == ("tutored", -20)
    assert "B" not in starts(people, {"A": -20})
