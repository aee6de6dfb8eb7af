"""A real server in its own process, and a real Chromium that looks at it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.children import REPO, clean_environment
from tests.benchmarks.work import AS_OF, PEAK_UNIT
from tests.benchmarks.work.pages import page_names

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]
BARE = "import streamlit as st\n\nst.title('Today')\n"
PATIENCE = 120_000


@dataclass
class Server:
    """Where it answers; and, once stopped, the most memory it held."""

    address: str
    peak_mb: float = 0.0


def starts(root: str, repeats: int) -> dict[str, list[float]]:
    """Seconds from starting a process to its first page drawn in a waiting browser: Passline's Today, a bare title."""
    took: dict[str, list[float]] = {"passline": [], "bare": []}
    with TemporaryDirectory() as directory, _chromium() as browser:
        bare = Path(directory) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        for _ in range(repeats):
            for name, command in [("passline", _passline(root)), ("bare", _bare(bare))]:
                start = time.perf_counter()
                with _served(command) as server:
                    _show(browser.new_context().new_page(), server.address, heading="Today")
                    took[name].append(time.perf_counter() - start)
    return took


def peak(root: str, student_id: str) -> float:
    """The dashboard process's peak memory in MB after every page was shown once."""
    with _chromium() as browser, _served(_passline(root)) as server:
        page = browser.new_context().new_page()
        for name in page_names():
            path = {"today": "", "student": f"student?student={student_id}"}.get(name, name)
            _show(page, f"{server.address}/{path}")
    return server.peak_mb


def _show(page: Page, address: str, heading: str | None = None) -> None:
    """Opens the page and waits until its script has run to its end and its heading stands there."""
    page.goto(address, timeout=PATIENCE)
    page.get_by_role("heading", name=heading, exact=True).first.wait_for(timeout=PATIENCE)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=PATIENCE)


def _passline(root: str) -> list[str]:
    return ["-m", "dashboard.cli", "serve", "--headless", "--no-token", "--home", root, "--as-of", AS_OF.isoformat()]


def _bare(script: Path) -> list[str]:
    return ["-m", "streamlit", "run", str(script), "--server.headless=true", "--server.address=127.0.0.1",
            f"--server.port={_free_port()}", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _served(command: list[str]) -> Iterator[Server]:
    """A server in a process of its own until the block ends."""
    process = subprocess.Popen([sys.executable, *command], cwd=REPO, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env=clean_environment())
    assert process.stdout is not None
    try:
        found = next((m for line in process.stdout if (m := re.search(r"http://127\.0\.0\.1:\d+", line))), None)
        assert found, f"the server said no address: {command}"
        server = Server(found[0])
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
    server.peak_mb = used.ru_maxrss / PEAK_UNIT
