"""Content areas: signal separated from noise, on a class with known areas."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import beta

from pipelines.contracts.subjects import SubjectEstimate
from pipelines.marts.areas.subjects import class_profile, subject_estimates
from pipelines.marts.areas.weak_areas import beta_interval
from tests.marts.area_worlds import LINE, SURE, USUAL, WORLDS, Calls, area_school, exact_below, together, world
from tests.marts.builders import AS_OF, POLICY, areas, assessments, attempts, day, readiness_of, students, subjects_of


def one(*rows: dict[str, Any], scores: pl.DataFrame | None = None) -> dict[str, Any]:
    """The estimate of one area; by default Pathology of one form."""
    sheet = assessments() if scores is None else scores
    return subjects_of(students({}), areas(*rows), sheet).row(0, named=True)


def distance(found: pl.DataFrame, column: str) -> float:
    """Root mean square distance from the truth."""
    return float(found.select(((pl.col(column) - pl.col("truth")) ** 2).mean().sqrt()).item())


@cache
def daily(name: str) -> Calls:
    """A fixed tenth of what the slow tests and docs/subjects.md rest on: one school, its forms by the world's place."""
    return world(name, [100 + list(WORLDS).index(name)])


@pytest.mark.parametrize("name", WORLDS)
def test_weak_is_mostly_right_finds_what_can_be_found_and_intervals_hold_in_one_school_of_each_world(name: str) -> None:
    calls = daily(name)
    assert calls.precision >= 0.80
    assert calls.recall >= 0.85
    assert calls.right > calls.raw_right
    assert 0.70 <= calls.coverage <= 0.92


def test_over_all_worlds_weak_is_right_as_often_as_promised() -> None:
    calls = together([daily(name) for name in WORLDS])
    assert calls.precision >= 0.85
    assert calls.recall >= 0.95
    assert 0.76 <= calls.coverage <= 0.84


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_over_twelve_schools_of_a_world_weak_is_right_and_finds_nine_tenths_of_what_the_exact_finds(name: str) -> None:
    calls = world(name)
    assert calls.precision >= 0.80
    assert calls.recall >= 0.90
    assert calls.right > calls.raw_right
    assert 0.72 <= calls.coverage <= 0.90


def test_the_exact_posterior_of_a_world_is_calibrated() -> None:
    """The observer that recall is held against: of the areas it puts at 70-90 %, that many are below."""
    made = [area_school(replace(USUAL, forms=forms), seed=forms) for forms in (1, 2)]
    p = np.concatenate([exact_below(one).ravel() for one in made])
    below = np.concatenate([one.truth["truth"].to_numpy() < LINE for one in made])
    between = (p > 0.7) & (p < 0.9)
    assert below[between].mean() == pytest.approx(p[between].mean(), abs=0.04)
    assert below.mean() == pytest.approx(p.mean(), abs=0.03)


def test_an_area_is_weak_and_not_weak_from_the_probability_of_policy() -> None:
    found = area_school().estimates
    p, weak = found["p_below"].to_numpy(), found["weak"].to_list()
    assert {w for w, at in zip(weak, p, strict=True) if at > SURE + 0.001} == {True}
    assert {w for w, at in zip(weak, p, strict=True) if at < 1 - SURE - 0.001} == {False}
    assert {w for w, at in zip(weak, p, strict=True) if 1 - SURE + 0.001 < at < SURE - 0.001} == {None}
    assert p.min() >= 0.001
    assert p.max() <= 0.999


def test_an_estimate_is_of_the_day_asked_a_growing_students_old_form_is_moved_and_surer_when_it_was_new() -> None:
    made = area_school(replace(USUAL, forms=3, gain=3.0, every=45))
    fitted = readiness_of(made.students, attempts(), made.assessments)
    then, later = (subject_estimates(made.students, made.areas, made.assessments, fitted, on, POLICY)
                   for on in (AS_OF, day(60)))
    total = [fitted.on(made.students["student_id"], [on] * len(made.students))[0] for on in (AS_OF, day(60))]
    rise = later["estimate"].mean() - then["estimate"].mean()  # type: ignore[operator]
    assert rise == pytest.approx((total[1] - total[0]).mean(), abs=0.3)
    assert rise > 1.0
    widths = [(rows["high"] - rows["low"]).mean() for rows in (then, later)]
    assert widths[1] > widths[0] + 1.0  # type: ignore[operator]


def test_a_newer_total_without_areas_moves_the_areas() -> None:
    form = {"score": 60.0, "items": 100, "taken_on": day(-60)}
    totals = [{"score": 60.0, "taken_on": day(-60)}, {"score": 76.0, "form": "31", "taken_on": day(-5)}]
    old, new = one(form, scores=assessments(totals[0])), one(form, scores=assessments(*totals))
    assert new["estimate"] > old["estimate"] + 4
    assert new["p_below"] < old["p_below"]


