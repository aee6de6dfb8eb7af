"""Files as schools drop them, in a real browser: a workbook of several tabs, and an export that nobody knows."""

import pytest
import xlsxwriter

from dashboard.data.warehouse import Warehouse
from pipelines.store.home import Home
from tests.browser.conftest import settled
from tests.browser.test_import import apply, choose, give, stored
from tests.conftest import AS_OF
from tests.servers import dashboard

pytestmark = pytest.mark.browser

MOST_CLICKS = 8
TABS = {
    "Students": [["Student ID", "Last Name", "First Name", "Class"], ["00123", "Abbott", "Anna", 2028],
                 ["00124", "Sato", "Kenji", 2028]],
    "CBSE": [["Student ID", "CBSE", "CBSE Date"], ["00123", 58, "2026-01-15"], ["00124", 61, "2026-01-15"]],
    "Results": [["Student ID", "Exam", "Date", "Result"], ["00123", "Step 1", "2026-06-15", "Pass"]],
    "Notes": [["call Anna in May"]],
}
LEARNERS = "Learner,Sat on,Mark,Remark\n00123,2026-02-15,61,\n00124,2026-02-16,64,late\n"
COUNTING = "addEventListener('click', () => { window.clicks = (window.clicks || 0) + 1 }, true)"


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "class of 2028.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for tab, rows in TABS.items():
            sheet = book.add_worksheet(tab)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return path


def test_three_tabs_of_three_kinds_are_one_preview_and_an_unknown_export_takes_few_clicks(
    open_page, tmp_path, workbook, artefacts
):
    root, export = tmp_path / "home", tmp_path / "learners.csv"
    export.write_text(LEARNERS)
    with dashboard("serve", "--home", str(root), "--as-of", AS_OF.isoformat()) as address:
        page = open_page(f"{address}/upload")
        give(page, workbook)
        page.get_by_text("5 of 5 rows in 3 sheets will be stored").wait_for()
        page.get_by_text("Left out of this file: “Notes” (no table).").wait_for()
        page.screenshot(path=artefacts / "files-1-tabs.png", full_page=True)
        apply(page)
        assert stored(root) == [("00123", 58.0), ("00124", 61.0)]
        assert Warehouse(Home(root).current().path).attempts()["outcome"].to_list() == ["pass"]

        give(page, export)
        page.get_by_text("Map its columns").wait_for()
        page.evaluate(COUNTING)
        choose(page, "All rows: instrument", "CBSE")
        page.get_by_label("Name of this mapping").click()
        page.get_by_label("Name of this mapping").fill("Learning center")
        page.get_by_label("Name of this mapping").press("Enter")
        settled(page)
        page.get_by_role("button", name="Use this mapping").click()
        page.get_by_text("2 stored").first.wait_for()
        settled(page)
        page.screenshot(path=artefacts / "files-2-mapped.png", full_page=True)
        apply(page)
        assert 0 < page.evaluate("window.clicks") <= MOST_CLICKS
        assert stored(root) == [("00123", 58.0), ("00123", 61.0), ("00124", 61.0), ("00124", 64.0)]
