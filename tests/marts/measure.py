"""`python -m tests.marts.measure` prints the figures that docs/model.md, docs/subjects.md and docs/cases.md quote:
how well the marts recover the truth of generated schools, and how long they take. Exits 1 where a bound is broken."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.contracts.school_facts import Facts
from pipelines.marts.areas.class_areas import EARLIER
from pipelines.marts.areas.subjects import subject_estimates
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.readiness import day_numbers
from pipelines.marts.model.retake_gain import retake_gains
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.retakes.retakes import retakes
from pipelines.marts.risk.risk import risk
from pipelines.policy import changed
from tests.marts import area_worlds
from tests.marts.beside_simpler import every_row, table
from tests.marts.bounds_of_worlds import broken_bounds
from tests.marts.builders import AS_OF, POLICY, attempts, day, readiness_of, risk_of, school
from tests.marts.hostile_fits import broken_fits, every_fit, fits_line
from tests.marts.test_class_areas import classes
from tests.marts.test_readiness import later_scores
from tests.marts.test_regain import retakes_put_at
from tests.marts.test_subjects import distance
from tests.marts.test_worlds import NAMES, apart, brier, figured, found, slope
from tests.marts.tutoring_worlds import tutoring_lines
from tests.marts.worlds import WORLDS, auc, made, oracle


def readiness_lines() -> list[str]:
    """Ten schools of 160, as of a day 90 days before their last."""
    found = []
    for seed in range(10):
        made = school(seed=seed)
        fitted = readiness_of(made.students, attempts(), made.assessments)
        ids = fitted.students["student_id"]
        inside = []
        for ahead in (0, 30):
            mean, sd = fitted.on(ids, [day(ahead)] * len(ids))
            inside.append((np.abs(made.truth_on(day(ahead)) - mean) <= 1.2816 * sd).mean())
        found.append([*inside, *later_scores(made, fitted, 30)])
    today, later, model, last = np.mean(found, axis=0)
    return [
        f"80 % readiness intervals hold the truth: {today:.0%} on the day, {later:.0%} 30 days on",
        f"mean error of readiness 30 days on: {model:.1f} EPC; of the last CBSSA or CBSE: {last:.1f}",
    ]


def chance_line() -> str:
    made = school(n=2000, seed=4)
    rows = risk_of(made.students, attempts(), made.assessments).drop_nulls("p_pass")
    passed = pl.col("outcome") == "pass"
    both = rows.join(made.attempts.select("student_id", passed=passed.cast(pl.Float64)), on="student_id")
    p, y = both["p_pass"].to_numpy(), both["passed"].to_numpy()
    return (f"2,000 students: expected to pass {p.mean():.1%}, passed {y.mean():.1%}; "
            f"Brier {((p - y) ** 2).mean():.3f}, base rate's {y.mean() * (1 - y.mean()):.3f}")


def world_lines() -> list[str]:
    """Each generated school of worlds.py beside the exact posterior under its generator."""
    head = (f"{'world':24} {'n':>5} {'failures':>9} {'expected':>9} {'exact':>6} {'slope':>6} {'AUC':>6} {'exact':>6} "
            f"{'Brier':>6} {'exact':>6} {'last':>6} {'rate':>6} {'apart':>6} {'80 %':>5} {'+30 d':>5} {'error':>6} "
            f"{'exact':>6} {'last':>6} {'line':>6}")
    lines = [head]
    for name in NAMES:
        f = found(name)
        lines.append(
            f"{name:24} {len(f.p):>5,} {(~f.passed).sum():>9} {(1 - f.p).sum():>9.0f} {(1 - f.exact).sum():>6.0f} "
            f"{slope(f):>6.2f} {auc(f.p, f.passed):>6.3f} {auc(f.exact, f.passed):>6.3f} "
            f"{brier(f.p, f.passed):>6.4f} {brier(f.exact, f.passed):>6.4f} {brier(f.last, f.passed):>6.4f} "
            f"{brier(f.rate, f.passed):>6.4f} {apart(f):>6.3f} {f.covered:>5.0%} {f.covered_later:>5.0%} "
            f"{f.error:>6.2f} {f.exact_error:>6.2f} {f.last_error:>6.2f} {f.line_error:>6.2f}"
        )
    return lines


def rejected_lines(schools: int = 5) -> list[str]:
    """The model without one of its parts, in the world where that shows: how far its chances lie from the exact."""
    model, recalibration = POLICY.readiness.model, POLICY.readiness.recalibration
    exams_without_chance = recalibration.missing_forms.model_copy(update={"log_odds": -50.0})
    fixed = {"intercept_sd": 1e-3, "slope_sd": 1e-3, "drift_sd": 1e-3, "missing_forms": exams_without_chance}
    double = POLICY.readiness.curves.model_copy(update={"reported_score_se": 0.0})
    still = {"growth_mean": 0.0, "growth_sd": 0.01, "student_growth_sd": 0.01}
    cases = {
        "no spurt before the exam": (
            "spurt in the last weeks",
            changed(POLICY, "readiness", model=model.model_copy(update={"spurt": [0.0]})),
        ),
        "no recalibration on outcomes": (
            "steady growers",
            changed(POLICY, "readiness", recalibration=recalibration.model_copy(update=fixed)),
        ),
        "one offset for both scales of UWSA": ("biased UWSA", POLICY),
        "no growth": ("steady growers", changed(POLICY, "readiness", model=model.model_copy(update=still))),
        "the score's error counted twice": ("steady growers", changed(POLICY, "readiness", curves=double)),
        "the same, and no recalibration to mend it": (
            "steady growers",
            changed(POLICY, "readiness", curves=double, recalibration=recalibration.model_copy(update=fixed)),
        ),
    }
    lines = []
    for what, (name, policy) in cases.items():
        world = next(w for w in WORLDS if w.name == name)
        ours, exact, whole = [], [], []
        for seed in range(schools):
            made_school = made(world, seed)
            seen = observations(made_school.assessments, POLICY)
            mixed = seen.with_columns(scale=pl.lit("percent")) if "offset" in what else seen
            known = figured(made_school)[1]["p_pass"].is_not_null().to_numpy()
            ours.append(figured(made_school, policy, mixed)[1]["p_pass"].to_numpy()[known])
            whole.append(figured(made_school)[1]["p_pass"].to_numpy()[known])
            exact.append(oracle(made_school, draws=4000, seed=10_000 + seed).p[known])
        p, q, full = (np.concatenate(part) for part in (ours, exact, whole))
        lines.append(
            f"{what} ({name}): {(1 - p).sum():.0f} failures expected, exact {(1 - q).sum():.0f}; apart "
            f"{np.sqrt(((p - q) ** 2).mean()):.3f}, with it {np.sqrt(((full - q) ** 2).mean()):.3f}"
        )
    return lines


def retake_line() -> str:
    """With the scores and outcomes known two weeks after the exam, of 2,000 students."""
    made = school(n=2000, seed=6)
    failed = made.attempts.filter(pl.col("outcome") == "fail")
    on = failed["taken_on"].item(0)
    fitted = readiness_of(made.students, made.attempts, made.assessments, on + timedelta(days=14))
    days = [on + timedelta(days=120)] * len(failed)
    rows = fitted.rows(failed["student_id"])
    p, low, high = fitted.pass_curve(rows, failed["exam"]).band(*fitted.project(rows, day_numbers(days), sits=True))
    return (f"of {len(failed)} who failed, the mean chance 120 days after the failure: {p.mean():.0%}, "
            f"band {low.mean():.0%} to {high.mean():.0%}")


def gain_line() -> str:
    """The retake gain solved from each year's rates of repeaters."""
    gains = [
        (f"{program} {year}", retake_gains(date(year + 1, 1, 1), POLICY).filter(program=program)["gain"].item())
        for program in ("MD", "DO") for year in (2024, 2025)
    ]
    return "retake gain by national rates, EPC: " + ", ".join(f"{of} {gain:.1f}" for of, gain in gains)


