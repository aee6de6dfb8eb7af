"""Mistyped scores, instruments' errors and forms' difficulty: against the mixture written out in full, and in schools
whose truth is known."""

from dataclasses import replace
from itertools import product

import numpy as np
import polars as pl
import pytest

from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.growth import Fit, Scores, TimeBasis
from pipelines.marts.model.offsets import Offsets, conversions
from pipelines.marts.model.score_errors import widened
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.risk.risk import risk
from pipelines.policy import changed
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, readiness_of, risk_of, school, students
from tests.marts.test_worlds import figured
from tests.marts.worlds import STEADY, Made, World, made, oracle

PRIORS = POLICY.readiness.model
BELIEVES_ALL = changed(POLICY, "readiness", model=PRIORS.model_copy(update={"mistyped": 1e-12}))
OMEGA = np.diag([64.0, 16.0])
THETA = np.array([60.0, 10.0, 0.0])


def one_student(days: np.ndarray, values: np.ndarray, errors: np.ndarray) -> Scores:
    n = len(days)
    nothing = Offsets(pl.DataFrame(schema={"instrument": pl.String, "of": pl.String, "form": pl.String,
                                           "common_sd": pl.Float64, "form_sd": pl.Float64}))
    return Scores(
        student=np.zeros(n, int), days=days, until=200 - days, value=values, variance=errors, error=errors,
        offset=np.full(n, -1), kind=np.zeros(n, int), group=np.zeros(1, int), groups=1, error_worth=np.ones(1),
        offsets=nothing, usual=errors, mistyped=np.zeros(n),
    )


def known_class() -> Fit:
    return Fit(TimeBasis(120.0, 0.0, 30.0), OMEGA, np.ones(1), 1.0, THETA, np.zeros((3, 3)), 0.0)


def readiness_at(scores: Scores, day: float, variance: np.ndarray) -> float:
    """The mean of readiness on a day, of scores with these error variances."""
    time = known_class().time
    z, then = (np.stack([np.ones_like(d), time.x(d, d)], axis=-1) for d in (scores.days, np.array(day)))
    precision = np.linalg.inv(OMEGA) + (z / variance[:, None]).T @ z
    own = np.linalg.solve(precision, (z / variance[:, None]).T @ (scores.value - z @ THETA[:2]))
    return float(then @ (THETA[:2] + own))


def mixture_at(scores: Scores, day: float) -> float:
    """The same from every way in which the scores may be mistyped or not, written out."""
    time, wide, prior = known_class().time, PRIORS.mistyped_sd**2, PRIORS.mistyped
    z = np.stack([np.ones_like(scores.days), time.x(scores.days, scores.days)], axis=1)
    gap, means, weights = scores.value - z @ THETA[:2], [], []
    for mistyped in product([False, True], repeat=len(gap)):
        variance = scores.variance + wide * np.array(mistyped)
        k = z @ OMEGA @ z.T + np.diag(variance)
        log_weight = -0.5 * (np.linalg.slogdet(k)[1] + gap @ np.linalg.solve(k, gap))
        log_weight += sum(np.log(prior if m else 1 - prior) for m in mistyped)
        means.append(readiness_at(scores, day, variance))
        weights.append(log_weight)
    weight = np.exp(np.array(weights) - max(weights))
    return float(weight @ np.array(means) / weight.sum())


def test_a_mistyped_score_moves_readiness_as_the_mixture_written_out_says() -> None:
    draw, ours, plain = np.random.default_rng(1), [], []
    for _ in range(300):
        n = int(draw.integers(1, 6))
        days, errors = np.sort(draw.uniform(20, 180, n)), draw.choice([16.0, 30.0], n)
        growth = -np.expm1(-days / 120)
        values = draw.normal(60, 8) + draw.normal(10, 4) * growth + np.sqrt(errors) * draw.normal(size=n)
        values[draw.integers(n)] += draw.choice([-30, -20, -10, 10, 20, 30])
        scores = one_student(days, values, errors)
        exact = mixture_at(scores, 190)
        ours.append(readiness_at(scores, 190, widened(scores, known_class(), PRIORS).variance) - exact)
        plain.append(readiness_at(scores, 190, errors) - exact)
    assert np.sqrt(np.mean(np.square(ours))) < 0.35 * np.sqrt(np.mean(np.square(plain)))
    assert np.quantile(np.abs(ours), 0.9) < 2.0


def test_one_mistyped_score_of_five_hardly_moves_a_student_and_is_named() -> None:
    sheet = assessments(*({"form": str(n), "taken_on": day(-20 - 7 * n), "score": 66.0} for n in range(4)))
    mistyped = pl.concat([sheet, assessments({"form": "9", "score": 36.0})])
    without, found = (risk_of(students({}), attempts(), rows).row(0, named=True) for rows in (sheet, mistyped))
    facts = Facts(students({}), attempts(), observations(mistyped, POLICY))
    believed = fit_readiness(facts, AS_OF, BELIEVES_ALL)
    moved = risk(facts, believed, AS_OF, BELIEVES_ALL).row(0, named=True)["readiness"] - without["readiness"]
    assert abs(found["readiness"] - without["readiness"]) < 0.25 * abs(moved)
    (reason,) = [r for r in found["reasons"] if r["reason_id"] == "score_mistyped"]
    assert (reason["instrument"], reason["on"], reason["effect"]) == ("CBSSA", day(-10), None)
    assert reason["epc"] == pytest.approx(-30, abs=3)


