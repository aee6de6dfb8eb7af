"""One student's what-if score against refitting the whole school."""

import numpy as np
import polars as pl
import pytest

from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.readiness import Readiness
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.model.single_student_update import rescored
from pipelines.marts.risk.risk import chance_by_date
from tests.marts.builders import AS_OF, POLICY, School, assessments, attempts, day, school


def tolerance(alone: Readiness, whole: Readiness) -> float:
    """Of chance and the ends of its band, as docs/retakes.md says: a refit may find that growth flattens otherwise."""
    return 0.01 if alone.fit.time == whole.fit.time else 0.06


FAR_DAYS, FAR = 200, 0.07  # so far ahead, the same in a school whose outcomes leave little of the scores' order


@pytest.fixture(scope="module")
def known() -> tuple[School, pl.DataFrame, pl.DataFrame, Readiness]:
    """A school whose exam was 30 days ago for half of it; the other half has not sat."""
    made = school(n=120, seed=3)
    half = made.students["student_id"][:60]
    sat = made.attempts.filter(pl.col("student_id").is_in(half.implode()), pl.col("taken_on") <= AS_OF)
    sat = pl.concat([sat, attempts(*({"student_id": i, "taken_on": day(-45)} for i in half[:20]))])
    seen = observations(made.assessments, POLICY)
    return made, sat, seen, fit_readiness(Facts(made.students, sat, seen), AS_OF, POLICY)


def both(known: tuple[School, pl.DataFrame, pl.DataFrame, Readiness], student_id: str, added: pl.DataFrame) -> tuple:
    """(one student alone, the whole school refitted), with `added` among the scores."""
    made, sat, seen, readiness = known
    more = pl.concat([seen, observations(added, POLICY).select(seen.columns)])
    facts, mine = Facts(made.students, sat, more), pl.Series([student_id])
    alone = rescored(readiness, student_id, facts.of(mine), AS_OF, POLICY)
    return alone, fit_readiness(facts, AS_OF, POLICY)


@pytest.mark.parametrize("nth", [0, 30, 90])
@pytest.mark.parametrize(("instrument", "scale", "score"), [
    ("CBSSA", "EPC", 45.0), ("CBSSA", "EPC", 85.0), ("Free 120", "percent", 70.0),
    ("UWSA", "three-digit", 225.0),  # a scale that nobody of this school has a score on
])  # fmt: skip
def test_an_added_score_gives_what_the_whole_refit_gives(known, nth, instrument, scale, score) -> None:
    student_id = known[0].students["student_id"][nth]
    added = assessments({"student_id": student_id, "instrument": instrument, "scale": scale, "form": "99",
                         "taken_on": AS_OF, "score": score})  # fmt: skip
    alone, whole = both(known, student_id, added)
    days = [day(n) for n in (0, 30, 90, FAR_DAYS)]
    updated, truth = (
        chance_by_date(student_id, "Step 1", r, days, POLICY).drop("day").to_numpy() for r in (alone, whole))
    apart = np.abs(updated - truth)
    assert apart[:-1].max() < tolerance(alone, whole)
    assert apart[-1].max() < (FAR if tolerance(alone, whole) > 0.01 else 0.01)


def test_without_another_score_nothing_moves(known) -> None:
    made, sat, seen, readiness = known
    for student_id in made.students["student_id"][:5]:
        mine = Facts(made.students, sat, seen).of(pl.Series([student_id]))
        again = rescored(readiness, student_id, mine, AS_OF, POLICY)
        for one, other in zip(again.on([student_id], [day(60)]), readiness.on([student_id], [day(60)]), strict=True):
            assert one == pytest.approx(other, abs=1e-9)


def test_a_first_score_of_a_student_without_any_counts(known) -> None:
    made, sat, seen, _ = known
    student_id = made.students["student_id"][100]
    others = seen.filter(pl.col("student_id") != student_id)
    readiness = fit_readiness(Facts(made.students, sat, others), AS_OF, POLICY)
    added = assessments({"student_id": student_id, "taken_on": AS_OF, "score": 48.0})
    alone, whole = both((made, sat, others, readiness), student_id, added)
    assert alone.on([student_id], [AS_OF])[0] == pytest.approx(whole.on([student_id], [AS_OF])[0], abs=0.1)
    assert alone.count[100] == 1


def test_the_other_students_stay_as_they_were(known) -> None:
    _, _, _, readiness = known
    one, other = known[0].students["student_id"][:2]
    alone, _ = both(known, one, assessments({"student_id": one, "taken_on": AS_OF, "score": 20.0, "form": "99"}))
    assert alone.on([other], [AS_OF]) == readiness.on([other], [AS_OF])
    assert readiness.on([one], [AS_OF])[0] > alone.on([one], [AS_OF])[0]
