"""What would change a chance: one more form, a delay; and who moved."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from pipelines.marts.risk.risk import expected_to_pass
from pipelines.marts.risk.what_changed import delayed, movers, next_score
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, readiness_of, risk_of, school, students


@pytest.mark.parametrize("end", ["low", "high"])
def test_a_further_score_moves_the_student_to_the_band_that_was_named(end: str) -> None:
    """A point inside each end: a new score moves the class a little too."""
    made = school(n=80)
    people = made.students.with_columns(planned_on=day(25))
    rows = risk_of(people, attempts(), made.assessments)
    row = rows.sort((rows["readiness"] - 64).abs()).row(0, named=True)
    steps = next_score(row, readiness_of(people, attempts(), made.assessments), POLICY)
    assert 0 < steps[0].low < steps[-1].high < 100
    assert all(then.low == now.high + 1 for now, then in pairwise(steps))
    inside = [s for s in steps if (s, end) not in [(steps[0], "low"), (steps[-1], "high")]]
    assert inside
    for s in inside:
        score = getattr(s, end) + (1 if end == "low" else -1)
        new = {"student_id": row["student_id"], "form": "99", "taken_on": AS_OF, "score": float(score)}
        after = risk_of(people, attempts(), made.assessments.vstack(assessments(new)))
        found = after.row(by_predicate=pl.col("student_id") == row["student_id"], named=True)
        assert found["band_id"] == s.band
        assert found["p_pass"] == pytest.approx(getattr(s, f"p_{end}"), abs=0.06)


@pytest.mark.parametrize(("end", "off"), [("low", -25), ("high", 25)])
def test_a_score_beyond_those_named_would_look_mistyped_and_hardly_count(end: str, off: int) -> None:
    made = school(n=80)
    rows = risk_of(made.students, attempts(), made.assessments)
    row = rows.sort((rows["readiness"] - 62).abs()).row(0, named=True)
    steps = next_score(row, readiness_of(made.students, attempts(), made.assessments), POLICY)
    beyond = {"low": steps[0].low, "high": steps[-1].high}[end] + off
    new = {"student_id": row["student_id"], "form": "99", "taken_on": AS_OF, "score": float(beyond)}
    after = risk_of(made.students, attempts(), made.assessments.vstack(assessments(new)))
    found = after.row(by_predicate=pl.col("student_id") == row["student_id"], named=True)
    assert abs(found["readiness"] - row["readiness"]) < 3
    assert "score_mistyped" in [reason["reason_id"] for reason in found["reasons"]]


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
