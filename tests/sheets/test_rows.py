"""Fault by fault: where each row ends and why."""

from datetime import date

import pytest

ROSTER = "student_id,last_name,first_name,program,class_year,planned_on,status"
ATTEMPTS = "student_id,exam,taken_on,outcome,attempt_number,scaled_score,distance"
ASSESSMENTS = "student_id,instrument,taken_on,score,form,scale,printed_probability,repeat"
AREAS = "student_id,instrument,taken_on,area,axis,score,correct,items,relative"
TOPICS = "student_id,topic,items,missed,source"


@pytest.mark.parametrize(("header", "row", "state", "rule"), [
    (ROSTER, ",Ames,Ann,MD,2028,,", "rejected", "missing:student_id"),
    (ROSTER, "1,Ames,Ann,MD,2028,3/4/2027,", "waiting", "ambiguous date:planned_on"),
    (ROSTER, "1,Ames,Ann,MD,2028,,active,more", "rejected", "too many cells"),
    (ROSTER, '1,"Ames,Ann,MD,2028,,active', "rejected", "stray quote"),
    (ATTEMPTS, "1,Step 2,2027-02-15,pass,1,,", "rejected", "not one of:exam"),
    (ATTEMPTS, "1,Step 1,2027-02-15,maybe,1,,", "rejected", "not one of:outcome"),
    (ATTEMPTS, "1,Step 1,n/a,pass,1,,", "rejected", "missing:taken_on"),
    (ATTEMPTS, "1,Step 1,2027-02-15,pass,1.5,,", "rejected", "not a whole number:attempt_number"),
    (ATTEMPTS, "1,Step 1,,,,,", "rejected", "missing:taken_on"),
    (ASSESSMENTS, "1,Zork,2027-02-15,60,,,,", "waiting", "unknown instrument"),
    (ASSESSMENTS, "1,Step 1,2027-02-15,60,,,,", "waiting", "unknown instrument"),
    (ASSESSMENTS, "1,CBSSA,2027-02-15,-,,,,", "rejected", "missing:score"),
    (ASSESSMENTS, "1,CBSSA,2027-02-15,sixty,,,,", "rejected", "not a number:score"),
    (ASSESSMENTS, "1,CBSSA,2027-02-15,215,,EPC,,", "rejected", "out of range:score"),
    (ASSESSMENTS, "1,CBSSA,2027-02-15,2150,,,,", "rejected", "out of range:score"),
    (ASSESSMENTS, "1,CBSSA,2027-02-15,215,,,,", "waiting", "scale not certain"),
    (ASSESSMENTS, "1,CBSSA,2021-02-15,215,,,,", "waiting", "scale not certain"),
    (ASSESSMENTS, "1,CBSSA,2027-02-15,60,,zork,,", "rejected", "not one of:scale"),
    (AREAS, "1,CBSSA,2027-02-15,Astrology,,60,,,", "waiting", "unknown area"),
    (AREAS, "1,CBSSA,2027-02-15,Pathology,system,60,,,", "rejected", "axis disagrees"),
    (AREAS, "1,CBSSA,2027-02-15,Pathology,,,,20,", "rejected", "no result"),
    (AREAS, "1,CBSSA,2027-02-15,Pathology,,,12,,", "rejected", "no result"),
    (AREAS, "1,CBSSA,2027-02-15,Pathology,,,21,20,", "rejected", "correct above items"),
    (AREAS, "1,CBSSA,2027-02-15,Pathology,,101,,,", "rejected", "out of range:score"),
    (AREAS, "1,CBSSA,2027-02-15,Pathology,,60,,0,", "rejected", "out of range:items"),
    (TOPICS, "1,Murmurs,5,6,bank", "rejected", "missed above items"),
])
def test_a_faulty_row_is_held_with_its_rule_its_reason_and_its_text(read, header, row, state, rule):
    came = read(f"{header}\n{row}\n")
    assert [(h["state"], h["sheet_row"]) for h in came.held] == [(state, 2)]
    assert came.rules == {2: rule}
    assert came.held[0]["text"].replace('"', "") == row.replace('"', "")
    assert came.held[0]["reason"]
    assert (came.report.read, came.rows) == (1, [])