def taught_lines() -> list[str]:
    """Retakes of generated schools whose own gain is the nation's, and smaller: class by class as outcomes come in."""
    lines = []
    for gain in (7.1, 4.0):
        classes = retakes_put_at(gain).group_by("class_year").agg(
            pl.len(), pl.col("p_pass").mean(), pl.col("passed").mean()).sort("class_year")  # fmt: skip
        by_year = "; ".join(f"{n} in {year}: expected {p:.0%}, passed {passed:.0%}"
                            for year, n, p, passed in classes.rows())  # fmt: skip
        lines.append(f"retakes with a true gain of {gain} EPC: {by_year}")
    return lines


def subject_lines() -> list[str]:
    """Areas called weak in each world of area_worlds.py, beside the exact posterior under its generator and as many
    lowest raw percents."""
    calls = {name: area_worlds.world(name) for name in [*area_worlds.WORLDS, *area_worlds.BEYOND]}
    every = area_worlds.together([calls[name] for name in area_worlds.WORLDS])
    head = (f"{'world':52} {'called':>6} {'right':>6} {'exact':>6} {'raw':>6} {'found':>6} {'exact':>6} {'of it':>6} "
            f"{'80 %':>5}")
    lines = [head, *(f"{name:52} {of}" for name, of in calls.items()), f"{'all but the last':52} {every}"]
    for forms in (1, 2, 4):
        found = area_worlds.area_school(replace(area_worlds.USUAL, forms=forms), seed=5).estimates
        error, raw = distance(found, "estimate"), distance(found, "raw")
        lines.append(f"{forms} form(s): error {error:.1f} points, raw {raw:.1f}")
    return lines


