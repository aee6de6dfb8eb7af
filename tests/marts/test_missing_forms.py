"""Forms that the class has and a student lacks: learned where they tell of failing, harmless where they tell nothing.

`python -m tests.marts.test_missing_forms` prints the figures that docs/model.md quotes.
"""

import sys
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from dashboard.data.evidence import missing_claim
from dashboard.words.risk import reason_texts
from pipelines.contracts.facts import Attempt
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.chance import log_odds
from pipelines.marts.model.class_forms import class_forms
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.readiness import Readiness
from pipelines.marts.model.recalibration import recalibration
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.model.single_student_update import rescored
from pipelines.marts.risk.backtest import forecasts
from pipelines.marts.risk.risk import chance_by_date, risk
from pipelines.marts.risk.what_changed import next_score
from pipelines.policy import Policy, changed
from tests.marts.builders import POLICY, assessments
from tests.marts.hostile_fits import HUGE_AT, INPUTS, ONE_IN, hostile
from tests.marts.test_worlds import brier, figured
from tests.marts.worlds import SPREAD, STEADY, WORLDS, Made, World, auc, made

RECALIBRATION = POLICY.readiness.recalibration
UNUSED = RECALIBRATION.missing_forms.model_copy(update={"log_odds": -50.0})
WITHOUT = changed(POLICY, "readiness", recalibration=RECALIBRATION.model_copy(update={"missing_forms": UNUSED}))
RULES = RECALIBRATION.missing_forms
ALIKE = replace(STEADY, level=(60.0, 4.5), gain=(11.0, 2.5))  # scores tell students apart less
ONE_CLASS = replace(STEADY, shifts=STEADY.shifts[:2], standards=STEADY.standards[:2])
BY_NAME = {world.name: world for world in WORLDS}
FEW_FORMS, HEAVY_MISSINGNESS = BY_NAME["few forms"], BY_NAME["heavy missingness"]
TELLING_NOTHING = {**{name: (world, 200) for name, world in BY_NAME.items()}, "classes of 40": (STEADY, 40),
                   "few forms, classes of 40": (FEW_FORMS, 40), "one finished class of 40": (ONE_CLASS, 40)}


def disengaged(world: World, seed: int, size: int = 200, epc: float = 7.0) -> Made:
    """A school in which a disengaged student skips forms, takes them late, and on the day of the exam is `epc` below
    what any score has shown, for each standard deviation of disengagement."""
    school, draw = made(world, seed, size), np.random.default_rng(1000 + seed)
    away = draw.normal(size=len(school.group))
    fell = school.truth[np.arange(len(away)), school.exam] - epc * away
    passed = fell + SPREAD * draw.normal(size=len(away)) > np.array(world.standards)[school.group]
    sheet, who = school.assessments, school.scores["who"].to_numpy()
    kept = draw.random(len(who)) > 1 / (1 + np.exp(1.5 - 1.5 * away[who]))
    later = np.round(np.maximum(8 * away[who] + 4 * draw.normal(size=len(who)), -20))
    taken = school.scores["day"].to_numpy() + later
    kept &= taken < school.exam[who]
    sheet = sheet.with_columns(taken_on=pl.col("taken_on") + pl.duration(days=pl.Series(later.astype(int))))
    outcome = pl.Series(np.where(passed, "pass", "fail"))
    attempts = school.attempts.join(
        school.students.select("student_id", sat=outcome), on="student_id", maintain_order="left"
    ).with_columns(outcome="sat").drop("sat")
    return replace(school, attempts=attempts, assessments=sheet.filter(pl.Series(kept)), passed=passed)


@dataclass(frozen=True)
class Beside:
    """Pooled over schools' newest classes: AUC and Brier with missing forms and without."""

    auc: tuple[float, float]
    brier: tuple[float, float]
    each: np.ndarray  # the difference of Brier of each school

    def line(self, name: str) -> str:
        return (f"{name:44} AUC {self.auc[0]:.3f}, without {self.auc[1]:.3f}; Brier {self.brier[0]:.4f}, without "
                f"{self.brier[1]:.4f}")


def newest_chances(school: Made, policy: Policy) -> np.ndarray:
    return figured(school, policy)[1]["p_pass"].cast(pl.Float64).to_numpy()


