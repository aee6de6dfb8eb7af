"""A school's facts in one record, the input of all figures."""

from dataclasses import dataclass, replace
from typing import cast

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Assessment, Attempt, Student, Topic
from pipelines.contracts.frames import where
from pipelines.contracts.readiness import Observation


@dataclass(frozen=True, eq=False)
class Facts:
    """Students, attempts and observations of any date; marts drop those after their `as_of`.

    `assessments` and `topics` are for the school's gates; None if it has no gates, or if they do not count.
    """

    students: dy.DataFrame[Student]
    attempts: dy.DataFrame[Attempt]
    observations: dy.DataFrame[Observation]
    assessments: dy.DataFrame[Assessment] | None = None
    topics: dy.DataFrame[Topic] | None = None

    def of(self, student_ids: pl.Series) -> "Facts":
        """The facts of these students alone."""
        of_students = pl.col("student_id").is_in(student_ids.implode())
        return Facts(
            where(self.students, of_students), where(self.attempts, of_students),
            where(self.observations, of_students),
            None if self.assessments is None else where(self.assessments, of_students),
            None if self.topics is None else where(self.topics, of_students),
        )

    def with_students(self, students: pl.DataFrame) -> "Facts":
        """These facts with other rows of students, such as other planned dates."""
        return replace(self, students=cast("dy.DataFrame[Student]", students))

    def with_score(self, assessment: dy.DataFrame[Assessment], observation: dy.DataFrame[Observation]) -> "Facts":
        """These facts with one more assessment and its observation (no row if it is no evidence)."""
        observations, scores = self.observations, self.assessments
        return replace(
            self, observations=cast(
                "dy.DataFrame[Observation]", pl.concat([observations, observation.select(observations.columns)])),
            assessments=None if scores is None else cast(
                "dy.DataFrame[Assessment]", pl.concat([scores, assessment.select(scores.columns)])),
        )

    def without_gates(self) -> "Facts":
        """These facts without those for gates, which then do not count."""
        return replace(self, assessments=None, topics=None)