def test_the_leftmost_fault_names_the_rule_and_the_reason_names_all(read):
    came = read(f"{ATTEMPTS}\n1,Step 9,soon,pass,,,\n")
    assert came.rules == {2: "not one of:exam"}
    assert "exam “Step 9” is not one of Step 1, Level 1" in came.held[0]["reason"]
    assert "taken_on “soon” is not a date" in came.held[0]["reason"]


def test_a_rejection_comes_before_a_wait(read):
    assert read(f"{ASSESSMENTS}\n1,Zork,soon,60,,,,\n").rules == {2: "not a date:taken_on"}


def test_an_unreadable_optional_value_rejects_the_row_and_a_missing_one_does_not(read):
    came = read(f"{ATTEMPTS}\n1,Step 1,2027-02-15,fail,,none,\n2,Step 1,2027-02-15,fail,,low,\n")
    assert [r["student_id"] for r in came.rows] == ["1"]
    assert came.rows[0]["scaled_score"] is None
    assert came.rules == {3: "not a number:scaled_score"}


@pytest.mark.parametrize("marker", ["", "-", "–", "—", "n/a", "NA", "NULL", "None", ".", "  ", "\u00a0"])
def test_what_marks_a_missing_value_is_null_and_never_zero(read, marker):
    assert read(f"{ASSESSMENTS}\n1,CBSSA,2027-02-15,60,,,{marker},\n").column("printed_probability") == [None]


def test_ids_and_text_stay_exactly_and_only_surrounding_space_goes(read):
    came = read("student_id,last_name,advisor\n00123,\u00a0O'Brien-Doe ,-\n1e5,NA,null\n")
    assert came.column("student_id") == ["00123", "1e5"]
    assert came.column("last_name") == ["O'Brien-Doe", "NA"]
    assert came.column("advisor") == ["-", "null"]


def test_choices_are_known_by_their_other_spellings(read):
    came = read("SID,Step Exam,Date of Exam,P/F,distance\n1,USMLE Step 1,14-Feb-2022,P,close\n2,s1,7-Jun-24,F,mid\n")
    assert [(r["exam"], r["outcome"], r["distance"]) for r in came.rows] == [
        ("Step 1", "pass", "near"), ("Step 1", "fail", "middle")]
    assert came.column("taken_on") == [date(2022, 2, 14), date(2024, 6, 7)]


def test_rows_that_are_not_people_and_blank_rows_are_counted_beside(read):
    came = read(
        "first_name,student_id,last_name\n,Points Possible,\n,,\nMean,,\nAnn,1,Mean\nfirst_name,student_id,last_name\n"
        "Max,,\nTOTAL,,\n  ,,\n"
    )
    assert (came.report.read, came.report.blank, came.report.not_people) == (2, 2, 4)
    assert [r["sheet_row"] for r in came.rows] == [5]
    assert came.rules == {7: "missing:student_id"}


def test_an_ambiguous_date_follows_a_column_that_writes_the_month_first(read):
    came = read("student_id,planned_on\n1,2/15/2027\n2,3/4/2027\n3,5/5/2027\n4,2027-01-02\n")
    assert came.column("planned_on") == [date(2027, 2, 15), date(2027, 3, 4), date(2027, 5, 5), date(2027, 1, 2)]
    assert (came.report.doubts, came.report.questions) == ([], [])


def test_a_column_that_writes_the_day_first_is_read_so_with_a_doubt_that_names_a_row(read):
    came = read("student_id,planned_on\n1,3/4/2027\n2,15/2/2027\n3,16/2/2027\n4,17/2/2027\n")
    assert came.column("planned_on")[:2] == [date(2027, 4, 3), date(2027, 2, 15)]
    assert "row 3" in came.report.doubts[0]


