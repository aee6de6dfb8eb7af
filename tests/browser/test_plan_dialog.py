"""Saving an exam plan as an advisor does it: overload warned of, planned date corrected, plan and file kept."""

import shutil

import polars as pl
import pytest
from icalendar import Calendar

from dashboard.data.figures import figures_of
from dashboard.data.warehouse import Warehouse
from pipelines.store.home import Home
from tests.browser.conftest import settled
from tests.conftest import AS_OF
from tests.servers import dashboard

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_plan_is_saved_with_its_reason_and_moves_the_planned_date(sample_root, tmp_path, open_page, policy):
    root = tmp_path / "home"
    shutil.copytree(sample_root, root)
    home = Home(root)
    known = figures_of(Warehouse(home.current().path), AS_OF, policy).retakes
    row = known.filter(pl.col("recommended_on") > AS_OF, pl.col("planned_on").is_not_null()).row(0, named=True)
    student, day = row["student_id"], row["recommended_on"]
    with dashboard("serve", "--home", str(root), "--as-of", AS_OF.isoformat()) as address:
        page = settled(open_page(f"{address}/exam_plan?student={student}&exam={row['exam'].replace(' ', '%20')}"))
        page.get_by_role("spinbutton", name="year, If the student sits on").click()
        page.keyboard.type(f"{day:%Y%m%d}")
        page.get_by_role("heading", name="Window", exact=True).click()
        page.get_by_role("heading", name=f"Exam plan up to {day:%-d %b %Y}").wait_for()
        settled(page)
        with page.expect_download() as download:
            page.get_by_role("button", name="Calendar").click()
        page.get_by_role("button", name="Save exam plan").click()
        dialog = page.get_by_role("dialog")
        typed = dialog.get_by_role("combobox", name="Resources")
        for resource in ("First Aid", "Pathoma", "Sketchy", "UWorld", "Anki"):
            typed.fill(resource)
            typed.press("Enter")
        dialog.get_by_text("more than 4 is an overload").wait_for()
        dialog.get_by_label("Why this date").fill("Target reached, agreed with the student")
        dialog.get_by_role("button", name="Save", exact=True).click()
        dialog.wait_for(state="detached")
        settled(page)
        page.get_by_text("Target reached, agreed with the student").first.wait_for()
        file = download.value.path().read_bytes()
    exam = [e for e in Calendar.from_ical(file).walk("VEVENT") if e["summary"] == row["exam"]]
    assert [e["dtstart"].dt for e in exam] == [day]
    saved = home.office.exam_plans.saved(student).row(0, named=True)
    assert (saved["sits_on"], saved["reason"]) == (day, "Target reached, agreed with the student")
    assert saved["resources"] == "First Aid; Pathoma; Sketchy; UWorld; Anki"
    after = figures_of(Warehouse(home.current().path), AS_OF, policy)
    assert after.students.filter(student_id=student).item(0, "planned_on") == day
    assert home.office.ledger.corrections(student).item(0, "reason") == "Plan: Target reached, agreed with the student"
