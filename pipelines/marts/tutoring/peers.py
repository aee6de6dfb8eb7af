"""Peer mentors: students who passed a retake and agreed to help, matched by the areas in which they were weak."""

from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import AreaScore, Assessment, Student
from pipelines.contracts.school_facts import Facts
from pipelines.contracts.subjects import SubjectEstimate
from pipelines.contracts.support import PeerMatch
from pipelines.marts.areas.subjects import subject_estimates
from pipelines.marts.model.readiness import Readiness
from pipelines.policy import Policy
from pipelines.policy.support import Peers


def passed_a_retake(facts: Facts, as_of: date) -> pl.DataFrame:
    """student_id, exam, failed_on (the last failure) and passed_on of students who passed an exam after failing it.

    Withdrawn students are absent; graduates may still mentor.
    """
    present = facts.students.filter(pl.col("status").fill_null("active") != "withdrawn").select("student_id")
    sat = facts.attempts.filter(pl.col("taken_on") <= as_of).join(present, on="student_id", how="semi")
    last = (
        sat.filter(pl.col("outcome") == o).group_by("student_id", "exam").agg(pl.col("taken_on").max().alias(name))
        for o, name in (("fail", "failed_on"), ("pass", "passed_on"))
    )
    failed, passed = last
    both = failed.join(passed, on=["student_id", "exam"]).filter(pl.col("failed_on") < pl.col("passed_on"))
    return both.sort("passed_on", "student_id", descending=[True, False]).unique(
        "student_id", keep="first", maintain_order=True
    )


def weak_then(
    mentors: pl.DataFrame, students: dy.DataFrame[Student], content_areas: dy.DataFrame[AreaScore],
    assessments: dy.DataFrame[Assessment], readiness: Readiness, policy: Policy,
) -> pl.DataFrame:
    """student_id, area, weight: each mentor's weak areas on the day of the last failure, with the total of that day as
    it is known by now."""
    by_day = [pl.DataFrame(schema={"student_id": pl.String, "area": pl.String, "weight": pl.Float64})]
    for (failed_on,), group in mentors.group_by("failed_on"):
        then = subject_estimates(students, content_areas, assessments, readiness, failed_on, policy)
        weak = _weak(then).join(group.select("student_id"), on="student_id", how="semi")
        by_day.append(weak.select("student_id", "area", "weight"))
    return pl.concat(by_day).sort("student_id", "area")


def peer_matches(
    wanting: pl.Series, subjects: dy.DataFrame[SubjectEstimate], weak: pl.DataFrame, terms: Peers
) -> dy.DataFrame[PeerMatch]:
    """Up to `mentors_each` mentors a student, those who share the heaviest weak areas first; nobody mentors themselves.

    `weak` is from `weak_then`, for mentors who have agreed.
    """
    weak_areas = _weak(subjects).filter(pl.col("student_id").is_in(wanting.implode()))
    weak_areas = weak_areas.sort("student_id", "priority", descending=[False, True])
    weak_areas = weak_areas.group_by("student_id", maintain_order=True).head(terms.areas_each)
    shared = (
        weak_areas.select("student_id", "area", "weight").join(weak.select("area", mentor_id="student_id"), on="area")
        .filter(pl.col("student_id") != pl.col("mentor_id"))
        .sort("student_id", "mentor_id", "weight", "area", descending=[False, False, True, False])
        .group_by("student_id", "mentor_id", maintain_order=True)
        .agg(areas=pl.col("area").str.join("; "), shared=pl.len(), weight=pl.col("weight").sum())
        .sort("student_id", "shared", "weight", "mentor_id", descending=[False, True, True, False])
        .group_by("student_id", maintain_order=True).head(terms.mentors_each)
    )
    return PeerMatch.validate(shared.select(PeerMatch.column_names()), cast=True)


def _weak(subjects: dy.DataFrame[SubjectEstimate]) -> pl.DataFrame:
    return subjects.filter(pl.col("weak").fill_null(False) & (pl.col("axis") != "competency"))
