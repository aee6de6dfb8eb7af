"""The order in which people are listed: by expected loss, which keeps what the chance alone would find."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.contracts.school_facts import Facts
from pipelines.marts.retakes.retakes import first_sittings
from pipelines.marts.risk.expected_loss import expected_loss
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, risk_of, students
from tests.marts.test_worlds import figured
from tests.marts.worlds import WORLDS, made

UNSEEN = [(world, 150 + n) for n, world in enumerate(WORLDS)][:6]  # of which nothing was chosen


def found_by(order: pl.Series, passed: np.ndarray, n: int) -> int:
    """Failures among the first `n`, largest first; those without a figure last."""
    at = order.fill_null(-1.0).arg_sort(descending=True)[:n].to_numpy()
    return int((~passed[at]).sum())


@pytest.mark.slow
def test_over_six_unseen_schools_the_first_hold_nearly_all_failures_that_the_chance_alone_finds() -> None:
    for n in (10, 20, 40):
        ours = alone = 0
        for world, seed in UNSEEN:
            school = made(world, seed)
            fitted, rows, seen = figured(school)
            windows = first_sittings(Facts(school.students, school.attempts, seen), fitted, school.as_of, POLICY)
            loss = rows.join(expected_loss(rows, windows, POLICY), on=["student_id", "exam"], how="left",
                             maintain_order="left")["expected_loss"]
            passed = school.passed[school.newest]
            ours += found_by(loss, passed, n)
            alone += found_by(1 - rows["p_pass"], passed, n)
        assert ours >= 0.95 * alone, n


def test_fewer_days_and_attempts_left_weigh_more_and_a_broken_rule_too() -> None:
    people = ["far", "near", "last", "broken"]
    risk = pl.DataFrame({"student_id": people, "exam": "Step 1", "danger": 0.5, "p_pass": 0.5,
                         "days_left": [100, 3, 100, 100]})
    windows = pl.DataFrame({"student_id": people, "exam": "Step 1", "attempts_left": [4, 4, 1, 4],
                            "last_allowed": [False, False, True, False],
                            "conflict_id": [None, None, None, "planned_too_early"]})
    found = {row["student_id"]: row for row in expected_loss(risk, windows, POLICY).iter_rows(named=True)}
    assert all(found[one]["expected_loss"] > found["far"]["expected_loss"] for one in ("near", "last", "broken"))
    assert [found[one]["pressing_id"] for one in people] == [None, None, "last_allowed", "date_breaks_rule"]


def without_evidence(outcomes: list[str], share: float) -> float | None:
    """The danger of one without evidence, in a class of whom `share` has it, after these outcomes of such students."""
    ids = [f"S{n:03d}" for n in range(20)]
    people = students(*({"student_id": i, "planned_on": day(40)} for i in ids),
                      *({"student_id": f"past {n}", "class_year": 2027} for n in range(len(outcomes))))
    sat = attempts(*({"student_id": f"past {n}", "taken_on": AS_OF - timedelta(days=300), "outcome": outcome}
                     for n, outcome in enumerate(outcomes)))
    sheet = assessments(*({"student_id": i, "score": 66.0} for i in ids[: round(20 * share)]))
    return risk_of(people, sat, sheet).filter(student_id="S019").item(0, "danger")


def test_students_without_evidence_come_first_unless_such_students_passed_here_or_few_have_any() -> None:
    assert without_evidence([], 0.8) == pytest.approx(0.9)
    assert without_evidence(["fail"] * 20, 0.8) > 0.95
    assert without_evidence(["pass"] * 40, 0.8) < 0.1
    assert without_evidence([], 0.3) is None