def beside(schools: list[Made]) -> Beside:
    ours, without, passed, each = [], [], [], []
    for school in schools:
        p, q = (newest_chances(school, policy) for policy in (POLICY, WITHOUT))
        known, came = np.isfinite(p) & np.isfinite(q), school.passed[school.newest]
        if not known.any():  # the verdict on past attempts tells no chance
            continue
        ours.append(p[known])
        without.append(q[known])
        passed.append(came[known])
        each.append(brier(p[known], came[known]) - brier(q[known], came[known]))
    p, q, came = (np.concatenate(part) for part in (ours, without, passed))
    return Beside((auc(p, came), auc(q, came)), (brier(p, came), brier(q, came)), np.array(each))


def missing_lines(schools: int = 12) -> list[str]:
    """What measure prints: the world where missing forms tell of failing, then those where they tell nothing."""
    lines = [beside([disengaged(ALIKE, seed, size) for seed in range(schools)]).line(
        f"disengaged students, classes of {size}") for size in (200, 40)]
    return lines + [beside([made(world, seed, size) for seed in range(schools)]).line(name)
                    for name, (world, size) in TELLING_NOTHING.items()]


def test_where_disengaged_students_skip_forms_and_fail_the_ranking_gains_from_it() -> None:
    gained = beside([disengaged(ALIKE, seed) for seed in range(3)])
    assert gained.auc[0] >= gained.auc[1] + 0.03
    assert gained.brier[0] < gained.brier[1] - 0.005


@pytest.mark.parametrize(("world", "size"), [(HEAVY_MISSINGNESS, 200), (FEW_FORMS, 40)], ids=["200", "40"])
def test_where_missing_forms_tell_nothing_chances_get_no_worse(world: World, size: int) -> None:
    """The daily part: the two worlds in which forms are missing most, five schools each."""
    assert beside([made(world, seed, size) for seed in range(5)]).each.mean() <= 0.0005


@pytest.mark.slow
@pytest.mark.parametrize("name", TELLING_NOTHING)
def test_in_no_ordinary_world_do_missing_forms_worsen_chances(name: str) -> None:
    world, size = TELLING_NOTHING[name]
    assert beside([made(world, seed, size) for seed in range(12)]).each.mean() <= 0.0005


@pytest.fixture(scope="module")
def known() -> tuple[Facts, Readiness, pl.DataFrame]:
    """A school of disengaged students, its fit, and its risk rows."""
    school = disengaged(ALIKE, 1)
    facts = Facts(school.students, school.attempts, observations(school.assessments, POLICY))
    fitted = fit_readiness(facts, school.as_of, POLICY)
    return facts, fitted, risk(facts, fitted, school.as_of, POLICY)


def lacking_most(known: tuple[Facts, Readiness, pl.DataFrame], nth: int = 0) -> dict:
    """The risk row of one of the newest class with a chance in the middle who lack most forms."""
    _, fitted, rows = known
    lacked = pl.Series(fitted.beside_class(np.arange(len(fitted.students))).lacked)
    newest = fitted.students.select("student_id", "class_year", lacked=lacked).filter(
        pl.col("class_year") == pl.col("class_year").max())
    ahead = rows.join(newest, on="student_id").filter(pl.col("p_pass").is_between(0.2, 0.8))
    return ahead.sort("lacked", "student_id", descending=[True, False]).row(nth, named=True)


def test_missing_forms_lower_the_chance_as_a_reason_with_its_sentence(known) -> None:
    _, fitted, _ = known
    row = lacking_most(known)
    (reason,) = (r for r in row["reasons"] if r["reason_id"] == "missing_forms")
    assert 0 < reason["forms"] <= reason["class_forms"]
    at = fitted.rows([row["student_id"]])
    covariates = fitted.beside_class(at).covariates
    as_class = fitted.pass_curve(at, pl.Series(["Step 1"]), covariates * [0, 1])
    day = pl.Series([row["test_on"]]).to_physical().to_numpy()
    without = as_class.chance(*fitted.project(at, day, sits=True)[:2])[0]
    assert reason["effect"] == pytest.approx(row["p_pass"] - without)
    assert reason["effect"] < -0.02
    texts = reason_texts(row["reasons"])
    assert f"Lacks {reason['forms']} of {reason['class_forms']} forms that half of the class has" in " ".join(texts)


def test_what_was_learned_is_told_with_people_and_never_of_a_small_group(known) -> None:
    _, fitted, _ = known
    now = fitted.curve_in_use
    lacked = now.before.filter("first", pl.col("lacking") > 0)
    text = missing_claim(now, POLICY)
    assert text.startswith("Step 1, students who lacked more forms than their class: "
                           f"{(~lacked['passed']).sum()} of {lacked.height} failed, ")
    assert text.endswith(" expected from scores alone. Chances include it.")
    few = pl.concat([now.before.filter(pl.col("lacking") <= 0), lacked.head(9)])
    assert missing_claim(replace(now, before=few), POLICY) == ""


