"""What a command takes from outside: the clock, the person, the home and its current warehouse."""

import getpass
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.cli.terminal import say
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
    from pipelines.store.private import keep_private

    home = Home(root or default_root())
    if not home.read_only:
        keep_private(home.root)
    return home


def open_to_decide(root: Path | None, put_back: Sequence[Path] = ()) -> "Home":
    """The home, first brought up to date with this release, so that a decision changes nothing else; before that, files
    in `put_back` replace damaged copies of themselves."""
    from pipelines.policy import load_policy
    from pipelines.store.builds import bring_up_to_date
    from pipelines.store.checks import put_back_sheets

    home = open_home(root)
    put_back_sheets(home, put_back)
    if bring_up_to_date(home, load_policy(), now(), show_progress):
        show_news(home)
    warn_of_damage(home)
    return home


def open_warehouse(home: "Home") -> "Warehouse":
    """The current warehouse, first built again where it is missing or from an earlier release."""
    from dashboard.data.warehouse import Warehouse
    from pipelines.policy import load_policy
    from pipelines.store.builds import ensure_current

    if ensure_current(home, load_policy(), now(), show_progress):
        show_news(home)
    warn_of_damage(home)
    build = home.current()
    if build is None:
        raise PasslineError("The warehouse could not be built: run `passline rebuild`.")
    return Warehouse(build.path)


def warn_of_damage(home: "Home") -> None:
    """Print which kept sheets are damaged, and whether the home is only read, on stderr."""
    from dashboard.words.damage import damaged_sheets as words
    from pipelines.store.checks import damaged_sheets

    for sentence in (words(damaged_sheets(home, home.office.ledger.in_force())), home.read_only):
        if sentence:
            say(sentence, err=True)


def warn_of_chances(home: "Home") -> None:
    """Print on stderr where this school's chances failed on its past attempts, those just imported included."""
    from dashboard.words.verdicts import warnings
    from pipelines.contracts.school_facts import Facts
    from pipelines.marts.model.fit import fit_readiness

    warehouse, policy = open_warehouse(home), home.office.rules.policy()
    facts = Facts(warehouse.students(), warehouse.attempts(), warehouse.observations())
    for sentence in warnings(fit_readiness(facts, day_of(None), policy).verdicts, policy):
        say(sentence, err=True)


def show_progress(done: int, total: int, file: str) -> None:
    """Print a build's progress on stderr."""
    from dashboard.words.releases import progress

    say(f"{progress(done, total, file)}…", err=True)


def show_news(home: "Home") -> None:
    """Print what the current release changed in this home, if anything, on stderr."""
    from dashboard.words.releases import effects, headline
    from pipelines.store.releases import releases

    newest = releases(home)[-1]
    if newest.changes is not None:
        for sentence in [headline(newest.changes, newest.built_at.astimezone()), *effects(newest.changes)]:
            say(sentence, err=True)
