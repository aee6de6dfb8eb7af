"""The outlines as dated data: exact names, ranges, older names and weights."""

import re

import polars as pl
import pytest

from pipelines.marts.areas.area_results import blueprint
from pipelines.policy import Policy, changed
from pipelines.sheets.headers.vocabulary import areas_of, plain
from tests.sheets.conftest import came_of


def test_the_three_axes_have_their_areas_and_midpoints(policy: Policy) -> None:
    by_axis = {
        axis: [a for a in policy.blueprint.areas if a.axis == axis] for axis in ("system", "discipline", "competency")
    }
    by_axis["competency"] = [a for a in by_axis["competency"] if a.name not in policy.blueprint.own_areas]
    assert {axis: len(areas) for axis, areas in by_axis.items()} == {"system": 11, "discipline": 11, "competency": 4}
    assert 0.95 <= sum(a.weight for a in by_axis["system"]) <= 1.05
    assert sum(a.weight for a in by_axis["discipline"]) > 1.5  # disciplines overlap
    assert all(0 < a.low <= a.high <= 100 for a in policy.blueprint.areas)


def test_every_label_lands_on_one_area(policy: Policy) -> None:
    labels = [(plain(label), a.name) for a in policy.blueprint.areas for label in {a.name, *a.also}]
    names = areas_of(policy)
    assert all(names[label] == name for label, name in labels), "one label, two areas"


def test_older_names_land_on_todays_areas(policy: Policy) -> None:
    assert areas_of(policy)[plain("Biochemistry & Nutrition")] == "Biochemistry"


def test_general_principles_is_no_area_of_today_since_its_questions_were_spread_over_the_systems(
    policy: Policy,
) -> None:
    sheet = (
        "student_id,instrument,form,taken_on,area,score\n1,CBSE,,2019-03-01,General Principles,61\n"
        "1,CBSE,,2019-03-01,Multisystem,70\n"
    )
    came = came_of(sheet, policy, kind="content_areas")
    assert came.column("area") == ["Multisystem Processes & Disorders"]
    assert [held["reason"] for held in came.held] == ["area “General Principles” was decided to be no content area"]


@pytest.mark.parametrize("label", ["OMM", "OPP", "OMM/OPP", "Osteopathic Principles and Practice", "OMT"])
def test_osteopathic_principles_are_an_area_of_level_1_alone(policy: Policy, label: str) -> None:
    (own,) = policy.blueprint.own_areas
    assert areas_of(policy)[plain(label)] == own
    level_1 = next(e for e in policy.blueprint.exam_outlines if e.name == "Level 1")
    assert level_1.own_areas == [own]
    assert "OMM" in level_1.note


def test_an_area_of_level_1_alone_changes_no_share_of_the_outline_in_common(policy: Policy) -> None:
    others = [a for a in policy.blueprint.areas if a.name not in policy.blueprint.own_areas]
    without = changed(policy, "blueprint", areas=others)
    shares, before = (blueprint(one).collect().sort("outline", "axis", "area") for one in (policy, without))
    assert shares.filter(~pl.col("area").is_in(policy.blueprint.own_areas)).equals(before)


def test_earlier_outlines_weigh_areas_of_today_and_end_where_today_begins(policy: Policy) -> None:
    names = {a.name for a in policy.blueprint.areas}
    for outline in policy.blueprint.earlier_outlines:
        assert set(outline.weights) <= names
        assert outline.valid_from < outline.valid_to < policy.blueprint.valid_from
        assert outline.source
    assert policy.blueprint.earlier_outlines[0].weights["Pathology"] == (44, 52)


def test_both_exams_say_whose_outline_is_used(policy: Policy) -> None:
    outlines = {e.name: e for e in policy.blueprint.exam_outlines}
    assert set(outlines) == {"Step 1", "Level 1"}
    assert outlines["Level 1"].outline == "Step 1"
    assert re.search(r"Step 1's outline", outlines["Level 1"].note)


def test_the_reference_groups_are_kept_apart_and_level_1_compares_with_first_takers(policy: Policy) -> None:
    low, first, level_1 = policy.blueprint.reference_groups
    assert (low.name, first.name) == ("low passers", "first takers")
    assert low.level == policy.blueprint.area_priors.comparison < first.level
    assert (low.reports, level_1.reports) == (["Step 1"], ["Level 1"])
    assert [group.at_comparison for group in (low, first, level_1)] == [True, False, False]


def test_high_yield_areas_are_areas(policy: Policy) -> None:
    assert set(policy.blueprint.study_advice.high_yield) <= {a.name for a in policy.blueprint.areas}
