"""Import in a real browser: map an unknown sheet, decide whose a row is, apply, undo."""

import re

import pytest

from dashboard.data.warehouse import Warehouse
from pipelines.store.home import Home
from tests.browser.conftest import settled
from tests.conftest import AS_OF
from tests.servers import dashboard

pytestmark = pytest.mark.browser

ROSTER = (
    "student_id,last_name,first_name,email,program,class_year\n00123,Abbott,Anna,aabbott@school.example,MD,2028\n"
    "00124,Sato,Kenji,ksato@school.example,MD,2028\n"
)
MOCK = "Learner,Sat on,Mark,Remark\naabbott@school.example,2026-10-01,61,\n00124x@school.example,2026-10-01,75,late\n"
NBME = (
    "Institution ID,Test Date,Order Number,Exam,ID,Examinee,Total Test\n1,10/02/2026,7,CBSE,00123,\"Abbott, Anna\",64\n"
    "1,10/02/2026,7,CBSE,,\"Sato, K\",71\n"
)


def stored(root):
    return sorted(Warehouse(Home(root).current().path).assessments().select("student_id", "score").rows())


def give(page, *paths):
    page.locator('input[type="file"]').set_input_files([str(path) for path in paths])
    settled(page)


def apply(page):
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("stored.").first.wait_for()
    settled(page)


def choose(page, label, option):
    box = page.get_by_role("combobox", name=re.compile(rf"(^|[^\w]){re.escape(label)}$")).first
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).first.wait_for()
    box.press("Enter")
    settled(page)


def refuses_more_than_200_mb(page, large):
    """The page shows the limit, and refuses the file before anything is sent; the command line reads such files."""
    with large.open("wb") as out:
        out.truncate((200 << 20) + 1)
    page.get_by_text("up to 200 MB each").wait_for()
    page.locator('input[type="file"]').set_input_files(str(large))
    page.get_by_text(re.compile("200.*or smaller")).wait_for()
    page.reload()
    settled(page)


def test_map_decide_apply_and_undo(open_page, tmp_path, artefacts):
    root = tmp_path / "home"
    sheets = {}
    for name, text in [("roster.csv", ROSTER), ("mock.csv", MOCK), ("nbme.csv", NBME)]:
        sheets[name] = tmp_path / name
        sheets[name].write_text(text)
    with dashboard("serve", "--home", str(root), "--as-of", AS_OF.isoformat()) as address:
        page = open_page(f"{address}/upload")
        refuses_more_than_200_mb(page, tmp_path / "large.csv")
        give(page, sheets["roster.csv"], sheets["nbme.csv"])
        apply(page)
        assert stored(root) == [("00123", 64.0)]

        page.get_by_text("Whose are these? 1 row").wait_for()
        page.screenshot(path=artefacts / "import-1-identity.png", full_page=True)
        page.get_by_role("button", name="It is this student").first.click()
        page.get_by_text("1 decision on unknown rows").wait_for()
        settled(page)
        assert stored(root) == [("00123", 64.0), ("00124", 71.0)]

        give(page, sheets["mock.csv"])
        page.get_by_text("Map its columns").wait_for()
        choose(page, "Learner", "email")
        choose(page, "Sat on", "taken on")
        choose(page, "Mark", "score")
        choose(page, "All rows: instrument", "CBSSA")
        page.get_by_label("Name of this mapping").fill("Learning center mock")
        page.get_by_label("Name of this mapping").press("Enter")
        settled(page)
        page.screenshot(path=artefacts / "import-2-mapping.png", full_page=True)
        page.get_by_role("button", name="Use this mapping").click()
        page.get_by_text("1 stored").first.wait_for()
        settled(page)
        page.screenshot(path=artefacts / "import-3-plan.png", full_page=True)
        apply(page)
        assert ("00123", 61.0) in stored(root)

        give(page, sheets["mock.csv"])
        page.get_by_text("imported before").wait_for()
        page.reload()
        settled(page)
        page.get_by_role("button", name="Undo").first.click()
        page.get_by_role("button", name="Undo the import").click()
        page.get_by_text("undone by").wait_for()
        settled(page)
        page.screenshot(path=artefacts / "import-4-undone.png", full_page=True)
        assert stored(root) == [("00123", 64.0), ("00124", 71.0)]
