"""What a command takes from outside: the clock, who asks, the home and its current warehouse."""

import getpass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import PasslineError

if TYPE_CHECKING:
    from dashboard.data.warehouse import Warehouse
    from pipelines.office import Person
    from pipelines.store.home import Home


def now() -> datetime:
    return datetime.now(UTC)


def day_of(as_of: str | None) -> date:
    if as_of is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise PasslineError(f"--as-of takes a date like 2027-02-15, not {as_of!r}.") from None


def person() -> "Person":
    from pipelines.office import Person

    return Person(getpass.getuser())


def open_home(root: Path | None) -> "Home":
    from pipelines.store.home import Home, default_root

    return Home(root or default_root())


def open_warehouse(home: "Home") -> "Warehouse":
    """The current warehouse, built anew first where it is missing or of an older version."""
    from dashboard.data.warehouse import Warehouse
    from pipelines.policy import load_policy
    from pipelines.store.builds import ensure_current

    ensure_current(home, load_policy(), now())
    build = home.current()
    if build is None:
        raise PasslineError("The warehouse could not be built: run `passline rebuild`.")
    return Warehouse(build.path)
