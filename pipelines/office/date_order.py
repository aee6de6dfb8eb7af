"""The order in which the school writes ambiguous dates (3/4/2027): asked once, and remembered."""

from datetime import datetime

from sqlalchemy import Engine, insert, select

from pipelines.errors import DecisionRefused
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.tables import date_order
from pipelines.office.writing import record

ORDERS = ("month", "day")


class DateOrder:
    """The school's date order in the office store; the newest counts, all are kept."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def current(self) -> str | None:
        """month or day, whichever comes first; None until a person said."""
        query = select(date_order.c.first).order_by(date_order.c.date_order_id.desc()).limit(1)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def remember(self, first: str, *, by: Person, at: datetime) -> None:
        """Remember the order for sheets to come; imports keep the order they were read by. Raises DecisionRefused for
        anything but month or day."""
        if first not in ORDERS:
            raise DecisionRefused(f"Dates begin with the month or with the day, not with “{first}”.")
        if first == self.current():
            return
        with writing(self.engine) as connection:
            connection.execute(insert(date_order).values(first=first, **by.signs("set", at)))
            record(connection, "date order", f"{first} first", by, at)