def test_a_column_that_contradicts_itself_waits_for_a_person_except_where_it_is_certain(read):
    sheet = "student_id,planned_on\n1,15/2/2027\n2,2/15/2027\n3,3/4/2027\n"
    came = read(sheet)
    assert came.rules == {4: "ambiguous date:planned_on"}
    assert came.report.questions[0].id == "date_order:planned_on"
    assert came.report.questions[0].choices == ["month", "day"]
    assert read(sheet, date_order={"planned_on": "day"}).column("planned_on")[2] == date(2027, 4, 3)
    assert read(sheet, date_order={"planned_on": "month"}).column("planned_on")[2] == date(2027, 3, 4)


def test_a_blank_scale_is_filled_in_where_one_is_certain_and_the_report_says_so(read):
    came = read("student_id,instrument,taken_on,score\n1,CBSSA 31,2027-02-15,60\n2,CBSE,2021-02-15,200\n"
                "3,UWSA2,2027-02-15,235\n4,CBSE,2018-02-15,70\n")
    assert came.column("scale") == ["EPC", "three-digit", "three-digit", "two-digit"]
    assert came.column("form") == ["31", "", "2", ""]
    assert "1 row of CBSSA read on the scale EPC, implied by instrument and date." in came.report.doubts
    assert ("1 row of UWSA read on the scale three-digit, the only one of percent or three-digit that the score fits."
            in came.report.doubts)


def test_a_score_that_fits_several_scales_waits_until_the_first_is_accepted(read):
    sheet = "student_id,instrument,taken_on,score\n1,CBSSA,2021-02-15,215\n2,CBSSA,2021-02-15,500\n"
    came = read(sheet)
    assert (came.rules, came.column("scale")) == ({2: "scale not certain"}, ["10-800"])
    assert [q.id for q in came.report.questions] == ["accept_scales"]
    assert read(sheet, accept_scales=True).column("scale") == ["10-800", "10-800"]


def test_a_form_is_the_number_in_the_instrument_where_no_column_disagrees(read):
    came = read(f"{ASSESSMENTS}\n1,CBSSA 31,2027-02-15,60,Form 30,,,y\n2,NBME 29,2027-02-15,60,,,,\n")
    assert (came.column("form"), came.rules) == (["29"], {2: "forms disagree"})


def test_a_percent_sign_and_a_share_are_both_probabilities(read):
    for probability in ["87 %", "0.87", "87"]:
        came = read(f"{ASSESSMENTS}\n1,CBSSA,2027-02-15,60,,,{probability},\n")
        assert came.column("printed_probability") == [0.87]


def test_content_area_columns_become_rows_beside_the_assessment_and_other_columns_are_named(read):
    came = read(
        "student_id,instrument,taken_on,score,Pathology %,Biochemistry & Nutrition,cardio,Mood\n"
        "1,CBSSA 31,2027-02-15,60,55,*,70 %,glad\n2,CBSSA 31,2027-02-15,60,,61,often,sad\n3,CBSSA,2027-02-15,60,,,,\n"
    )
    assert [(a["sheet_row"], a["axis"], a["area"], a["score"], a["form"]) for a in came.areas] == [
        (2, "discipline", "Pathology", 55.0, "31"), (2, "system", "Cardiovascular", 70.0, "31")]
    assert came.rules == {3: "not a number:Cardiovascular"}
    assert len(came.rows) == 2
    assert came.report.unused == ["Mood"]
    assert came.report.columns["cardio"] == "Cardiovascular"


def test_an_area_label_is_mapped_to_the_blueprints_name_and_axis_and_the_share_to_a_score(read):
    came = read(
        f"{AREAS}\n1,Step 1,2027-02-15,gross anatomy and EMBRYOLOGY,,,,,-\n2,CBSE,2027-02-15,gi,system,,15,20,\n"
        "3,CBSE,2027-02-15,Genetics,,0.5,,,\n"
    )
    assert [(r["area"], r["axis"], r["score"], r["relative"]) for r in came.rows] == [
        ("Gross Anatomy & Embryology", "discipline", None, "lower"),
        ("Gastrointestinal", "system", 75.0, None), ("Genetics", "discipline", 0.5, None)]


def test_cells_under_an_empty_header_are_named_not_lost_silently(read):
    came = read("student_id,,last_name\n1,x,Ames\n")
    assert came.report.unused == ["column B (no header)"]
    assert read("student_id,,last_name\n1,,Ames\n").report.unused == []
