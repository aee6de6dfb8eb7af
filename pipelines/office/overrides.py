"""Band overrides: an advisor's own band beside the computed one. It expires and changes no figure."""

from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine, insert, select, update

from pipelines.contracts.readiness import Band
from pipelines.errors import DecisionRefused
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.old_bands import band_id as id_of
from pipelines.office.tables import band_override
from pipelines.office.writing import MOMENT, frame, record

OVERRIDE_COLUMNS: dict[str, Any] = {
    "override_id": pl.Int64, "student_id": pl.String, "exam": pl.String, "band_id": pl.String,
    "computed_band_id": pl.String, "reason": pl.String, "expires_on": pl.Date,
    "made_at": MOMENT, "made_by": pl.String,
}


class Overrides:
    """Band overrides in the office store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def set_band(
        self, student_id: str, exam: str, *, band_id: str, computed_band_id: str, reason: str,
        expires_on: date, by: Person, at: datetime,
    ) -> None:
        """Set an advisor's band until a day; an earlier one for the same exam ends.

        Raises DecisionRefused without a reason, or with a day that has passed.
        """
        if not reason.strip():
            raise DecisionRefused("A band of your own needs a justification: say what the scores do not show.")
        if expires_on < at.date():
            raise DecisionRefused(f"{expires_on} has passed: choose a day up to which this should stand.")
        with writing(self.engine) as connection:
            connection.execute(
                update(band_override).where(
                    band_override.c.student_id == student_id, band_override.c.exam == exam,
                    band_override.c.ended_at.is_(None),
                ).values(ended_at=at, ended_by=by.name)
            )
            connection.execute(insert(band_override).values(
                student_id=student_id, exam=exam, band=Band(band_id), computed_band=Band(computed_band_id),
                reason=reason.strip(), expires_on=expires_on, **by.signs("made", at),
            ))
            record(connection, "override band", f"student {student_id} {exam}", by, at)

    def end(self, override_id: int, *, by: Person, at: datetime) -> None:
        """End an override before it expires. Raises DecisionRefused where it has already ended."""
        with writing(self.engine) as connection:
            ended = connection.execute(
                update(band_override)
                .where(band_override.c.override_id == override_id, band_override.c.ended_at.is_(None))
                .values(ended_at=at, ended_by=by.name)
            )
            if ended.rowcount != 1:
                raise DecisionRefused("That band was taken back already: reload the page.")
            record(connection, "end override", f"override {override_id}", by, at)

    def rows(self, on: date, student_id: str | None = None) -> pl.DataFrame:
        """Overrides in force on a day (not ended, not expired), newest first."""
        table = band_override.c
        query = select(band_override, table.band.label("band_id"), table.computed_band.label("computed_band_id")).where(
            band_override.c.ended_at.is_(None), band_override.c.expires_on >= on
        ).order_by(band_override.c.override_id.desc())
        if student_id is not None:
            query = query.where(band_override.c.student_id == student_id)
        rows = frame(self.engine, query, OVERRIDE_COLUMNS)
        return rows.with_columns(
            pl.Series(name, [id_of(text) for text in rows[name]], dtype=pl.String)
            for name in ("band_id", "computed_band_id")
        )
