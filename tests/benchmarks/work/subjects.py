"""Estimates of a large school's content areas, facts in memory."""

import time
from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.contracts.facts import Assessment, Attempt, ContentArea, Student
from pipelines.contracts.school_facts import Facts
from pipelines.marts.areas.subjects import subject_estimates
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.policy import load_policy
from tests.benchmarks.work import AS_OF

AREAS = 22


def estimates(students: int, forms: int, repeats: int) -> dict[str, list[float] | int]:
    """Seconds of each run, and the rows that went in and came out."""
    facts, policy = _school(students, forms), load_policy()
    people, scores = facts[0], observations(facts[2], policy)
    readiness = fit_readiness(Facts(people, Attempt.create_empty(), scores), AS_OF, policy)
    took, out = [], 0
    for _ in range(repeats):
        start = time.perf_counter()
        out = subject_estimates(*facts, readiness, AS_OF, policy).height
        took.append(time.perf_counter() - start)
    assert out == students * AREAS
    return {"seconds": took, "rows": facts[1].height}


def _school(students: int, forms: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Systems and disciplines of every form of every student, with the shapes of the contracts."""
    draw = np.random.default_rng(0)
    areas = [a for a in load_policy().blueprint.areas if a.axis != "competency"]
    items = np.maximum(np.round(200 * np.array([a.weight for a in areas])), 1).astype(np.int32)
    truth = (draw.normal(66, 8, students)[:, None] + draw.normal(0, 5, (students, AREAS))).clip(5, 98)
    correct = draw.binomial(items, truth[:, None, :] / 100, (students, forms, AREAS)).astype(np.int32)
    seats = pl.DataFrame({
        "student_id": np.repeat([f"{i:08d}" for i in range(students)], forms), "instrument": "CBSSA",
        "form": np.tile([str(26 + f) for f in range(forms)], students),
        "taken_on": [AS_OF - timedelta(days=20 * (forms - f)) for f in range(forms)] * students,
        "score": (100 * correct.sum(2) / items.sum()).ravel(), "scale": "EPC",
    })
    each_area = np.repeat(np.arange(seats.height), AREAS)
    sheet = seats.drop("score", "scale")[each_area].with_columns(
        axis=pl.Series([a.axis for a in areas] * (students * forms)),
        area=pl.Series([a.name for a in areas] * (students * forms)),
        score=pl.Series((100 * correct / items).round().ravel()), correct=pl.Series(correct.ravel()),
        items=pl.Series(np.tile(items, students * forms)),
    )
    people = pl.DataFrame({"student_id": [f"{i:08d}" for i in range(students)]}).with_columns(
        class_year=pl.int_range(pl.len(), dtype=pl.Int32) % 4 + 2026
    )
    return tuple(  # type: ignore[return-value]
        _filled(frame, contract) for frame, contract in [(people, Student), (sheet, ContentArea), (seats, Assessment)]
    )


def _filled(frame: pl.DataFrame, contract: type[Student] | type[ContentArea] | type[Assessment]) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in contract.create_empty().schema.items()
        if name not in frame.columns
    )
