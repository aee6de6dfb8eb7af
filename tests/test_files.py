"""Files that hold several sheets: tabs of a workbook, sheets of a ZIP, two files of one name."""

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from dashboard.cli.account import answered, exit_status
from dashboard.data.warehouse import Warehouse
from dashboard.words.imports import unusual_text
from pipelines.errors import SheetRefused
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.imports.rows_to_fix import rows_to_fix_in_preview
from pipelines.imports.undo import redo_import, undo_import
from pipelines.imports.watched_folder import take_in as take_in_folder
from pipelines.sheets import Answers, inspect_sheet
from pipelines.sheets.files.archive import unpack_archive
from pipelines.store.builds import rebuild
from tests.conftest import AT, DR_OSEI

FILES = Path(__file__).parent / "sheets/cases/files"
SCORES = "student_id,assessment,date,score\n00123,CBSE,2026-10-15,61\n"
HEADER = ["student_id", "assessment", "date", "score"]
NOTES = [["Notes of the office"], ["ask Dr Lund"]]
SUMMARY = [["Class", "Average"], ["MD 2029", 61.5], ["DO 2029", 64]]


@pytest.fixture
def book(tmp_path):
    """A workbook of these tabs, each a list of rows; a name in `hidden` is hidden."""

    def make(name, hidden=(), **tabs):
        with xlsxwriter.Workbook(str(tmp_path / name)) as made:
            for tab, rows in tabs.items():
                sheet = made.add_worksheet(tab)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
                if tab in hidden:
                    sheet.hide()
        return tmp_path / name

    return make


@pytest.fixture
def zipped(tmp_path):
    def make(name, members):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as packed:
            for member, content in members.items():
                packed.writestr(member, content)
        return tmp_path / name

    return make


def scores(home):
    return Warehouse(home.current().path).assessments().sort("student_id").select("student_id", "score").rows()


def names(preview):
    return [(sheet.file, sheet.stored, sheet.refused) for sheet in preview.sheets]


def test_classes_on_tabs_are_sheets_of_one_preview(home, take_in):
    take_in(FILES / "roster.csv")
    preview = take_in(FILES / "classes_on_tabs.xlsx")
    assert names(preview) == [("classes_on_tabs.xlsx · MD 2029", 2, None), ("classes_on_tabs.xlsx · DO 2029", 1, None)]
    assert scores(home) == [("00123", 61), ("00124", 62), ("00127", 61)]
    assert len(list(home.sheets.iterdir())) == 2  # the roster and the workbook


def test_three_tabs_of_three_kinds_are_read_as_what_they_hold(plan):
    sheets = plan(FILES / "kinds_on_tabs.xlsx").sheets
    assert [sheet.report.kind for sheet in sheets] == ["assessments", "assessments", "attempts"]


def test_undo_and_redo_are_of_the_whole_workbook(home, policy, take_in):
    take_in(FILES / "roster.csv")
    first, second = [one.import_id for one in take_in(FILES / "classes_on_tabs.xlsx").imports]
    undo_import(home, second, policy, by=DR_OSEI, at=AT)
    assert scores(home) == []
    redo_import(home, first, policy, by=DR_OSEI, at=AT)
    assert len(scores(home)) == 3