def test_the_same_student_has_the_same_chance_everywhere(known) -> None:
    facts, fitted, _ = known
    for nth in range(5):
        row = lacking_most(known, nth)
        mine = facts.of(pl.Series([row["student_id"]]))
        again = rescored(fitted, row["student_id"], mine, fitted.as_of, POLICY)
        for one in (fitted, again):
            chances = chance_by_date(row["student_id"], "Step 1", one, [row["test_on"]], POLICY).row(0)[1:]
            assert chances == pytest.approx([row["p_pass"], row["p_pass_low"], row["p_pass_high"]], abs=1e-9)


def test_one_more_form_counts_in_the_what_if_as_in_a_whole_refit(known) -> None:
    facts, fitted, _ = known
    row = lacking_most(known)
    added = assessments({"student_id": row["student_id"], "taken_on": fitted.as_of, "score": 66.0, "form": "new"})
    more = replace(facts, observations=pl.concat([
        facts.observations, observations(added, POLICY).select(facts.observations.columns)]))
    alone = rescored(fitted, row["student_id"], more.of(pl.Series([row["student_id"]])), fitted.as_of, POLICY)
    whole = fit_readiness(more, fitted.as_of, POLICY)
    found = [chance_by_date(row["student_id"], "Step 1", one, [row["test_on"]], POLICY)["p_pass"].item()
             for one in (alone, whole)]
    at = fitted.rows([row["student_id"]])
    assert alone.beside_class(at).lacked == fitted.beside_class(at).lacked - 1
    assert found[0] == pytest.approx(found[1], abs=0.01)
    (step,) = (s for s in next_score(row, fitted, POLICY) if s.low <= 66 <= s.high)
    assert step.p_low - 0.01 <= found[1] <= step.p_high + 0.01


def test_without_outcomes_nothing_changes_and_a_student_without_a_score_has_no_chance() -> None:
    school = disengaged(ALIKE, 1, 40)
    figures = []
    for policy in (POLICY, WITHOUT):
        facts = Facts(school.students, Attempt.create_empty(), observations(school.assessments, policy))
        rows = risk(facts, fit_readiness(facts, school.as_of, policy), school.as_of, policy)
        assert rows.filter(evidence_count=0)["p_pass"].is_null().all()
        figures.append(rows.select("student_id", "p_pass", "p_pass_low", "p_pass_high"))
    assert figures[0].equals(figures[1])


def test_the_backtest_judges_with_missing_forms_too() -> None:
    school = disengaged(ALIKE, 2, 100)
    facts = Facts(school.students, school.attempts, observations(school.assessments, POLICY))
    areas = [auc(rows["p_pass"].to_numpy(), rows["passed"].to_numpy())
             for rows in (forecasts(facts, school.as_of, policy, [30]) for policy in (POLICY, WITHOUT))]
    assert areas[0] > areas[1] + 0.02


def test_what_is_learned_is_the_average_of_both_models_by_their_evidence() -> None:
    """Against draws from the prior, weighed by their likelihood."""
    draw = np.random.default_rng(5)
    n, years = 60, 2
    raw, year, covariates = draw.uniform(0.3, 0.95, n), np.arange(n) % years, draw.normal(size=(n, 2)) * [0.4, 0.8]
    passed = (draw.random(n) < expit(np.log(raw / (1 - raw)) - 2.2 * covariates[:, 0])).astype(float)
    found = recalibration(raw, passed, year, years, RECALIBRATION, covariates)

    size, rules = 200_000, RECALIBRATION
    oldest = draw.normal(0, rules.intercept_sd, size)
    intercepts = np.stack([oldest, oldest + draw.normal(0, rules.drift_sd, size)])
    slope, tells = draw.normal(1, rules.slope_sd, size), draw.random(size) < expit(RULES.log_odds)
    told = draw.normal(size=(2, size)) * np.array([[RULES.lacking_sd], [RULES.late_sd]]) * tells
    likelihood = np.zeros(size)
    for logit, y, which, x in zip(np.log(raw / (1 - raw)), passed, year, covariates, strict=True):
        likelihood -= np.logaddexp(0, (1 - 2 * y) * (intercepts[which] + slope * logit + x @ told))
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    assert found.inclusion == pytest.approx(weight @ tells, abs=0.05)
    np.testing.assert_allclose(found.missing, told @ weight, atol=0.15)
    second = np.sqrt(weight @ (told[0] - found.missing[0]) ** 2)
    assert np.sqrt(found.cov[2, 2]) == pytest.approx(second, rel=0.15)


