"""An error of either store, SQLite's or PostgreSQL's, names no value where it is logged or told to people."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dashboard.logs import without_values
from pipelines.errors import for_people

MARKER = "Quillfeather"


def test_a_refused_row_is_told_without_its_values(office):
    with pytest.raises(SQLAlchemyError) as met, office.engine.begin() as connection:
        connection.execute(text("INSERT INTO note_version (text) VALUES (:note)"), {"note": MARKER})
    told = without_values(met.value)
    assert "IntegrityError" in told or "NotNullViolation" in told
    assert MARKER not in told
    assert for_people(met.value) is None