def test_a_workbook_again_changes_nothing_and_a_rebuild_reads_every_tab_again(home, policy, take_in):
    take_in(FILES / "roster.csv")
    take_in(FILES / "classes_on_tabs.xlsx")
    again = take_in(FILES / "classes_on_tabs.xlsx")
    assert [sheet.already for sheet in again.sheets] == [2, 3]
    for rows in home.rows.iterdir():
        for file in sorted(rows.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        rows.rmdir()
    rebuild(home, policy, at=AT)
    assert len(scores(home)) == 3


def test_a_workbook_that_was_imported_before_by_its_first_tab_gains_the_others(home, policy, take_in):
    take_in(FILES / "roster.csv")
    one_sheet = Upload("t.xlsx", FILES / "classes_on_tabs.xlsx", is_one_sheet=True)
    apply_import(home, plan_import(home, [one_sheet], policy, accept_changes=False, at=AT), policy, by=DR_OSEI, at=AT)
    assert len(scores(home)) == 2
    preview = take_in(FILES / "classes_on_tabs.xlsx")
    assert [(sheet.stored, sheet.unchanged) for sheet in preview.sheets] == [(0, 2), (1, 0)]


def test_notes_and_hidden_tabs_are_named_and_left_out(plan, book):
    table = [HEADER, ["00123", "CBSE", "2026-10-15", 61]]
    path = book("a.xlsx", ["Old"], Notes=NOTES, One=table, Two=table, Old=table, Empty=[])
    first, second = plan(path).sheets
    assert (first.file, second.file) == ("a.xlsx · One", "a.xlsx · Two")
    assert first.report.doubts[0] == "Left out of this file: “Notes” (no table), “Old” (hidden)."


def test_a_tab_of_numbers_that_nobody_knows_is_not_read_yet_and_ends_with_status_1(plan, book):
    path = book("a.xlsx", Summary=SUMMARY, One=[HEADER, ["00123", "CBSE", "2026-10-15", 61]], Notes=NOTES)
    preview = plan(path)
    assert [(sheet.file, sheet.is_unclear) for sheet in preview.sheets] == [("a.xlsx · Summary", True),
                                                                           ("a.xlsx · One", False)]
    assert preview.sheets[1].report.doubts[0] == "Left out of this file: “Notes” (no table)."
    assert exit_status(preview, applied=True) == 1


def test_a_workbook_of_unknown_tables_alone_is_refused(plan, book):
    preview = plan(book("a.xlsx", One=SUMMARY, Two=SUMMARY))
    assert [sheet.is_unclear for sheet in preview.sheets] == [False, False]
    assert exit_status(preview, applied=False) == 2


def test_a_workbook_with_one_table_keeps_its_name(plan, book):
    path = book("a.xlsx", Notes=NOTES, One=[HEADER, ["00123", "CBSE", "2026-10-15", 61]])
    sheet, = plan(path).sheets
    assert (sheet.file, sheet.answers.tab) == ("a.xlsx", None)
    assert "Only the sheet “One” was read; not “Notes”." in sheet.report.doubts


def test_rows_to_fix_are_those_of_their_tab(plan, policy, book):
    path = book("a.xlsx", One=[HEADER, ["00123", "CBSE", "2026-10-15", 61]],
                Two=[HEADER, ["00124", "CBSE", "2026-10-15", "six"]])
    preview = plan(path)
    rows = rows_to_fix_in_preview(preview, preview.sheets[1].import_id, policy)
    assert rows["student_id"].to_list() == ["00124"]


def test_each_tab_has_its_own_answers(home, policy, book):
    path = book("a.xlsx", One=[["Student ID", "UWSA 1"], ["00123", 221]],
                Two=[["Student ID", "UWSA 2"], ["00124", 230]])
    uploads = [Upload("a.xlsx", path, id="0", parts={"Two": Answers(dates={"UWSA 2": "2026-10-02"})})]
    one, two = plan_import(home, uploads, policy, accept_changes=True, at=AT).sheets
    assert "date:UWSA 1" in [question.id for question in one.report.questions]
    assert two.answers.dates == {"UWSA 2": "2026-10-02"}


def test_an_answer_on_the_command_line_reaches_the_tab_that_asks(home, policy, book):
    path = book("a.xlsx", One=[["Student ID", "UWSA 1"], ["00123", 221]],
                Two=[HEADER, ["00124", "CBSE", "2026-10-15", 9]])
    uploads = [Upload("a.xlsx", path, id="0")]
    preview = plan_import(home, uploads, policy, accept_changes=True, at=AT)
    upload, = answered(uploads, preview, ["date:UWSA 1=2026-10-02"])
    assert {part: given.dates for part, given in upload.parts.items()} == {"One": {"UWSA 1": "2026-10-02"}}


def test_sheets_of_a_zip_are_sheets_of_one_preview(home, take_in, zipped):
    take_in(FILES / "roster.csv")
    book = (FILES / "classes_on_tabs.xlsx").read_bytes()
    path = zipped("all.zip", {"fall/a.csv": SCORES.replace("61", "62"), "__MACOSX/._a.csv": "x", "b.xlsx": book,
                              "read me.pdf": b"%PDF-1.4", "inner.zip": b"PK\x03\x04"})
    preview = take_in(path)
    assert [sheet.file for sheet in preview.sheets] == [
        "all.zip · a.csv", "all.zip · b.xlsx · MD 2029", "all.zip · b.xlsx · DO 2029"]
    left_out = "Left out of this file: “read me.pdf” (no sheet), “inner.zip” (no sheet)."
    assert preview.sheets[0].report.doubts[0] == left_out
    assert len(scores(home)) == 3


def test_a_members_name_is_never_a_path(zipped, tmp_path):
    path = zipped("up.zip", {"../../up.csv": SCORES, "C:\\Windows\\up.csv": SCORES, "/etc/up.csv": SCORES})
    unpacked = unpack_archive(path, "up.zip", tmp_path / "into")
    assert [member.path for member in unpacked.members] == [tmp_path / "into" / f"{n}.csv" for n in range(3)]
    assert len({member.name for member in unpacked.members}) == 3
    assert not list(tmp_path.parent.rglob("up.csv"))


@pytest.mark.parametrize(("members", "sentence"), [
    ({f"{n}.csv": "a" for n in range(101)}, "x.zip holds 101 files, over 100; upload its sheets in parts."),
    ({"a.pdf": "x"}, "x.zip holds no sheet (CSV, Excel or ODS); unpack it, and upload its sheets."),
    ({"a.csv": "0" * (201 << 20)}, "x.zip unpacks to over 200 MB; upload its sheets in parts."),
])
def test_a_zip_beyond_bounds_is_refused(zipped, tmp_path, members, sentence):
    with pytest.raises(SheetRefused) as refused:
        unpack_archive(zipped("x.zip", members), "x.zip", tmp_path / "into")
    assert str(refused.value) == sentence


def test_a_damaged_zip_is_refused(zipped, plan):
    path = zipped("x.zip", {"a.csv": SCORES * 100})
    content = bytearray(path.read_bytes())
    content[60:80] = b"\xff" * 20
    path.write_bytes(content)
    assert plan(path).sheets[0].refused == "x.zip is a damaged ZIP; unpack it, and upload its sheets."


def test_two_files_of_one_name_are_put_in_the_places_of_their_own(home, policy, sheet, tmp_path):
    (tmp_path / "b").mkdir()
    one = sheet("results.csv", "Student ID,UWSA 1\n00123,221\n")
    other = sheet("b/results.csv", "Student ID,UWSA 1\n00124,230\n")
    days = [{"UWSA 1": f"2026-10-0{n}"} for n in (1, 2)]
    uploads = [Upload("results.csv", path, id=id, parts={"": Answers(dates=day)})
               for path, id, day in zip([one, other], "ab", days, strict=True)]
    preview = plan_import(home, uploads, policy, accept_changes=True, at=AT)
    read = [(sheet.key, sheet.answers.dates) for sheet in preview.sheets]
    assert read == [(("a", ""), days[0]), (("b", ""), days[1])]


def test_inspect_shows_each_tab_and_stores_nothing(policy):
    found = inspect_sheet(FILES / "kinds_on_tabs.xlsx", "t.xlsx", Answers(), policy)
    assert [(sheet["file"], sheet["kind"], sheet["rows"]) for sheet in found["sheets"]] == [
        ("t.xlsx · CBSE", "assessments", 2), ("t.xlsx · NBME forms", "assessments", 2),
        ("t.xlsx · Step 1", "attempts", 1)]


def test_a_watched_folder_takes_in_every_tab_and_moves_the_file_once(home, policy, tmp_path, book):
    folder = tmp_path / "drop"
    folder.mkdir()
    for name in ("roster.csv", "classes_on_tabs.xlsx"):
        (folder / name).write_bytes((FILES / name).read_bytes())
    path = book("drop/odd.xlsx", One=[HEADER, ["00128", "CBSE", "2026-10-15", 61]], Summary=SUMMARY)
    arrived = take_in_folder(home, sorted(folder.glob("*.*")), policy, unusual_text, by=DR_OSEI, at=AT)
    assert {(one.path.parent.name, one.path.name) for one in arrived} == {
        ("not imported", "odd.xlsx"), ("imported", "roster.csv"), ("imported", "classes_on_tabs.xlsx")}
    assert not path.exists()
    assert len(scores(home)) == 3


def test_blackboards_username_is_an_identity_and_one_of_nobody_says_nothing(home, policy, take_in, sheet):
    take_in(FILES / "roster.csv")
    grades = ("Last Name,First Name,Username,CBSE [Total Pts: 100] |123\nAbara,T.,tabara,61\nKim,Min,mkim2,62\n"
              "Brandt,Mika,xyz17,63\nKim,Min,xyz18,64\n")
    answers = Answers(dates={"CBSE [Total Pts: 100] |123": "2026-10-01"})
    preview = take_in(sheet("grades.csv", grades), answers=answers)
    assert scores(home) == [("00123", 61), ("00124", 63), ("00129", 62)]
    assert preview.sheets[0].waiting == 1


def test_pandas_export_is_read_without_a_question(plan, take_in):
    take_in(FILES / "roster.csv")
    sheet, = plan(FILES / "pandas.csv").sheets
    assert (sheet.report.read, sheet.report.questions, sheet.needs_a_look) == (3, [], False)


def test_dates_of_a_1904_workbook_of_todays_excel_are_those_that_excel_shows(policy, tmp_path):
    found = inspect_sheet(FILES / "mac_1904.xlsx", "mac.xlsx", Answers(), policy)
    assert found["first_rows"][0]["taken_on"] == "2026-01-15"


def test_the_command_line_imports_inspects_and_undoes_a_workbook_as_one(cli, tmp_path):
    root = tmp_path / "home"
    cli("import", FILES / "roster.csv", "--yes", home=root)
    done = cli("import", FILES / "classes_on_tabs.xlsx", "--yes", "--json", home=root)
    assert [(sheet["file"], sheet["stored"]) for sheet in done.json["sheets"]] == [
        ("classes_on_tabs.xlsx · MD 2029", 2), ("classes_on_tabs.xlsx · DO 2029", 1)]
    assert "file: \"kinds_on_tabs.xlsx · Step 1\"" in cli("inspect", FILES / "kinds_on_tabs.xlsx").out
    undone = cli("undo", "3", home=root)
    assert "with all tabs of its workbook (imports 2, 3)" in undone.out + undone.err
