"""Hostile text in every field that sheets and people fill, drawn by real pages in Chromium: text must stay text.

A try is one field holding one hostile string. Every page, tab, dialog and popover is opened, and its document is held
against that of a home whose same fields hold harmless words. It fails where a page has one more of any kind of
element, sign or emoji than the harmless one, asks another address, runs a script, or nowhere shows the text.
"""

import random
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from pipelines.sheets import plain_form
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
AT_ONCE = 3  # strings in one home: of a long list pages name the first few and count the others
KEPT = {"mapping": 100}  # characters that are kept of a longer name


def attack(tries: int, seed: int) -> Outcome:
    """As many strings as make `tries`, each in every field; the strings in an order that `seed` decides."""
    strings = random.Random(seed).sample(STRINGS, max(1, round(tries / len(FIELDS))))
    broken, visited = list[str](), 0
    with ProcessPoolExecutor(2, get_context("spawn")) as both:
        for at in range(0, len(strings), AT_ONCE):
            found, places = _tried(strings[at : at + AT_ONCE], both)
            broken, visited = broken + found, visited + places
    counts = {"fields": len(FIELDS), "strings": len(strings), "pages and dialogs": visited}
    return Outcome(len(strings) * len(FIELDS), broken, counts)


def _tried(strings: list[str], both: Executor) -> tuple[list[str], int]:
    """What broke with these strings in every field, and how many pages and dialogs were opened."""
    hostile, harmless = Texts(strings), Texts([_harmless(string) for string in strings])
    with tempfile.TemporaryDirectory(prefix="passline-text-") as folder:
        roots = [Path(folder) / "hostile", Path(folder) / "harmless"]
        (places, said), (usual, _) = both.map(_filled_and_visited, roots, [hostile, harmless])
    broken = [f"{one.name}: {what}" for one, other in zip(places, usual, strict=True) for what in one.more_than(other)]
    broken += _not_shown(hostile, "\n".join(place.text for place in places)) + _printed(hostile, said)
    return broken, len(places)


def _harmless(string: str) -> str:
    """The letters of a hostile string alone, on as many lines and in as many parts: names as alike as there."""
    return "\n".join(" ".join(re.findall(r"[^\W_]+;?", line)) for line in string.split("\n"))


def _filled_and_visited(root: Path, texts: Texts) -> tuple[list[Place], list[str]]:
    """Every place of a home's dashboard, in the same order for any texts; and what the server printed."""
    root.mkdir()
    fill(Home(root / "home"), texts, root)
    said = list[str]()
    serving = ("serve", "--home", str(root / "home"), "--as-of", AS_OF.isoformat())
    with dashboard(*serving, said=said) as address, _chromium() as browser:
        return list(Visits(browser, address, texts, root).all(list(texts.number()))), said


def _not_shown(texts: Texts, everything: str) -> list[str]:
    shown = _bare(everything)
    fields = [field for field in FIELDS if field not in NOT_IN_SENTENCES]
    words = [_kept(field, texts.of(student, field)) for student in texts.number() for field in fields]
    return [f"nowhere shown as text: {one!r}" for one in words if _bare(one) not in shown]


def _kept(field: str, text: str) -> str:
    """A field's text as it is stored."""
    return plain_form(text) if field == "corrected form" else text[: KEPT.get(field)]


def _printed(texts: Texts, said: list[str]) -> list[str]:
    marks = [texts.of(student, field).split()[-1] for student in texts.number() for field in FIELDS]
    return [f"the server printed {line!r}" for line in said if any(mark in line for mark in marks)]


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


def _bare(text: str) -> str:
    """The text without blanks and line ends, which a page may set otherwise."""
    return "".join(text.split())