def class_lines() -> list[str]:
    """Twenty pairs of equal classes of 60, and twenty in which the later class is weaker in three areas; each class
    sits two forms of its own, whose items differ as in policy."""
    item_sd, off = (
        POLICY.blueprint.class_comparison.item_difficulty_sd,
        ["Biochemistry", "Pharmacology", "Cardiovascular"],
    )
    with_any = beyond_interval = named = right = 0
    for seed in range(20):
        same = classes({2028: {}, 2029: {}}, seed=seed, item_sd=item_sd).compared()
        rows = same.filter(comparison=EARLIER, class_year=2029, program="all")
        with_any += int(rows["notable"].any())
        beyond_interval += int(rows.select((pl.col("high") < 0) | (pl.col("low") > 0)).to_series().sum())
        weaker = classes({2028: {}, 2029: dict.fromkeys(off, -10.0)}, seed=seed + 100, item_sd=item_sd).compared()
        areas = weaker.filter(comparison=EARLIER, class_year=2029, program="all").filter("notable")["area"]
        named, right = named + len(areas), right + int(areas.is_in(off).sum())
    return [
        f"20 pairs of equal classes: {with_any} with a notable area of 22; 80 % intervals alone would name "
        f"{beyond_interval / 20:.1f} areas a pair",
        f"20 pairs with three areas 10 points lower: {right} of 60 notable, {named - right} others",
    ]


def _seconds(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def many(frame: pl.DataFrame, times: int) -> pl.DataFrame:
    """The same students many times, under new IDs."""
    copies = pl.DataFrame({"copy": range(times)})
    return frame.join(copies, how="cross").with_columns(
        student_id=pl.format("{}-{}", "copy", "student_id")
    ).drop("copy")


def speed_lines(times: int = 25) -> list[str]:
    """1,000 students copied `times` times."""
    made, lines = school(n=1000, scores=8), []
    people, sat, sheet = (many(f, times) for f in (made.students, made.attempts, made.assessments))
    sat = sat.with_columns(taken_on=pl.lit(day(-40)))
    seen = observations(sheet, POLICY)
    fitted = fit_readiness(Facts(people, sat, seen), AS_OF, POLICY)
    n = len(people)
    lines.append(f"{n:,} x 8 scores: readiness "
                 f"{_seconds(lambda: fit_readiness(Facts(people, sat, seen), AS_OF, POLICY)):.2f} s, risk "
                 f"{_seconds(lambda: risk(Facts(people, sat, seen), fitted, AS_OF, POLICY)):.2f} s, retakes "
                 f"{_seconds(lambda: retakes(Facts(people, sat, seen), fitted, AS_OF, POLICY)):.2f} s")
    small = area_worlds.area_school(replace(area_worlds.USUAL, n=200, forms=8))
    areas, scores = many(small.areas, n // 200), many(small.assessments, n // 200)
    whole = many(small.students, n // 200)
    readiness = readiness_of(whole, attempts(), scores)
    took = _seconds(lambda: subject_estimates(whole, areas, scores, readiness, AS_OF, POLICY))
    lines.append(f"{len(whole):,} x {areas['area'].n_unique()} areas x 8 forms: subjects {took:.2f} s")
    return lines


Part = tuple[list[str], list[str]]  # lines, and a sentence for each bound that is broken


def worlds_part() -> Part:
    rows = every_row()
    return table(rows), broken_bounds(rows)


def fits_part() -> Part:
    found = every_fit()
    return [fits_line(found)], broken_fits(found)


PARTS: dict[str, Callable[[], Part]] = {
    **{name: lambda lines=lines: (lines(), []) for name, lines in {
        "readiness": readiness_lines, "oracle": world_lines, "rejected": rejected_lines,
        "chance": lambda: [chance_line()], "retakes": lambda: [gain_line(), retake_line(), *taught_lines()],
        "subjects": subject_lines, "classes": class_lines, "tutoring": tutoring_lines, "speed": speed_lines,
    }.items()},
    "worlds": worlds_part, "fits": fits_part,
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.marts.measure", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="print only these parts")
    broken = []
    for name in parser.parse_args().only:
        lines, beyond = PARTS[name]()
        broken += beyond
        sys.stdout.write("\n".join([*lines, ""]))
        sys.stdout.flush()
    sys.stdout.write("".join(f"broken: {sentence}\n" for sentence in broken))
    return min(len(broken), 1)


if __name__ == "__main__":
    raise SystemExit(main())
