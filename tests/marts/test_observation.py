"""Which scores are evidence, and how much."""

import pytest

from pipelines.marts.model.scores_as_evidence import observations
from tests.marts.builders import POLICY, assessments, day


def test_an_epc_score_is_itself_with_one_standard_error_of_measurement() -> None:
    (row,) = observations(assessments({"score": 64.0}), POLICY).iter_rows(named=True)
    assert (row["epc"], row["se"], row["anchor"]) == (64.0, 4.0, True)


def test_a_retired_scale_and_a_cas_form_are_no_evidence() -> None:
    sheet = assessments(
        {"instrument": "CBSE", "scale": "two-digit", "score": 70.0},
        {"instrument": "CBSSA", "scale": "three-digit", "score": 215.0},
        {"instrument": "CAS", "scale": "percent", "score": 70.0},
    )
    assert observations(sheet, POLICY).is_empty()


def test_a_uwsa_on_either_scale_goes_through_its_own_line() -> None:
    sheet = assessments(
        {"instrument": "UWSA", "form": "1", "scale": "three-digit", "score": 216.0},
        {"instrument": "UWSA", "form": "2", "scale": "percent", "score": 66.0},
    )
    assert observations(sheet, POLICY).sort("form")["epc"].to_list() == [pytest.approx(69.0), 66.0]


@pytest.mark.parametrize(
    ("how", "se"),
    [
        ({}, 4.0), ({"pacing": "timed", "repeat": "no"}, 4.0), ({"pacing": "self-paced"}, 5.0),
        ({"repeat": "yes"}, 32**0.5), ({"pacing": "open-book", "repeat": "yes"}, 57**0.5),
    ],
)
def test_a_score_taken_otherwise_has_a_larger_error(how: dict[str, str], se: float) -> None:
    assert observations(assessments(how), POLICY)["se"].item() == pytest.approx(se)


def test_nothing_in_is_nothing_out() -> None:
    assert observations(assessments(), POLICY).is_empty()


def test_rows_come_sorted_by_student_and_day() -> None:
    sheet = assessments({"student_id": "B"}, {"student_id": "A", "taken_on": day(-1)}, {"student_id": "A"})
    rows = observations(sheet, POLICY).select("student_id", "taken_on").rows()
    assert rows == sorted(rows)
