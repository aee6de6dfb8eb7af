"""Hostile text in every part of a student's case, drawn by real pages in Chromium: text must stay text.

A try is one field holding one hostile string. It fails where the page lacks the text, or anything came of it: a link,
an image, a style, a formula, a script that ran, or a request to another address.
"""

import csv
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.office import Person
from pipelines.policy import load_policy
from pipelines.store.home import Home
from tests.attack.outcome import Outcome
from tests.browser.conftest import FLAGS, chromium_path, settled
from tests.browser.test_hostile_text import HOSTILE
from tests.servers import dashboard

FIELDS = ["name", "advisor", "flag reason", "owner", "next step", "what happened", "note", "own band's reason"]
SCRIPT = "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
STRINGS = [*HOSTILE, SCRIPT]
FULL = len(FIELDS) * len(STRINGS)
AS_OF, AT = date(2026, 11, 22), datetime(2026, 11, 22, 9, tzinfo=UTC)
ME = Person("Dr Osei")
CAME_OF_IT = (
    'a[href*="evil"], a[href^="mailto:"], [src*="example"], [data-testid="stMarkdownContainer"] '
    ':is(.katex, del, code, table, sup, script, img, [role=img][aria-label="home icon"])'
)


def attack(tries: int, seed: int) -> Outcome:
    """`tries` pairs of field and string, string by string, the strings in an order that `seed` decides."""
    order = random.Random(seed).sample(range(len(STRINGS)), len(STRINGS))
    chosen = [(student, field) for student in order for field in FIELDS][:tries]
    with tempfile.TemporaryDirectory(prefix="passline-text-") as directory:
        home = Home(Path(directory) / "home")
        _fill(home, Path(directory) / "roster.csv")
        with dashboard("serve", "--home", str(home.root), "--as-of", AS_OF.isoformat()) as address, _chromium() as it:
            broken = _visit(it, address, chosen)
    return Outcome(len(chosen), broken, dict(Counter(f"with {field}" for _, field in chosen)))


def _text(student: int, field: str) -> str:
    return f"{STRINGS[student]} {field.replace(' ', '')}{student}"


def _fill(home: Home, sheet: Path) -> None:
    """One student a string, whose every field holds it: by sheets, flags, cases, notes and bands."""
    with sheet.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["student_id", "last_name", "class_year", "planned_on", "advisor"])
        rows.writerows([f"{student:05}", _text(student, "name"), 2028, AS_OF + timedelta(60), _text(student, "advisor")]
                       for student in range(len(STRINGS)))  # fmt: skip
    policy = load_policy()
    preview = plan_import(home, [Upload(sheet.name, sheet)], policy, accept_changes=True, at=AT)
    apply_import(home, preview, policy, by=ME, at=AT)
    for student in range(len(STRINGS)):
        _decide(home, student)


def _decide(home: Home, student: int) -> None:
    id, made = f"{student:05}", {"by": ME, "at": AT}
    flags, cases, owner = home.office.flags, home.office.cases, _text(student, "owner")
    flags.raise_flags([id], reason=_text(student, "flag reason"), areas=[], urgency="today", owner=owner, due_on=AS_OF,
                      **made)  # fmt: skip
    flag = flags.rows(student_ids=[id])["flag_id"][0]
    cases.set_next_step(flag, next_step=_text(student, "next step"), owner=owner, due_on=AS_OF, against=0, **made)
    cases.add_fact(flag, kind="met", happened_on=AS_OF, text=_text(student, "what happened"), **made)
    home.office.notes.add(id, text=_text(student, "note"), visibility="team", **made)
    home.office.overrides.set_band(id, "Step 1", band_id="at_risk", computed_band_id="no_evidence",
                                   reason=_text(student, "own band's reason"),
                                   expires_on=AS_OF + timedelta(30), **made)  # fmt: skip


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


def _visit(browser: Browser, address: str, chosen: list[tuple[int, str]]) -> list[str]:
    page, requested = browser.new_page(viewport={"width": 1280, "height": 2400}), list[str]()
    page.set_default_timeout(60_000)
    page.on("request", lambda request: requested.append(request.url))
    broken = []
    for student in dict.fromkeys(student for student, _ in chosen):
        page.goto(f"{address}/student?student={student:05}")
        page.get_by_role("button", name="Close flag").wait_for()
        settled(page)
        drawn = _bare(page.locator("body").evaluate("e => e.textContent"))
        missing = [field for at, field in chosen if at == student and _bare(_text(student, field)) not in drawn]
        broken += [f"{STRINGS[student]!r} is not shown as text in: {field}" for field in missing]
        broken += [f"{STRINGS[student]!r} on the student's page: {what}" for what in _came_of_it(page)]
    for name in ["", "?whose=Office", "risk", "tutoring", "subjects", "retakes", "upload", "rules"]:
        settled(_at(page, f"{address}/{name}"))
        broken += [f"on /{name}: {what}" for what in _came_of_it(page)]
    outside = [url for url in requested if not url.startswith((f"{address}/", "data:", "blob:"))]
    return broken + [f"requested {url}" for url in outside]


def _at(page: Page, url: str) -> Page:
    page.goto(url)
    page.locator('[data-testid="stHeading"]').first.wait_for()
    return page


def _came_of_it(page: Page) -> list[str]:
    made = page.locator(CAME_OF_IT).evaluate_all("all => all.map(e => e.outerHTML.slice(0, 120))")
    return [f"became {html}" for html in made] + (["ran a script"] if page.title() == "ran" else [])


def _bare(text: str) -> str:
    """The text without blanks and line ends, which a page may set otherwise."""
    return "".join(text.split())
