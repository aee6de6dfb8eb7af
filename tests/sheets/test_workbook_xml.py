"""What a workbook's own XML says beside its values: percents, padded IDs, formulas, hidden rows, dates from 1904."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.sheets.files.workbook_formats import sections_of

CASES = Path(__file__).parent / "cases"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER = ["student_id", "instrument", "form", "taken_on", "score"]


def book_of(fill, **options):
    """A workbook with one sheet, as xlsxwriter writes it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as made:
        fill(made, made.add_worksheet("Scores"))
    return out.getvalue()


def book(fill, **options):
    """A workbook of three scores, and what `fill` changes in it."""
    def scores(made, sheet):
        sheet.write_row(0, 0, HEADER)
        for row, student in enumerate(["00123", "00124", "00125"], start=1):
            sheet.write_row(row, 0, [student, "CBSE", "", "2026-10-01", 60 + row])
        fill(made, sheet)

    return book_of(scores, **options)


def text_cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def raw_rows(*scores, first_column="A"):
    """Rows of raw XML with these score cells in column C of an ID, a day and a score."""
    columns = [chr(ord(first_column) + i) for i in range(3)]
    header = "".join(text_cell(f"{c}1", h) for c, h in zip(columns, ["student_id", "taken_on", "CBSE"], strict=True))
    rows = [f'<row r="1">{header}</row>']
    for at, score in enumerate(scores, start=2):
        cells = text_cell(f"{columns[0]}{at}", f"0012{at}") + text_cell(f"{columns[1]}{at}", "2026-10-01")
        rows.append(f'<row r="{at}">{cells}{score.replace("SCORE", f"{columns[2]}{at}")}</row>')
    return "".join(rows)


def raw_book(rows, styles='<cellXfs><xf numFmtId="0"/><xf numFmtId="9"/></cellXfs>', head="", space=MAIN, prefix="",
             after="", workbook=""):
    """The smallest workbook with this XML inside <sheetData>, its elements with a prefix if one is given."""
    p = f"{prefix}:" if prefix else ""
    names = f'xmlns{":" + prefix if prefix else ""}="{space}"'
    if prefix:
        for element in ("row", "c", "v", "f", "is", "t"):
            for before in ("<", "</"):
                for end in (" ", ">"):
                    rows = rows.replace(f"{before}{element}{end}", f"{before}{p}{element}{end}")
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels":
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONSHIPS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<{p}workbook {names} xmlns:r="{RELATIONSHIPS}">{workbook}<{p}sheets><{p}sheet name="S" '
                           f'sheetId="1" r:id="rId1"/></{p}sheets></{p}workbook>',
        "xl/_rels/workbook.xml.rels":
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONSHIPS}/worksheet" '
            f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{RELATIONSHIPS}/styles" '
            'Target="styles.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml":
            f'{head}<{p}worksheet {names}><{p}sheetData>{rows}</{p}sheetData>{after}</{p}worksheet>',
    }  # fmt: skip
    if styles:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{space}">{styles}</styleSheet>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return out.getvalue()


def doubts_with(came, text):
    return [doubt for doubt in came.report.doubts if text in doubt]


PERCENT = '<c r="SCORE" s="1"><v>0.65</v></c>'
PERCENT_AT_C2, FORMULA = PERCENT.replace("SCORE", "C2"), '<c r="D2"><f>1+1</f><v>2</v></c>'


@pytest.mark.parametrize(("name", "scores"), [("free120", [65, 71, 58]), ("qbank", [65, 71, 100])])
def test_a_cell_under_a_percent_format_is_the_percent_that_excel_shows(read, name, scores):
    came = read((CASES / "percent-formatted" / f"{name}.xlsx").read_bytes(), "a.xlsx")
    assert came.column("score") == scores


def test_an_id_under_a_format_of_zeros_keeps_them_and_a_number_beyond_15_digits_is_refused(read):
    came = read((CASES / "zero-padded-format" / "roster.xlsx").read_bytes(), "a.xlsx")
    assert came.column("student_id") == ["00321", "00322"]
    assert came.rules == {4: "number too long"}
    assert came.held[0]["text"].startswith("900000000000000000,")
    assert doubts_with(came, "“student_id” holds numbers of more than 15 digits (row 4)")


