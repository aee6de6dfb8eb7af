"""The strip and the histogram are valid charts of the class."""

from datetime import date

import polars as pl
import pytest

from dashboard.pages.risk import text
from dashboard.pages.risk.charts import histogram, strip
from pipelines.contracts.readiness import Risk
from pipelines.policy import load_policy

POLICY = load_policy()


def class_of(students: int) -> pl.DataFrame:
    readiness = [42 + 45 * i / max(1, students - 1) for i in range(students)]
    return pl.DataFrame({
        "student_id": [f"s{i:05}" for i in range(students)],
        "name": [f"Student {i}" for i in range(students)],
        "band_id": [next(b.id for b in POLICY.readiness.bands if round(r) < b.below) for r in readiness],
        "readiness": readiness,
        "readiness_low": [r - 4 for r in readiness],
        "readiness_high": [r + 4 for r in readiness],
        "p_pass": [i / students for i in range(students)],
        "p_pass_low": [i / students / 2 for i in range(students)],
        "p_pass_high": [(i + 1) / students for i in range(students)],
        "test_on": [date(2027, 3, 1)] * students,
        "reasons": [[{"reason_id": "readiness", "epc": round(r), "from_low_pass": 0}] for r in readiness],
    }, schema_overrides={"reasons": Risk.columns()["reasons"].dtype})


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("draw", [strip, histogram])
def test_draws_a_valid_chart(draw, theme):
    chart = draw(text.plotted(class_of(120)), POLICY, theme).to_dict(validate=True)
    assert "brush" in {p["name"] for p in chart["params"]}
    assert chart["config"]["background"] == "transparent"


def test_one_student_is_a_chart_too():
    assert strip(text.plotted(class_of(1)), POLICY, "light").to_dict(validate=True)["layer"]


def test_the_histogram_grows_with_bins_not_students():
    drawn = (histogram(text.plotted(class_of(n)), POLICY, "light") for n in (500, 5000))
    few, many = (chart.to_dict(validate=True) for chart in drawn)
    assert len(str(many)) < 1.2 * len(str(few))


def test_a_drag_leaves_the_students_it_covers():
    rows = class_of(100)
    drawn = text.plotted(rows)
    assert text.within(rows, drawn, {"brush": {"rank": [0.6, 10.4]}, "pick": []})["student_id"].to_list() == [
        f"s{i:05}" for i in range(10)
    ]
    assert text.within(rows, drawn, {"brush": {"left": [49.6, 60.4]}})["readiness"].round().is_between(50, 60).all()


def test_a_click_leaves_one_student_and_nothing_leaves_all():
    rows = class_of(100)
    drawn = text.plotted(rows)
    assert text.within(rows, drawn, {"pick": [{"student_id": "s00007"}]}).height == 1
    assert text.within(rows, drawn, {"brush": {}, "pick": []}).height == 100
    assert text.within(rows, drawn, {}).height == 100


def test_the_claim_counts_whole_intervals():
    assert text.reach(text.plotted(class_of(1)), POLICY.readiness.low_pass) == (
        "1 of 1 student’s interval reaches into the low-pass range or below it"
    )
