"""The last allowed attempt reads the same on every page that shows a student who faces it."""

from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.data.roster import enrolled
from dashboard.pages.retakes.text import bars, in_order, named_rows
from dashboard.words.last_attempt import BADGE, MARK, noted
from pipelines.contracts.retakes import CLOSED_STATES
from pipelines.policy import Policy
from pipelines.store.home import Home
from tests.conftest import AS_OF
from tests.dashboard.conftest import raise_flags
from tests.dashboard.pages import figures, opened, words


@pytest.fixture
def facing(app_home: Home, policy: Policy) -> dict[str, Any]:
    """An enrolled student who faces the last allowed attempt at an exam, with an area known."""
    known = figures(app_home, policy)
    last = known.retakes.filter(pl.col("last_allowed"), ~pl.col("state_id").is_in(CLOSED_STATES))
    people = enrolled(known.students).select("student_id", "class_year", "advisor")
    with_areas = known.subjects.select("student_id").unique()
    return last.join(people, on="student_id").join(with_areas, on="student_id").sort("latest_on").row(0, named=True)


def noted_ids(app: AppTest, column: str) -> set[str]:
    """IDs of the rows that a page's tables mark."""
    tables = [d.value for d in app.dataframe if "Note" in d.value.columns and column in d.value.columns]
    assert tables
    return {str(i) for table in tables for i, note in zip(table[column], table["Note"], strict=True) if note == MARK}


def test_on_student_and_plan_it_is_a_badge(facing: dict[str, Any]) -> None:
    for page in ("student", "exam_plan"):
        assert BADGE in words(opened(page, student=facing["student_id"], exam=facing["exam"]))


def test_on_today_it_stands_beside_the_name(app_home: Home, facing: dict[str, Any]) -> None:
    raise_flags(app_home, [facing["student_id"]])
    assert BADGE in words(opened("today", whose="Office", why="last_allowed"))


def test_on_risk_it_is_a_chip(facing: dict[str, Any]) -> None:
    table = opened("risk", **{"class": str(facing["class_year"]), "exam": facing["exam"]}).dataframe[0].value
    assert any("! Last allowed" in list(cell) for cell in table["Band"])


def test_on_retakes_it_is_a_note_a_filter_and_on_the_timeline(
    app_home: Home, policy: Policy, facing: dict[str, Any]
) -> None:
    assert facing["student_id"] in noted_ids(opened("retakes"), "ID")
    drawn = bars(in_order(named_rows(figures(app_home, policy))), AS_OF).filter(student_id=facing["student_id"])
    assert "last!" in drawn.item(0, "label")
    kept = opened("retakes", attempt="last").dataframe[0].value
    assert set(kept["Note"]) == {MARK}
    assert set(kept["Left"]) == {1}


def test_on_subjects_it_is_a_note_beside_the_student(facing: dict[str, Any]) -> None:
    app = opened("subjects", **{"class": str(facing["class_year"]), "advisor": str(facing["advisor"])})
    assert app.dataframe[0].value.columns[:3].to_list() == ["student_id", "Student", "Note"]
    assert (app.dataframe[0].value["Note"] == MARK).any()


def test_on_tutoring_it_is_a_note_beside_the_student(app_home: Home, facing: dict[str, Any]) -> None:
    raise_flags(app_home, [facing["student_id"]])
    assert facing["student_id"] in noted_ids(opened("tutoring"), "ID")


def test_only_those_before_it_are_marked() -> None:
    retakes = pl.DataFrame({"student_id": ["A", "B"], "last_allowed": [True, False]})
    rows = pl.DataFrame({"student_id": ["A", "B", "C"], "hours": [1, 2, 3]})
    assert noted(rows, retakes).rows() == [("A", 1, MARK), ("B", 2, None), ("C", 3, None)]
