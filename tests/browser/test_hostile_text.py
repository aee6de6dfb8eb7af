"""What sheets and people wrote is drawn as text on Today, Suggested and Find: no element, no link, no request."""

import csv
from datetime import timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from pipelines.imports.plan import apply_import
from pipelines.office import Person
from tests.browser.conftest import settled
from tests.conftest import AS_OF, AT
from tests.servers import dashboard

pytestmark = pytest.mark.browser

HOSTILE = [
    "![i](http://x.example/a.png) **b** :red[c] $x^2$", "https://evil.example", "http://www.evil.example/?a=b",
    "www.evil.example", "mail a@b.example", "[l](https://evil.example)", "<https://evil.example>", "one\n- list",
    "one\n\n1. list\n===", "# head", "<b>bold</b><img src=http://x.example/b.png>", ":material/home:", ":streamlit:",
    ":smile: :+1:", "a -- b <-> c >= d", "~~x~~ ~y~", "`code` ```", "&copy; &#42;", "_i_ __b__ *i*",
    "a | b :blue-badge[c]", "$$y$$ \\[z\\] \\*", "| a |\n|---|", "[^1]: note", "--", "+ plus", ":help[me]",
]  # fmt: skip
ME, COLLEAGUE = "Dr **Osei** https://evil.example", "Dr www.evil.example"
TEXT, TAGS = "e => e.textContent", "e => [...e.querySelectorAll('*')].map(x => x.tagName.toLowerCase())"
OURS = {"div", "p", "strong", "span", "br"}  # a link's own frame, the bold of a name, and its lines


@pytest.fixture
def hostile_home(home, plan, take_in, policy, tmp_path):
    """Students named as HOSTILE, at risk and near their day; one flag open and one ended, in as hostile words."""
    ids = [f"{at:05}" for at in range(len(HOSTILE))]
    roster, scores = tmp_path / "**roster** www.evil.example.csv", tmp_path / "scores.csv"
    with roster.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["student_id", "last_name", "class_year", "planned_on", "advisor"])
        rows.writerows([i, name, 2028, AS_OF + timedelta(30), f"{ME} {at // 5}" if at >= 5 else ME]
                       for at, (i, name) in enumerate(zip(ids, HOSTILE, strict=True)))  # fmt: skip
    taken = AS_OF - timedelta(9)
    rows = (f"{i},CBSSA,30,{taken},50" for i in ids)
    scores.write_text("\n".join(["student_id,instrument,form,taken_on,score", *rows]))
    take_in(scores)
    me = Person(ME)
    apply_import(home, plan(roster), policy, by=me, at=AT + timedelta(hours=1))
    how = {"areas": [], "urgency": "today", "owner": ME, "due_on": AS_OF, "by": me, "at": AT}
    for student in ids[:2]:
        home.office.flags.raise_flags([student], reason=HOSTILE[0], **how)
    ended = home.office.flags.rows(student_ids=[ids[1]])["flag_id"][0]
    home.office.cases.close(ended, outcome="Moved the date", by=Person(COLLEAGUE), at=AT)
    home.office.suggestions.switch_rule("at-risk", on=True, by=me, at=AT)
    return home


@pytest.fixture
def visited(hostile_home, profile):
    """A page of the dashboard in the browser of the person named ME, and every address it requested."""
    with dashboard("serve", "--home", str(hostile_home.root), "--as-of", AS_OF.isoformat()) as address:
        context, requested = profile(1280, 2400), []
        context.add_cookies([{"name": "passline_me", "value": quote(ME), "url": address}])
        context.on("request", lambda request: requested.append(request.url))
        yield context.new_page(), address
        assert requested
        assert [url for url in requested if not url.startswith((f"{address}/", "data:", "blob:"))] == []


def one_line(text):
    return " ".join(text.split())


def assert_names_are_text(place, ids):
    for student in ids:
        link = place.locator(f'a[href*="student={student}"]').first
        name = HOSTILE[int(student)]
        assert one_line(link.evaluate(TEXT)).startswith(one_line(name))
        assert set(link.evaluate(TAGS)) <= OURS
        assert link.locator("strong strong, [class*=stMarkdownColored], [class*=stMarkdownBadge], .katex").count() == 0


def assert_nothing_came_of_it(page):
    assert page.locator('a[href*="evil"], a[href^="mailto:"], [src*="example"]').count() == 0
    drawn = page.locator('[data-testid="stMarkdownContainer"]')
    assert drawn.locator(".katex, del, code, li, table, sup, em, [role=img]").count() == 0


def shown(page, key):
    """The list under this key with all of its students, and their IDs."""
    place = page.locator(f".st-key-{key}")
    place.wait_for()
    links = place.locator("a")
    while (more := page.get_by_role("button", name="Show")).count():
        before = links.count()
        more.click()
        expect(links).not_to_have_count(before)
        settled(page)
    return place, [link.get_attribute("href").split("student=")[1] for link in links.all()]


def test_on_today_names_owners_and_files_are_text(visited, artefacts):
    page, address = visited
    page.goto(address)
    settled(page)
    page.get_by_text(f"{ME} · 5 of {len(HOSTILE)} students").wait_for()
    page.goto(f"{address}/?whose=Office")
    settled(page)
    place, ids = shown(page, "passline-needs")
    assert len(ids) == len(HOSTILE)
    assert_names_are_text(place, ids)
    assert f"with {ME};" in place.inner_text()
    assert f"{HOSTILE[1]}: Moved the date · {COLLEAGUE}" in page.locator(".st-key-passline-endings").inner_text()
    rail = page.locator(".st-key-passline-rail").inner_text()
    assert "**roster** www.evil.example.csv, " in rail
    assert f" · {ME}" in rail
    page.screenshot(path=artefacts / "hostile-today.png", full_page=True)
    assert_nothing_came_of_it(page)
    page.get_by_role("button", name="Flag", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Flag 1 student").wait_for()
    settled(page)
    assert dialog.locator("strong").first.evaluate(TEXT) in [one_line(name) for name in HOSTILE]
    assert_nothing_came_of_it(page)
    dialog.get_by_role("button", name="Flag 1 student").click()
    dialog.wait_for(state="hidden")


def test_on_suggested_names_and_messages_are_text(visited, artefacts):
    page, address = visited
    page.goto(f"{address}/?list=Suggested&whose=Office")
    settled(page)
    place, ids = shown(page, "passline-suggested")
    assert len(ids) == len(HOSTILE) - 2  # those flagged
    assert_names_are_text(place, ids)
    page.screenshot(path=artefacts / "hostile-suggested.png", full_page=True)
    assert_nothing_came_of_it(page)
    page.get_by_role("button", name="Accept").first.click()
    toast = page.locator('[data-testid="stToast"]')
    toast.wait_for()
    assert f"is flagged for {ME}" in one_line(toast.evaluate(TEXT))
    assert_nothing_came_of_it(page)


def test_in_find_names_are_text(visited, artefacts):
    page, address = visited
    page.goto(f"{address}/risk")
    settled(page)
    page.get_by_role("button", name="Find").click()
    for at, name in enumerate(HOSTILE):
        page.get_by_placeholder("Name or ID").fill(f"{at:05}")
        page.keyboard.press("Enter")
        found = page.locator('[data-testid="stPopoverBody"]')
        found.locator(f'a[href*="student={at:05}"]').wait_for()
        settled(page)
        assert_names_are_text(found, [f"{at:05}"])
        assert one_line(found.locator("a").evaluate(TEXT)) == one_line(f"{name} · {at:05} · 2028")
        assert_nothing_came_of_it(found)
    page.screenshot(path=artefacts / "hostile-find.png")
