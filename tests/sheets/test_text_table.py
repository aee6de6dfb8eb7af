"""Any table written in any dialect reads back the same; what is broken costs itself, never the table."""

import csv
import io

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import SheetRefused
from pipelines.policy import load_policy
from pipelines.sheets import Answers, first_rows
from pipelines.sheets.files import delimiter as dialect
from pipelines.sheets.files import text_table
from pipelines.sheets.rows.blank_texts import PLACEHOLDERS
from tests.sheets.conftest import came_of

HEADER = ["student_id", "last_name", "first_name", "advisor"]
WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"), max_size=8)
FREE = WORDS.filter(  # what protects zeros is taken off, and a placeholder is blank
    lambda text: text.strip()[:1] not in ("=", "'") and text.strip().lower() not in PLACEHOLDERS)
NAMES = st.text(st.characters(categories=("Lu", "Ll", "Lo", "Mn")), max_size=8).filter(
    lambda text: not any("\uff01" <= c <= "\uff5e" for c in text)  # full-width letters become plain ones
    and text.strip().lower() not in PLACEHOLDERS)
IDS = st.integers(1, 99999).map(lambda i: f"{i:05}")
DELIMITERS = [*dialect.DELIMITERS, *dialect.RARE]
TABLES = st.lists(st.tuples(IDS, NAMES, NAMES, FREE), min_size=1, max_size=8)


def written(rows, delimiter=",", quoting=csv.QUOTE_MINIMAL, end="\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows([HEADER, *rows])
    return out.getvalue()


def read_back(content, file="sheet.csv"):
    return [tuple(r[n] or "" for n in HEADER) for r in came_of(content, load_policy(), file).rows]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    TABLES, st.sampled_from(DELIMITERS), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
)
def test_any_table_in_any_dialect_reads_back_the_same(rows, delimiter, quoting, end, encoding):
    content = written(rows, delimiter, quoting, end).encode(encoding)
    assert read_back(content) == [tuple(c.strip() for c in row) for row in rows]


@settings(max_examples=40, deadline=None)
@given(TABLES, st.sampled_from(DELIMITERS))
def test_polars_and_the_careful_reader_agree_on_well_formed_tables(tmp_path_factory, rows, delimiter):
    folder = tmp_path_factory.mktemp("table")
    (folder / "sheet.csv").write_text(written(rows, delimiter), encoding="utf-8", newline="")
    table = text_table.open_table(folder / "sheet.csv", "sheet.csv", Answers(), load_policy(), folder)
    fast = table.rows.collect()
    assert fast.equals(text_table.rewritten_table(table, folder).rows.collect())


@settings(max_examples=15, deadline=None)
@given(TABLES)
def test_a_workbook_reads_back_the_same(rows):
    assert read_back(workbook({"Roster": [HEADER, *rows]}), "sheet.xlsx") == [
        tuple(c.strip() for c in row) for row in rows]


def came_or_sentence(content, file="sheet.csv"):
    try:
        return came_of(content, load_policy(), file)
    except SheetRefused as refused:
        return str(refused)


def workbook(sheets):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(i, j, cell)
                    elif cell is not None:
                        sheet.write(i, j, cell)
    return out.getvalue()


def test_a_workbook_keeps_row_numbers_and_numbers_as_ids_and_names_its_other_sheets(read):
    content = workbook({"About": [["Made by the office"]], "Scores": [
        [], ["Spring"], [None, "student_id", "instrument", "taken_on", "score"], [],
        [None, 123, "CBSSA", "2027-02-15", 60.5],
        [None, "00123", "CBSE", "2/15/2027", "61 %"]]})
    came = read(content, "sheet.xlsx")
    assert [(r["sheet_row"], r["student_id"], r["score"]) for r in came.rows] == [(5, "123", 60.5), (6, "00123", 61.0)]
    assert came.report.blank == 1
    assert came.report.header_row == 3
    assert "“About”" in came.report.doubts[0]


def test_a_kept_workbook_whose_name_has_no_ending_is_read_all_the_same(read):
    assert read(workbook({"A": [HEADER, ["1", "Ames", "Ann", "Dr A"]]}), "9f86d081").report.encoding == "xlsx"


