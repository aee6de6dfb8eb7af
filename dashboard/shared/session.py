"""The session: the home, the current build, the figures for the day, and who is working.

Only here and in the command line does the dashboard read the clock.
"""

import atexit
import getpass
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, overload

import dataframely as dy
import polars as pl
import streamlit as st

from dashboard.data.figures import Figures, backtest, bands_on, figures_of
from dashboard.data.warehouse import Warehouse, WarehouseGone
from dashboard.words import releases as words
from dashboard.words.markdown import plain
from pipelines.contracts.decisions import SheetImport
from pipelines.contracts.facts import SelfAnalysis, Topic, Tutor
from pipelines.contracts.readiness import Forecast
from pipelines.office import Person
from pipelines.policy import Policy, load_policy, with_school
from pipelines.store.builds import ensure_current, is_current
from pipelines.store.checks import damaged_sheets
from pipelines.store.home import Build, Home, default_root
from sample_data.home import fill_with_sample

SAMPLE = "passline.sample"


@dataclass(frozen=True)
class Session:
    """Everything a page reads from or acts through."""

    home: Home
    warehouse: Warehouse
    build: Build
    figures: Figures
    policy: Policy
    as_of: date
    person: Person
    rules_version: int = 0

    @property
    def is_empty(self) -> bool:
        """True for a home without students."""
        return self.figures.students.is_empty()


def now() -> datetime:
    """The current time, with its time zone."""
    return datetime.now(UTC)


def day_shown() -> date:
    """The day of `--as-of`, or today in the server's time zone."""
    fixed = os.environ.get("PASSLINE_AS_OF")
    return date.fromisoformat(fixed) if fixed else datetime.now().astimezone().date()


def current() -> Session:
    """The session at the home's current build. A build that vanishes while it is read was superseded: read again."""
    home, as_of = _home(), day_shown()
    school = home.office.rules.current()
    policy = with_school(load_policy(), school.rules, school.advice)
    person = Person(st.session_state.get("me") or getpass.getuser())
    for _ in range(5):
        if not is_current(home, policy):
            _rebuild(home, policy)
        build = home.current()
        if build is None:
            continue
        try:
            figures = _figures(str(build.path), as_of, school.version, policy)
        except WarehouseGone:
            continue
        return Session(home, Warehouse(build.path), build, figures, policy, as_of, person, school.version)
    raise RuntimeError("no current warehouse could be opened")


def _rebuild(home: Home, policy: Policy) -> None:
    """Build what is missing or was built by an earlier release, with a progress bar."""
    place = st.empty()

    def show(done: int, total: int, file: str) -> None:
        place.progress(done / total if total else 1.0, plain(words.progress(done, total, file)))

    if home.current() is not None:
        place.progress(0.0, words.STARTING)
    ensure_current(home, policy, now(), show)
    place.empty()


def bands_before(session: Session, days: int) -> pl.DataFrame:
    """student_id, exam, band_id that many days before the day shown."""
    return _bands(str(session.build.path), session.as_of - timedelta(days=days), session.figures)


def forecasts(session: Session, days_before: int) -> dy.DataFrame[Forecast]:
    """Forecasts of past attempts, made that many days before each; computed once a build and day."""
    return _forecasts(str(session.build.path), session.as_of, days_before, session.figures)


def figures_on(session: Session, day: date) -> Figures:
    """The figures of the same build for another day."""
    return _figures(str(session.build.path), day, session.rules_version, session.policy)


def damaged(session: Session) -> list[SheetImport]:
    """The imports in force whose kept sheet is damaged; looked at once a minute, and after each sheet that is kept."""
    sheets = session.home.sheets
    return _damaged(str(session.build.path), sheets.stat().st_mtime_ns if sheets.is_dir() else 0, session.home)


def open_sample() -> None:
    """Switch this browser session to the sample class, in a throwaway home."""
    st.session_state[SAMPLE] = True


def leave_sample() -> None:
    """Switch back to the office's own home."""
    st.session_state.pop(SAMPLE, None)


def in_sample() -> bool:
    """True while this browser session shows the sample class."""
    return bool(st.session_state.get(SAMPLE))


def _home() -> Home:
    if in_sample():
        return _sample_home(day_shown())
    return _opened(str(default_root()), os.environ.get("PASSLINE_OFFICE_URL"))


@st.cache_resource(show_spinner=False, ttl=60, max_entries=4)
def _damaged(path: str, kept_at: int, _home: Home) -> list[SheetImport]:
    return damaged_sheets(_home, _home.office.ledger.in_force())


@st.cache_resource(show_spinner=False, validate=lambda home: home.read_only is None)
def _opened(root: str, office_url: str | None) -> Home:
    return Home(Path(root), office_url)


@st.cache_resource(show_spinner="Making a sample class…")
def _sample_home(as_of: date) -> Home:
    root = Path(tempfile.mkdtemp(prefix="passline-sample-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    home = Home(root)
    fill_with_sample(home, load_policy(), as_of=as_of, at=now())
    return home


@st.cache_resource(show_spinner=False, max_entries=4)
def _figures(path: str, as_of: date, rules_version: int, _policy: Policy) -> Figures:
    return figures_of(Warehouse(Path(path)), as_of, _policy)


@st.cache_resource(show_spinner=False, max_entries=4)
def _bands(path: str, on: date, _figures: Figures) -> pl.DataFrame:
    return bands_on(_figures, on)


@st.cache_resource(show_spinner="Predicting past attempts…", max_entries=8)
def _forecasts(path: str, as_of: date, days_before: int, _figures: Figures) -> dy.DataFrame[Forecast]:
    return backtest(_figures, [days_before])


@overload
def stored(session: Session, kind: Literal["topics"]) -> dy.DataFrame[Topic]: ...
@overload
def stored(session: Session, kind: Literal["self_analysis"]) -> dy.DataFrame[SelfAnalysis]: ...
@overload
def stored(session: Session, kind: Literal["tutors"]) -> dy.DataFrame[Tutor]: ...
@overload
def stored(session: Session, kind: str) -> pl.DataFrame: ...
def stored(session: Session, kind: str) -> Any:
    """All facts of one kind of sheet, as from Warehouse.table."""
    return _read(str(session.build.path), kind, session.warehouse)


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(path: str, kind: str, _warehouse: Warehouse) -> pl.DataFrame:
    return _warehouse.table(kind)
