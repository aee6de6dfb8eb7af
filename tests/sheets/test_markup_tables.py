"""Tables written as HTML or XML under the name .xls, as student systems export them; and pages that hold no table."""

from datetime import date
from pathlib import Path

import pytest

from pipelines.errors import SheetRefused
from pipelines.sheets.files.workbook_process import SECONDS

FILES = Path(__file__).parent / "cases/files"
HEAD = "<tr><th>student_id<th>assessment<th>date<th>score"
DAY = date(2026, 10, 15)
XML = ('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:'
       'spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:'
       'excel"><Styles><Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style><Style ss:ID="z"><NumberFormat '
       'ss:Format="00000"/></Style></Styles>{}</Workbook>')


def cell(text, type="String", more=""):
    return f'<Cell {more}><Data ss:Type="{type}">{text}</Data></Cell>'


def worksheet(*rows, name="S", after=""):
    lines = "".join(row if row.startswith("<Row") else f"<Row>{row}</Row>" for row in rows)
    return f'<Worksheet ss:Name="{name}"><Table>{lines}</Table>{after}</Worksheet>'


HEADER = "".join(map(cell, ["student_id", "assessment", "date", "score"]))


def scores(came):
    return [(row["student_id"], row["instrument"], row["taken_on"], row["score"]) for row in came.rows]


def test_an_html_table_named_xls_is_read(read):
    came = read((FILES / "html.xls").read_bytes(), "scores.xls")
    assert scores(came) == [("00123", "CBSE", DAY, 61)]


@pytest.mark.parametrize("page", [
    f"<html><body><table>{HEAD}<tr><td>00123<td>CBSE<td>2026-10-15<td>61</table>",
    f"\ufeff<!DOCTYPE html><style>td {{x:1}}</style><TABLE>{HEAD}</TR><TR><TD>00123</TD><TD><b>CB</b>SE</TD>"
    "<TD>2026-10-15</TD><TD> 61&nbsp;</TD></TR></TABLE>",
    f"<table><tr><td><table>{HEAD}<tr><td>00123<td>CBSE<td>2026-10-15<td>61</table></td></tr></table>",
    f"<meta http-equiv=content-type content='text/html; charset=utf-8'><table><tr><td colspan=4>Scores</td></tr>{HEAD}"
    "<tr><td>00123<td>CBSE<td>2026-10-15<td>61</table>",
])
def test_html_is_read_however_it_is_written(read, page):
    assert scores(read(page, "scores.xls")) == [("00123", "CBSE", DAY, 61)]


def test_html_in_utf_16_and_in_windows_1252_keeps_its_accents(read):
    page = ("<table><tr><th>student_id<th>last_name<th>first_name<tr><td>00126<td>Núñez<td>José</table>")
    for encoding in ("utf-16", "windows-1252"):
        assert read(page.encode(encoding), "roster.xls").column("last_name") == ["Núñez"]


def test_cells_merged_in_html_are_named_and_move_nothing(read):
    page = (f"<table>{HEAD}<tr><td rowspan=2>00123<td>CBSE<td>2026-10-15<td>61"
            "<tr><td>CBSE<td>2026-10-22<td>63</table>")
    came = read(page, "scores.xls")
    assert came.rules == {3: "missing:student_id"}
    assert any("Merged cells" in doubt for doubt in came.report.doubts)


def test_an_xml_table_named_xls_is_read_as_excel_shows_it(read):
    rows = worksheet(HEADER, cell("123", "Number", 'ss:StyleID="z"') + cell("Free 120")
                     + cell("2026-10-15T00:00:00.000", "DateTime") + cell("0.65", "Number", 'ss:StyleID="p"'))
    came = read(XML.format(rows), "scores.xls")
    assert scores(came) == [("00123", "Free 120", DAY, 65)]


def test_xml_cells_and_rows_stand_where_their_index_says(read):
    cells = cell("00123") + cell("2026-10-15", more='ss:Index="3"') + cell("61", "Number")
    row = f'<Row ss:Index="4">{cells}</Row>'
    came = read(XML.format(worksheet(HEADER.replace("assessment", "CBSE note"), row)), "a.xls", kind="assessments",
                all_rows={"instrument": "CBSE"}, layout={
                    "name": "L", "kind": "assessments", "headers": ["student_id", "date", "score"],
                    "columns": {"student_id": "student_id", "date": "taken_on", "score": "score"},
                    "asks": ["instrument"]})
    assert [row["sheet_row"] for row in came.rows] == [4]


def test_a_header_without_a_row_is_told_what_is_missing_and_not_what_a_template_is(read):
    with pytest.raises(SheetRefused) as refused:
        read((FILES / "xml.xls").read_bytes(), "scores.xls")
    assert "score" in str(refused.value)


def test_hidden_rows_errors_and_a_hidden_sheet_of_xml_are_named(read):
    hidden = '<Row ss:Hidden="1">' + cell("00124") + cell("CBSE") + cell("2026-10-15") + cell("62", "Number") + "</Row>"
    wrong = cell("00125") + cell("CBSE") + cell("2026-10-15") + cell("#N/A", "Error")
    is_hidden = "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions>"
    away = worksheet(HEADER, name="Old", after=is_hidden)
    came = read(XML.format(worksheet(HEADER, hidden, wrong) + away), "a.xls")
    doubts = " ".join(came.report.doubts)
    assert "“Old” (hidden)" in doubts
    assert "Row 2 is hidden" in doubts
    assert "Error cells were read as empty" in doubts


@pytest.mark.parametrize("page", ["<html><body><form>Log in: <input></form></body></html>",
                                  '<?xml version="1.0"?><note>nothing</note>',
                                  XML.format("<Worksheet><Table><Row>"),
                                  '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + XML.format("&a;")[21:]])
def test_a_page_without_a_table_is_told_what_it_is(read, page):
    with pytest.raises(SheetRefused) as refused:
        read(page, "scores.xls")
    assert str(refused.value).startswith("scores.xls is a web page without a table, such as one that asks to log in")


@pytest.mark.parametrize("page", [
    "<table>" + "<tr>" + "<td colspan=1000 rowspan=1000>1" * 200_000,
    "<table><tr>" + "<td><table><tr>" * 100_000,
    "<" + "!--" * 3_000_000,
    XML.format(worksheet('<Row ss:Index="900000000">' + cell("1", more='ss:Index="900000000"') + "</Row>")),
])
def test_hostile_markup_is_refused_within_bounds(read_alone, tmp_path, page):
    (tmp_path / "bomb.xls").write_text(page)
    measured = read_alone(tmp_path / "bomb.xls")
    assert measured["refusal"]
    assert measured["cpu_of_children"] < SECONDS + 4
    assert measured["peak_kb"] < 1.5 * 2**20
