"""Readiness and chances of very many students, from sorted columns in memory."""

import time
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.contracts.facts import Attempt
from pipelines.contracts.readiness import Observation
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.coefficients import posterior
from pipelines.marts.model.curve_in_use import CurveInUse
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.growth import PART, Scores
from pipelines.marts.model.growth_fit import fit_growth, refitted
from pipelines.marts.model.offsets import Offsets
from pipelines.policy import load_policy

AS_OF = date(2026, 11, 22)
CLASSES = 4
EXAM_DAY = 280.0


def estimate(students: int, scores: int) -> dict[str, float]:
    """Seconds to estimate everybody's readiness, the shared part included, and to predict each one's chance with its
    band on the day of the exam; and how many were predicted."""
    policy, seen = load_policy(), columns(students, scores)
    start, cpu = time.perf_counter(), time.process_time()
    model = policy.readiness.model
    _, s, fit, _ = refitted(seen, fit_growth(seen, model), model)
    known = posterior(s, fit, seen.group)
    done = time.perf_counter()
    curve_in_use = CurveInUse.of_policy(
        pl.DataFrame({"student_id": [""], "row": [0], "group": [CLASSES - 1]}), *_nothing(), policy
    )
    total = 0.0
    for at in range(0, students, PART):
        rows = np.arange(at, min(at + PART, students))
        first = np.ones(len(rows), dtype=bool)
        pass_curve = curve_in_use.pass_curve(pl.repeat("Step 1", len(rows), eager=True), first, seen.group[rows])
        x = fit.time.x(np.full(len(rows), EXAM_DAY), np.zeros(len(rows)))
        p_pass, low, high = pass_curve.band(*known.at(rows, x))
        assert ((low <= p_pass) & (p_pass <= high)).all()
        total += float(p_pass.sum())
    predicted = time.perf_counter()
    assert 0.5 * students < total < students
    return {"estimate": done - start, "predict": predicted - done, "cpu": time.process_time() - cpu,
            "students": students, "scores": len(seen.days)}


def from_facts(students: int, scores: int) -> float:
    """Seconds to estimate the same from facts as the warehouse gives them, a quarter of the outcomes known."""
    policy, people, sat, seen = load_policy(), *facts(students, scores)
    start = time.perf_counter()
    found = fit_readiness(Facts(people, sat, seen), AS_OF, policy)
    took = time.perf_counter() - start
    assert len(found.current.mean) == students
    assert found.curve_in_use.updates["Step 1", True].outcomes > students // 5
    return took


def facts(students: int, scores: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Roster, first attempts and observations of the drawn columns."""
    drawn = columns(students, scores)
    ids = pl.int_range(students, eager=True).cast(pl.String).str.zfill(8)
    begins = AS_OF - timedelta(days=int(EXAM_DAY) + 10)
    people = pl.DataFrame({"student_id": ids, "class_year": 2026 + drawn.group}).with_columns(
        program=pl.lit("MD"), planned_on=pl.lit(begins + timedelta(days=int(EXAM_DAY))),
        class_year=pl.col("class_year").cast(pl.Int32),
    )
    sat = people.head(students // 4).select(
        "student_id", exam=pl.lit("Step 1"), taken_on="planned_on",
        outcome=pl.when(pl.int_range(pl.len()) % 10 == 0).then(pl.lit("fail")).otherwise(pl.lit("pass")),
        attempt_number=pl.lit(None, pl.Int32),
    )
    anchor = drawn.offset < 0
    seen = pl.DataFrame({
        "student_id": ids.gather(drawn.student), "taken_on": pl.Series(drawn.days).cast(pl.Int32), "epc": drawn.value,
        "se": np.sqrt(drawn.variance), "instrument": np.array(["UWSA", "Free 120", "CBSSA"])[drawn.offset],
        "scale": np.where(anchor, "EPC", "percent"), "anchor": anchor,
    }).with_columns(
        taken_on=pl.lit(begins) + pl.duration(days="taken_on"), form=pl.lit("30"),
        printed_probability=pl.lit(None, pl.Float64),
    )
    return people, sat, seen


def _nothing() -> tuple[pl.DataFrame, pl.DataFrame, date]:
    """No attempts, no observations, and a day: the reading is policy's own."""
    return Attempt.create_empty(), Observation.create_empty(), AS_OF


def columns(students: int, scores: int) -> Scores:
    """Scores sorted by student and day, drawn with a fixed seed, a student's readiness growing and flattening."""
    draw = np.random.default_rng(0)
    student = np.repeat(np.arange(students, dtype=np.int32), scores)
    days = np.sort(draw.uniform(20, 240, (students, scores)), axis=1).ravel()
    level, gain = draw.normal(60, 7, students), draw.normal(10, 4, students)
    instrument = draw.integers(-2, 2, len(days)).clip(-1)
    value = level[student] + gain[student] * -np.expm1(-days / 110.0)
    value += np.where(instrument < 0, 4.0, 5.5) * draw.standard_normal(len(days))
    error = np.where(instrument < 0, 16.0, 30.25)
    columns = pl.DataFrame({
        "instrument": ["UWSA", "Free 120"], "of": "percent", "form": pl.Series([None, None], dtype=pl.String),
        "common_sd": 5.0, "form_sd": 0.0,
    })
    return Scores(
        student=student, days=days, until=EXAM_DAY - days, value=value, variance=error, error=error, usual=error,
        offset=instrument, kind=instrument + 1, group=np.arange(students) % CLASSES, groups=CLASSES,
        error_worth=np.array([2000.0, 50.0, 50.0]), offsets=Offsets(columns), mistyped=np.zeros(len(days)),
    )
