"""After a failure: overdue steps, and the common causes in self-analyses."""

import polars as pl

from dashboard.words.after_failure import self_analysis_lines
from pipelines.contracts.facts import SelfAnalysis
from pipelines.marts.retakes.after_failure import common_causes, errors_by_kind, failure_steps
from pipelines.office.exam_plans import STEP_COLUMNS
from tests.marts.builders import AS_OF, POLICY, _frame, attempts, day

NONE_RECORDED = pl.DataFrame(schema=STEP_COLUMNS)
STEPS = len(POLICY.plans.steps)


def sheets(*rows: dict) -> pl.DataFrame:
    default = {"student_id": "S1", "exam": "Step 1", "taken_on": day(-30)}
    return _frame(SelfAnalysis, [{**default, **row} for row in rows])


def test_steps_are_due_by_days_after_the_failure_and_surface_when_overdue() -> None:
    rows = failure_steps(attempts({"taken_on": day(-10)}), NONE_RECORDED, AS_OF, POLICY)
    assert rows.height == STEPS
    assert rows.filter(state="overdue")["step"].to_list() == ["contact", "rotations", "support"]


def test_a_step_that_was_recorded_is_done_with_who_and_when() -> None:
    recorded = pl.DataFrame(
        [
            {
                "student_id": "S1",
                "exam": "Step 1",
                "failed_on": day(-10),
                "step": "support",
                "answer": "no",
                "recorded_at": None,
                "recorded_by": "Dr Osei",
            }
        ],
        schema=STEP_COLUMNS,
    )
    steps = failure_steps(attempts({"taken_on": day(-10)}), recorded, AS_OF, POLICY)
    row = steps.filter(step="support").row(0, named=True)
    assert (row["state"], row["answer"], row["recorded_by"]) == ("done", "no", "Dr Osei")


def test_only_a_newest_attempt_that_failed_needs_steps() -> None:
    sat = attempts({"taken_on": day(-90)}, {"taken_on": day(-10), "outcome": "pass"})
    assert failure_steps(sat, NONE_RECORDED, AS_OF, POLICY).is_empty()
    assert failure_steps(attempts({"taken_on": day(10)}), NONE_RECORDED, AS_OF, POLICY).is_empty()


def test_confidence_is_read_against_the_result() -> None:
    assert self_analysis_lines({"confidence": 4}, "fail", "far", POLICY) == [
        "Confidence 4 of 5; failed, far from passing: confidence and result disagree"
    ]
    assert self_analysis_lines({"confidence": 2}, "fail", None, POLICY) == ["Confidence 2 of 5; failed"]
    assert self_analysis_lines({"confidence": None}, "fail", None, POLICY) == []


def test_each_cause_suggests_a_change_of_plan() -> None:
    assert self_analysis_lines({"studied_alone": "yes", "anxiety": "no", "resources": 7}, None, None, POLICY) == [
        "7 resources: more than 4 is an overload",
        "Studied alone: a tutor or a study partner, weekly",
    ]


def test_kinds_of_error_are_summed_where_a_sheet_gives_them() -> None:
    topics = pl.DataFrame(
        {"error_type": ["time", "time", None], "missed": [2, 3, 9], "seen_on": [None, day(-1), None]},
        schema={"error_type": pl.String, "missed": pl.Int32, "seen_on": pl.Date},
    )
    assert errors_by_kind(topics, AS_OF).rows() == [("time", 5)]


def test_the_classs_commonest_reasons_are_suppressed_when_few() -> None:
    def group(yes: int, no: int) -> pl.DataFrame:
        rows = [{"student_id": str(n), "anxiety": "yes" if n < yes else "no"} for n in range(yes + no)]
        return common_causes(sheets(*rows), AS_OF, POLICY)

    assert group(4, 5).is_empty()
    assert group(12, 11).row(0) == ("anxiety", 12, 23)
    for yes, no in ((9, 20), (20, 9), (25, 0)):
        assert group(yes, no).filter(cause_id="anxiety").row(0)[1:] == (None, None)


def test_only_the_newest_sheet_of_a_student_counts() -> None:
    rows = [{"student_id": str(n % 15), "taken_on": day(-n), "knowledge": "yes"} for n in range(45)]
    assert common_causes(sheets(*rows), AS_OF, POLICY)["answered"].drop_nulls().is_empty()
