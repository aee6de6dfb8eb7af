"""Passline's own exports, imported again, change nothing."""

import pytest

from dashboard.data.exports import exported, write_export
from dashboard.data.warehouse import Warehouse
from pipelines.contracts.kinds import STORED_KINDS
from pipelines.imports.plan import Upload, plan_import
from pipelines.sheets import Answers
from tests.conftest import AT

ROSTER = ("student_id,last_name,first_name,email,program,class_year,advisor\n"
          "00123,\"O'Brien-Doe\",Ana Lu,ana@x.example,MD,2029,\"=HYPERLINK(\"\"x\"\")\"\n"
          "1E5,'t Hooft,José,t@x.example,MD,2029,@home\n"
          "12E10,Núñez,-,n@x.example,DO,2028,\"Dr Lund\nDr Osei\"\n")
TRACKER = "student_id,NBME 31,NBME 32\n00123,61,\n1E5,,64.285714285714285\n"


@pytest.mark.parametrize("suffix", ["csv"])
@pytest.mark.parametrize("kind", [kind for kind in STORED_KINDS if kind != "undated_scores"])
def test_an_exported_kind_imported_again_changes_nothing(sample_root, home, policy, tmp_path, kind, suffix):
    from pipelines.store.home import Home

    sample = Home(sample_root)
    warehouse = Warehouse(sample.current().path)
    path = tmp_path / f"{kind}.{suffix}"
    rows = exported(kind, sample.office, warehouse, lambda: pytest.fail("no figures are needed"))
    write_export(rows, path, None)
    sheet, = plan_import(sample, [Upload(path.name, path)], policy, accept_changes=True, at=AT).sheets
    assert (sheet.report.kind, sheet.unchanged, sheet.report.questions) == (kind, rows.height, [])
    assert (sheet.stored, sheet.changed, sheet.rejected, sheet.waiting) == (0, 0, 0, 0)


@pytest.mark.parametrize("kind", ["roster", "undated_scores"])
def test_odd_texts_and_scores_without_a_date_come_back_as_they_were(home, policy, take_in, sheet, tmp_path, kind):
    take_in(sheet("roster.csv", ROSTER))
    take_in(sheet("scores.csv", TRACKER), answers=Answers(dates={"NBME 31": "unknown", "NBME 32": "unknown"}))
    path = tmp_path / "again.csv"
    rows = exported(kind, home.office, Warehouse(home.current().path), lambda: pytest.fail("no figures are needed"))
    write_export(rows, path, None)
    again, = plan_import(home, [Upload(path.name, path)], policy, accept_changes=True, at=AT).sheets
    assert rows.height == (3 if kind == "roster" else 2)
    assert (again.report.kind, again.unchanged, again.stored) == (kind, rows.height, 0)