def test_a_form_whose_total_is_no_evidence_of_readiness_is_one_score_more() -> None:
    sheet = [{"area": a, "score": s, "items": 60} for a, s in (("Pathology", 40.0), ("Physiology", 44.0))]
    alone = one(*sheet)
    beside = one(*sheet, scores=assessments({"score": 75.0, "form": "29", "taken_on": day(-12)}))
    assert alone["estimate"] < 55
    assert alone["estimate"] < beside["estimate"] < 70


def test_estimates_are_nearer_the_truth_than_raw_percents() -> None:
    found = area_school(replace(USUAL, forms=2)).estimates
    assert distance(found, "estimate") < 0.8 * distance(found, "raw")


def test_one_bad_form_of_few_items_is_not_known_yet() -> None:
    sheet = assessments({"score": 70.0})
    assert one({"area": "Genetics", "score": 50.0, "items": 15}, scores=sheet)["weak"] is None


def test_one_form_far_below_is_weak() -> None:
    row = one({"score": 35.0, "items": 100}, scores=assessments({"score": 40.0}))
    assert row["high"] < LINE
    assert row["weak"] is True


def test_two_forms_a_little_below_are_not_known_yet_and_far_below_are_weak() -> None:
    def twice(percent: float) -> bool | None:
        forms = [{"form": f, "score": percent, "items": 100} for f in ("30", "31")]
        return one(*forms, scores=assessments(*({"form": f, "score": percent} for f in ("30", "31"))))["weak"]

    assert twice(63.0) is None
    assert twice(57.0) is True
    assert twice(73.0) is False


def test_percent_comes_from_items_where_it_is_not_given() -> None:
    by_items, by_percent = one({"correct": 60, "items": 100}), one({"score": 60.0, "items": 100})
    assert by_items == by_percent


def test_items_are_the_sheets_and_else_the_forms_length_times_the_weight() -> None:
    assert one({"score": 60.0, "items": 90}, {"score": 60.0, "items": 88, "form": "31"})["items"] == 178
    assert one({"score": 60.0})["items"] == 100


def test_without_a_total_the_axis_stands_in_for_it() -> None:
    low = one({"score": 60.0, "items": 100}, {"area": "Physiology", "score": 80.0, "items": 70})
    assert low["area"] == "Pathology"
    assert 60.0 < low["estimate"] < 70.0


def test_an_older_form_counts_less() -> None:
    def estimate(newer: float, older: float) -> float:
        old = {"form": "30", "taken_on": day(-300)}
        forms = [{"form": "31", "score": newer, "items": 100}, {**old, "score": older, "items": 100}]
        totals = assessments({"form": "31", "score": 65.0}, {**old, "score": 65.0})
        return float(one(*forms, scores=totals)["estimate"])

    assert estimate(70.0, 60.0) > 65.0 > estimate(60.0, 70.0)


def test_priority_weighs_the_gap_by_the_blueprint_and_by_how_sure_it_is() -> None:
    forms = [{"form": f, "area": a, "score": s, "items": 60}
             for f in ("30", "31") for a, s in (("Pathology", 62.0), ("Genetics", 50.0), ("Pharmacology", 90.0))]
    found = subjects_of(students({}), areas(*forms), assessments())
    priority = dict(found.select("area", "priority").rows())
    assert priority["Pathology"] > priority["Genetics"] > priority["Pharmacology"]
    assert priority["Pharmacology"] == pytest.approx(0.0, abs=0.01)


def test_nothing_after_the_day_changes_an_estimate() -> None:
    late = {"form": "32", "score": 99.0, "items": 100, "taken_on": day(1)}
    assert one({"score": 60.0, "items": 100}) == one({"score": 60.0, "items": 100}, late)


def test_the_class_profile_is_heaviest_first_and_holds_the_class_mean() -> None:
    made = area_school(replace(USUAL, n=300, forms=3))
    found = made.estimates
    profile = class_profile(found.drop("truth", "raw"))
    assert profile.columns == ["axis", "area", "weight", "mean", "low", "high", "students"]
    assert all(part["weight"].is_sorted(descending=True) for _, part in profile.group_by("axis"))
    truth = made.truth.group_by("axis", "area").agg(pl.col("truth").mean())
    held = profile.join(truth, on=["axis", "area"]).select(pl.col("truth").is_between("low", "high")).to_series()
    assert held.mean() > 0.6  # type: ignore[operator]
    assert set(profile["students"]) == {300}


