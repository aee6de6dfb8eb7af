"""Hostile text in every field that sheets and people fill, drawn by real pages in Chromium: text must stay text.

A try is one field holding one hostile string. Every page, tab, dialog and popover is opened, and its document is held
against that of a home whose same fields hold harmless words. It fails where a page has one more of any kind of
element, sign or emoji than the harmless one, asks another address, runs a script, or nowhere shows the text.
"""

import random
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from pipelines.store.home import Home
from tests.attack.hostile_home import AS_OF, FIELDS, NOT_IN_SENTENCES, Texts, fill
from tests.attack.hostile_visits import Place, Visits
from tests.attack.outcome import Outcome
from tests.browser.conftest import FLAGS, chromium_path
from tests.browser.test_hostile_text import HOSTILE
from tests.servers import dashboard

SCRIPT = "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
STRINGS = [*HOSTILE, SCRIPT]
FULL = len(FIELDS) * len(STRINGS)


def attack(tries: int, seed: int) -> Outcome:
    """As many strings as make `tries`, each in every field; the strings in an order that `seed` decides."""
    strings = random.Random(seed).sample(STRINGS, max(1, round(tries / len(FIELDS))))
    hostile, harmless = Texts(strings), Texts(["plain words"] * len(strings))
    with tempfile.TemporaryDirectory(prefix="passline-text-") as directory:
        homes = [Path(directory) / name for name in ("hostile", "harmless")]
        with ProcessPoolExecutor(2, get_context("spawn")) as both:
            list(both.map(_filled, homes, [hostile, harmless]))
        with _chromium() as browser:
            usual = {place.kind: place for place in _visited(browser, homes[1], harmless, [0], [])}
            broken, shown, said = [], list[str](), list[str]()
            for place in _visited(browser, homes[0], hostile, list(hostile.number()), said):
                broken += [f"{place.name}: {what}" for what in place.more_than(usual[place.kind])]
                shown.append(place.text)
    everything = _bare("\n".join(shown))
    broken += [f"nowhere shown as text: {hostile.of(student, field)!r}" for student in hostile.number()
               for field in FIELDS if field not in NOT_IN_SENTENCES
               and _bare(hostile.of(student, field)) not in everything]  # fmt: skip
    marks = [hostile.of(student, field).split()[-1] for student in hostile.number() for field in FIELDS]
    broken += [f"the server printed {line!r}" for line in said if any(mark in line for mark in marks)]
    counts = {"fields": len(FIELDS), "strings": len(strings), "pages and dialogs": len(shown)}
    return Outcome(len(strings) * len(FIELDS), broken, counts)


def _filled(root: Path, texts: Texts) -> None:
    root.mkdir()
    fill(Home(root / "home"), texts, root)


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


def _visited(browser: Browser, root: Path, texts: Texts, students: list[int], said: list[str]) -> list[Place]:
    """Every place of the home's dashboard, and those of these students; what the server prints is added to `said`."""
    with dashboard("serve", "--home", str(root / "home"), "--as-of", AS_OF.isoformat(), said=said) as address:
        return list(Visits(browser, address, texts, root).all(students))


def _bare(text: str) -> str:
    """The text without blanks and line ends, which a page may set otherwise."""
    return "".join(text.split())
