"""Area evidence: one pass over a school's area rows, a batch of students at a time.

A large school has millions of area rows, but only one result row a student and area. So a batch of students bounds
memory, whatever the school's size.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import AreaScore, Assessment, Student
from pipelines.contracts.frames import where
from pipelines.marts.areas.area_forms import area_changes, class_forms
from pipelines.marts.areas.area_marks import area_marks
from pipelines.marts.areas.area_results import coded_results
from pipelines.marts.areas.pooled_areas import pooled_areas
from pipelines.marts.areas.student_totals import student_totals
from pipelines.marts.model.readiness import Readiness
from pipelines.policy import Policy

BATCH = 250_000


@dataclass(frozen=True)
class AreaEvidence:
    """The result of pooled_areas (`pooled`), student_totals (`totals`) and area_marks (`marks`); for classes also of
    class_forms (`forms`) and area_changes (`changes`), both empty without classes."""

    pooled: pl.DataFrame
    totals: pl.DataFrame
    marks: pl.DataFrame
    forms: pl.DataFrame
    changes: pl.DataFrame


def area_evidence(
    parts: Iterable[dy.DataFrame[AreaScore]], assessments: dy.DataFrame[Assessment], readiness: Readiness,
    as_of: date, policy: Policy, classes: dy.DataFrame[Student] | None = None,
) -> AreaEvidence:
    """The evidence in `parts` up to as_of, each with all rows of its students; `readiness` knows these students, and
    `classes` are the students of all classes."""
    by_part: list[AreaEvidence] = []
    nothing = pl.DataFrame()
    for part in parts:
        results = coded_results(part, assessments, as_of, policy)
        forms = nothing if classes is None else class_forms(classes, results, as_of, policy)
        changes = nothing if classes is None else area_changes(results)
        marks = area_marks(part, readiness, as_of, policy)
        students = pl.concat([results["student_id"], marks["student_id"]])
        totals = student_totals(students, results, assessments, readiness, as_of, policy)
        by_part.append(AreaEvidence(pooled_areas(results, as_of, policy), totals, marks, forms, changes))
    return AreaEvidence(*(
        pl.concat([getattr(one, name) for one in by_part]) for name in ("pooled", "totals", "marks", "forms", "changes")
    ))


def batches(content_areas: dy.DataFrame[AreaScore], rows: int = BATCH) -> Iterator[dy.DataFrame[AreaScore]]:
    """The rows in parts of about `rows` each, all of a student in one part."""
    parts = -(-content_areas.height // rows)
    if parts <= 1:
        yield content_areas
        return
    part = content_areas["student_id"].hash() % parts
    for number in range(parts):
        yield where(content_areas, part == number)