def test_two_scores_that_fell_alike_are_no_mistakes_and_lower_readiness() -> None:
    of = school(n=200)
    student_id = of.students["student_id"][0]
    mine = assessments(*({"student_id": student_id, "form": str(n), "taken_on": day(-90 + 20 * n), "score": score}
                         for n, score in enumerate([70.0, 71.0, 72.0, 50.0, 49.0])))
    sheet = pl.concat([of.assessments.filter(pl.col("student_id") != student_id), mine])
    found = risk_of(of.students, attempts(), sheet).row(by_predicate=pl.col("student_id") == student_id, named=True)
    assert "score_mistyped" not in [reason["reason_id"] for reason in found["reasons"]]
    assert found["readiness"] < 64


def test_a_student_whose_scores_agree_has_no_mistyped_one() -> None:
    made_school = school(n=200)
    fitted = readiness_of(made_school.students, attempts(), made_school.assessments)
    assert len(fitted.mistyped) <= 2  # of 200 students, by chance


def mistyped(of: Made, share: float, seed: int) -> Made:
    """The school with this share of its scores mistyped: digits swapped, off by tens, or any score at all."""
    draw, n = np.random.default_rng(seed + 500), len(of.assessments)
    score = of.assessments["score"].to_numpy()
    whole = np.round(score)
    ways = [np.floor(whole / 10) % 10 + whole % 10 * 10, score + draw.choice([-30, -20, -10, 10, 20, 30], n),
            draw.uniform(20, 95, n)]
    wrong = np.clip(np.choose(draw.integers(0, 3, n), ways), 0, 100)
    return replace(of, assessments=of.assessments.with_columns(
        score=pl.Series(np.where(draw.random(n) < share, wrong, score))))


def test_with_one_score_in_a_hundred_mistyped_chances_stay_as_near_the_exact_as_without() -> None:
    of = made(STEADY, 1)
    exact = oracle(of, draws=3000).p
    p, alone = (figured(mistyped(of, 0.01, 1), policy)[1]["p_pass"].to_numpy() for policy in (POLICY, BELIEVES_ALL))
    apart, apart_alone = (np.sqrt(np.nanmean((q - exact) ** 2)) for q in (p, alone))
    assert apart <= 0.06
    assert apart < 0.75 * apart_alone


def test_an_instruments_error_is_learned_where_students_have_other_scores() -> None:
    made_school = school(n=1000)
    draw, uwsa = np.random.default_rng(3), pl.col("instrument") == "UWSA"
    noise = pl.Series(draw.normal(0, 7, len(made_school.assessments)))
    worse = made_school.assessments.with_columns(score=pl.when(uwsa).then(pl.col("score") + noise).otherwise("score"))
    learned = []
    for sheet in (made_school.assessments, worse):
        fitted = readiness_of(made_school.students, attempts(), sheet)
        kinds = conversions(POLICY).with_columns(share=pl.Series(fitted.fit.error_share[:-1]))
        learned.append(dict(kinds.filter(scale=pl.when(uwsa).then(pl.lit("percent")).otherwise("scale")).select(
            "instrument", "share").rows()))
    usual, large = learned
    assert usual["UWSA"] == pytest.approx(1.0, abs=0.3)
    assert 0.5 * 49 < (large["UWSA"] - usual["UWSA"]) * 5.5**2 < 1.1 * 49  # the rest counts as mistyped
    assert large["CBSSA"] == pytest.approx(1.0, abs=0.15)


def of_many_forms(seed: int, difficulty_sd: float) -> tuple[Made, dict[str, float]]:
    """Steady growers, whose CBSSA are of eight forms at random, each easier or harder by its own difficulty."""
    world: World = replace(STEADY, missing=0.0)
    of, draw = made(world, seed), np.random.default_rng(seed + 900)
    difficulty = dict(zip("ABCDEFGH", draw.normal(0, difficulty_sd, 8), strict=True))
    forms = pl.Series("form", draw.choice(list(difficulty), len(of.assessments)))
    added = pl.when(pl.col("instrument") == "CBSSA").then(forms.replace_strict(difficulty)).otherwise(0.0)
    return replace(of, assessments=of.assessments.with_columns(form=forms, score=pl.col("score") + added)), difficulty


def test_how_hard_each_form_is_is_learned_and_readiness_is_better_for_it() -> None:
    of, difficulty = of_many_forms(1, 4.0)
    few = changed(POLICY, "readiness", model=PRIORS.model_copy(update={"form_fewest": 10**6}))
    error = {}
    for name, policy in (("with", POLICY), ("without", few)):
        fitted, rows, _ = figured(of, policy)
        mean, sd = fitted.on(rows["student_id"], [of.as_of] * len(rows))
        apart = np.abs(mean - of.truth[of.newest, 200])
        error[name] = apart.mean()
        if name == "with":
            columns = fitted.scores.offsets.columns.with_columns(
                offset=pl.Series(fitted.fit.theta[2 + fitted.scores.groups :]))
            learned = dict(columns.filter(instrument="CBSSA").select("form", "offset").rows())
            assert 0.7 < (apart <= 1.2816 * sd).mean() < 0.9
    assert set(learned) == set(difficulty)
    true = np.array([difficulty[form] for form in learned])
    got = np.array(list(learned.values()))
    assert np.abs((got - got.mean()) - (true - true.mean())).max() < 1.5
    assert error["with"] < 0.95 * error["without"]


def test_a_form_that_few_took_counts_as_its_instrument_does() -> None:
    of = school(n=60)
    fitted = readiness_of(of.students, attempts(), of.assessments)
    assert fitted.scores.offsets.columns.filter(pl.col("form").is_not_null())["students"].min() is None or (
        fitted.scores.offsets.columns.filter(pl.col("form").is_not_null())["students"] >= PRIORS.form_fewest).all()
    assert fitted.as_of == AS_OF
