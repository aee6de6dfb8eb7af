"""A real Chromium, Debian's own, on real dashboards; screenshots are kept under `artefacts/`."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from dashboard.data.figures import figures_of
from dashboard.data.warehouse import Warehouse
from pipelines.store.home import Home
from tests.conftest import AS_OF, REPO
from tests.servers import dashboard

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
PATIENCE_MS = 45_000
MISSING = "Chromium is missing, so the browser tests cannot run: apt-get install chromium"


def chromium_path() -> str | None:
    """The installed Chromium; None where there is none."""
    return shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = chromium_path()
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def profile(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a fresh browser profile, and checks at the end that no page of one showed an exception."""
    made = []

    def fresh(width: int, height: int, scheme: str = "light") -> BrowserContext:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return context

    yield fresh
    for context in made:
        for page in context.pages:
            assert page.locator('[data-testid="stException"]').count() == 0
            for trouble in ("Something went wrong on our side", "Page not found"):
                assert page.get_by_text(trouble).count() == 0
        context.close()


@pytest.fixture
def open_page(profile: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """Opens a URL in a fresh browser profile."""

    def open_at(address: str, width: int = 1280, scheme: str = "light") -> Page:
        page = profile(width, 800, scheme).new_page()
        page.goto(address)
        return page

    return open_at


@pytest.fixture(scope="session")
def sample_dashboard(sample_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One dashboard on a copy of the sample class, for tests that only look."""
    root = tmp_path_factory.mktemp("visited") / "home"
    shutil.copytree(sample_root, root)
    with dashboard("serve", "--home", str(root), "--as-of", "2026-11-22") as address:
        yield address


@pytest.fixture(scope="session")
def artefacts() -> Path:
    directory = REPO / "artefacts"
    directory.mkdir(exist_ok=True)
    return directory


def settled(page: Page) -> Page:
    """The page once Streamlit has stopped working on it."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    expect(page.locator("[data-stale=true], [data-testid=stSkeleton]")).to_have_count(0, timeout=PATIENCE_MS)
    return page


@pytest.fixture
def people(profile):
    """Opens a page in a new browser profile, as the person of this name."""

    def person(name, address):
        context = profile(1280, 1000)
        context.add_cookies([{"name": "passline_me", "value": name.replace(" ", "%20"), "url": address}])
        page = context.new_page()
        page.goto(address)
        return settled(page)

    return person


@pytest.fixture(scope="module")
def served(sample_root, tmp_path_factory):
    """One dashboard on a copy of the sample class; each test has students of its own."""
    root = tmp_path_factory.mktemp("cases") / "home"
    shutil.copytree(sample_root, root)
    with dashboard("serve", "--home", str(root), "--as-of", AS_OF.isoformat()) as address:
        yield address, Home(root)


@pytest.fixture(scope="module")
def at_risk(served, policy):
    rows = figures_of(Warehouse(served[1].current().path), AS_OF, policy).risk.filter(band_id="at_risk")
    return rows.sort("student_id")["student_id"].to_list()


def act(page, button, **fields):
    """Opens a dialog by its button, fills text fields by label, and returns the dialog."""
    page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    for label, text in fields.items():
        dialog.get_by_label(label.replace("_", " ")).fill(text)
    return dialog


def done(page, dialog, button):
    dialog.get_by_role("button", name=button, exact=True).click()
    dialog.wait_for(state="hidden")
    settled(page)
