"""Pages where something is missing: no date, no gain, no day left."""

import polars as pl
import pytest

from dashboard.pages.exam_plan import text as plans
from dashboard.pages.student import text as student
from dashboard.pages.tutoring import text as tutoring
from pipelines.contracts.facts import Assessment
from pipelines.contracts.support import TutoringPair
from pipelines.marts.tutoring.assignment import EXTRA, WeekPlan
from pipelines.policy import Policy
from pipelines.store.home import Home
from tests.conftest import AS_OF
from tests.dashboard.pages import figures, opened, words

NO_SCORES = Assessment.create_empty()


def test_without_a_date_no_days_to_the_exam_are_counted(app_home: Home, policy: Policy) -> None:
    known = figures(app_home, policy)
    row = known.risk.filter(pl.col("p_pass").is_not_null(), test_on_basis_id="date_unknown").row(0, named=True)
    metrics = student.metrics(row, NO_SCORES, policy, AS_OF, has_results=True)
    assert (metrics[0].beside, metrics[-1].value, metrics[-1].beside) == ("if it were today", "—", "no date planned")
    page = words(opened("student", student=row["student_id"]))
    assert f"No date planned; today, at {row['readiness']:.0f} EPC" in page


def test_a_plan_without_a_day_left_says_so_instead_of_empty_tables(app_home: Home, policy: Policy) -> None:
    known = figures(app_home, policy)
    row = known.risk.filter(pl.col("p_pass").is_not_null(), test_on_basis_id="date_unknown").row(0, named=True)
    app = opened("exam_plan", student=row["student_id"])
    assert "No study day or self-assessment fits before that day." in words(app)
    assert not [table for table in app.dataframe if "Subject" in table.value.columns]


def solved() -> WeekPlan:
    none = TutoringPair.create_empty()
    return WeekPlan(none, none, 0.0, 0.0, 0, 45, None, pl.DataFrame(schema=EXTRA), [])


def test_a_student_who_gains_from_no_hour_is_named(policy: Policy) -> None:
    terms = policy.support.tutoring
    asking = pl.DataFrame({"student_id": ["S1"], "areas": [["Pathology"]]})
    assert tutoring.without_gain(solved(), asking, terms) == ["S1"]
    sentence = tutoring.quality(solved(), ["Abbott, Anna"])
    assert sentence == "The model expects no gain from an hour for Abbott, Anna: decide by hand."
    assert "no student went without hours" in tutoring.quality(solved(), [])
    assert tutoring.listed(list("abcdef")) == "a; b; c; d and 2 more"


@pytest.mark.parametrize(("state", "waits"), [("unmet", True), ("unknown", True), ("met", False), (None, False)])
def test_a_recommended_day_says_that_gates_come_first(state: str | None, waits: bool) -> None:
    sentence = plans.recommendation({"recommended_on": AS_OF, "gates_state_id": state})
    assert sentence == "Recommended: 22 Nov 2026 or later" + ", once the school’s gates are met" * waits


def test_retakers_who_passed_are_listed_without_an_empty_timeline(app_home: Home) -> None:
    app = opened("retakes", show="All with attempts", state="passed")
    assert "are drawn" not in words(app)
    assert "planned, contradicts a rule" not in words(app)
    assert app.dataframe[0].value.shape[0] == 319


def test_a_day_that_nobody_planned_is_shown_as_no_date(app_home: Home, policy: Policy) -> None:
    rows = figures(app_home, policy).risk.filter(pl.col("days_left") > 0)
    none = "no date planned"
    for basis, beside in [("planned_date", None), ("after_rest", none), ("class_window", none)]:
        row = rows.filter(test_on_basis_id=basis).row(0, named=True)
        metrics = student.metrics(row, NO_SCORES, policy, AS_OF, has_results=True)
        assert (metrics[-1].value, metrics[-1].beside) == (str(row["days_left"]), beside)


def test_before_any_result_of_the_school_the_range_is_the_headline(app_home: Home, policy: Policy) -> None:
    row = figures(app_home, policy).risk.filter(pl.col("p_pass").is_not_null()).row(0, named=True)
    row |= {"p_pass": 0.7, "p_pass_low": 0.5, "p_pass_high": 0.85}
    chance = student.metrics(row, NO_SCORES, policy, AS_OF, has_results=False)[0]
    assert (chance.value, chance.chip) == ("50–85 %", "no results of this school yet")
    chance = student.metrics(row, NO_SCORES, policy, AS_OF, has_results=True)[0]
    assert (chance.value, chance.chip) == ("70 %", "50–85 %")
