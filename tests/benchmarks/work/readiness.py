"""Readiness and chances of very many students, from sorted columns in memory."""

import time
from datetime import date

import numpy as np
import polars as pl

from pipelines.contracts import Attempt, Observation
from pipelines.marts.coefficients import posterior
from pipelines.marts.growth import PART, Scores, fit_growth, priors_of_theta, shared_part, sums
from pipelines.marts.reading import Reading
from pipelines.policy import load_policy

CLASSES = 4
EXAM_DAY = 280.0


def estimate(students: int, scores: int) -> dict[str, float]:
    """Seconds to estimate everybody's readiness, the shared part included, and to predict each one's chance with its
    band on the day of the exam; and how many were predicted."""
    policy, seen = load_policy(), columns(students, scores)
    start, cpu = time.perf_counter(), time.process_time()
    fit = fit_growth(seen, policy.model)
    s = sums(seen, fit.time)
    fit = shared_part(s, fit.omega, priors_of_theta(seen, policy.model), fit.time)
    known = posterior(s, fit, seen.group)
    done = time.perf_counter()
    reading = Reading.of_policy(
        pl.DataFrame({"student_id": [""], "row": [0], "group": [CLASSES - 1]}), *_nothing(), policy
    )
    total = 0.0
    for at in range(0, students, PART):
        rows = np.arange(at, min(at + PART, students))
        first = np.ones(len(rows), dtype=bool)
        lens = reading.lens(pl.repeat("Step 1", len(rows), eager=True), first, seen.group[rows])
        x = fit.time.x(np.full(len(rows), EXAM_DAY), np.zeros(len(rows)))
        p_pass, low, high = lens.band(*known.at(rows, x))
        assert ((low <= p_pass) & (p_pass <= high)).all()
        total += float(p_pass.sum())
    predicted = time.perf_counter()
    assert 0.5 * students < total < students
    return {"estimate": done - start, "predict": predicted - done, "cpu": time.process_time() - cpu,
            "students": students, "scores": len(seen.days)}


def _nothing() -> tuple[pl.DataFrame, pl.DataFrame, date]:
    """No attempts, no observations, and a day: the reading is policy's own."""
    return Attempt.create_empty(), Observation.create_empty(), date(2026, 11, 22)


def columns(students: int, scores: int) -> Scores:
    """Scores sorted by student and day, drawn with a fixed seed, a student's readiness growing and flattening."""
    draw = np.random.default_rng(0)
    student = np.repeat(np.arange(students, dtype=np.int32), scores)
    days = np.sort(draw.uniform(20, 240, (students, scores)), axis=1).ravel()
    level, gain = draw.normal(60, 7, students), draw.normal(10, 4, students)
    instrument = draw.integers(-2, 2, len(days)).clip(-1)
    value = level[student] + gain[student] * -np.expm1(-days / 110.0)
    value += np.where(instrument < 0, 4.0, 5.5) * draw.standard_normal(len(days))
    return Scores(
        student=student, days=days, until=EXAM_DAY - days, value=value,
        variance=np.where(instrument < 0, 16.0, 30.25), instrument=instrument,
        group=np.arange(students) % CLASSES, groups=CLASSES, bias_sd=np.array([5.0, 5.0]),
    )
