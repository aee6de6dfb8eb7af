"""A school's facts in one record, as figures are derived from them."""

from dataclasses import dataclass, replace
from typing import cast

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Assessment, Attempt, Student, Topic
from pipelines.contracts.frames import where
from pipelines.contracts.readiness import Observation


@dataclass(frozen=True, eq=False)
class Facts:
    """Students, attempts and observations, whatever their date: marts drop what is dated after the day asked.

    `assessments` and `topics` are what the school's gates read; None where it has no gates, or where they do not count.
    """

    students: dy.DataFrame[Student]
    attempts: dy.DataFrame[Attempt]
    observations: dy.DataFrame[Observation]
    assessments: dy.DataFrame[Assessment] | None = None
    topics: dy.DataFrame[Topic] | None = None

    def of(self, student_ids: pl.Series) -> "Facts":
        """The facts of these students alone."""
        mine = pl.col("student_id").is_in(student_ids.implode())
        return Facts(
            where(self.students, mine), where(self.attempts, mine), where(self.observations, mine),
            None if self.assessments is None else where(self.assessments, mine),
            None if self.topics is None else where(self.topics, mine),
        )

    def with_students(self, students: pl.DataFrame) -> "Facts":
        """The same with other students' rows, such as other dates for the same students."""
        return replace(self, students=cast("dy.DataFrame[Student]", students))

    def with_score(self, assessment: dy.DataFrame[Assessment], observation: dy.DataFrame[Observation]) -> "Facts":
        """The same with one assessment more, and what it says on the EPC scale (no row where it says nothing)."""
        known, scores = self.observations, self.assessments
        return replace(
            self, observations=cast("dy.DataFrame[Observation]", pl.concat([known, observation.select(known.columns)])),
            assessments=None if scores is None else cast(
                "dy.DataFrame[Assessment]", pl.concat([scores, assessment.select(scores.columns)])),
        )

    def without_gates(self) -> "Facts":
        """The same where gates do not count."""
        return replace(self, assessments=None, topics=None)
