"""Headers of columns that hold no results: a person says so once, for every sheet to come."""

from datetime import datetime

from sqlalchemy import Engine, insert, select

from pipelines.errors import DecisionRefused
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.tables import ignored_column
from pipelines.office.writing import record


class IgnoredColumns:
    """The ignored headers in the office store; the newest decision on a header counts, all are kept."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def current(self) -> list[str]:
        """The ignored headers, as they were written, by name."""
        query = select(ignored_column).order_by(ignored_column.c.ignored_column_id)
        with self.engine.connect() as connection:
            newest = {row["header"]: row["is_ignored"] for row in connection.execute(query).mappings()}
        return sorted(header for header, is_ignored in newest.items() if is_ignored)

    def ignore(self, header: str, *, by: Person, at: datetime) -> None:
        """Ignore columns with this header from now on. Raises DecisionRefused for a blank one."""
        if not header.strip():
            raise DecisionRefused("Name the column by its header on the sheet.")
        if header not in self.current():
            self._write(header, True, "ignore column", by, at)

    def stop_ignoring(self, header: str, *, by: Person, at: datetime) -> None:
        """Ask about columns with this header again. Raises DecisionRefused where it is not ignored."""
        if header not in self.current():
            raise DecisionRefused(f"Columns headed “{header}” are not ignored: see the ignored columns.")
        self._write(header, False, "stop ignoring column", by, at)

    def _write(self, header: str, is_ignored: bool, action: str, by: Person, at: datetime) -> None:
        with writing(self.engine) as connection:
            values = {"header": header, "is_ignored": is_ignored, **by.signs("set", at)}
            connection.execute(insert(ignored_column).values(values))
            record(connection, action, header, by, at)
