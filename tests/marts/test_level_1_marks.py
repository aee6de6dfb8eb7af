"""Level 1's Low, Average and High compare with first-time takers, come to passers too, and are of a report as long as
Level 1 was on its day."""

from datetime import date
from typing import Any

import pytest

from pipelines.marts.areas.area_marks import area_marks
from pipelines.marts.areas.subjects import subject_estimates
from tests.marts.builders import AS_OF, POLICY, areas, assessments, attempts, readiness_of, students
from tests.marts.level_1_marks import called_weak, merged_with_low_passers
from tests.marts.test_area_marks import FAILED, estimate

LEVEL_1 = {"instrument": "Level 1", "form": "", "relative": "lower"}


@pytest.mark.parametrize(("level", "promised"), [(66.0, 0.9), (74.0, 0.85)])
def test_of_the_areas_called_weak_after_a_level_1_report_few_are_wrong(level: float, promised: float) -> None:
    """Weak is a chance of 80 % or more: at least 85 % of the areas called so are, over all schools."""
    called, right = called_weak(POLICY, 1, level)
    assert called > 500
    assert right > promised * called
    merged, merged_right = called_weak(merged_with_low_passers(), 1, level)
    assert merged > 1.3 * called
    assert merged - merged_right > 1.9 * (called - right)


def test_marks_merged_with_low_passers_would_break_in_a_strong_school_what_weak_promises_in_each() -> None:
    called, right = called_weak(merged_with_low_passers(), 1, 74.0)
    assert right < 0.8 * called


def test_low_on_a_level_1_report_is_no_form_below_the_comparison() -> None:
    percent = {"score": 63.0, "items": 60}
    level_1 = estimate(percent, LEVEL_1, total=64.0)
    assert (level_1["lower_than_low_passers"], level_1["lower_than_first_takers"], level_1["weak"]) == (0, 1, None)
    assert estimate(percent, {**FAILED, "relative": "lower"}, total=64.0)["weak"] is True


def test_a_level_1_report_alone_does_not_say_that_the_student_failed() -> None:
    def pathology(instrument: str) -> float:
        sheet = areas({"instrument": instrument, "form": "", "relative": "same"})
        nobody = readiness_of(students({}), attempts(), assessments())
        found = subject_estimates(students({}), sheet, assessments(), nobody, AS_OF, POLICY)
        return float(found["estimate"].item())

    assert pathology("Level 1") > pathology("Step 1") + 3


@pytest.mark.parametrize(("exam", "on", "items"), [
    ("Level 1", date(2026, 4, 30), 352), ("Level 1", date(2026, 5, 1), 320),
    ("Step 1", date(2026, 5, 13), 280), ("Step 1", date(2026, 5, 14), 280),
])
def test_a_report_is_as_long_as_its_exam_was_on_that_day(exam: str, on: date, items: int) -> None:
    row: dict[str, Any] = {"instrument": exam, "form": "", "relative": "lower", "taken_on": on}
    fitted = readiness_of(students({}), attempts(), assessments())
    (n,) = area_marks(areas(row), fitted, on, POLICY)["n"]
    pathology = next(a.weight for a in POLICY.blueprint.areas if a.name == "Pathology")
    assert n == pytest.approx(items * pathology)


def test_osteopathic_principles_are_estimated_like_any_area() -> None:
    (omm,) = POLICY.blueprint.own_areas
    row = {"axis": "competency", "area": omm, "score": 40.0, "items": 40}
    sheet = assessments({"score": 66.0})
    fitted = readiness_of(students({}), attempts(), sheet)
    found = subject_estimates(students({}), areas(row), sheet, fitted, AS_OF, POLICY)
    assert found["area"].to_list() == [omm]
    assert found["estimate"].item() < 60
    assert found["weight"].item() == pytest.approx(0.12)
