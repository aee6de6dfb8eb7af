"""The pages' charts: frame in, valid Vega-Lite out."""

from datetime import date, timedelta
from typing import Any

import altair as alt
import polars as pl
import pytest

from dashboard.pages.exam_plan.charts import chance_by_day
from dashboard.pages.retakes import text as retakes
from dashboard.pages.retakes.charts import timeline
from dashboard.pages.student.area_chart import areas
from dashboard.pages.student.score_chart import fan
from dashboard.pages.student.score_chart_data import fan_days, fan_events, fan_key, fan_scores
from dashboard.pages.subjects import text as subjects
from dashboard.pages.subjects.heat import heat
from dashboard.pages.subjects.profile import profile
from dashboard.words.areas import named_weights, short_area, weak_claim, with_state
from dashboard.words.windows import state_words
from pipelines.contracts.retakes import CLOSED_STATES, WindowState
from pipelines.policy import Policy, load_policy

AS_OF = date(2027, 2, 15)
THEMES = ["light", "dark"]
INSTRUMENTS = load_policy().instruments.by_name


def observations(*scores: tuple[str, str, date, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [(i, f, d, e, 4.0, i == "CBSSA", None) for i, f, d, e in scores], orient="row",
        schema={"instrument": pl.String, "form": pl.String, "taken_on": pl.Date, "epc": pl.Float64, "se": pl.Float64,
                "anchor": pl.Boolean, "printed_probability": pl.Float64},
    )  # fmt: skip


def path_over(days: list[date]) -> pl.DataFrame:
    level = {"mean": 60.0, "low_50": 58.0, "high_50": 62.0, "low_80": 56.0, "high_80": 64.0}
    return pl.DataFrame({"day": days}).with_columns(**{n: pl.lit(v) for n, v in level.items()})


def no_attempts() -> pl.DataFrame:
    return pl.DataFrame(schema={"taken_on": pl.Date, "outcome": pl.String})


def estimates(policy: Policy, weak: bool | None = True) -> pl.DataFrame:
    return pl.DataFrame([
        {"student_id": s, "name": f"Student {s}", "axis": a.axis, "area": a.name, "estimate": 55.0, "low": 50.0,
         "high": 60.0, "forms": 2, "items": 40, "weight": a.weight, "weak": weak, "priority": 1.0}
        for s in ("1", "2") for a in policy.blueprint.areas if a.axis == "system"
    ], schema_overrides={"weak": pl.Boolean}).pipe(named_weights).pipe(with_state)  # fmt: skip


def retake(**differs: Any) -> pl.DataFrame:
    row: dict[str, Any] = {
        "student_id": "1", "name": "Quist, Jada", "exam": "Step 1", "attempts_used": 1, "attempts_left": 3,
        "last_attempt_on": date(2027, 1, 8), "earliest_on": date(2027, 3, 1), "earliest_rule": "No wait in force",
        "latest_on": date(2027, 6, 1), "latest_rule": "Clerkship", "recommended_on": date(2027, 4, 1),
        "next_assessment_due_on": date(2027, 2, 20), "latest_safe_on": date(2027, 5, 4),
        "planned_on": date(2027, 4, 10), "last_outcome": "fail", "state_id": "fits", "last_allowed": False,
    } | differs  # fmt: skip
    row["state"] = state_words(WindowState(row["state_id"]))
    dates = {n: pl.Date for n in row if n.endswith("_on")}
    return pl.DataFrame([row], schema_overrides={**dates, "latest_rule": pl.String})


def valid(chart: alt.LayerChart) -> dict[str, Any]:
    return dict(chart.to_dict(validate=True))


@pytest.mark.parametrize("theme", THEMES)
def test_the_fan_draws_scores_forecast_and_events(policy: Policy, theme: str) -> None:
    scores = fan_scores(
        observations(("CBSSA", "30", date(2027, 1, 10), 55), ("UWSA", "1", date(2027, 1, 12), 20)), AS_OF,
        INSTRUMENTS,
    )
    days = fan_days(scores, AS_OF, date(2027, 3, 5))
    attempts = pl.DataFrame({"taken_on": [date(2027, 1, 8)], "outcome": ["fail"]})
    events = fan_events(attempts, AS_OF, date(2027, 3, 5), "planned_date", days)
    assert events["kind"].to_list() == ["fail", "today", "planned"]
    assert valid(fan(path_over(days), scores, events, AS_OF, policy.readiness.low_pass, theme))


def test_the_fan_stands_without_any_score_or_exam_day(policy: Policy) -> None:
    scores = fan_scores(observations(), AS_OF, INSTRUMENTS)
    days = fan_days(scores, AS_OF, None)
    events = fan_events(no_attempts(), AS_OF, None, None, days)
    assert valid(fan(path_over(days), scores, events, AS_OF, policy.readiness.low_pass, "light"))


@pytest.mark.parametrize(("mean", "place"), [(65.4, 63.5), (64.0, 66.5), (60.0, 65.0), (70.0, 65.0)])
def test_the_low_pass_ranges_name_keeps_clear_of_the_readiness_line(policy: Policy, mean: float, place: float) -> None:
    scores = fan_scores(observations(), AS_OF, INSTRUMENTS)
    days = fan_days(scores, AS_OF, None)
    path = path_over(days).with_columns(mean=pl.lit(mean))
    events = fan_events(no_attempts(), AS_OF, None, None, days)
    drawn = valid(fan(path, scores, events, AS_OF, policy.readiness.low_pass, "light"))
    assert [{"place": place}] in drawn["datasets"].values()


def test_labels_of_scores_on_the_same_day_do_not_cover_each_other() -> None:
    same = observations(("CBSSA", "30", date(2027, 1, 10), 55), ("CBSSA", "31", date(2027, 1, 11), 56))
    assert fan_scores(same, AS_OF, INSTRUMENTS)["wide"].to_list() == ["", "CBSSA 31"]


@pytest.mark.parametrize(("ages", "drawn"), [
    ([10, 500, 541, 800], [500, 10]), ([800, 900, 1340, 1341], [1340, 900, 800]), ([540], [540]), ([541], [541]),
])  # fmt: skip
def test_old_scores_are_drawn_where_there_are_no_newer_ones_and_the_others_counted(
    ages: list[int], drawn: list[int]
) -> None:
    known = observations(*(("CBSSA", str(n), AS_OF - timedelta(days=age), 55.0) for n, age in enumerate(ages)))
    scores = fan_scores(known, AS_OF, INSTRUMENTS)
    assert scores["age_days"].to_list() == drawn
    days = fan_days(scores, AS_OF, None)
    assert days[0] < scores["taken_on"].min()
    assert days[-1] > AS_OF
    older = len(ages) - len(drawn)
    said = fan_key(scores, older, INSTRUMENTS)
    assert ("older" in said) == bool(older)


def test_a_forecast_reaches_the_day_of_the_exam() -> None:
    days = fan_days(fan_scores(observations(), AS_OF, INSTRUMENTS), AS_OF, date(2027, 3, 5))
    assert {AS_OF, date(2027, 3, 5)} <= set(days)
    assert days == sorted(days)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("weak", [True, False, None])
def test_areas_and_heat_map_draw_every_state(policy: Policy, theme: str, weak: bool | None) -> None:
    rows = estimates(policy, weak)
    assert valid(areas(rows.filter(student_id="1"), policy.readiness.low_pass, theme))
    cells = subjects.heat_cells(rows, rows.select("student_id", "name").unique().sort("student_id"))
    assert valid(heat(cells, rows["short"].unique(maintain_order=True).to_list(), 65.0, theme))


@pytest.mark.parametrize("theme", THEMES)
def test_the_profile_draws_with_and_without_a_class_before(policy: Policy, theme: str) -> None:
    rows = pl.concat([estimates(policy).with_columns(student_id=pl.lit(str(n))) for n in range(10)])
    for before in (rows, pl.DataFrame()):
        means = subjects.profile(rows, before, rows.clear(), 10)
        assert means.height == 11
        assert valid(profile(means, policy.readiness.low_pass, theme))


def test_class_means_over_fewer_than_ten_students_are_not_shown(policy: Policy) -> None:
    assert subjects.profile(estimates(policy), pl.DataFrame(), pl.DataFrame(), 10).is_empty()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("differs", [
    {}, {"state_id": "no_date_fits", "latest_on": date(2027, 2, 20), "latest_safe_on": date(2027, 1, 22)},
    {"state_id": "planned_too_early", "planned_on": date(2027, 2, 20)},
    {"latest_on": None, "latest_safe_on": None, "latest_rule": None, "planned_on": None},
    {"state_id": "out_of_attempts", "earliest_on": None, "latest_on": None, "latest_safe_on": None, "planned_on": None},
])  # fmt: skip
def test_the_timeline_draws_every_state(theme: str, differs: dict[str, Any]) -> None:
    assert valid(timeline(retakes.bars(retakes.in_order(retake(**differs)), AS_OF), AS_OF, theme))


def test_a_bar_is_solid_to_the_safe_day_and_pale_to_the_latest() -> None:
    bar = retakes.bars(retake(), AS_OF).row(0, named=True)
    assert (bar["solid_from"], bar["solid_to"]) == (date(2027, 3, 1), date(2027, 5, 4))
    assert (bar["pale_from"], bar["pale_to"]) == (date(2027, 5, 4), date(2027, 6, 1))
    assert bar["misfit_from"] is None


def test_where_nothing_fits_only_the_misfit_is_drawn() -> None:
    bar = retakes.bars(retake(latest_on=date(2027, 2, 20), latest_safe_on=date(2027, 1, 22)), AS_OF).row(0, named=True)
    assert (bar["misfit_from"], bar["misfit_to"]) == (date(2027, 2, 20), date(2027, 3, 1))
    assert bar["solid_from"] is None
    assert bar["pale_from"] is None


def test_those_with_nothing_left_to_sit_are_not_drawn() -> None:
    rows = pl.concat([retake(student_id=str(n), state_id=state) for n, state in enumerate(retakes.ORDER)])
    assert set(retakes.ORDER) == set(WindowState)
    assert retakes.bars(rows, AS_OF)["state_id"].to_list() == [s for s in retakes.ORDER if s not in CLOSED_STATES]


def test_rows_of_one_name_are_told_apart_by_the_exam_and_else_by_the_id() -> None:
    rows = pl.concat([retake(exam="Step 1"), retake(exam="Level 1"), retake(student_id="2", exam="Level 1"),
                      retake(student_id="3", name="Sato, Kenji")])  # fmt: skip
    assert retakes.bars(rows, AS_OF)["label"].to_list() == [
        "Quist, Jada (1 of 4) · Step 1", "Quist, Jada (1 of 4) · Level 1 · 1", "Quist, Jada (1 of 4) · Level 1 · 2",
        "Sato, Kenji (1 of 4)"]


def test_a_day_planned_in_the_past_is_not_drawn() -> None:
    assert retakes.bars(retake(planned_on=AS_OF - timedelta(days=3)), AS_OF).item(0, "planned_on") is None


def test_contradictions_stand_first_in_the_list_and_in_the_claim() -> None:
    rows = pl.concat([retake(student_id="1"), retake(student_id="2", state_id="no_date_fits"),
                      retake(student_id="3", state_id="no_date_planned", planned_on=None)])  # fmt: skip
    assert retakes.in_order(rows)["student_id"][0] == "2"
    assert retakes.claim(rows) == "1 of 3 retakers have dates that contradict a rule; 1 has no date planned"


def test_every_area_of_the_blueprint_fits_on_an_axis(policy: Policy) -> None:
    short = [short_area(a.name) for a in policy.blueprint.areas]
    assert max(map(len, short)) <= 26
    assert len({(a.axis, s) for a, s in zip(policy.blueprint.areas, short, strict=True)}) == len(policy.blueprint.areas)


def test_the_claim_names_weak_areas_heaviest_first(policy: Policy) -> None:
    rows = estimates(policy).filter(student_id="1")
    assert (
        weak_claim(rows, "system")
        == "Weak: Reproductive & Endocrine, Respiratory & Renal, Behavioral & Nervous and 8 more"
    )
    assert weak_claim(rows.clear(), "system") == "No system scores yet"


def test_a_click_on_an_area_lists_its_weak_students_and_on_a_cell_that_student_alone(policy: Policy) -> None:
    rows = estimates(policy)
    area = rows.item(0, "area")
    assert subjects.listed(rows, {"area": [{"area": area}], "cell": {}}).height == 2
    assert subjects.listed(rows, {"cell": [{"student_id": "1", "area": area}]}).height == 1
    assert subjects.listed(rows, {"row": [{"student_id": "1"}]}).height == 11
    assert subjects.listed(rows, {"cell": {}, "row": {}, "column": {}}).height == 22


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("window", [(date(2027, 3, 1), date(2027, 6, 1)), (date(2027, 3, 1), None), (None, None)])
def test_the_chance_by_day_is_drawn_for_any_window(window: tuple[date | None, date | None], theme: str) -> None:
    days = [date(2027, 2, 1) + timedelta(days=3 * n) for n in range(60)]
    path = pl.DataFrame({"day": days, "p_pass": [0.7] * 60, "p_pass_low": [0.6] * 60, "p_pass_high": [0.8] * 60})
    marks = pl.DataFrame({"day": [date(2027, 4, 1)], "label": ["day asked"]})
    drawn = valid(chance_by_day(path, marks, window, 0.85, theme))
    shaded = [layer for layer in drawn["layer"] if layer["mark"].get("type") == "rect"]
    assert len(shaded) == (window[0] is not None)


def test_names_of_days_close_to_each_other_or_to_the_axis_stand_at_the_other_side_of_their_rules() -> None:
    days = [date(2027, 2, 1) + timedelta(days=3 * n) for n in range(60)]
    path = pl.DataFrame({"day": days, "p_pass": [0.7] * 60, "p_pass_low": [0.6] * 60, "p_pass_high": [0.8] * 60})
    marks = pl.DataFrame({"day": [date(2027, 4, 3), date(2027, 2, 2), date(2027, 4, 1), date(2027, 6, 1)],
                          "label": ["day asked", "today", "recommended", "sit by"]})  # fmt: skip
    drawn = valid(chance_by_day(path, marks, (None, None), 0.85, "light"))
    names = {
        row["label"]: layer["mark"]["dy"] > 0
        for layer in drawn["layer"] if layer["mark"].get("type") == "text"
        for row in drawn["datasets"][layer["data"]["name"]]
    }  # fmt: skip
    assert names == {"day asked": True, "today": True, "recommended": False, "sit by": False}