@pytest.mark.parametrize("name", ["f", "g", "zero"])
def test_formulas_without_results_hold_their_rows_and_are_named_as_unread(read, name):
    came = read((CASES / "formula-without-value" / f"{name}.xlsx").read_bytes(), "a.xlsx")
    assert came.rules == dict.fromkeys([2, 3, 4], "not a number:score")
    assert came.column("score") == ([61, 62, 63] if name == "f" else [])
    assert [text.split(" ", 1)[1] for text in came.report.without_values] == [
        "31” holds formulas without a result (rows 2, 3 and 4)" if name == "f" else
        "holds formulas without a result (rows 2, 3 and 4)"]
    assert doubts_with(came, "open the workbook in Excel, save it, and upload that.")


def test_dates_from_1904_are_right_though_the_reader_takes_them_from_1900(read):
    came = read((CASES / "dates-from-1904" / "mac_excel2016.xlsx").read_bytes(), "a.xlsx")
    assert came.column("taken_on") == [date(2026, 1, 15)]


def test_dates_from_1904_that_the_reader_has_right_are_left_alone(read):
    def fill(made, sheet):
        style = made.add_format({"num_format": "m/d/yyyy"})
        for row, day in enumerate([datetime(2026, 10, 1), datetime(2026, 10, 2, 13, 30), datetime(2026, 2, 28)], 1):  # noqa: DTZ001
            sheet.write_datetime(row, 3, day, style)

    came = read(book(fill, date_1904=True), "a.xlsx")
    assert came.column("taken_on") == [date(2026, 10, 1), date(2026, 10, 2), date(2026, 2, 28)]


def test_texts_beside_dates_from_1904_are_not_moved(read):
    since_1904 = ('<workbookPr date1904="1"/><extLst><ext xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/'
                  '2010/11/main"><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst>')
    rows = raw_rows('<c r="SCORE"><v>61</v></c>', '<c r="SCORE"><v>62</v></c>')
    number = (date(2026, 10, 5) - date(1904, 1, 1)).days
    rows = rows.replace(text_cell("B3", "2026-10-01"), f'<c r="B3" s="1"><v>{number}</v></c>')
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    came = read(raw_book(rows, styles, workbook=since_1904), "a.xlsx")
    assert came.column("taken_on") == [date(2026, 10, 1), date(2026, 10, 5)]


@pytest.mark.parametrize(("code", "number", "shown"), [
    ("0%", 0.07, 7.0), ("0.00%", 0.625, 62.5), ('0" %"', 64, 64.0), ("[Red]0%;[Blue]-0%", 0.61, 61.0),
    ("[<=1]0%;0", 0.63, 63.0), ("[<=1]0%;0", 63, 63.0), ("0.0", 66.5, 66.5), ("General", 66.5, 66.5), ("000", 66, 66.0),
    ("@", 66, 66.0), ("#,##0", 66, 66.0), ("0;0;0%", 66, 66.0), ("_(0%_)", 0.6, 60.0), ("\\%0", 66, 66.0),
])  # fmt: skip
def test_a_number_is_read_as_its_format_shows_it(read, code, number, shown):
    came = read(book(lambda made, sheet: sheet.write(1, 4, number, made.add_format({"num_format": code}))), "a.xlsx")
    assert came.column("score")[0] == shown


@pytest.mark.parametrize(("code", "number", "shown"), [
    ("00000", 321, "00321"), ("00000;;", 321, "00321"), ("000-00-0000", 12345678, "012-34-5678"),
    ("000\\-00\\-0000", 123456789, "123-45-6789"), ('"U"00000', 321, "U00321"), ("000000;[Red]-000000", 7, "000007"),
    ("00000", 1234567, "1234567"), ("00-00", 123456, "1234-56"), ("0", 321, "321"), ("#,##0", 4321, "4321"),
    ("0000.0", 321, "321"), ("[$-409]00000", 321, "00321"), ("General", 321, "321"), ("0000 0000", 321, "0000 0321"),
    ('000" students"', 321, "321"), ("yyyy", 321, None),
])  # fmt: skip
def test_an_id_is_read_as_its_format_shows_it(read, code, number, shown):
    came = read(book(lambda made, sheet: sheet.write(1, 0, number, made.add_format({"num_format": code}))), "a.xlsx")
    assert shown is None or came.column("student_id")[0] == shown


def test_a_percent_that_is_not_a_share_is_out_of_range_as_excel_shows_it(read):
    came = read(book(lambda made, sheet: sheet.write(1, 4, 65, made.add_format({"num_format": "0%"}))), "a.xlsx")
    assert came.rules == {2: "out of range:score"}


