"""The day a chance is of: the planned one, or what stands in for it."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.risk.risk import risk
from pipelines.policy import changed
from pipelines.policy.rules import Rule
from tests.marts.builders import (
    AS_OF,
    NO_ATTEMPTS,
    POLICY,
    assessments,
    attempts,
    day,
    readiness_of,
    risk_of,
    risk_row,
    students,
)


def test_the_test_day_is_the_planned_one_then_the_classs_then_the_years_then_the_day_asked() -> None:
    basis = {}
    people = students(
        {"student_id": "A", "planned_on": day(50), "class_year": 2028}, {"student_id": "B", "class_year": 2028},
        {"student_id": "C", "class_year": 2030, "planned_on": day(-5)}, {"student_id": "D", "class_year": None},
    )
    for row in risk_of(people, NO_ATTEMPTS, assessments()).iter_rows(named=True):
        basis[row["student_id"]] = (row["test_on"], row["test_on_basis_id"])
    assert basis == {
        "A": (day(50), "planned_date"), "B": (day(50), "class_window"),
        "C": (date(2028, 3, 1), "usual_date"), "D": (AS_OF, "date_unknown"),
    }


def test_a_date_planned_up_to_the_last_attempt_was_that_attempts_so_a_retaker_rests_first() -> None:
    row = risk_row({"planned_on": AS_OF}, attempts({"taken_on": AS_OF}))
    assert (row["test_on"], row["test_on_basis_id"]) == (
        date(2027, 3, 15), "after_rest"
    )


def test_without_a_plan_the_end_of_the_classs_usual_window_is_the_day() -> None:
    """Nine in ten have planned by then; the tenth, late by a mistyped month, moves nobody."""
    planned = [{"student_id": f"P{n}", "planned_on": day(30 + n)} for n in range(9)]
    people = students({"student_id": "A"}, *planned, {"student_id": "P9", "planned_on": day(300)})
    row = risk_of(people, NO_ATTEMPTS, assessments({"student_id": "A"})).row(0, named=True)
    assert (row["student_id"], row["test_on"], row["test_on_basis_id"]) == (
        "A", day(38), "class_window"
    )


GATE = Rule(id="two", kind="gate", exam="Step 1", wording="two of 70", n=2, instruments=["CBSSA"], at_least=70, days=14,
            valid_from=date(2020, 1, 1), source="a school")  # fmt: skip


@pytest.mark.parametrize(("sat", "person", "expected"), [
    (NO_ATTEMPTS, {"class_year": None}, (day(14), "first_allowed")),
    (NO_ATTEMPTS, {"student_id": "S1"}, (day(14), "class_window")),
    (attempts({"taken_on": day(-60)}), {}, (day(14), "after_rest")),
    (attempts({"taken_on": day(-200)}), {"planned_on": day(7)}, (day(7), "planned_date")),
])
def test_a_day_nobody_planned_is_not_before_the_schools_gates(
    sat: pl.DataFrame, person: dict[str, Any], expected: tuple[date, str]
) -> None:
    gated = changed(POLICY, "rules", attempt_rules=[*POLICY.rules.attempt_rules, GATE])
    people = students(person, {"student_id": "S2", "planned_on": day(5)})
    sheet = assessments({})
    seen, readiness = observations(sheet, POLICY), readiness_of(people, sat, sheet)
    row = risk(Facts(people, sat, seen, sheet), readiness, AS_OF, gated).row(0, named=True)
    assert (row["test_on"], row["test_on_basis_id"]) == expected
    ungated = risk(Facts(people, sat, seen), readiness, AS_OF, POLICY).row(0, named=True)
    assert ungated["test_on"] <= row["test_on"]


def test_a_retaker_free_to_sit_is_taken_to_sit_on_the_day_asked() -> None:
    row = risk_row({"class_year": 2027}, attempts({"taken_on": day(-300)}))
    assert (row["test_on"], row["test_on_basis_id"]) == (AS_OF, "date_unknown")


def test_a_pending_result_is_what_the_chance_is_about() -> None:
    row = risk_row(sat=attempts({"outcome": "pending", "taken_on": day(-3)}))
    assert (row["test_on"], row["days_left"]) == (day(-3), None)
    first = row["reasons"][0]
    assert (first["reason_id"], first["sat_exam"], first["on"]) == ("result_awaited", "Step 1", day(-3))


def test_without_any_date_of_its_class_a_student_is_taken_to_sit_when_the_class_before_did() -> None:
    ids = [f"past {n:02d}" for n in range(21)]
    people = students({"student_id": "S", "class_year": 2029, "planned_on": None},
                      *({"student_id": i, "class_year": 2028, "planned_on": None} for i in ids))
    sat = attempts(*({"student_id": i, "taken_on": date(2026, 4, 1) + timedelta(days=n), "outcome": "pass"}
                     for n, i in enumerate(ids)))
    row = risk_of(people, sat, assessments({"student_id": "S"})).filter(student_id="S").row(0, named=True)
    assert (row["test_on"], row["test_on_basis_id"]) == (date(2027, 4, 11), "earlier_classes")
