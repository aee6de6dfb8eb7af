"""Builders that use production code: a test shows only what it is about."""

import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.imports.plan import ImportPreview, Upload, apply_import, plan_import
from pipelines.office import Person
from pipelines.policy import Policy, load_policy
from pipelines.sheets import Answers
from pipelines.store.home import Home
from sample_data.home import fill_with_sample

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
AS_OF = date(2026, 11, 22)
DR_OSEI = Person("Dr Osei")
REPO = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a sheet from its text."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def plan(home: Home, policy: Policy) -> Callable[..., ImportPreview]:
    def make(*paths: Path, accept_changes: bool = False, answers: Answers | None = None) -> ImportPreview:
        uploads = [Upload(path.name, path, answers or Answers()) for path in paths]
        return plan_import(home, uploads, policy, accept_changes=accept_changes, at=AT)

    return make


@pytest.fixture
def take_in(home: Home, policy: Policy, plan: Callable[..., ImportPreview]) -> Callable[..., ImportPreview]:
    """Plans and applies."""

    def run(*paths: Path, **how: Any) -> ImportPreview:
        made = plan(*paths, **how)
        apply_import(home, made, policy, by=DR_OSEI, at=AT)
        return made

    return run


@pytest.fixture
def cli(tmp_path: Path) -> Callable[..., SimpleNamespace]:
    """Runs the real command in a real process: `cli("import", path, "--yes", home=root)`."""

    def run(*arguments: Any, home: Path | None = None, stdin: str | None = None) -> SimpleNamespace:
        command = [sys.executable, "-m", "dashboard.cli", *map(str, arguments)]
        if home is not None:
            command += ["--home", str(home)]
        done = subprocess.run(
            command, cwd=REPO, capture_output=True, text=True, timeout=120, check=False, input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None, env=clean_environment(),
        )
        document = json.loads(done.stdout) if "--json" in arguments and done.stdout else None
        return SimpleNamespace(status=done.returncode, out=done.stdout, err=done.stderr, json=document)

    return run


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PASSLINE_")}


@pytest.fixture(scope="session")
def sample_root(tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> Path:
    """The sample class as of AS_OF, made once; tests that write copy it."""
    root = tmp_path_factory.mktemp("sample") / "home"
    fill_with_sample(Home(root), policy, as_of=AS_OF, at=AT)
    gc.collect()  # closes the office store, whose second files would else vanish while a test copies them
    return root


@pytest.fixture
def sample_home(sample_root: Path, tmp_path: Path) -> Home:
    """A copy of the sample class's home, to do with as a test likes."""
    root = tmp_path / "sample-home"
    shutil.copytree(sample_root, root)
    return Home(root)


@pytest.fixture
def serve_env(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Points the dashboard's session at a home, as `passline` does, with bugs let through."""

    def point(root: Path) -> None:
        monkeypatch.setenv("PASSLINE_HOME", str(root))
        monkeypatch.setenv("PASSLINE_AS_OF", AS_OF.isoformat())
        monkeypatch.setenv("PASSLINE_DEBUG", "1")

    return point


@pytest.fixture
def app_home(sample_home: Home, serve_env: Callable[[Path], None]) -> Home:
    """A copy of the sample class, with AppTest's dashboard pointed at it."""
    serve_env(sample_home.root)
    return sample_home
