"""Small facts with defaults, and a school whose truth is known."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.contracts.facts import Assessment, Attempt, ContentArea, Student
from pipelines.contracts.school_facts import Facts
from pipelines.marts.areas.subjects import subject_estimates
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.readiness import Readiness
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.risk.risk import risk
from pipelines.policy import load_policy

POLICY = load_policy()
AS_OF = date(2027, 1, 15)


def day(offset: int) -> date:
    """So many days after AS_OF."""
    return AS_OF + timedelta(days=offset)


def _frame(contract: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = contract.create_empty().schema
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema=schema)


def students(*rows: dict[str, Any]) -> pl.DataFrame:
    default = {"student_id": "S1", "program": "MD", "class_year": 2029}
    return _frame(Student, [{**default, **row} for row in rows])


def attempts(*rows: dict[str, Any]) -> pl.DataFrame:
    default = {"student_id": "S1", "exam": "Step 1", "taken_on": day(-30), "outcome": "fail"}
    return _frame(Attempt, [{**default, **row} for row in rows])


def assessments(*rows: dict[str, Any]) -> pl.DataFrame:
    default = {
        "student_id": "S1", "instrument": "CBSSA", "form": "30", "taken_on": day(-10), "score": 64.0, "scale": "EPC"
    }
    return _frame(Assessment, [{**default, **row} for row in rows])


def areas(*rows: dict[str, Any]) -> pl.DataFrame:
    default = {
        "student_id": "S1", "instrument": "CBSSA", "form": "30", "taken_on": day(-10), "axis": "discipline",
        "area": "Pathology",
    }
    return _frame(ContentArea, [{**default, **row} for row in rows])


def readiness_of(people: pl.DataFrame, sat: pl.DataFrame, scores: pl.DataFrame, as_of: date = AS_OF) -> Readiness:
    return fit_readiness(Facts(people, sat, observations(scores, POLICY)), as_of, POLICY)


def risk_of(people: pl.DataFrame, sat: pl.DataFrame, scores: pl.DataFrame, as_of: date = AS_OF) -> pl.DataFrame:
    readiness = readiness_of(people, sat, scores, as_of)
    return risk(Facts(people, sat, observations(scores, POLICY)), readiness, as_of, POLICY)


NO_ATTEMPTS = attempts()


def subjects_of(
    people: pl.DataFrame, sheet: pl.DataFrame, scores: pl.DataFrame, sat: pl.DataFrame = NO_ATTEMPTS,
    as_of: date = AS_OF,
) -> pl.DataFrame:
    """Subject estimates with the readiness of the same students and scores."""
    return subject_estimates(people, sheet, scores, readiness_of(people, sat, scores, as_of), as_of, POLICY)


def risk_row(
    person: dict[str, Any] | None = None, sat: pl.DataFrame = NO_ATTEMPTS, sheet: pl.DataFrame | None = None
) -> dict[str, Any]:
    """The single risk row of one student, one CBSSA of 64 ten days old by default."""
    return risk_of(students(person or {}), sat, assessments({}) if sheet is None else sheet).row(0, named=True)


@dataclass(frozen=True)
class School:
    """A class year with known readiness: `truth` is students x days from `start`."""

    students: pl.DataFrame
    attempts: pl.DataFrame
    assessments: pl.DataFrame
    truth: np.ndarray
    start: date

    def truth_on(self, on: date) -> np.ndarray:
        return self.truth[:, (on - self.start).days]


OFFSET = {"CBSSA": (0.0, 4.0), "CBSE": (0.0, 4.0), "UWSA": (4.0, 5.5), "Free 120": (-3.0, 6.0)}


def school(n: int = 160, scores: int = 6, seed: int = 0, days: int = 360, flattening: float = 90.0) -> School:
    """Growth that flattens, with random drift of readiness (not the model's own generator: another flattening
    time, offsets, and scores that bunch toward the exam, which is on the last day but 30)."""
    draw = np.random.default_rng(seed)
    t = np.arange(days)
    level, growth = draw.normal(59, 7, n), draw.normal(10, 4, n)
    drift = np.cumsum(draw.normal(0, np.sqrt(0.05), (n, days)), axis=1)
    truth = level[:, None] + growth[:, None] * -np.expm1(-t / flattening) + drift
    start = AS_OF - timedelta(days=days - 90)
    who = np.repeat(np.arange(n), scores)
    at = (days * draw.beta(1.5, 1.0, n * scores)).astype(int).clip(0, days - 1)
    instrument = draw.choice(list(OFFSET), n * scores, p=[0.5, 0.15, 0.15, 0.2])
    bias, error = (np.array([OFFSET[i][k] for i in instrument]) for k in (0, 1))
    score = (truth[who, at] + bias + error * draw.normal(size=n * scores)).clip(0, 100)
    scale = {"CBSSA": "EPC", "CBSE": "EPC", "UWSA": "percent", "Free 120": "percent"}
    exam_on = days - 31
    passed = truth[:, exam_on] + draw.normal(0, 2.65, n) > 59.5
    ids = [f"{i:05d}" for i in range(n)]
    return School(
        students(*({"student_id": i, "planned_on": start + timedelta(days=exam_on)} for i in ids)),
        attempts(*({"student_id": i, "taken_on": start + timedelta(days=exam_on), "outcome": "pass" if p else "fail"}
                   for i, p in zip(ids, passed, strict=True))),
        assessments(*({"student_id": ids[w], "instrument": i, "form": str(k), "score": float(s), "scale": scale[i],
                       "taken_on": start + timedelta(days=int(a))}
                      for k, (w, i, a, s) in enumerate(zip(who, instrument.tolist(), at, score, strict=True)))),
        truth, start,
    )
