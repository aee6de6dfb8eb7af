"""The main job in a real browser: upload, look, flag three students, restart, the flags are still there."""

import io

import polars as pl
import pytest

from dashboard.data.warehouse import Warehouse
from pipelines.store.home import Home
from sample_data.school import make_school, write_sheets
from tests.browser.conftest import settled
from tests.conftest import AS_OF
from tests.servers import dashboard

pytestmark = pytest.mark.browser


def tick_rows(page, count):
    """Ticks the first rows of the page's table: a canvas, clicked where its boxes are drawn."""
    table = page.locator('[data-testid="stDataFrame"]').first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    for row in range(count):
        page.mouse.click(box["x"] + 16, box["y"] + 30 + 30 * row + 20)
        settled(page)


def test_upload_look_flag_restart_and_the_flags_are_still_there(open_page, cli, tmp_path, artefacts):
    home = tmp_path / "home"
    sheets = write_sheets(make_school(AS_OF), tmp_path / "sheets")
    serving = ("serve", "--home", str(home), "--as-of", AS_OF.isoformat())

    with dashboard(*serving) as address:
        page = open_page(address)
        page.get_by_role("button", name="Look around with a sample class").wait_for()
        page.screenshot(path=artefacts / "main-job-1-empty.png")
        page.get_by_text("Upload your sheets").click()
        page.locator('input[type="file"]').set_input_files(sheets)
        apply = page.get_by_role("button", name="Apply")
        apply.wait_for()
        settled(page)
        page.screenshot(path=artefacts / "main-job-2-plan.png")
        apply.click()
        page.get_by_text("sheets stored").wait_for()

        page.get_by_role("link", name="Risk", exact=True).click()
        page.get_by_text("Tick rows to flag them").wait_for()
        settled(page)
        page.screenshot(path=artefacts / "main-job-3-risk.png")
        tick_rows(page, 3)
        page.get_by_role("button", name="Flag for tutoring").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("Below the low-pass range before the exam")
        page.screenshot(path=artefacts / "main-job-4-flag.png")
        dialog.get_by_role("button", name="Flag 3 students").click()
        dialog.wait_for(state="hidden")
        settled(page)

    flags = pl.read_csv(io.StringIO(cli("export", "flags", home=home).out), infer_schema=False)
    risk = pl.read_csv(io.StringIO(cli("export", "risk", "--as-of", AS_OF, home=home).out), infer_schema=False)
    assert flags.height == 3
    assert set(flags["state"]) == {"open"}
    assert set(flags["student_id"]) <= set(risk["student_id"])

    with dashboard(*serving) as address:
        student = flags["student_id"][0]
        page = open_page(f"{address}/student?student={student}")
        page.get_by_text("Below the low-pass range before the exam").first.wait_for()
        settled(page)
        page.screenshot(path=artefacts / "main-job-5-still-flagged.png", full_page=True)


def test_the_sample_class_opens_from_an_empty_home_and_touches_nothing(open_page, cli, tmp_path):
    home = tmp_path / "home"
    with dashboard("serve", "--home", str(home), "--as-of", AS_OF.isoformat()) as address:
        page = open_page(address)
        page.get_by_role("button", name="Look around with a sample class").click()
        page.get_by_text("most urgent first").wait_for()
    assert cli("imports", "--json", home=home).json["imports"] == []


def test_a_broken_sheet_is_refused_in_a_sentence(open_page, tmp_path):
    broken = tmp_path / "photo.csv"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00")
    with dashboard("serve", "--home", str(tmp_path / "home")) as address:
        page = open_page(f"{address}/upload")
        page.locator('input[type="file"]').set_input_files(broken)
        page.get_by_text("not read").wait_for()


PAGES = ["", "risk", "retakes", "subjects", "tutoring", "student?student={one}", "evidence", "upload"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_opens_wide_and_narrow_light_and_dark(
    open_page, sample_dashboard, sample_root, artefacts, width, scheme
):
    one = Warehouse(Home(sample_root).current().path).attempts().filter(pl.col("outcome") == "fail")["student_id"][0]
    page = open_page(sample_dashboard, width, scheme)
    for where in PAGES:
        page.goto(f"{sample_dashboard}/{where.format(one=one)}")
        page.get_by_role("heading").first.wait_for()
        settled(page)
        assert page.locator('[data-testid="stException"]').count() == 0
        name = where.split("?")[0] or "today"
        page.screenshot(path=artefacts / f"{name}-{width}-{scheme}.png", full_page=True)
