"""Every page, tab, dialog and popover of a dashboard, opened in a real browser, and what each one's document holds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from playwright.sync_api import Browser, Page

from tests.attack.hostile_home import Texts, waiting_sheet
from tests.browser.conftest import settled

ELEMENTS = [
    "a", "img", "picture", "video", "audio", "iframe", "object", "embed", "script", "form", "code", "pre", "em",
    "strong", "b", "i", "u", "del", "s", "sup", "sub", "mark", "h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol",
    "li", "table", "td", "hr", "blockquote", "button", "input", "textarea", ".katex", "math", "[role=img]",
    "[data-testid=stIconMaterial]", "[class*=stMarkdownColored]", "[class*=stMarkdownBadge]",
]  # fmt: skip
SIGNS = ["—", "→", "←", "↔", "≥", "≤", "≈", "😄", "👍", "©"]
COUNT = """([kinds, signs]) => {
  const found = {}, text = document.body.innerText;
  for (const kind of kinds) found[kind] = [...document.body.querySelectorAll(kind)].filter(
    e => !e.closest('canvas')).map(e => e.outerHTML.slice(0, 300));
  for (const sign of signs) found[sign] = Array(text.split(sign).length - 1).fill(sign);
  const typed = [...document.querySelectorAll('input, textarea')].map(e => e.value);
  return [found, [document.body.textContent, ...typed].join('\\n'), document.title];
}"""
LISTS = [
    "", "?whose=Office", "?list=Cases&whose=Office", "?list=Suggested&whose=Office", "risk?class=all", "retakes",
    "retakes?show=All+with+attempts", "subjects?axis=Discipline", "subjects?show=Class&axis=Discipline",
    "subjects?show=Groups&axis=Discipline", "tutoring", "tutoring?part=Tutors", "tutoring?part=Sessions",
    "tutoring?part=Did+it+help", "tutoring?part=Peer+mentors", "evidence", "rules", "upload",
]  # fmt: skip
# Buttons that open a dialog, a popover or a form and store nothing, by page.
OPENERS = {
    "?whose=Office": ["Message"],
    "?list=Suggested&whose=Office": ["Put off", "Dry run on past classes"],
    "tutoring": ["Bounds"],
    "tutoring?part=Tutors": ["Add or change a tutor", "Days off"],
    "tutoring?part=Sessions": ["Log a session"],
    "rules": ["Change", "Try the draft on your students"],
    "upload": ["Undo"],
}
EACH = 3  # the dialogs of a case are shared out: with every third string each
OF_A_CASE = ["Correct or add", "Note", "Flag for tutoring", "Record", "Plan", "Close flag", "Take back", "Settle",
             "Edit", "Open again"]  # fmt: skip
ON_THE_PAGE = ["Dry run on past classes", "Try the draft on your students", "Change"]  # open neither
LOOK_AGAIN_MS = 500


@dataclass(frozen=True)
class Place:
    """What one document holds: its elements by kind, and its text."""

    name: str
    elements: dict[str, list[str]]
    text: str
    title: str
    outside: list[str] = field(default_factory=list)

    def more_than(self, usual: "Place") -> list[str]:
        """What this place has more of than the usual one, each with the elements that only it has."""
        found = [f"requested {url}" for url in self.outside] + ["a script ran"] * (self.title == "ran")
        for kind, all_of_it in self.elements.items():
            if (more := len(all_of_it) - len(usual.elements[kind])) > 0:
                own = [html for html in all_of_it if html not in usual.elements[kind]] or all_of_it
                found.append(f"{more} more of {kind}: {own[-1][:200]}")
        return found


class Visits:
    """One browser on one dashboard. `folder` is where the sheets to upload are written."""

    def __init__(self, browser: Browser, address: str, texts: Texts, folder: Path) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 2400})
        self.context.set_default_timeout(60_000)
        self.address, self.texts, self.folder, self.requested = address, texts, folder, list[str]()
        self.context.on("request", lambda request: self.requested.append(request.url))
        self.page: Page = self.context.new_page()

    def all(self, students: list[int]) -> Iterator[Place]:
        """Every list once, then every page and dialog of these students."""
        self._become(0)
        for url in LISTS:
            yield from self._page(url, OPENERS.get(url, []))
        yield from self._find()
        for student in students:
            self._become(student)
            yield from self._student(student, only_some=len(students) > 1)
        self.context.close()

    def _become(self, student: int) -> None:
        """Work under the student's working name from here on."""
        me = quote(self.texts.of(student, "working name"))
        self.context.add_cookies([{"name": "passline_me", "value": me, "url": self.address}])

    def _student(self, student: int, only_some: bool) -> Iterator[Place]:
        of = self.texts.of
        id, unknown = of(student, "student id"), of(student, "URL")
        query = urlencode({"student": id})
        dialogs = OF_A_CASE[student % EACH :: EACH] if only_some else OF_A_CASE
        yield from self._page(f"student?{query}", dialogs)
        yield from self._page(f"exam_plan?{query}", ["Save exam plan"])
        odd = urlencode({"student": unknown, "exam": unknown, "class": unknown, "list": unknown, "groups": unknown})
        for name in ("student", "exam_plan"):
            yield from self._page(f"{name}?{odd}", [])
        groups = {"show": "Groups", "axis": "Discipline", "class": "all", "groups": of(student, "group")}
        yield from self._page(f"subjects?{urlencode(groups)}", [])
        advised = urlencode({"class": "all", "advisor": of(student, "advisor")})
        yield from self._page(f"risk?{advised}", [])
        yield from self._upload(student)

    def _page(self, url: str, buttons: list[str]) -> Iterator[Place]:
        self.page.goto(f"{self.address}/{url}")
        self.page.locator('[data-testid="stHeading"], [data-testid="stMarkdown"]').first.wait_for()
        self._unfold()
        yield self._place(url)
        for button in buttons:
            yield self._opened(url, button)

    def _unfold(self) -> None:
        """Open every expander: what is closed may not be drawn."""
        settled(self.page)
        closed = self.page.locator("details:not([open]) > summary")
        while closed.count():
            closed.first.evaluate("e => e.click()")
        settled(self.page)

    def _opened(self, url: str, button: str) -> Place:
        """What the first button of this name opens; closed again."""
        before = self.page.evaluate("document.body.innerText")
        self.page.get_by_role("button", name=button, exact=True).first.click()
        if button in ON_THE_PAGE:
            self.page.wait_for_function("before => document.body.innerText !== before", arg=before)
            return self._place(f"{url}, {button}")
        shown = self.page.locator('[role=dialog], [data-testid="stPopoverBody"]')
        shown.first.wait_for()
        place = self._place(f"{url}, {button}")
        self.page.keyboard.press("Escape")
        shown.first.wait_for(state="hidden")
        settled(self.page)
        return place

    def _find(self) -> Iterator[Place]:
        """The names in Find, and the picker of who is working."""
        self.page.get_by_role("button", name="Find").first.click()
        self.page.get_by_placeholder("Name or ID").fill("lastname")
        self.page.keyboard.press("Enter")
        self.page.locator('[data-testid="stPopoverBody"] a').first.wait_for()
        settled(self.page)
        yield self._place("Find")

    def _upload(self, student: int) -> Iterator[Place]:
        """A sheet that waits to be applied, with what it asks."""
        self.page.goto(f"{self.address}/upload")
        path = waiting_sheet(self.texts, student, self.folder)
        self.page.locator('input[type="file"]').first.set_input_files(path)
        self.page.get_by_role("button", name="Apply").wait_for()
        self._unfold()
        yield self._place(f"upload of {student}")

    def _at_rest(self) -> tuple[dict[str, list[str]], str, str]:
        """What the page holds once two looks see as many elements and the same text: a run may begin after a moment."""
        before = None
        while True:
            settled(self.page)
            elements, text, title = self.page.evaluate(COUNT, [ELEMENTS, SIGNS])
            now = {kind: len(found) for kind, found in elements.items()}, text
            if now == before:
                return elements, text, title
            before = now
            self.page.wait_for_timeout(LOOK_AGAIN_MS)

    def _place(self, name: str) -> Place:
        elements, text, title = self._at_rest()
        ours = (f"{self.address}/", "data:", "blob:")
        outside = [url for url in self.requested if not url.startswith(ours)]
        self.requested.clear()
        return Place(name, elements, text, title, outside)
