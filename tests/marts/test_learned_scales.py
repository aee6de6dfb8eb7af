"""Exams without a published scale: their scale and error, learned from students who also took an equated form."""

import numpy as np
import polars as pl
import pytest

from pipelines.marts.model.learned_scales import learned_scales
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.policy import Policy
from tests.marts.builders import POLICY, assessments, attempts, day, readiness_of, students


def both_taken(n: int, seed: int, error: float = 12.0) -> tuple[pl.DataFrame, np.ndarray]:
    """n students, each with an AMBOSS SA (200 + 2 for each EPC above 60) and a CBSSA ten days later; readiness."""
    draw = np.random.default_rng(seed)
    truth = draw.normal(62, 8, n)
    mine = {"instrument": "other exam", "form": "AMBOSS SA", "scale": "as reported", "taken_on": day(-20)}
    rows = [{**mine, "student_id": f"{i:04}", "score": float(200 + 2 * (t - 60) + error * e)}
            for i, (t, e) in enumerate(zip(truth, draw.normal(size=n), strict=True))]
    rows += [{"student_id": f"{i:04}", "score": float(t + 4 * e)}
             for i, (t, e) in enumerate(zip(truth, draw.normal(size=n), strict=True))]
    return assessments(*rows), truth


def scales_of(sheet: pl.DataFrame, policy: Policy = POLICY) -> pl.DataFrame:
    return learned_scales(sheet, observations(sheet, policy).filter("anchor"), policy)


def test_the_scale_and_the_error_are_learned_from_those_who_took_both() -> None:
    found = [scales_of(both_taken(300, seed)[0]).row(0, named=True) for seed in range(8)]
    assert {row["students"] for row in found} == {300}
    assert np.mean([row["slope"] for row in found]) == pytest.approx(0.5, abs=0.03)
    assert np.mean([row["base_se"] for row in found]) == pytest.approx(6.0, abs=0.6)
    reads = [row["at_epc"] + row["slope"] * (200 - row["at_score"]) for row in found]
    assert np.mean(reads) == pytest.approx(60, abs=0.5)


def test_a_score_on_a_learned_scale_is_evidence_where_there_is_no_other() -> None:
    sheet, truth = both_taken(300, 1)
    alone = [f"{i:04}" for i in range(60)]
    only = sheet.filter(~(pl.col("student_id").is_in(alone) & (pl.col("instrument") == "CBSSA")))
    people = students(*({"student_id": f"{i:04}"} for i in range(300)))
    fitted = readiness_of(people, attempts(), only)
    mean, sd = fitted.on(alone, [day(-20)] * 60)
    assert (fitted.count[:60] == 1).all()
    assert np.abs(mean - truth[:60]).mean() < 0.75 * np.abs(truth[:60] - truth.mean()).mean()
    assert 0.68 <= (np.abs(mean - truth[:60]) <= 1.2816 * sd).mean() <= 0.92


def test_too_few_students_with_both_or_scores_that_tell_nothing_are_no_evidence() -> None:
    few, _ = both_taken(19, 1)
    nothing, _ = both_taken(100, 1, error=300.0)
    for sheet, n in ((few, 19), (nothing, 100)):
        found = scales_of(sheet).row(0, named=True)
        assert (found["students"], found["slope"], found["base_se"]) == (n, None, None)
        assert set(observations(sheet, POLICY)["instrument"]) == {"CBSSA"}


def test_an_exam_that_a_person_keeps_as_no_evidence_stays_none() -> None:
    sheet, _ = both_taken(100, 1)
    instruments = POLICY.instruments.model_copy(update={"labels": {"amboss sa": ("other exam", "AMBOSS SA")}})
    kept = POLICY.model_copy(update={"instruments": instruments})
    assert scales_of(sheet, kept).is_empty()
    assert set(observations(sheet, kept)["instrument"]) == {"CBSSA"}