def test_a_formula_with_its_result_is_read_and_a_zero_beside_others_is_asked_about(read):
    def fill(_, sheet):
        sheet.write_formula("E2", "=30+41", None, 71)
        sheet.write_formula("E3", "=0+0", None, 0)

    came = read(book(fill), "a.xlsx")
    assert (came.column("score"), came.report.without_values) == ([71, 63], [])
    assert [q.id for q in came.report.questions] == ["column:score (zeros)"]


def test_a_formula_that_gives_an_empty_text_has_a_result(read):
    rows = raw_rows('<c r="SCORE" t="str"><f>IF(1=1,"",61)</f><v></v></c>', '<c r="SCORE"><v>61</v></c>')
    came = read(raw_book(rows), "a.xlsx")
    assert (came.column("score"), came.report.without_values) == ([61], [])


def test_a_formula_in_a_row_that_holds_nothing_else_leaves_the_row_blank(read):
    rows = raw_rows('<c r="SCORE"><v>61</v></c>') + '<row r="3"><c r="C3"><f>SUM(A3)</f></c></row>'
    came = read(raw_book(rows), "a.xlsx")
    assert (came.report.read, came.column("score"), came.report.without_values) == (1, [61], [])


def test_an_id_that_is_a_formula_without_a_result_is_missing_and_never_a_students_id(read):
    def fill(_, sheet):
        sheet.write_formula("A2", '="00"&123', None, "")
        sheet.write_formula("A3", '="00"&124')

    came = read(book(fill), "a.xlsx")
    assert (came.column("student_id"), came.rules) == (["00125"], {2: "missing:student_id", 3: "missing:student_id"})
    assert came.report.without_values == ["“student_id” holds formulas without a result (rows 2 and 3)"]


def test_errors_in_columns_of_results_are_unread_and_in_others_only_doubted(read):
    def fill(_, sheet):
        sheet.write_formula("E2", "=1/0", None, "#DIV/0!")
        sheet.write_formula("C3", "=NA()", None, "#N/A")

    came = read(book(fill), "a.xlsx")
    assert came.report.without_values == ["“score” holds errors (row 2)"]
    assert doubts_with(came, "Error cells were read as empty: “form” (C3); “score” (E2).")


def test_error_cells_are_named_by_their_place_in_a_table_that_begins_further_right(read):
    rows = raw_rows('<c r="SCORE" t="e"><v>#N/A</v></c>', '<c r="SCORE"><v>61</v></c>', first_column="D")
    came = read(raw_book(rows), "a.xlsx")
    assert doubts_with(came, "Error cells were read as empty: “CBSE” (F2).")


def test_percents_are_right_in_a_table_that_begins_further_right(read):
    came = read(raw_book(raw_rows('<c r="SCORE" s="1"><v>0.65</v></c>', first_column="D")), "a.xlsx")
    assert came.column("score") == [65]


def test_dates_without_a_date_format_are_named(read):
    came = read(book(lambda made, sheet: sheet.write(1, 3, 46310)), "a.xlsx")
    assert came.rules == {2: "not a date:taken_on"}
    assert doubts_with(came, "“taken_on” holds numbers like 46310 (row 2), which may be Excel dates")


def test_hidden_and_filtered_rows_are_read_and_named(read):
    def fill(_, sheet):
        sheet.autofilter("A1:E4")
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.set_row(40, None, None, {"hidden": True})

    came = read(book(fill), "a.xlsx")
    assert came.column("score") == [61, 62, 63]
    assert doubts_with(came, "Rows 2 and 4 are hidden on the sheet by its filter and read all the same")


def test_many_hidden_rows_are_counted_and_a_hidden_column_is_named(read):
    def fill(_, sheet):
        sheet.set_column("E:E", None, None, {"hidden": True})
        for row in range(4, 12):
            sheet.write_row(row, 0, ["00123", "CBSE", "", f"2026-09-{row:02}", 60])
            sheet.set_row(row, None, None, {"hidden": True})

    came = read(book(fill), "a.xlsx")
    assert doubts_with(came, "Rows 5, 6, 7 and 5 more are hidden on the sheet and read all the same")
    assert doubts_with(came, "Hidden columns were read all the same: “score”.")


def test_struck_through_cells_are_read_and_named(read):
    def fill(made, sheet):
        sheet.write(2, 4, 62, made.add_format({"font_strikeout": True}))
        sheet.write_blank(3, 2, None, made.add_format({"font_strikeout": True}))

    came = read(book(fill), "a.xlsx")
    assert came.column("score") == [61, 62, 63]
    assert doubts_with(came, "Struck-through cells were read all the same: row 3, in “score”")


