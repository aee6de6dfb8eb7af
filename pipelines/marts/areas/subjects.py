"""Subject estimates: each student's level in each content area, and whether it is weak (see docs/subjects.md)."""

from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import AreaScore, Assessment, Student
from pipelines.contracts.subjects import SubjectEstimate
from pipelines.marts.areas.area_evidence import AreaEvidence, area_evidence, batches
from pipelines.marts.areas.area_marks import with_marks
from pipelines.marts.areas.area_results import AREA
from pipelines.marts.areas.pooled_areas import STUDENT_AREA, only_marked, shrunk_areas
from pipelines.marts.areas.weak_areas import weak_areas
from pipelines.marts.model.chance import Z80
from pipelines.marts.model.readiness import Readiness
from pipelines.policy import Policy


def subject_estimates(
    students: dy.DataFrame[Student], content_areas: dy.DataFrame[AreaScore], assessments: dy.DataFrame[Assessment],
    readiness: Readiness, as_of: date, policy: Policy,
) -> dy.DataFrame[SubjectEstimate]:
    """One row per student and content area with a percent or a mark up to as_of: the level on as_of, forms pooled.

    `readiness` knows these students and gives their totals and growth; it may know later facts. `items` are the
    pooled items (see coded_results for forms whose sheet gives none).
    """
    evidence = area_evidence(batches(content_areas), assessments, readiness, as_of, policy)
    return estimates_from(students, evidence, policy)


def estimates_from(
    students: dy.DataFrame[Student], evidence: AreaEvidence, policy: Policy
) -> dy.DataFrame[SubjectEstimate]:
    """The same as subject_estimates, from evidence gathered before."""
    classes, marks = students.select("student_id", "class_year").unique("student_id"), evidence.marks
    pooled = evidence.pooled.join(classes, on="student_id", how="left", maintain_order="left")
    shrunk = shrunk_areas(pooled, only_marked(marks, pooled, classes, policy), evidence.totals, policy)
    marked = _counted(with_marks(shrunk, marks), marks).with_columns(pl.col(AREA).cast(pl.String))
    return SubjectEstimate.validate(weak_areas(marked, policy).select(SubjectEstimate.column_names()), cast=True)


def _counted(rows: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """The rows with marks counted as forms, and those marked lower than low passers and than first takers."""
    low, first = pl.col("lower") & pl.col("at_comparison"), pl.col("lower") & ~pl.col("at_comparison")
    mark_counts = marks.group_by(STUDENT_AREA).agg(
        marks=pl.len(), lower_than_low_passers=low.sum(), lower_than_first_takers=first.sum()
    )
    counts = ["marks", "lower_than_low_passers", "lower_than_first_takers"]
    rows = rows.join(mark_counts, on=STUDENT_AREA, how="left", maintain_order="left").with_columns(
        pl.col(*counts, "forms", "items").fill_null(0)
    )
    return rows.with_columns(forms=pl.col("forms") + pl.col("marks"))


def class_profile(estimates: pl.DataFrame) -> pl.DataFrame:
    """axis, area, weight, mean, low, high, students: the mean of these estimates with its 80 % interval, heaviest area
    first. The interval includes each estimate's own uncertainty; for one student it is only that."""
    own = ((pl.col("high") - pl.col("low")) / (2 * Z80)) ** 2
    n = pl.len()
    error = ((own.mean() + pl.col("estimate").var().fill_null(0.0)) / n).sqrt()
    mean = pl.col("estimate").mean()
    return estimates.group_by(*AREA, "weight").agg(
        mean=mean, low=(mean - Z80 * error).clip(0, 100), high=(mean + Z80 * error).clip(0, 100), students=n
    ).sort("axis", "weight", "area", descending=[False, True, False])
