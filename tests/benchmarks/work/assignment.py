"""A week's hours for very many students: several offices drawn with fixed seeds, each solved under every bound."""

import time

import numpy as np
import polars as pl

from pipelines.marts.tutoring.assignment import REQUESTS, WeekPlan, assign
from pipelines.office.tutoring import LOCK_COLUMNS
from pipelines.policy import load_policy


def weeks(students: int, tutors: int, draws: int) -> dict[str, float]:
    """The slowest of so many weeks, the largest gap between its plan and the best there is, and the policy's bound."""
    took, gaps = [], []
    for seed in range(draws):
        start = time.perf_counter()
        gaps.append(week(students, tutors, seed).gap)
        took.append(time.perf_counter() - start)
    return {"seconds": max(took), "gap": max(gaps), "bound": load_policy().support.tutoring.gap}


def week(students: int, tutors: int, seed: int = 0) -> WeekPlan:
    """One week: three areas a student, a third at risk, a tenth retakers, a fifth with a tutor of theirs; a tutor
    teaches one to four areas for two to eight hours."""
    policy, draw = load_policy(), np.random.default_rng(seed)
    names = [a.name for a in policy.blueprint.areas if a.axis != "competency"]
    asked, taught = [], []
    for n in range(students):
        at_risk, retaker = bool(draw.random() < 0.3), bool(draw.random() < 0.1)
        for area in draw.choice(len(names), 3, replace=False):
            one = float(draw.gamma(2, 0.005))
            asked += [(f"{n:04}", names[area], hours, gain, at_risk, retaker)
                      for hours, gain in ((1, one), (2, one * 1.9))]
        if draw.random() < 0.2:
            taught.append((f"{n:04}", f"T{int(draw.integers(tutors)):02}"))
    able = [
        (f"T{n:02}", f"T{n:02}", [names[a] for a in draw.choice(len(names), int(draw.integers(1, 5)), replace=False)],
         int(draw.integers(2, 9)), int(draw.integers(2, 7)))
        for n in range(tutors)
    ]
    return assign(
        pl.DataFrame(asked, schema=REQUESTS, orient="row"),
        pl.DataFrame(able, schema=["tutor_id", "name", "areas", "hours", "max_students"], orient="row"),
        pl.DataFrame(taught, schema=["student_id", "tutor_id"], orient="row"),
        pl.DataFrame(schema={name: LOCK_COLUMNS[name] for name in ("student_id", "tutor_id", "area", "hours")}),
        policy.support.tutoring,
    )