def test_no_area_scores_is_an_empty_table_with_its_header() -> None:
    found = subjects_of(students({}), areas(), assessments())
    assert found.columns == SubjectEstimate.column_names()
    assert class_profile(found).is_empty()


def test_the_comparison_is_the_sheets_reference_group_and_else_policys() -> None:
    twice = [{"form": f, "score": 70.0, "items": 100} for f in ("30", "31")]
    scores = assessments(*({"form": f, "score": 70.0} for f in ("30", "31")))
    assert one(*twice, scores=scores)["comparison"] == LINE
    against = [{**row, "reference": 76.0} for row in twice]
    assert one(*against, scores=scores)["comparison"] == 76.0
    assert (one(*twice, scores=scores)["weak"], one(*against, scores=scores)["weak"]) == (False, True)


def test_a_stated_error_sets_the_weight_of_a_percent() -> None:
    def estimate(error: float) -> dict[str, Any]:
        return one({"score": 50.0, "standard_error": error}, scores=assessments({"score": 70.0}))

    assert estimate(2.0)["estimate"] < estimate(10.0)["estimate"]
    assert estimate(5.0)["items"] == 100  # 50 % on 100 items has an error of 5 points


def test_an_older_form_is_weighed_by_the_outline_of_its_day() -> None:
    then = POLICY.blueprint.earlier_outlines[0].valid_to
    sheet = {"score": 60.0, "taken_on": then}
    assert one(sheet)["items"] == 96  # Pathology was 44-52 % of 200 items
    assert one(sheet)["weight"] == 0.5


def test_what_would_tell_is_about_how_many_more_items() -> None:
    def row(percent: float, items: int, **more: Any) -> dict[str, Any]:
        return one({"area": "Genetics", "score": percent, "items": items, **more},
                   scores=assessments({"score": percent}))  # fmt: skip

    near, further = row(61.0, 20), row(60.0, 20)
    assert (near["weak"], further["weak"]) == (None, None)
    assert 1 <= further["items_to_tell"] < near["items_to_tell"]
    assert row(64.5, 20)["items_to_tell"] is None  # too close to decide
    assert row(20.0, 100)["items_to_tell"] is None
    assert row(20.0, 100)["weak"] is True


def test_about_that_many_more_items_decide() -> None:
    """The same student with that many items more on a second form, at the same percent, is called, or nearly so."""
    decided = 0
    for percent, items in [(60.0, 30), (61.0, 40), (59.0, 24), (69.0, 24), (68.0, 90)]:
        totals = assessments({"score": percent, "form": "30"}, {"score": percent, "form": "31"})
        forms = [{"form": f, "area": "Immunology", "score": percent, "items": items} for f in ("30",)]
        first = one(*forms, scores=totals)
        if first["weak"] is None:
            assert first["items_to_tell"] is not None
            more = one(*forms, {**forms[0], "form": "31", "items": first["items_to_tell"]}, scores=totals)
            assert max(more["p_below"], 1 - more["p_below"]) >= SURE - 0.05
            decided += 1
    assert decided >= 3


def test_the_interval_is_a_betas() -> None:
    mean, sd = np.array([12.0, 30.0, 65.0, 93.0]), np.array([4.0, 6.0, 8.0, 3.0])
    m, v = mean / 100, (sd / 100) ** 2
    count = m * (1 - m) / v - 1
    low, high = beta_interval(mean, sd)
    assert low == pytest.approx(100 * beta.ppf(0.1, m * count, (1 - m) * count), abs=0.3)
    assert high == pytest.approx(100 * beta.ppf(0.9, m * count, (1 - m) * count), abs=0.3)


def test_the_estimate_is_the_beta_binomials_posterior_mean() -> None:
    """One student, one area: the prior is a beta round the form's total, the data are items."""
    tau2, n, total = POLICY.blueprint.area_priors.area_sd ** 2, 90, 70.0
    row = one({"correct": 45, "items": n}, scores=assessments({"score": total}))
    others = 1 - next(a.weight for a in POLICY.blueprint.areas if a.name == "Pathology") / sum(
        a.weight for a in POLICY.blueprint.areas if a.axis == "discipline")
    items, binomial = n / others, 1e4 * 0.7 * 0.3
    prior = binomial / tau2  # the beta's a + b, less the one its variance adds
    # the one student is the class: its mean is drawn half-way, so the prior's mean lies between
    own = 50.0 - total
    w = 1 / (tau2 + binomial / items)
    of_class = w * own / (w + 1 / tau2)
    posterior = ((total + of_class) * prior + 50.0 * items) / (prior + items)
    assert row["estimate"] == pytest.approx(posterior, abs=0.6)
