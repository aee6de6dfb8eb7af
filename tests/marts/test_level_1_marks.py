"""Level 1's Low, Average and High compare with first-time takers, come to passers too, and are of a report as long as
Level 1 was on its day."""

from datetime import date
from typing import Any

import pytest

from pipelines.marts.areas.area_marks import area_marks
from pipelines.marts.areas.subjects import subject_estimates
from tests.marts.builders import AS_OF, POLICY, areas, assessments, students
from tests.marts.level_1_marks import called_weak, merged_with_low_passers
from tests.marts.test_area_marks import FAILED, estimate

LEVEL_1 = {"instrument": "Level 1", "form": "", "relative": "lower"}


@pytest.mark.parametrize("level", [66.0, 74.0])
def test_of_the_areas_called_weak_after_a_level_1_report_few_are_wrong(level: float) -> None:
    called, right = called_weak(POLICY, 1, level)
    assert called > 500
    assert right > 0.9 * called
    _, merged_right = merged = called_weak(merged_with_low_passers(), 1, level)
    assert merged_right / merged[0] < right / called - 0.08


def test_marks_merged_with_low_passers_called_more_than_a_quarter_of_weak_areas_wrongly_in_a_strong_school() -> None:
    called, right = called_weak(merged_with_low_passers(), 1, 74.0)
    assert right < 0.75 * called


def test_low_on_a_level_1_report_is_no_form_below_the_comparison() -> None:
    percent = {"score": 63.0, "items": 60}
    level_1 = estimate(percent, LEVEL_1, total=64.0)
    assert (level_1["lower_than_low_passers"], level_1["lower_than_first_takers"], level_1["weak"]) == (0, 1, None)
    assert estimate(percent, {**FAILED, "relative": "lower"}, total=64.0)["weak"] is True


def test_a_level_1_report_alone_does_not_say_that_the_student_failed() -> None:
    def pathology(instrument: str) -> float:
        sheet = areas({"instrument": instrument, "form": "", "relative": "same"})
        found = subject_estimates(students({}), sheet, assessments(), AS_OF, POLICY)
        return float(found["estimate"].item())

    assert pathology("Level 1") > pathology("Step 1") + 3


@pytest.mark.parametrize(("exam", "on", "items"), [
    ("Level 1", date(2026, 4, 30), 352), ("Level 1", date(2026, 5, 1), 320),
    ("Step 1", date(2026, 5, 13), 280), ("Step 1", date(2026, 5, 14), 280),
])
def test_a_report_is_as_long_as_its_exam_was_on_that_day(exam: str, on: date, items: int) -> None:
    row: dict[str, Any] = {"instrument": exam, "form": "", "relative": "lower", "taken_on": on}
    (n,) = area_marks(areas(row), on, POLICY)["n"]
    pathology = next(a.weight for a in POLICY.blueprint.areas if a.name == "Pathology")
    assert n == pytest.approx(items * pathology)


def test_osteopathic_principles_are_estimated_like_any_area() -> None:
    (omm,) = POLICY.blueprint.own_areas
    row = {"axis": "competency", "area": omm, "score": 40.0, "items": 40}
    found = subject_estimates(students({}), areas(row), assessments({"score": 66.0}), AS_OF, POLICY)
    assert found["area"].to_list() == [omm]
    assert found["estimate"].item() < 60
    assert found["weight"].item() == pytest.approx(0.12)
