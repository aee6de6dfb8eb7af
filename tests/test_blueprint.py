"""The outlines as dated data: exact names, ranges, older names and weights."""

import re

import pytest

from pipelines.policy import Policy
from pipelines.sheets.headers.vocabulary import areas_of, plain


def test_the_three_axes_have_their_areas_and_midpoints(policy: Policy) -> None:
    by_axis = {
        axis: [a for a in policy.blueprint.areas if a.axis == axis] for axis in ("system", "discipline", "competency")
    }
    assert {axis: len(areas) for axis, areas in by_axis.items()} == {"system": 11, "discipline": 11, "competency": 4}
    assert 0.95 <= sum(a.weight for a in by_axis["system"]) <= 1.05
    assert sum(a.weight for a in by_axis["discipline"]) > 1.5  # disciplines overlap
    assert all(0 < a.low <= a.high <= 100 for a in policy.blueprint.areas)


def test_every_label_lands_on_one_area(policy: Policy) -> None:
    labels = [(plain(label), a.name) for a in policy.blueprint.areas for label in {a.name, *a.also}]
    names = areas_of(policy)
    assert all(names[label] == name for label, name in labels), "one label, two areas"


@pytest.mark.parametrize(("older", "name"), [
    ("Biochemistry & Nutrition", "Biochemistry"), ("General Principles", "Multisystem Processes & Disorders"),
])
def test_older_names_land_on_todays_areas(policy: Policy, older: str, name: str) -> None:
    assert areas_of(policy)[plain(older)] == name


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


def test_the_two_reference_groups_are_kept_apart(policy: Policy) -> None:
    low, first = policy.blueprint.reference_groups
    assert (low.name, first.name) == ("low passers", "first takers")
    assert low.level == policy.blueprint.area_priors.comparison < first.level
    assert low.at_comparison
    assert not first.at_comparison


def test_high_yield_areas_are_areas(policy: Policy) -> None:
    assert set(policy.blueprint.study_advice.high_yield) <= {a.name for a in policy.blueprint.areas}
