"""Who decides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Person:
    """Whoever made a decision; unverified until sign-in vouches for the name."""

    name: str
    verified: bool = False

    def signs(self, prefix: str, at: datetime) -> dict[str, Any]:
        """The three columns that record a decision: `<prefix>_at`, `_by` and `_verified`."""
        return {f"{prefix}_at": at, f"{prefix}_by": self.name, f"{prefix}_verified": self.verified}