def test_blank_lines_and_lines_above_the_header_keep_their_row_numbers(read):
    came = read("Spring report\n\nstudent_id,last_name\n\n1,Ames\n   \n2,Bell\n")
    assert [r["sheet_row"] for r in came.rows] == [5, 7]
    assert (came.report.header_row, came.report.blank) == (3, 2)


def test_a_quoted_line_break_is_one_row_and_doubted(read):
    came = read('student_id,last_name,advisor\n1,"Ames\nJr",Dr A\n2,Bell,Dr B\n')
    assert came.column("last_name") == ["Ames\nJr", "Bell"]
    assert [r["sheet_row"] for r in came.rows] == [2, 3]
    assert "Row 2" in came.report.doubts[0]


@pytest.mark.parametrize("row", ['3,"Cole,Dr C', '3,Co"le",Dr" C', '"3,Cole,Dr C', '3,Cole,"Dr C', '3,"Cole" x,Dr C'])
def test_a_stray_quotation_mark_costs_at_most_its_own_row(read, row):
    rows = [f"{i},Name{i},Dr {i}" for i in range(300)]
    came = read("\n".join(["student_id,last_name,advisor", *rows[:3], row, *rows[3:]]) + "\n")
    assert [r["student_id"] for r in came.rows if r["sheet_row"] != 5] == [str(i) for i in range(300)]
    assert came.report.read == 301
    assert came.rules in ({}, {5: "stray quote"})


def test_two_stray_quotation_marks_do_not_swallow_the_rows_between(read):
    rows = [f"{i},Name{i},Dr {i}" for i in range(50)]
    rows[10] += '"'
    rows[10] = rows[10].replace("Name", '"Name').removesuffix('"')
    rows[30] = rows[30].replace("Name30", 'Name30"')
    came = read("\n".join(["student_id,last_name,advisor", *rows]) + "\n")
    assert came.report.read == 50
    assert set(came.rules) <= {12, 32}


def test_short_rows_are_padded_and_a_row_with_more_cells_is_rejected_alone(read):
    came = read("student_id,last_name,advisor\n1\n2,Bell,Dr B,,\n3,Cole,Dr C,oops\n4,Dahl\n")
    assert came.column("student_id") == ["1", "2", "4"]
    assert came.rules == {4: "too many cells"}
    assert came.held[0]["text"] == "3,Cole,Dr C,oops"


def test_a_longer_row_far_below_the_first_lines_is_rejected_alone(read):
    rows = [f"{i},Name,Dr" for i in range(2000)]
    came = read("\n".join(["student_id,last_name,advisor", *rows, "x,a,b,c", "y,a,b"]))
    assert (came.rules, came.report.read) == ({2002: "too many cells"}, 2002)
    came = read("\n".join(["student_id,last_name,advisor", *rows, "x,a,b" + ",c" * 99, "y,a,b"]))
    assert (came.rules, came.report.read) == ({2002: "too many cells"}, 2002)


def test_windows_1252_is_read_and_doubted(read):
    came = read("student_id,last_name,first_name\n1,Muñoz,José\n2,Müller,Zoë\n".encode("cp1252"))
    assert came.column("last_name") == ["Muñoz", "Müller"]
    assert (came.report.encoding, len(came.report.doubts)) == ("windows-1252", 1)


def test_mac_roman_is_read_and_doubted(read):
    names = ["Muñoz,José", "Müller,Zoë", "Lefèvre,Chloé", "Peña,Begoña", "Brontë,Anaïs"]
    text = "student_id,last_name,first_name\n" + "".join(f"{i},{name}\n" for i, name in enumerate(names * 4))
    came = read(text.encode("mac_roman"))
    assert (came.report.encoding, came.column("last_name")[:5]) == (
        "mac-roman", ["Muñoz", "Müller", "Lefèvre", "Peña", "Brontë"])
    assert "check names with accents" in came.report.doubts[0]


ACCENTS = ["Núñez", "José", "Müller", "Zoë", "Peña", "Åse", "Özil", "François", "Éva", "Brontë", "Søren", "Ibáñez"]


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
@pytest.mark.parametrize("name", ACCENTS)
def test_one_accented_name_is_enough_to_tell_mac_roman_from_windows(read, name, encoding):
    came = read(f"student_id,last_name\n1,Ames\n2,{name}\n".encode(encoding))
    assert came.column("last_name") == ["Ames", name]


