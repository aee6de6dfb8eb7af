"""Workbooks as schools have them, and as nobody should: read, doubted, or refused within 10 s of processor and 1 GB."""

import io
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile

from pipelines.errors import SheetRefused
from pipelines.sheets.files.workbook_process import SECONDS

FIXTURES = Path(__file__).parent / "fixtures"
HEADER = ["student_id", "instrument", "form", "taken_on", "score"]
DAY = date(2026, 10, 1)
ODS = ('<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table='
       '"urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
       "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>")


def book(fill, **options):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as made:
        fill(made)
    return out.getvalue()


def scores(made, name="Scores"):
    sheet = made.add_worksheet(name)
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ["00123", "CBSSA", 30])
    sheet.write_datetime(1, 3, datetime(2026, 10, 1), made.add_format({"num_format": "m/d/yyyy"}))  # noqa: DTZ001
    sheet.write(1, 4, 66.5)
    return sheet


def values_of(came):
    return [(r["student_id"], r["form"], r["taken_on"], r["score"]) for r in came.rows]


def zipped(**entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in entries.items():
            packed.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return out.getvalue()


def ods(table):
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_xml=ODS.format(table),
                  **{"META-INF__manifest_xml": manifest})


def replaced(content, name, change):
    """The workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(data.decode()) if entry.filename == name else data)
    return out.getvalue()


@pytest.mark.parametrize("since_1904", [False, True])
def test_dates_count_from_1900_or_1904(read, since_1904):
    assert values_of(read(book(scores, date_1904=since_1904), "a.xlsx")) == [("00123", "30", DAY, 66.5)]


def test_an_old_xls_is_read_and_its_other_sheet_named(read):
    came = read((FIXTURES / "scores.xls").read_bytes(), "scores.xls")
    assert (values_of(came), came.report.encoding) == ([("00123", "30", DAY, 66.5)], "xls")
    assert came.report.doubts[0] == "Only the sheet “Scores” was read; not “About”."


def test_an_xlsb_is_read(read):
    """Made once with pyxlsbwriter 0.1.0, which the tests do not need."""
    came = read((FIXTURES / "scores.xlsb").read_bytes(), "scores.xlsb")
    assert (values_of(came), came.report.encoding) == ([("00123", "30", DAY, 66.5)], "xlsb")


def test_a_workbook_under_a_password_is_refused_in_a_sentence_that_says_how_to_take_it_off(read):
    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(book(scores))).encrypt("Step 1", locked)
    with pytest.raises(SheetRefused, match=r"a\.xlsx is locked with a password; open it in Excel, take"):
        read(locked.getvalue(), "a.xlsx")


@pytest.mark.parametrize("between", [b"", b"\x86\0\0\0"])
def test_an_old_xls_under_a_password_is_refused_likewise(read, between):
    """As [MS-XLS] has it: a FilePass record follows the first BOF, or the WriteProtect record after that."""
    book = (FIXTURES / "scores.xls").read_bytes()
    after = book.index(b"\x09\x08\x10\0") + 20
    filepass = between + b"\x2f\0\x36\0\x01\0\x01\0\x01\0" + bytes(48)
    with pytest.raises(SheetRefused, match=r"a\.xls is locked with a password; open it in Excel, take"):
        read(book[:after] + filepass + book[after + len(filepass):], "a.xls")


def test_an_ods_is_read(read):
    def cells(*texts):
        shown = "".join(f'<table:table-cell office:value-type="string"><text:p>{t}</text:p></table:table-cell>'
                        for t in texts)
        return f"<table:table-row>{shown}</table:table-row>"

    table = f'<table:table table:name="Scores">{cells(*HEADER)}{cells("00123", "CBSSA", "30", "2026-10-01", "66.5")}'
    came = read(ods(table + "</table:table>"), "a.ods")
    assert (values_of(came), came.report.encoding) == ([("00123", "30", DAY, 66.5)], "ods")


def test_hidden_sheets_are_named_and_read_last(read):
    def fill(made):
        scores(made, "Old scores").hide()
        scores(made, "Now").activate()

    came = read(book(fill), "a.xlsx")
    assert came.report.doubts[0] == "Only the sheet “Now” was read; not “Old scores” (hidden)."


def test_formulas_give_their_values_and_error_cells_are_doubted_by_name(read):
    def fill(made):
        sheet = scores(made)
        sheet.write_row(2, 0, ["00124", "CBSSA", 30, "2026-10-01"])
        sheet.write_formula(2, 4, "=1/0", None, "#DIV/0!")
        sheet.write_row(3, 0, ["00125", "CBSSA", 30, "2026-10-01"])
        sheet.write_formula(3, 4, "=30+41", None, 71)

    came = read(book(fill), "a.xlsx")
    assert (came.rules, came.column("score")) == ({3: "missing:score"}, [66.5, 71.0])
    assert "Error cells were read as empty: “score” (E3)." in came.report.doubts
    assert came.report.without_values == ["“score” holds errors (row 3)"]


def test_merged_headers_over_two_lines_and_a_table_not_at_a1(read):
    def fill(made):
        sheet = made.add_worksheet("S")
        sheet.merge_range(3, 2, 3, 3, "Learner")
        sheet.merge_range(3, 4, 3, 5, "CBSE")
        sheet.write_row(4, 2, ["ID", "Name", "Date", "Score"])
        sheet.write_row(5, 2, ["00123", "Ann", "2026-10-01", 61])

    came = read(book(fill), "a.xlsx")
    assert (values_of(came), came.report.header_row) == ([("00123", "", DAY, 61.0)], 5)


BOMBS = {
    "a cell far away": lambda: replaced(
        book(scores), "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')),
    "packed beyond measure": lambda: replaced(
        book(scores), "xl/sharedStrings.xml",
        lambda xml: xml.replace("</sst>", "<si><t>" + "a" * (400 << 20) + "</t></si></sst>")),
    "rows repeated": lambda: ods(
        '<table:table table:name="S"><table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p></table:table-cell>'
        "</table:table-row></table:table>"),
    "entities": lambda: replaced(
        book(scores), "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("?>", "?><!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
            f"<!ENTITY {b} '{('&' + a + ';') * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True)) + "]>", 1
        ).replace("66.5", "&j;")),
    "a password": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 3000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_workbook_is_refused_within_bounds(read, read_alone, tmp_path, bomb):
    """In a process of its own, so that its memory is its own; by processor time, as a busy machine takes longer."""
    content = BOMBS[bomb]()
    (tmp_path / "a.xlsx").write_bytes(content)
    measured = read_alone(tmp_path / "a.xlsx")
    if bomb == "entities":  # they are not expanded: the cell is no number
        assert set(read(content, "a.xlsx").rules.values()) <= {"missing:score", "not a number:score"}
    else:
        assert re.fullmatch(r"a\.xlsx [^\n]+", measured["refusal"])
    assert measured["cpu_of_children"] < 1.5 * SECONDS
    assert measured["cpu"] < SECONDS
    assert measured["peak_kb"] < (1300 << 10)
