"""A served page that meets a bug: what the server prints names its reference, and no student."""

import sqlite3
from contextlib import closing

import pytest

from tests.browser.conftest import settled
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.servers import dashboard

pytestmark = pytest.mark.browser
MARKER = "Quillfeather"


def test_a_page_that_fails_is_printed_by_reference_without_a_value(home, sheet, take_in, chromium):
    take_in(sheet("roster.csv", f"student_id,last_name,class_year,advisor\n{MARKER}1,{MARKER},2028,Dr {MARKER}\n"))
    home.office.flags.raise_flags([f"{MARKER}1"], reason=MARKER, areas=[], urgency="today", owner=MARKER, due_on=AS_OF,
                                  by=DR_OSEI, at=AT)  # fmt: skip
    with closing(sqlite3.connect(home.root / "office.db")) as store, store:
        store.execute("UPDATE flag SET flagged_at = ?", [MARKER])
    said = []
    with dashboard("serve", "--home", str(home.root), "--as-of", AS_OF.isoformat(), said=said) as address:
        page = chromium.new_page()
        page.goto(f"{address}/student?student={MARKER}1")
        page.get_by_text("Something went wrong on our side").wait_for()
        reference = settled(page).locator('[data-testid="stAlert"] strong').inner_text()
        page.close()
    printed = "".join(said)
    assert f"page failed, reference {reference}" in printed
    assert "ValueError" in printed
    assert MARKER not in printed
