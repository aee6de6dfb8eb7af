"""Parts of every office table: names of keys, timestamps in UTC, and who decided."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, MetaData, String
from sqlalchemy.types import TypeDecorator

metadata = MetaData(naming_convention={
    "pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s",
})


class Moment(TypeDecorator[datetime]):
    """A timestamp with a zone, kept in UTC: SQLite drops zones, PostgreSQL converts to the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def decided(prefix: str) -> list[Column]:
    """Who decided and when; `*_verified` stays false until people sign in."""
    return [
        Column(f"{prefix}_at", Moment, nullable=False),
        Column(f"{prefix}_by", String(200), nullable=False),
        Column(f"{prefix}_verified", Boolean, nullable=False),
    ]


@dataclass(frozen=True)
class Person:
    """The person who decides; unverified until a sign-in confirms the name."""

    name: str
    verified: bool = False

    def signs(self, prefix: str, at: datetime) -> dict[str, Any]:
        """The three columns that record a decision: `<prefix>_at`, `_by` and `_verified`."""
        return {f"{prefix}_at": at, f"{prefix}_by": self.name, f"{prefix}_verified": self.verified}