def test_an_id_merged_over_rows_is_named_and_merged_titles_are_not(read):
    def fill(made, sheet):
        sheet.merge_range("A2:A3", "00123", made.add_format())

    came = read(book(fill), "a.xlsx")
    assert came.rules == {3: "missing:student_id"}
    assert doubts_with(came, "Merged cells hold their value in the first cell only: “student_id” in rows 2 to 3;")


UNUSUAL_XML = {
    "a prefix": {"prefix": "x"},
    "the strict namespace": {"space": STRICT},
    "single quotes": {"change": lambda rows: rows.replace('s="1"', "s='1'")},
    "spaces around =": {"change": lambda rows: rows.replace('s="1"', 's = "1"')},
    "attributes in another order": {"change": lambda rows: rows.replace('<c r="C2" s="1">', '<c s="1" r="C2">')},
    "no places": {"change": lambda rows: rows.replace(' r="C2"', "")},
    "row numbers that lie": {"change": lambda rows: rows.replace('<row r="2">', '<row r="9" spans="1:1">')},
    "a dimension that lies": {"change": lambda rows: rows, "after": '<dimension ref="A1:A1"/>'},
    "a comment": {"change": lambda rows: rows.replace("</row>", '<!-- <c r="A7" s="1"><v>1</v></c> --></row>')},
    "a byte order mark": {"head": "\ufeff"},
    "a formula beside": {"change": lambda rows: rows.replace(PERCENT_AT_C2, PERCENT_AT_C2 + FORMULA)},
}  # fmt: skip


@pytest.mark.parametrize("form", UNUSUAL_XML)
def test_percents_are_found_however_the_xml_is_written(read, form):
    options = dict(UNUSUAL_XML[form])
    change = options.pop("change", lambda rows: rows)
    came = read(raw_book(change(raw_rows(PERCENT)), **options), "a.xlsx")
    assert came.column("score") == [65], came.report.doubts


def test_a_workbook_without_styles_is_read(read):
    came = read(raw_book(raw_rows('<c r="SCORE" s="1"><v>61</v></c>'), styles=""), "a.xlsx")
    assert came.column("score") == [61]


@pytest.mark.parametrize("styles", [
    "<cellXfs>" + '<xf numFmtId="9"/>' * 60_000 + "</cellXfs>",
    "<numFmts>" + "".join(f'<numFmt numFmtId="{i}" formatCode="&quot;{i % 7}&quot;{"0" * (2 + i % 9)}"/>'
                          for i in range(200, 60_200)) + "</numFmts><cellXfs>"
    + "".join(f'<xf numFmtId="{i}"/>' for i in range(200, 60_200)) + "</cellXfs>",
])
def test_sixty_thousand_styles_are_no_trouble(read, styles):
    came = read(raw_book(raw_rows(*(f'<c r="SCORE" s="{i}"><v>{40 + i % 50}</v></c>' for i in range(150))), styles),
                "a.xlsx")
    assert came.report.read == 150


def test_more_formats_in_a_column_than_a_person_makes_are_named_as_not_read(read):
    styles = "<cellXfs>" + '<xf numFmtId="9"/>' * 5000 + "</cellXfs>"
    cells = [f'<c r="SCORE" s="{i}"><v>{40 + i % 50}</v></c>' for i in range(1000)]
    came = read(raw_book(raw_rows(*cells), styles), "a.xlsx")
    assert doubts_with(came, "The formats, formulas and hidden rows of the sheet “S” could not be read")


def test_a_document_type_stops_the_xml_and_is_named(read):
    came = read(raw_book(raw_rows(PERCENT), head='<!DOCTYPE x [<!ELEMENT y ANY>]>'), "a.xlsx")
    assert doubts_with(came, "The formats, formulas and hidden rows of the sheet “S” could not be read")


def test_a_large_sheet_is_read_as_its_small_copy(read):
    """Above the size that is read in this process, and over many pieces of the part."""
    def rows(count):
        return raw_rows(*(f'<c r="SCORE" s="1"><v>0.{40 + i % 50}</v></c>' for i in range(count)))

    small, large = read(raw_book(rows(300)), "a.xlsx"), read(raw_book(rows(40_000)), "a.xlsx")
    assert large.column("score")[:300] == small.column("score")
    assert set(large.column("score")) == {float(s) for s in range(40, 90)}


def test_a_code_without_percent_or_zeros_has_no_sections():
    codes = ["General", "0", "0.00", "m/d/yyyy", "#,##0", "@", '"%"0', ";;;"]
    assert [code for code in codes if sections_of(code)] == []
