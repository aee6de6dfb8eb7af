"""Lower, same and higher: taken for what they are, the two reference groups apart."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.marts.areas.area_marks import cut_off
from tests.marts.builders import areas, assessments, attempts, day, students, subjects_of
from tests.marts.test_subjects import LINE

FAILED = {"instrument": "Step 1", "form": ""}


def estimate(*rows: dict[str, Any], total: float = 66.0) -> dict[str, Any]:
    found = subjects_of(students({}), areas(*rows), assessments({"score": total}))
    return found.filter(area="Pathology").row(0, named=True)


@pytest.mark.parametrize(("above", "below"), [
    (-np.inf, 61.0), (69.0, np.inf), (61.0, 69.0), (90.0, np.inf), (-np.inf, 40.0),
])
def test_a_cut_off_normal_agrees_with_many_draws(above: float, below: float) -> None:
    truth = np.random.default_rng(0).normal(64, 6, 2_000_000)
    shown = truth + np.random.default_rng(1).normal(0, 4, truth.size)
    kept = truth[(shown > above) & (shown < below)]
    mean, variance = (float(v[0]) for v in cut_off(*(np.array([x]) for x in (64.0, 36.0, below, above, 16.0))))
    assert mean == pytest.approx(kept.mean(), abs=0.15 if kept.size > 1000 else 1.5)
    assert variance == pytest.approx(kept.var(), abs=0.5 if kept.size > 1000 else 6)


def test_lower_draws_an_estimate_down_higher_up_and_same_narrows_it() -> None:
    percent = {"score": 66.0, "items": 100}
    bare = estimate(percent)
    marked = {m: estimate(percent, {**FAILED, "relative": m}) for m in ("lower", "same", "higher")}
    assert marked["lower"]["estimate"] < bare["estimate"] - 0.5
    assert marked["higher"]["estimate"] > bare["estimate"] + 0.5
    assert marked["same"]["high"] - marked["same"]["low"] < bare["high"] - bare["low"]


def test_lower_than_low_passers_says_more_than_lower_than_first_takers() -> None:
    percent = {"score": 68.0, "items": 100}
    failed = estimate(percent, {**FAILED, "relative": "lower"}, total=68.0)
    first = estimate(percent, {"form": "31", "relative": "lower"}, total=68.0)
    assert failed["estimate"] < first["estimate"]
    assert (failed["lower_than_low_passers"], failed["lower_than_first_takers"]) == (1, 0)
    assert (first["lower_than_low_passers"], first["lower_than_first_takers"]) == (0, 1)


def test_lower_than_low_passers_is_a_form_below_the_comparison_and_lower_than_first_takers_is_not() -> None:
    percent = {"score": 63.0, "items": 60}
    assert estimate(percent, total=64.0)["weak"] is None
    assert estimate(percent, {**FAILED, "relative": "lower"}, total=64.0)["weak"] is True
    assert estimate(percent, {"form": "31", "relative": "lower"}, total=64.0)["weak"] is None


def test_a_mark_on_an_old_form_is_moved_by_what_the_total_gained_since() -> None:
    """The total rose by 20: a mark below first takers on the first form leaves room for a high area today."""
    totals = [{"score": s, "form": f, "taken_on": day(-d)} for s, f, d in ((50.0, "29", 120), (70.0, "30", 10))]
    people, sat = students({}), attempts()

    def marked(days: int) -> float:
        sheet = areas({"score": 70.0, "items": 60}, {"form": "x", "relative": "lower", "taken_on": day(-days)})
        return float(subjects_of(people, sheet, assessments(*totals), sat)["estimate"].item())

    assert marked(120) > marked(10) + 0.5


def test_a_mark_beside_a_percent_of_the_same_form_is_not_counted_twice() -> None:
    percent = {"score": 66.0, "items": 100}
    assert estimate({**percent, "relative": "lower"})["estimate"] == estimate(percent)["estimate"]


def test_a_failing_report_alone_gives_an_estimate_below_the_usual_total() -> None:
    sheet = areas({**FAILED, "relative": "lower"}, {**FAILED, "area": "Genetics", "relative": "same"})
    found = subjects_of(students({}), sheet, assessments())
    row = dict(zip(found["area"], found["estimate"], strict=True))
    assert row["Pathology"] < LINE
    assert row["Pathology"] < row["Genetics"]
    assert found["items"].sum() == 0
    assert found["forms"].to_list() == [1, 1]


def test_a_reference_group_on_the_sheet_is_where_the_mark_is_taken_from() -> None:
    percent = {"score": 70.0, "items": 100}
    near, far = (estimate(percent, {"form": "31", "relative": "lower", "reference": r}) for r in (60.0, 80.0))
    assert near["estimate"] < far["estimate"]


def test_marks_bring_estimates_nearer_the_truth() -> None:
    """Students with one form of few items, then a failing report that marks each area honestly."""
    draw, n = np.random.default_rng(3), 400
    truth = draw.normal(62, 8, n).clip(20, 95)
    area = np.clip(truth + draw.normal(0, 5, n), 5, 98)
    shown = 100 * draw.binomial(42, area / 100) / 42
    labels = np.where(shown < LINE - 4, "lower", np.where(shown > LINE + 4, "higher", "same"))
    ids = [f"{i:04d}" for i in range(n)]
    there = {"area": "Microbiology"}
    percents = [{"student_id": s, **there, "correct": int(c), "items": 30} for s, c in
                zip(ids, draw.binomial(30, area / 100), strict=True)]
    marks = [{"student_id": s, **FAILED, **there, "relative": str(m)} for s, m in zip(ids, labels, strict=True)]
    totals = assessments(*({"student_id": s, "score": float(t)} for s, t in
                           zip(ids, (truth + draw.normal(0, 3.3, n)).clip(0, 100), strict=True)))
    people, known = students(*({"student_id": s} for s in ids)), pl.DataFrame({"student_id": ids, "truth": area})

    def error(sheet: pl.DataFrame) -> float:
        found = subjects_of(people, sheet, totals).join(known, on="student_id")
        return float(((found["estimate"] - found["truth"]) ** 2).mean() ** 0.5)  # type: ignore[operator,arg-type]

    assert error(areas(*percents, *marks)) < 0.97 * error(areas(*percents))
