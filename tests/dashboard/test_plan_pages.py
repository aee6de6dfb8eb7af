"""The Plan page, and what the Retakes page says beside it, started as a browser starts them."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pipelines.home import Home
from pipelines.policy import Policy
from tests.conftest import AS_OF
from tests.dashboard.test_detail_pages import figures, opened, words


def button(app: AppTest, label: str) -> Any:
    return next(b for b in app.button if b.label == label)


def retaker(home: Home, policy: Policy, **wanted: Any) -> str:
    rows = figures(home, policy).retakes.filter(last_outcome="fail", **wanted)
    return str(rows.filter(pl.col("recommended_on").is_not_null()).item(0, "student_id"))


def test_a_retakers_plan_says_the_window_its_rule_and_the_suggestions(app_home: Home, policy: Policy) -> None:
    said = words(opened("plan", student=retaker(app_home, policy)))
    assert "Recommended: " in said
    assert "May sit from" in said
    assert "At least 2 months between attempts" in said
    assert "steps done" in said


def test_moving_the_date_past_the_deadline_is_said_with_what_resolves_it(app_home: Home, policy: Policy) -> None:
    rows = figures(app_home, policy).retakes.filter(pl.col("latest_on") > AS_OF, pl.col("recommended_on").is_not_null())
    row = rows.row(0, named=True)
    app = opened("plan", student=row["student_id"], exam=row["exam"])
    day = next(d for d in app.date_input if d.label == "If the student sits on")
    day.set_value(row["latest_on"] + timedelta(days=3)).run()
    assert not app.exception
    assert "Result would be late" in words(app)
    assert "Would resolve it" in words(app)


def test_a_step_is_recorded_with_who_and_when_and_taken_back(app_home: Home, policy: Policy) -> None:
    student = retaker(app_home, policy)
    app = opened("plan", student=student)
    app.button(key="step contact yes").click().run()
    assert not app.exception
    told = app_home.office.steps(student)
    assert told.select("step", "answer", "told_by").rows() == [("contact", "yes", "Dr Osei")]
    app.button(key="step contact ").click().run()
    assert app_home.office.steps(student).is_empty()


def test_study_days_noted_are_kept(app_home: Home, policy: Policy) -> None:
    student = retaker(app_home, policy)
    button(opened("plan", student=student), "Note as done").click().run()
    assert app_home.office.studied(student)["days"].to_list() == [policy.advice.block_days]


def test_study_blocks_follow_one_axis_and_the_other_is_a_choice(app_home: Home, policy: Policy) -> None:
    student = retaker(app_home, policy)
    names = {axis: {a.name for a in policy.areas if a.axis == axis} for axis in ("system", "discipline")}
    for word in ("System", "Discipline"):
        app = opened("plan", student=student, blocks=word)
        drawn = set(next(d.value for d in app.dataframe if "Subject" in d.value)["Subject"])
        assert drawn <= names[word.lower()]
        assert f"{word.lower()}s by weight × gap" in words(app)


def test_a_first_timer_has_the_same_page(app_home: Home, policy: Policy) -> None:
    rows = figures(app_home, policy).first_sittings.filter(pl.col("planned_on") > AS_OF)
    said = words(opened("plan", student=rows.item(0, "student_id")))
    assert "The plan up to" in said
    assert "readiness first" in said


@pytest.mark.parametrize("band", ["Passed", "Out of attempts"])
def test_nothing_is_planned_where_nothing_is_left(app_home: Home, policy: Policy, band: str) -> None:
    rows = figures(app_home, policy).retakes.filter(state=band)
    assert band in words(opened("plan", student=rows.item(0, "student_id"), exam=rows.item(0, "exam")))


def test_the_plan_of_nobody_asks_whose(app_home: Home) -> None:
    assert "Whose plan?" in words(opened("plan"))
    assert "No student has the ID" in words(opened("plan", student="nobody"))


@pytest.mark.parametrize("page", ["plan", "rules"])
def test_the_pages_stand_in_an_empty_home(home: Home, serve_env: Any, page: str) -> None:
    serve_env(home.root)
    opened(page)


def test_retakes_show_first_timers_and_one_attempt_number(app_home: Home) -> None:
    assert "first-timers" in words(opened("retakes", show="First-timers"))
    rows = opened("retakes", attempt="2nd attempt").dataframe[0].value
    assert set(rows["Used"]) == {1}


def test_reasons_of_few_are_not_shown(app_home: Home, policy: Policy) -> None:
    students = figures(app_home, policy).students
    assert "self-analysis: not shown" in words(opened("retakes", advisor=students["advisor"].drop_nulls()[0]))
