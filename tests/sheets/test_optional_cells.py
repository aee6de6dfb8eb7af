"""Optional cells that cannot be read: the row is stored without them, and they are named."""

from pathlib import Path

import pytest

APOSTROPHE = "'"
CASES = Path(__file__).parent / "cases"
ROSTER = "student_id,last_name,program,class_year,planned_on,status\n"


def test_no_student_is_lost_for_a_cell_that_cannot_be_read(read):
    came = read((CASES / "roster-values/r.csv").read_bytes(), "r.csv")
    assert (len(came.rows), came.held) == (9, [])
    assert came.column("class_year") == [2030, 2030, 2030, 2030, 2030, None, 2030, 2030, 2030]
    assert came.column("program")[1] == "MD"
    assert [row is None for row in came.column("planned_on")] == [True, *[False] * 5, True, True, False]
    assert came.column("status") == [None, None, None, "leave", "active", "active", "active", "active", None]
    doubts = " ".join(came.report.doubts)
    for text, row in [("TBD", 2), ("MD/PhD", 3), ("Class of 2030", 4), ("LOA - Medical", 5), ("MS2", 7),
                      ("1/0/1900", 8), ("Jan 2027", 9), ("Remediation", 10)]:
        assert f"“{text}” (row {row})" in doubts


@pytest.mark.parametrize(("column", "text", "value"), [
    ("class_year", "29", 2029), ("class_year", "'30", 2030), ("class_year", "Class of '30", 2030),
    ("class_year", "2030.0", 2030), ("class_year", "soon", None), ("class_year", "1", None), ("class_year", "99", None),
    ("class_year", "Class of 30000", None), ("class_year", "#N/A", None),
    ("program", "MD-PhD", "MD"), ("program", "DO/MPH", "DO"), ("program", "MD or DO", None), ("program", "PhD", None),
    ("program", "MSTP", "MD"), ("program", "Doctor of Osteopathic Medicine", "DO"),
    ("status", "On leave (medical)", "leave"), ("status", "Returned from LOA", None), ("status", "LOA ended", None),
    ("status", "Active - decelerated", "active"), ("status", "not active", None),
    ("status", "Withdrawn 2026", "withdrawn"),
    ("planned_on", "Jan 2027", None), ("planned_on", "1899-12-30", None),
])
def test_a_rosters_cell_is_read_where_its_meaning_is_plain_and_left_out_where_not(read, column, text, value):
    cells = {"program": "", "class_year": "", "planned_on": "", "status": "", column: text}
    came = read(ROSTER + "00200,Ash," + ",".join(cells.values()) + "\n")
    assert came.column(column) == [value]
    named = f"“{text.strip(APOSTROPHE)}” (row 2)", "error cell such as #N/A or #REF! (first in row 2)"
    assert text == "2030.0" or any(one in doubt for doubt in came.report.doubts for one in named)


@pytest.mark.parametrize(("sheet", "column"), [
    ("student_id,exam,taken_on,outcome,distance\n1,Step 1,2027-02-15,fail,far away\n", "distance"),
    ("student_id,instrument,taken_on,score,pacing\n1,CBSSA,2027-02-15,60,quick\n", "pacing"),
    ("student_id,instrument,taken_on,score,printed_probability\n1,CBSSA,2027-02-15,60,870\n", "printed_probability"),
    ("student_id,instrument,taken_on,area,score,sem\n1,CBSSA,2027-02-15,Pathology,60,n. a.\n", "standard_error"),
    ("student_id,exam,taken_on,confidence\n1,Step 1,2027-02-15,high\n", "confidence"),
])
def test_no_kind_of_row_is_lost_for_an_optional_cell(read, sheet, column):
    came = read(sheet)
    assert (came.column(column), came.held) == ([None], [])
    assert "(row 2)" in came.report.doubts[0]


@pytest.mark.parametrize("sheet", [
    "student_id,exam,taken_on,outcome,attempt_number\n1,Step 1,2027-02-15,pass,several\n",
    "student_id,exam,taken_on,outcome,scaled_score\n1,Step 1,2020-02-15,pass,two hundred\n",
    "student_id,instrument,taken_on,score,scale\n1,CBSSA,2027-02-15,60,zork\n",
    "student_id,instrument,taken_on,area,score,items\n1,CBSSA,2027-02-15,Pathology,60,many\n",
    "student_id,topic,items,missed,seen_on\n1,Murmurs,6,5,someday\n",
])
def test_a_cell_that_decides_what_the_row_means_still_holds_it(read, sheet):
    came = read(sheet)
    assert (came.rows, len(came.held)) == ([], 1)


def test_one_doubt_a_column_shows_the_first_texts_and_how_many_rows_there_are(read):
    rows = "".join(f"{i:05},Ash,,,{text},\n" for i, text in enumerate(["TBD"] * 3 + ["soon", "later", "unsure"]))
    [doubt] = read(ROSTER + rows).report.doubts
    assert "planned_on is not stored in 6 rows" in doubt
    assert "“TBD” (first in row 2), “soon” (row 5), “later” (row 6) and 1 more" in doubt
