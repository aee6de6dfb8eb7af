"""Queries of the warehouse: one method and one .sql file per query.

The file is opened read-only for each query and closed after it (6 ms), so no reader holds an outdated build.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import dataframely as dy
import duckdb
import polars as pl

from pipelines.contracts.facts import AreaScore, Assessment, Attempt, Student, Topic
from pipelines.contracts.readiness import Observation
from pipelines.errors import HomeDamaged, for_people

AREA_BATCH = 100_000
DAMAGED = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException,
           duckdb.CatalogException)


class WarehouseGone(Exception):
    """The build's file is gone, as it is outdated or was damaged: read the current build again."""


class Warehouse:
    """One build, by its file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def students(self) -> dy.DataFrame[Student]:
        """Everyone on any roster in force."""
        return cast("dy.DataFrame[Student]", self._query("students"))

    def attempts(self) -> dy.DataFrame[Attempt]:
        """All attempts, whatever their date: marts drop those after `as_of`."""
        return cast("dy.DataFrame[Attempt]", self._query("attempts"))

    def observations(self) -> dy.DataFrame[Observation]:
        """Scores as evidence on the EPC scale."""
        return cast("dy.DataFrame[Observation]", self._query("observations"))

    def assessments(self) -> dy.DataFrame[Assessment]:
        """Scores as on the sheets."""
        return cast("dy.DataFrame[Assessment]", self._query("assessments"))

    def topics(self) -> dy.DataFrame[Topic]:
        """Missed topics as on the sheets."""
        return cast("dy.DataFrame[Topic]", self._query("topics"))

    def area_batches(self) -> Iterator[dy.DataFrame[AreaScore]]:
        """Area rows without lineage in batches, all rows of a student in one: a large school has millions."""
        with self._reading() as reader:
            parts = max(1, round(reader.sql(_sql("content_area_count")).fetchall()[0][0] / AREA_BATCH))
            # Variables, as a query with parameters returns row by row: ten times slower (DuckDB 1.5).
            reader.execute("SET VARIABLE parts = $parts", {"parts": parts})
            for part in range(parts):
                reader.execute("SET VARIABLE part = $part", {"part": part})
                yield cast("dy.DataFrame[AreaScore]", reader.sql(_sql("content_area_batch")).pl())

    def student_scores(self, student_id: str, as_of: date) -> dy.DataFrame[Assessment]:
        """One student's assessments, newest first, with `file` and `sheet_row` they came from."""
        return cast("dy.DataFrame[Assessment]", self._query("student_scores", student_id=student_id, as_of=as_of))

    def student_attempts(self, student_id: str, as_of: date) -> dy.DataFrame[Attempt]:
        """One student's attempts, newest first, with `file` and `sheet_row` they came from."""
        return cast("dy.DataFrame[Attempt]", self._query("student_attempts", student_id=student_id, as_of=as_of))

    def student_records(self, student_id: str, as_of: date) -> pl.DataFrame:
        """One student's values on sheets other than scores: `what`, `said_of` (its day), `says`, its file and row."""
        return self._query("student_records", student_id=student_id, as_of=as_of)

    def student_area_scores(self, student_id: str, as_of: date) -> dy.DataFrame[AreaScore]:
        """One student's content-area results, newest first."""
        return cast("dy.DataFrame[AreaScore]", self._query("student_area_scores", student_id=student_id, as_of=as_of))

    def student_topics(self, student_id: str) -> dy.DataFrame[Topic]:
        """One student's missed topics."""
        return cast("dy.DataFrame[Topic]", self._query("student_topics", student_id=student_id))

    def accounts(self) -> pl.DataFrame:
        """Contract ImportAccount of every sheet in force, newest first."""
        return self._query("accounts")

    def held_rows(self) -> pl.DataFrame:
        """Contract HeldRow: rejected and waiting rows of the sheets in force."""
        return self._query("held_rows")

    def unknown_students(self) -> pl.DataFrame:
        """Rows that wait to be matched to a student: import_id, file, kind, sheet_row, rule_id, who (JSON)."""
        return self._query("unknown_students")

    def unknown_areas(self) -> pl.DataFrame:
        """Labels that wait for a decision on their content area: import_id, file, kind, label, rows."""
        return self._query("unknown_areas")

    def unknown_instruments(self) -> pl.DataFrame:
        """Names that wait for a decision on their instrument: import_id, file, kind, label, rows."""
        return self._query("unknown_instruments")

    def table(self, kind: str) -> pl.DataFrame:
        """All facts of one kind of sheet, by the kind's name."""
        return self._query({"roster": "students"}.get(kind, kind))

    def _query(self, name: str, **params: Any) -> pl.DataFrame:
        with self._reading() as reader:
            return reader.sql(_sql(name), params=params or None).pl()

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The file, opened. A damaged one is removed, so that it is built again from the sheets and the decisions."""
        if not self.path.exists():
            raise WarehouseGone(self.path.name)
        try:
            with duckdb.connect(
                str(self.path), read_only=True, config={"autoinstall_known_extensions": "false"}
            ) as reader:
                yield reader
        except DAMAGED as error:
            if refusal := for_people(error):
                raise refusal from error
            try:
                self.path.unlink(missing_ok=True)
            except OSError as kept:
                raise HomeDamaged(
                    f"{self.path} is damaged and cannot be built again, as its folder cannot be written: copy the home "
                    "to a disk that can be written."
                ) from kept
            raise WarehouseGone(self.path.name) from error


@cache
def _sql(name: str) -> str:
    return files("dashboard.data").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
