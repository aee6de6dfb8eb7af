"""The Evidence page: how often estimates came true, whether the standard moved, and rules tried on past classes."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from dashboard.data import evidence
from dashboard.pages.evidence import text
from dashboard.pages.evidence.charts import reliability
from dashboard.pages.student.chance_by_date import by_date
from pipelines.policy import Policy, changed
from pipelines.policy.rules import Rule, SchoolAdvice
from pipelines.store.home import Home
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.dashboard.pages import figures, opened, words


def test_the_page_shows_expected_and_actual_failures_with_denominators(app_home: Home) -> None:
    app = opened("evidence")
    page = words(app)
    assert "failures were expected and" in page
    assert [m.label for m in app.metric] == ["Failed", "Forecast error", "Ranking", "Failures caught"]
    assert "Class of 2028, Step 1: as expected" in page
    assert "class of 2029: too few outcomes to say" in page
    assert "Retakes, which start from the national rates: class of 2028" in page
    assert "of them before the last allowed attempt" in page
    assert "Never a student's own chance." in page


def test_a_rule_is_tried_by_moving_its_limit(app_home: Home) -> None:
    app = opened("evidence")
    before = [m.value for m in app.markdown if "would have flagged" in m.value]
    app.number_input[0].set_value(95).run()
    after = [m.value for m in app.markdown if "would have flagged" in m.value]
    assert before
    assert after != before
    assert "it would have missed" in after[0]


def test_an_empty_home_says_what_to_do(home: Home, serve_env: Callable) -> None:
    serve_env(home.root)
    assert "Evidence" not in [t.value for t in opened("evidence").title]


def test_no_group_smaller_than_policys_is_shown(app_home: Home, policy: Policy) -> None:
    drift = figures(app_home, policy).readiness.curve_in_use.failures_by_class
    shown = text.drift_table(drift, policy)
    assert drift["sat"].min() < policy.disclosure.smallest_group <= shown["sat"].min()  # type: ignore[operator]


@pytest.mark.parametrize(("verdict", "sentence"), [
    ("more_failures", "more failures than expected, 30 of 150 failed, 15 expected; one class cannot tell"),
    ("as_expected", "as expected, 30 of 150 failed, 15 expected"),
    ("too_few_to_say", "too few outcomes to say"),
])
def test_a_moved_standard_is_stated_with_how_chances_were_adjusted(
    verdict: str, sentence: str, policy: Policy
) -> None:
    row = {"exam": "Step 1", "first": True, "class_year": 2028, "sat": 150, "failed": 30, "expected": 15.0,
           "intercept": -0.7, "low": 8.0, "high": 22.0, "verdict_id": verdict}
    assert sentence in evidence.drift_claim(pl.DataFrame([row]), policy)


@pytest.mark.parametrize(("verdicts", "sentence"), [
    (["more_failures"] * 3, "so did all 3 classes judged, so it is the curve, not a moved standard"),
    (["as_expected", "more_failures", "more_failures"], "not so before the class of 2028, so the standard or"),
])
def test_a_shift_in_all_classes_is_the_curve_and_one_that_begins_with_a_class_is_not(
    verdicts: list[str], sentence: str, policy: Policy
) -> None:
    rows = [{"exam": "Step 1", "first": True, "class_year": 2027 + n, "sat": 150, "failed": 30, "expected": 15.0,
             "verdict_id": verdict} for n, verdict in enumerate(verdicts)]
    assert sentence in evidence.drift_claim(pl.DataFrame(rows), policy)


def test_those_before_their_last_allowed_attempt_are_counted(app_home: Home, policy: Policy) -> None:
    known = figures(app_home, policy)
    gone = known.students.filter(pl.col("status").is_in(["withdrawn", "graduated"]))["student_id"]
    last = known.retakes.filter("last_allowed", ~pl.col("student_id").is_in(gone.implode()))["student_id"].n_unique()
    assert last > 0
    assert f" {last} of them before the last allowed attempt" in evidence.retakers_now(known)


def test_a_row_of_the_reliability_diagram_is_a_sentence_with_its_interval(policy: Policy) -> None:
    checked = pl.DataFrame({"student_id": [str(n) for n in range(23)], "p_pass": [0.65] * 23,
                         "passed": [n < 15 for n in range(23)]})
    one_bin = changed(policy, "readiness", backtest=policy.readiness.backtest.model_copy(update={"edges": [0.6, 0.7]}))
    assert evidence.bin_texts(evidence.bins(checked, one_bin)) == [
        "Of 23 given a chance of 60–70 %, 15 passed: 65 %, 95 % interval 43–84 %."]


def test_the_command_prints_the_same_as_one_document_by_the_schools_own_rules(
    cli: Callable[..., SimpleNamespace], sample_home: Home
) -> None:
    wait = Rule(id="wait", kind="min_wait", exam="Step 1", months=3, wording="three months between", source="us",
                valid_from=AS_OF, school=True)
    sample_home.office.rules.save([wait], SchoolAdvice(), reason="ours", against=0, by=DR_OSEI, at=AT)
    done = cli("backtest", "--json", "--as-of", AS_OF.isoformat(), home=sample_home.root)
    assert done.status == 0
    assert [part["days_before"] for part in done.json["forecasts"]] == [60, 30, 14]
    for part in done.json["forecasts"]:
        (whole,) = part["all"]
        assert sum(row["attempts"] for row in part["reliability"]) <= whole["attempts"]
        assert whole["brier_p_pass"] < whole["brier_base_rate"]
        assert [row["group"] for row in part["by_attempt"]] == ["first attempts", "retakes"]
    assert done.json["in_force"]["Policy"]
    assert done.json["in_force"]["Attempt rules"].endswith("1 of the school's own")


def test_without_past_attempts_the_command_says_what_to_import(
    cli: Callable[..., SimpleNamespace], home: Home
) -> None:
    done = cli("backtest", home=home.root)
    assert (done.status, "import attempts and self-assessments" in done.out) == (0, True)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_charts_are_valid_and_draw_every_row(theme: str, policy: Policy) -> None:
    checked = pl.DataFrame({
        "student_id": [str(n) for n in range(40)], "p_pass": [0.4] * 20 + [0.9] * 20,
        "passed": [n % 3 > 0 for n in range(40)],
    })
    rows = evidence.bins(checked, policy)
    drawn = reliability(rows, theme).to_dict(validate=True)
    assert rows.height == 2
    assert sum(len(data) for data in drawn["datasets"].values()) == rows.height + 2
    path = pl.DataFrame({"day": [AS_OF, AS_OF + timedelta(days=7)], "p_pass": [0.5, 0.6],
                         "p_pass_low": [0.4, 0.5], "p_pass_high": [0.6, 0.7]})
    assert by_date(path, AS_OF, theme).to_dict(validate=True)["layer"]
    assert len(by_date(path, None, theme).to_dict(validate=True)["layer"]) == 2
