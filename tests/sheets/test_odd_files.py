"""Files as other programs write them: a blank before a quote, a second table, row numbers, other languages."""

import pytest

from pipelines.sheets.files.second_table import ROWS_AT_MOST

SCORES = "student_id,assessment,date,score\n00123,CBSE,2026-10-15,61\n00124,CBSE,2026-10-15,62\n"
ATTEMPTS = "student_id,exam,date,outcome\n00125,Step 1,2026-06-20,fail\n"
QUALTRICS = ("StartDate,EndDate,Status,RecordedDate,ResponseId,RecipientEmail,ExternalReference,exam,taken_on\n"
             "{}\n"
             '"{{""ImportId"":""startDate""}}","{{""ImportId"":""endDate""}}",x,x,x,,,,\n'
             "2026-10-01 10:00:00,2026-10-01,0,2026-10-01,R_1,tabara@x.example,00123,Step 1,2026-09-01\n")


def test_a_blank_before_a_quotation_mark_is_not_part_of_the_cell(read):
    rows = "".join(f'{n:05}, CBSE, 2026-10-15, {60 + n % 20}, {chr(34) + "Lund, Ann" + chr(34) if n % 2 else "Osei"}\n'
                   for n in range(83))
    came = read("student_id, assessment, date, score, advisor\n" + rows)
    assert (len(came.rows), came.held) == (83, [])


@pytest.mark.parametrize(("line", "advisor"), [
    ('00123, Abara, "Lund, Ann"', "Lund, Ann"), ('00123, "Abara", Lund', "Lund"),
    ('00123,Abara, "Ann" Lund', '"Ann" Lund'),
    ('00123, Abara, "say ""hi"", Ann"', 'say "hi", Ann'), ('00123;Abara;  "Lund, Ann"', "Lund, Ann"),
])
def test_blanks_before_quotation_marks_in_any_place(read, line, advisor):
    header = "student_id,last_name,advisor" if "," in line.split('"')[0] else "student_id;last_name;advisor"
    came = read(f"{header}\n{line}\n{line.replace('00123', '00124')}\n")
    assert came.column("last_name") == ["Abara", "Abara"]
    assert came.column("advisor") == [advisor, advisor]


@pytest.mark.parametrize("between", ["\n", ",,,\n", "", "\nAttempts so far\n", ",,,\nAttempts,,,\n"])
def test_a_second_table_is_named_and_not_taken(read, between):
    came = read(SCORES + between + ATTEMPTS)
    row = 4 + between.count("\n")
    what = f"Row {row} begins another table (student_id, exam, date, outcome), which is not read"
    assert (came.column("score"), came.held) == ([61, 62], [])
    assert came.report.without_values == [what]
    assert came.report.doubts[0].startswith(what)


def test_a_second_table_of_score_columns_is_named_too(read):
    came = read(SCORES + "\nStudent ID,Last Name,NBME 30,NBME 31\n00125,Cho,60,61\n")
    assert "Row 5 begins another table" in came.report.without_values[0]


@pytest.mark.parametrize("header", ["student_id,assessment,date,score", "Student ID,Test,Date,Score"])
def test_the_same_header_again_is_no_second_table(read, header):
    came = read(SCORES + f"\n{header}\n00125,CBSE,2026-10-15,63\n")
    assert came.column("score") == [61, 62, 63]
    assert came.report.without_values == []


def test_a_long_sheet_is_not_searched_for_a_second_table(read):
    rows = "".join(f"{n:05},CBSE,2026-10-15,61\n" for n in range(ROWS_AT_MOST))
    came = read("student_id,assessment,date,score\n" + rows + ATTEMPTS)
    assert len(came.rows) == ROWS_AT_MOST
    assert [row["sheet_row"] for row in came.held] == [ROWS_AT_MOST + 2, ROWS_AT_MOST + 3]


@pytest.mark.parametrize("labels", [
    "Startdatum,Enddatum,Antworttyp,Aufgezeichnetes Datum,Antwort-ID,E-Mail,Externe Referenz,Welche Prüfung?,Wann?",
    "开始日期,结束日期,答复类型,记录日期,答复 ID,收件人电子邮件,外部数据引用,哪次考试,何时",
    "Start Date,End Date,Response Type,Recorded Date,Response ID,Recipient Email,External Data Reference,Exam,When"])
def test_a_qualtrics_export_in_any_language_makes_nobody_of_its_labels(read, labels):
    came = read(QUALTRICS.format(labels))
    assert (came.column("student_id"), came.held, came.report.not_people) == (["00123"], [], 2)


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index", "#"])
def test_a_column_that_counts_the_rows_asks_nothing(read, name):
    came = read(f"{name},student_id,assessment,date,score\n0,00123,CBSE,2026-10-15,61\n1,00124,CBSE,2026-10-15,62\n")
    assert (came.column("score"), came.report.unread) == ([61, 62], [])


@pytest.mark.parametrize(("name", "numbers"), [("", (61, 62)), ("Rank", (1, 2)), ("", (0, 2))])
def test_another_column_of_numbers_is_asked_about_still(read, name, numbers):
    one, two = numbers
    came = read(f"{name},student_id,assessment,date,score\n{one},00123,CBSE,2026-10-15,61\n"
                f"{two},00124,CBSE,2026-10-15,62\n")
    assert len(came.report.unread) == 1


def test_a_line_break_inside_a_cell_stays(read):
    came = read('student_id,last_name,advisor\n00123,Abara,"Dr Lund\nDr Osei"\n00124,Brandt,Dr Lund\n')
    assert came.column("advisor") == ["Dr Lund\nDr Osei", "Dr Lund"]


def test_a_line_break_inside_a_cell_of_html_stays(read):
    page = "<table><tr><th>student_id<th>last_name<th>advisor<tr><td>00123<td>Abara<td>Dr Lund<br>Dr Osei</table>"
    assert read(page, "roster.xls").column("advisor") == ["Dr Lund\nDr Osei"]
