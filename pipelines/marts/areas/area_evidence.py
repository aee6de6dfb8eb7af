"""Area evidence: a school's area rows gone through once, some students at a time, and what is kept of them.

A large school has millions of area rows; what is made of them is one row a student and area. So memory is bounded by a
batch of students, whatever the school's size.
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
from pipelines.policy import Policy

BATCH = 250_000


@dataclass(frozen=True)
class AreaEvidence:
    """`pooled` as pooled_areas gives it, `marks` as area_marks; for classes, `forms` and `changes` as class_areas
    takes them (empty where no classes were asked for)."""

    pooled: pl.DataFrame
    marks: pl.DataFrame
    forms: pl.DataFrame
    changes: pl.DataFrame


def area_evidence(
    parts: Iterable[dy.DataFrame[AreaScore]], assessments: dy.DataFrame[Assessment], as_of: date, policy: Policy,
    classes: dy.DataFrame[Student] | None = None,
) -> AreaEvidence:
    """`parts` are content-area rows, all of a student in one part; `classes` the students that classes are made of."""
    found: list[AreaEvidence] = []
    nothing = pl.DataFrame()
    for part in parts:
        results = coded_results(part, assessments, as_of, policy)
        forms = nothing if classes is None else class_forms(classes, results, as_of, policy)
        changes = nothing if classes is None else area_changes(results)
        found.append(AreaEvidence(
            pooled_areas(results, as_of, policy), area_marks(part, as_of, policy), forms, changes
        ))
    return AreaEvidence(*(
        pl.concat([getattr(one, name) for one in found]) for name in ("pooled", "marks", "forms", "changes")
    ))


def batches(content_areas: dy.DataFrame[AreaScore], rows: int = BATCH) -> Iterator[dy.DataFrame[AreaScore]]:
    """The rows in parts of about so many, all of a student in one."""
    parts = -(-content_areas.height // rows)
    if parts <= 1:
        yield content_areas
        return
    part = content_areas["student_id"].hash() % parts
    for number in range(parts):
        yield where(content_areas, part == number)
