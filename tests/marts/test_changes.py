"""What would change a chance: one more form, a delay; and who moved."""

from datetime import timedelta

import numpy as np
import pytest

from pipelines.marts.changes import delayed, movers, next_score
from pipelines.marts.risk import expected_to_pass
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, readiness_of, risk_of, school, students

PLAN = students({"planned_on": day(25)})
SHEET = assessments({"score": 63.0}, {"form": "31", "taken_on": day(-60), "score": 60.0})


@pytest.mark.parametrize("end", ["low", "high"])
def test_a_further_score_moves_the_student_to_the_band_that_was_said(end: str) -> None:
    row = risk_of(PLAN, attempts(), SHEET).row(0, named=True)
    said = next_score(row, readiness_of(PLAN, attempts(), SHEET), POLICY)
    assert [s.band for s in said] == [b.name for b in POLICY.bands if b.name in {s.band for s in said}]
    assert (said[0].low, said[-1].high) == (0, 100)
    for now, then in zip(said, said[1:], strict=False):
        assert then.low == now.high + 1
    inside = [s for s in said if 20 < getattr(s, end) < 95]
    assert inside
    for s in inside:
        more = SHEET.vstack(assessments({"form": "32", "taken_on": AS_OF, "score": float(getattr(s, end))}))
        after = risk_of(PLAN, attempts(), more).row(0, named=True)
        assert after["band"] == s.band
        assert after["p_pass"] == pytest.approx(getattr(s, f"p_{end}"), abs=0.03)


def test_without_a_chance_no_score_is_named() -> None:
    row = risk_of(students({}), attempts(), assessments()).row(0, named=True)
    assert next_score(row, readiness_of(students({}), attempts(), assessments()), POLICY) == []


def test_delaying_the_weakest_raises_the_expected_rate_and_delaying_nobody_changes_nothing() -> None:
    made = school(n=80)
    people = made.students.with_columns(planned_on=day(20))
    rows = risk_of(people, attempts(), made.assessments)
    fitted = readiness_of(people, attempts(), made.assessments)
    rate = expected_to_pass(rows)
    assert delayed(rows, 0, 42, fitted) == rate
    few, many = (delayed(rows, n, 42, fitted) for n in (5, 20))
    assert rate.expected < few.expected < many.expected
    assert many.students == rate.students


def test_those_who_moved_most_are_named_falls_first() -> None:
    made = school(n=60)
    before = risk_of(made.students, attempts(), made.assessments, AS_OF - timedelta(days=30))
    now = risk_of(made.students, attempts(), made.assessments)
    found = movers(before, now, 8)
    assert len(found) == 8
    assert found["moved"].is_sorted()
    assert np.allclose(found["moved"], found["p_pass"] - found["was"])
    both = now.join(before, on=["student_id", "exam"], suffix="_was")
    largest = (both["p_pass"] - both["p_pass_was"]).abs().max()
    assert found["moved"].abs().max() == pytest.approx(largest)