def test_a_decimal_comma_is_read_where_semicolons_part_the_cells(read):
    came = read("student_id;instrument;taken_on;score\n1;CBSSA;15.02.2027;72,5\n")
    assert (came.column("score"), came.report.delimiter) == ([72.5], ";")


@pytest.mark.parametrize(("text", "delimiter", "rows"), [
    ("student_id\n1:2\n3:4\n", ",", [("1:2", None), ("3:4", None)]),
    ("student_id,last_name\n1,a^b~c:d\n2,x:y:z\n", ",", [("1", "a^b~c:d"), ("2", "x:y:z")]),
    ("Date: today\nTime: 9:00\nNote: a:b\nstudent_id,last_name\n1,Ames\n", ",", [("1", "Ames")]),
    ("student_id^last_name\n1^Ames, Ann\n2^Bell, Bo\n", "^", [("1", "Ames, Ann"), ("2", "Bell, Bo")]),
    ("sep=!\nstudent_id!last_name\n1!A,B\n", "!", [("1", "A,B")]),
    ("sep=;\nstudent_id;last_name\n1;A,B,C\n", ";", [("1", "A,B,C")]),
])
def test_a_rare_delimiter_is_believed_only_where_it_says_more(read, text, delimiter, rows):
    came = read(text, kind="roster")
    assert (came.report.delimiter, [(r["student_id"], r["last_name"]) for r in came.rows]) == (delimiter, rows)


def test_a_sheet_nobody_knows_is_parted_for_mapping_by_a_rare_delimiter_too(tmp_path, policy):
    for text, width in [("Learner~Mark\nA:1,5~6\nB,C~7\n", 2), ("Learner\nA:1\nB:2\n", 1), ("Learner;a:b\nx;c:d\n", 2),
                        ("Learner:Mark\nA:1,5\nB:2,5\n", 2), ("Learner\nA 1\nB 2\n", 1)]:
        (tmp_path / "a.txt").write_text(text)
        assert len(first_rows(tmp_path / "a.txt", "a.txt", policy)[0]) == width


@pytest.mark.parametrize("content", [
    b"", b"\n\n", b"\xef\xbb\xbf", b"just some text", b"%PDF-1.4 abc", b"PK\x03\x04junk",
    b"\xd0\xcf\x11\xe0" + b"\0" * 600,
    b"\0\x01\x02\x03" * 50, b"name,colour\nAnn,red\n", b"student_id,grade one,grade two\n1,5,6\n",
    b"student_id,sid,last_name\n1,1,Ames\n", b"student_id,exam,taken_on\n1,Step 1,2027-02-15\n",
    b"student_id,instrument,taken_on,score,Pathology,path\n1,CBSSA,2027-02-15,60,1,1\n",
    "student_id\u2028".encode("utf-16")[:-1],
], ids=range(14))
def test_what_is_no_sheet_is_refused_in_one_sentence_that_names_the_file(read, content):
    with pytest.raises(SheetRefused) as refused:
        read(content, "spring.csv")
    assert str(refused.value).startswith("spring.csv ")
    assert "\n" not in str(refused.value)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300)
    | st.binary(max_size=200).map(lambda b: b"student_id,last_name\n" + b)
    | st.binary(max_size=100).map(lambda b: b"PK\x03\x04" + b)
    | st.text('",;\n\t 1a', max_size=60).map(lambda t: ("student_id,last_name,advisor\n" + t).encode())
)
def test_any_bytes_end_read_or_refused(content):
    came = came_or_sentence(content)
    assert "\n" not in came if isinstance(came, str) else len(came.rows) + len(came.held) == came.report.read


SMALL_BOOK = workbook({"A": [HEADER, ["1", "Ames", "Ann", "Dr A"]]})


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(data):
    content = bytearray(SMALL_BOOK)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    came = came_or_sentence(bytes(content), "sheet.xlsx")
    assert "\n" not in came if isinstance(came, str) else len(came.rows) + len(came.held) == came.report.read