@settings(max_examples=10, deadline=None)
@given(number=st.integers(0, INPUTS - 1).filter(lambda n: n % ONE_IN != HUGE_AT), seed=st.integers(0, 999))
def test_no_slow_search_finds_a_higher_posterior_with_missing_forms_than_the_fit(number: int, seed: int) -> None:
    """Where they are known to tell something, so that nothing is averaged."""
    of = hostile(number)
    raw, passed = of.p, of.passed
    covariates = np.random.default_rng(seed).normal(size=(len(raw), 2)) + (1 - passed[:, None]) * (seed % 3)
    year, x = np.zeros(len(raw), dtype=int), log_odds(raw)
    sure = RECALIBRATION.model_copy(update={"missing_forms": RULES.model_copy(update={"log_odds": 50.0})})
    found = recalibration(raw, passed, year, 1, sure, covariates)
    sds = np.array([sure.intercept_sd, RULES.lacking_sd, RULES.late_sd, sure.slope_sd])

    def worse(at: np.ndarray) -> float:
        eta = at[0] + covariates @ at[1:3] + at[3] * x
        prior = (((at - [0, 0, 0, 1]) / sds) ** 2).sum() / 2
        return float(np.logaddexp(0, np.where(passed == 1, -eta, eta)).sum() + prior)

    bounds = [(None, None)] * 3 + [(sure.least_slope, sure.most_slope)]
    starts = [np.array([0.0, lacking, 0.0, slope]) for lacking in (-1.0, 1.0) for slope in (0.3, 2.0)]
    slow = min(minimize(worse, at, method="Powell", bounds=bounds, options={"xtol": 1e-9, "ftol": 1e-13}).fun
               for at in starts)
    assert worse(np.array([*found.intercept, *found.missing, found.slope])) <= slow + 1e-9 * (1 + slow)


TAKEN = st.lists(st.tuples(st.integers(0, 23), st.sampled_from(["CBSE", "CBSSA"]), st.sampled_from(["", "30", "31"]),
                           st.integers(0, 80)), max_size=120)


@settings(max_examples=60, deadline=None)
@given(taken=TAKEN, day=st.integers(0, 100))
def test_students_are_compared_as_a_slow_count_compares_them(taken: list[tuple[int, str, str, int]], day: int) -> None:
    people = pl.DataFrame({"class_year": [2029] * 24, "program": ["MD"] * 24})
    score_rows = pl.DataFrame(taken, orient="row", schema={
        "row": pl.Int64, "instrument": pl.String, "form": pl.String, "day": pl.Int64}).sort("row", "day")
    found = class_forms(score_rows, people, POLICY).of(np.arange(24), np.full(24, day))
    expected = [slow_comparison(set(taken), who, day) for who in range(24)]
    for n, name in enumerate(("lacked", "common", "lacking", "late")):
        np.testing.assert_allclose(getattr(found, name), [one[n] for one in expected], atol=1e-12)


def slow_comparison(taken: set[tuple[int, str, str, int]], who: int, day: int) -> tuple[float, ...]:
    days = {(row, one): sorted(d for r, i, _, d in taken if (r, i) == (row, one))
            for row in range(24) for one in ("CBSE", "CBSSA")}
    members = {row for row, _, _, d in taken if d < day}
    lacked = common = beyond = late = 0.0
    for one, mine in ((one, d) for (row, one), d in days.items() if row == who):
        for nth in range(120):
            others = sorted(d[nth] for (_, i), d in days.items() if i == one and nth < len(d))
            before = [d for d in others if d < day]
            settled = sum(d < day - RULES.settled_days for d in others)
            if len(members) < 10 or settled < RULES.class_share * len(members):
                break
            has = nth < len(mine) and mine[nth] < day
            common, lacked = common + 1, lacked + (not has)
            beyond += len(before) / len(members) - has
            gap = (mine[nth] - before[(len(before) - 1) // 2]) / RULES.late_days if has else 0.0
            late += float(np.clip(gap, -RULES.most_late, RULES.most_late))
    return lacked, common, beyond / (common + 1), late / (common - lacked + 1)


if __name__ == "__main__":
    for text in missing_lines():
        sys.stdout.write(text + "\n")
