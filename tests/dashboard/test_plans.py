"""A student's plan and what-if, and the school's rules that they follow."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from dashboard.data.exam_plans import day_to_ask, day_to_plan_for, student_plan, windows_of
from dashboard.data.figures import Change, Figures, figures_of, what_if
from dashboard.data.warehouse import Warehouse
from dashboard.pages.exam_plan.text import blocks_table
from dashboard.pages.rules.text import changed_windows
from pipelines.contracts.retakes import MIXED_AREAS, PlanBasis, WindowState
from pipelines.contracts.school_facts import Facts
from pipelines.errors import DecisionRefused, StaleDecision
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.risk.risk import chance_by_date
from pipelines.office import NewPlan, as_rules
from pipelines.policy import Policy
from pipelines.policy.rules import SchoolAdvice
from pipelines.store.home import Home
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.marts.builders import assessments
from tests.marts.test_one_student import tolerance

LATER = AT + timedelta(days=1)


@pytest.fixture(scope="module")
def sample(sample_root: Any, policy: Policy) -> tuple[Home, Figures, pl.DataFrame]:
    home = Home(sample_root)
    build = home.current()
    assert build is not None
    warehouse = Warehouse(build.path)
    return home, figures_of(warehouse, AS_OF, policy), warehouse.assessments()


def retaker(figures: Figures, **wanted: Any) -> dict[str, Any]:
    rows = figures.retakes.filter(**wanted) if wanted else figures.retakes
    return rows.filter(pl.col("recommended_on").is_not_null(), pl.col("latest_on").is_not_null()).row(0, named=True)


def test_moving_the_date_moves_the_chance_and_what_contradicts(sample: Any) -> None:
    _, figures, _ = sample
    row = retaker(figures)
    who = (row["student_id"], row["exam"])
    near = what_if(figures, *who, Change(sits_on=row["earliest_on"]))
    late = what_if(figures, *who, Change(sits_on=row["latest_on"] + timedelta(days=1)))
    assert near
    assert late
    assert near.p_pass is not None
    assert late.p_pass is not None
    assert late.window["state_id"] == WindowState.RESULT_LATE
    assert "Move the date" in late.window["resolve"]
    unchanged = what_if(figures, *who, Change())
    assert unchanged
    assert {name: unchanged.window[name] for name in row} == row


def test_a_better_score_raises_the_chance_and_deferring_a_clerkship_moves_the_deadline(sample: Any) -> None:
    _, figures, _ = sample
    row = retaker(figures)
    who = (row["student_id"], row["exam"])
    day = row["recommended_on"]
    score = assessments({"student_id": row["student_id"], "taken_on": AS_OF, "score": 90.0, "form": "99"})
    before, after = what_if(figures, *who, Change(day)), what_if(figures, *who, Change(day, score))
    assert before
    assert after
    assert after.p_pass > before.p_pass  # type: ignore[operator]
    deferred = what_if(figures, *who, Change(day, clerkship_starts_on=row["clerkship_starts_on"] + timedelta(days=60)))
    assert deferred
    assert deferred.window["latest_on"] >= row["latest_on"]


def test_an_added_score_is_within_the_tolerance_of_refitting_the_class(sample: Any) -> None:
    _, figures, _ = sample
    rows = figures.retakes.filter(pl.col("earliest_on").is_not_null()).gather_every(4)
    day = AS_OF + timedelta(days=40)
    for row, score in zip(rows.iter_rows(named=True), [40.0, 85.0] * rows.height, strict=False):
        who = (row["student_id"], row["exam"])
        added = assessments({"student_id": who[0], "taken_on": AS_OF, "score": score, "form": "99"})
        alone = what_if(figures, *who, Change(day, added))
        assert alone
        seen = figures.observations
        more = pl.concat([seen, observations(added, figures.policy).select(seen.columns)])
        whole = fit_readiness(Facts(figures.students, figures.attempts, more), AS_OF, figures.policy)
        refitted = chance_by_date(*who, whole, [day], figures.policy).row(0, named=True)
        for name in ("p_pass", "p_pass_low", "p_pass_high"):
            assert getattr(alone, name) == pytest.approx(refitted[name], abs=tolerance(figures.readiness, whole))


def test_the_saved_plan_stands_before_the_rosters_day_and_is_kept_with_who_and_why(
    sample_home: Home, sample: Any
) -> None:
    _, figures, taken = sample
    row = retaker(figures)
    plan = NewPlan(
        row["student_id"], row["exam"], AS_OF + timedelta(days=70), AS_OF, "Target reached", "72 %", ["First Aid"], 0
    )
    sample_home.office.exam_plans.save(plan, by=DR_OSEI, at=AT)
    saved = sample_home.office.exam_plans.saved(row["student_id"])
    assert saved.select("reason", "saved_by", "shown").rows() == [("Target reached", "Dr Osei", "72 %")]
    assert day_to_plan_for(row, saved, AS_OF) == (plan.sits_on, PlanBasis.SAVED_PLAN)
    whole = student_plan(
        figures, row, saved, sample_home.office.exam_plans.studied(), taken.filter(student_id=row["student_id"])
    )
    assert whole.blocks["ends_on"].max() < plan.sits_on
    assert whole.assessments["due_on"].max() <= plan.sits_on - timedelta(days=14)


def test_where_no_day_reaches_the_target_the_what_if_opens_on_the_last_safe_one(sample_home: Home, sample: Any) -> None:
    _, now, taken = sample
    row = now.retakes.filter(
        pl.col("recommended_on").is_null(), pl.col("planned_on").is_null() | (pl.col("planned_on") < AS_OF),
        pl.col("latest_safe_on") > pl.max_horizontal("earliest_on", pl.lit(AS_OF)),
    ).row(0, named=True)
    office = sample_home.office
    plan = student_plan(
        now, row, office.exam_plans.saved(), office.exam_plans.studied(), taken.filter(student_id=row["student_id"])
    )
    assert (plan.sits_on, day_to_ask(plan, AS_OF)) == (None, row["latest_safe_on"])


def test_a_plan_without_a_reason_or_for_a_past_day_is_refused(sample_home: Home) -> None:
    for day, reason in ((AS_OF, " "), (AS_OF - timedelta(days=1), "why")):
        with pytest.raises(DecisionRefused):
            sample_home.office.exam_plans.save(NewPlan("1", "Step 1", day, AS_OF, reason, "", [], 0), by=DR_OSEI, at=AT)


def test_study_days_done_are_kept_when_the_plan_is_made_again(sample_home: Home, sample: Any) -> None:
    _, figures, taken = sample
    row = next(
        r
        for r in figures.retakes.filter(pl.col("recommended_on").is_not_null()).iter_rows(named=True)
        if figures.subjects.filter(student_id=r["student_id"], axis="system").height
    )
    own = taken.filter(student_id=row["student_id"])
    office = sample_home.office
    before = student_plan(figures, row, office.exam_plans.saved(), office.exam_plans.studied(), own)
    area = before.blocks["area"][0]
    office.exam_plans.record_study(row["student_id"], row["exam"], area, 6, AS_OF, by=DR_OSEI, at=AT)
    after = student_plan(figures, row, office.exam_plans.saved(), office.exam_plans.studied(), own)
    days = [p.blocks.filter(area=area)["days"].sum() for p in (before, after)]
    assert days[1] < days[0]
    assert after.blocks["days"].sum() == before.blocks["days"].sum()


def test_where_no_gap_is_known_blocks_are_mixed_also_after_days_that_an_older_release_noted(
    sample_home: Home, sample: Any
) -> None:
    _, figures, taken = sample
    without = replace(figures)
    without.__dict__["subjects"] = figures.subjects.clear()
    row = retaker(figures)
    own, office = taken.filter(student_id=row["student_id"]), sample_home.office
    before = student_plan(without, row, office.exam_plans.saved(), office.exam_plans.studied(), own)
    office.exam_plans.record_study(
        row["student_id"], row["exam"], "Mixed blocks, every subject", 6, AS_OF, by=DR_OSEI, at=AT
    )
    after = student_plan(without, row, office.exam_plans.saved(), office.exam_plans.studied(), own)
    assert set(blocks_table(before.blocks)["area"]) == {"Mixed blocks, every subject"}
    assert after.blocks.equals(before.blocks)
    assert set(after.blocks["area"]) == {MIXED_AREAS}


def test_first_timers_have_a_window_and_a_plan_too(sample: Any) -> None:
    _, figures, taken = sample
    rows = figures.first_sittings.filter(pl.col("planned_on") > AS_OF)
    row = rows.row(0, named=True)
    assert row["last_attempt_on"] is None
    window = windows_of(figures, row["student_id"])[row["exam"]]
    assert {name: window[name] for name in row} == row
    none = pl.DataFrame(
        schema={
            "student_id": pl.String,
            "exam": pl.String,
            "sits_on": pl.Date,
            "area": pl.String,
            "days": pl.Int64,
            "done_on": pl.Date,
        }
    )
    plan = student_plan(figures, row, none, none, taken.filter(student_id=row["student_id"]))
    assert plan.sits_on == row["planned_on"]
    assert plan.assessments.height


LIMIT = {"id": "school-3", "exam": "Step 1", "kind": "attempt_limit", "n": 3, "valid_from": "2020-01-01",
         "wording": "School: at most 3 attempts", "source": "Handbook"}  # fmt: skip


def test_school_rules_reach_the_figures_and_are_tried_before(sample_home: Home, sample: Any, policy: Policy) -> None:
    _, figures, _ = sample
    rules = as_rules([LIMIT], ["Step 1", "Level 1"])
    office = sample_home.office
    office.rules.save(rules, SchoolAdvice(), reason="Senate of May", against=0, by=DR_OSEI, at=AT)
    build = sample_home.current()
    assert build is not None
    after = figures_of(Warehouse(build.path), AS_OF, office.rules.policy())
    changed, then = changed_windows(figures.retakes, after.retakes)
    assert changed.height > 0
    assert changed.select("student_id", "exam").equals(then.select("student_id", "exam"))
    assert set(changed["attempts_left"] - then["attempts_left"]) == {1}
    assert set(changed["exam"]) == {"Step 1"}
    assert office.rules.policy(at=AT - timedelta(days=1)) == policy


def test_rules_are_versions_with_who_and_when_and_an_earlier_one_comes_back(sample_home: Home) -> None:
    office, exams = sample_home.office, ["Step 1", "Level 1"]
    office.rules.save(
        as_rules([LIMIT], exams), SchoolAdvice(months_between_attempts=3), reason="First", against=0, by=DR_OSEI, at=AT
    )
    office.rules.save([], SchoolAdvice(), reason="None after all", against=1, by=DR_OSEI, at=LATER)
    with pytest.raises(StaleDecision):
        office.rules.save([], SchoolAdvice(), reason="Late", against=1, by=DR_OSEI, at=LATER)
    assert office.rules.return_to(1, against=2, by=DR_OSEI, at=LATER) == 3
    assert [r.wording for r in office.rules.current().rules] == ["School: at most 3 attempts"]
    assert office.rules.policy().rules.advice.months_between_attempts == 3
    assert office.rules.versions().select("version", "reason", "made_by").rows() == [
        (3, "Back to version 1", "Dr Osei"),
        (2, "None after all", "Dr Osei"),
        (1, "First", "Dr Osei"),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "attempt_limit needs n"),
        ({"exam": "Step 9"}, "choose one of Step 1"),
        ({"kind": "luck"}, "kind"),
        ({"valid_to": "2019-01-01"}, "valid_to is before"),
        ({"n": "many"}, "n: "),
    ],
)
def test_a_rule_that_is_wrong_is_refused_with_its_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DecisionRefused, match=message) as refused:
        as_rules([{**LIMIT, **change}], ["Step 1", "Level 1"])
    assert "School: at most 3 attempts" in str(refused.value)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(DecisionRefused, match="Two rules"):
        as_rules([LIMIT, LIMIT], ["Step 1"])
