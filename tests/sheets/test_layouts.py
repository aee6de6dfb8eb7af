"""Every shipped layout on a sheet as its maker writes it: what is recognized, stored, left out or waits."""

from datetime import date
from pathlib import Path

import pytest

from pipelines.errors import SheetRefused
from pipelines.sheets import layout_of, shipped_layouts

FIXTURES = Path(__file__).parent / "fixtures"
DAY = date(2026, 10, 20)


@pytest.fixture
def fixture(read):
    return lambda name, **answers: read((FIXTURES / name).read_bytes(), name, **answers)


def values_of(came, *columns):
    return [tuple(row[c] for c in columns) for row in came.rows]


@pytest.mark.parametrize(("name", "asked"), [
    ("blackboard.csv", ["Essay [Total Pts: 10 Score] |112"]), ("canvas.csv", ["Quiz 3 (44123)"]),
    ("brightspace.csv", ["Quiz Points Grade <Numeric MaxPoints:10>"]), ("moodle.csv", ["Quiz: Week 1 (Real)"]),
    *((f"{maker}.csv", []) for maker in ["banner_tests", "examsoft", "examsoft_titled", "google_forms", "gradescope",
                                          "nbme_cbse",
                                          "qualtrics", "question_bank", "side_by_side", "usmle_results"]),
])  # fmt: skip
def test_an_official_export_asks_only_about_columns_that_could_be_results(fixture, name, asked):
    assert fixture(name).report.unread == asked


def test_every_shipped_layout_fits_its_model_and_has_a_source_and_a_sheet():
    names = {path.stem for path in FIXTURES.glob("*.csv")}
    assert len(shipped_layouts()) == 15
    for layout in shipped_layouts().values():
        assert layout.source
    files = {p.stem for p in (Path(__file__).parents[2] / "pipelines/sheets/headers/layouts").glob("*.toml")}
    assert files <= names


def test_the_nbme_roster_keeps_blank_ids_for_a_person_and_leaves_ccse_aside(fixture):
    came = fixture("nbme_cbse.csv")
    assert (came.report.layout, came.report.kind, came.report.header_row) == (
        "NBME CBSE/CCSE school roster", "assessments", 3)
    assert values_of(came, "student_id", "instrument", "scale", "score", "taken_on", "who_name") == [
        ("00123", "CBSE", "EPC", 64.0, date(2026, 10, 2), "Abbott, Anna M"),
        ("00124", "CBSE", "EPC", 71.0, date(2026, 10, 2), "Sato, Kenji"),
        (None, "CBSE", "EPC", 58.0, date(2026, 10, 2), "Ibarra-Núñez, José"),
        ("00124", "CBSE", "EPC", 71.0, date(2026, 10, 2), "Sato, Kenji"),
    ]
    assert came.rules == {8: "another exam"}
    assert came.report.questions == []


def test_the_usmle_file_brings_every_sitting_of_step_1_with_its_usmle_id(fixture):
    came = fixture("usmle_results.csv")
    assert came.report.layout == "USMLE results file"
    assert values_of(came, "student_id", "exam", "taken_on", "outcome", "scaled_score", "who_usmle_id") == [
        ("00123", "Step 1", date(2024, 6, 7), "fail", 188.0, "5-123-456-7"),
        ("00123", "Step 1", date(2026, 2, 14), "pass", None, "5-123-456-7"),
        (None, "Step 1", date(2026, 2, 14), "pass", None, "5-987-654-3"),
    ]
    assert came.rules == {5: "another exam"}


def test_a_canvas_gradebook_asks_when_a_column_was_taken_and_reads_points_as_percent(fixture):
    came = fixture("canvas.csv")
    assert (came.report.layout, came.report.blank, came.report.not_people) == ("Canvas gradebook", 1, 2)
    assert [q.id for q in came.report.questions] == ["date:Free 120 (44121)", "unused"]
    assert came.report.unread == ["Quiz 3 (44123)"]
    assert values_of(came, "student_id", "instrument", "score", "taken_on") == [
        ("00123", "CBSE", 64.0, DAY), ("00124", "CBSE", 71.0, DAY)]
    assert came.rules == {3: "date not given"}
    assert any("120: read as percent" in d for d in came.report.doubts)
    answered = fixture("canvas.csv", dates={"Free 120 (44121)": "2026-10-20"},
                       columns={"Quiz 3 (44123)": "leave out"})
    assert ("00123", "Free 120", 75.0, DAY) in values_of(answered, "student_id", "instrument", "score", "taken_on")
    assert (answered.report.read, answered.report.questions) == (3, [])


@pytest.mark.parametrize(("name", "layout", "rows"), [
    ("blackboard.csv", "Blackboard grade centre", [("00123", "UWSA", "1", 221.0), ("00124", "UWSA", "1", 239.0)]),
    ("brightspace.csv", "Brightspace gradebook", [("00123", "CBSSA", "31", 61.0), ("00124", "CBSSA", "31", 75.0)]),
    ("moodle.csv", "Moodle grade export", [("00123", "Free 120", "", 72.5)]),
    ("gradescope.csv", "Gradescope grades", [("00123", "Free 120", "", 75.0)]),
    ("examsoft_titled.csv", "ExamSoft results of several assessments",
     [("00123", "CAS", "12", 61.0), ("00124", "CAS", "12", 75.0)]),
])
def test_what_learning_systems_export_is_read_as_it_comes(fixture, name, layout, rows):
    came = fixture(name)
    assert came.report.layout == layout
    assert values_of(came, "student_id", "instrument", "form", "score") == rows
    assert set(came.column("taken_on")) == {DAY}
    assert came.rules == {}


def test_an_examsoft_export_names_neither_exam_nor_day_so_a_person_gives_both_for_all_rows(fixture):
    came = fixture("examsoft.csv")
    assert (came.report.layout, came.report.blank) == ("ExamSoft exam-taker results", 1)
    assert [q.id for q in came.report.questions] == ["all:instrument", "all:taken_on"]
    assert "CAS" in came.report.questions[0].choices
    assert set(came.rules.values()) == {"exam not given"}
    half = fixture("examsoft.csv", all_rows={"instrument": "CAS"})
    assert (set(half.rules.values()), [q.id for q in half.report.questions]) == ({"date not given"}, ["all:taken_on"])
    whole = fixture("examsoft.csv", all_rows={"instrument": "CAS", "taken_on": "2026-10-20"})
    assert values_of(whole, "student_id", "instrument", "scale", "score", "taken_on") == [
        ("00123", "CAS", "percent", 61.0, DAY), ("00124", "CAS", "percent", 75.0, DAY)]
    assert (whole.rules, whole.report.questions) == ({}, [])


CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section"
CANVAS_ROW = '"Abbott, Anna",991,00123,aabbott,Year 2'
VARIANTS = {
    "Canvas with first and last names, excused, and another grading period": (
        "LastName,FirstName,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section,CBSE 10/20/2026 (44122),"
        "UWSA 1 10/20/2026 (7),Current Score (2026),Final Score (2026)\n,,,,,,,,Manual Posting,,,\n"
        "    Points Possible,,,,,,,,100,300,(read only),(read only)\n"
        "Abbott,Anna,991,00123,aabbott,,x.example,Year 2,64,EX,90,90\nStudent,Test,9,,f,,x.example,Year 2,1,1,1,1\n",
        "Canvas gradebook", [("00123", "CBSE", 64.0)], 2),
    "Canvas in a language of semicolons and decimal commas": (
        f"{CANVAS};CBSE 10/20/2026 (44122);Current Score\n    Points Possible;;;;;100,00;(read only)\n"
        f"{CANVAS_ROW};64,50;N/A\n".replace("Student,ID,", "Student;ID;").replace("SIS User ID,", "SIS User ID;")
        .replace("SIS Login ID,", "SIS Login ID;").replace('Anna",991,00123,aabbott,', 'Anna";991;00123;aabbott;'),
        "Canvas gradebook", [("00123", "CBSE", 64.5)], 1),
    "Canvas without the school's IDs": (
        "Student,ID,SIS Login ID,Section,CBSE 10/20/2026 (1)\n    Points Possible,,,,100\n"
        '"Abbott, Anna",991,aabbott,Year 2,64\n', "Canvas gradebook", [(None, "CBSE", 64.0)], 1),
    "Blackboard Ultra with commas, and a column not yet graded": (
        "Last Name,First Name,Username,Student ID,Last Access,Availability,CBSE 2026-10-20 [Total Pts: 100 Percentage] "
        "|1736330,Free 120 2026-10-20 [Total Pts: 120 Score] |17\n"
        "Abbott,Anna  ,aabbott,00123,12/16/2025 12:56,Yes,64,Needs Grading\n",
        "Blackboard grade centre", [("00123", "CBSE", 64.0)], 0),
    "Brightspace keyed by user name, a grade without its maximum": (
        "Username,Last Name,First Name,Email,CBSE 2026-10-20 Points Grade,CBSE 2026-10-20 Text Grade,"
        "NBME Subtotal Numerator,End-of-Line Indicator\n#aabbott,Abbott,Anna,aabbott@school.example,64,good,64,#\n",
        "Brightspace gradebook", [(None, "CBSE", 64.0)], 0),
    "Moodle with only an e-mail": (
        "Email address,Quiz: CBSE 2026-10-20 (Real),CBSE 2026-10-20 total (Real),Quiz: CBSE 2026-10-20 (Feedback),"
        "Last downloaded from this course\naabbott@school.example,64.00,64.00,fine,1790000000\n"
        "ksato@school.example,-,-,,1790000000\n", "Moodle grade export", [(None, "CBSE", 64.0)], 0),
    "Gradescope without sections": (
        "First Name,Last Name,SID,Email,CBSE,CBSE - Max Points,CBSE - Submission Time,CBSE - Lateness (H:M:S),"
        "Total Lateness (H:M:S)\nAnna,Abbott,00123,aabbott@school.example,64,100,2026-10-20 09:00:00 -0500,0:0,0:0\n",
        "Gradescope grades", [("00123", "CBSE", 64.0)], 0),
}


POINTS_READ = dict.fromkeys(["CBSE 2026-10-20 Points Grade", "Quiz: CBSE 2026-10-20 (Real)"], "as they are")


@pytest.mark.parametrize("variant", VARIANTS)
def test_other_forms_of_these_exports_are_read_too(read, variant):
    text, layout, rows, not_people = VARIANTS[variant]
    came = read(text, columns=POINTS_READ)
    assert (came.report.layout, values_of(came, "student_id", "instrument", "score")) == (layout, rows)
    assert (came.report.not_people, came.rules, set(came.column("taken_on"))) == (not_people, {}, {DAY})


def test_a_blackboard_download_called_xls_is_tab_separated_utf_16_and_read_so(read):
    text = (FIXTURES / "blackboard.csv").read_text(encoding="utf-8")
    came = read(text.encode("utf-16"), "gc_full.xls")
    assert (came.report.layout, came.report.encoding, came.report.delimiter) == (
        "Blackboard grade centre", "utf-16", "\t")


def test_points_of_an_unknown_maximum_wait_for_an_answer_and_are_doubted_by_name(read):
    came = read(VARIANTS["Moodle with only an e-mail"][0])
    assert [q.id for q in came.report.questions] == ["column:Quiz: CBSE 2026-10-20 (Real)"]
    assert came.rules == {2: "column not certain:score"}
    assert any("“Quiz: CBSE 2026-10-20 (Real)” holds points" in doubt for doubt in came.report.doubts)


@pytest.mark.parametrize(("name", "beside"), [("qualtrics.csv", 3), ("google_forms.csv", 0)])
def test_a_self_analysis_names_its_students_by_id_or_mail(fixture, name, beside):
    came = fixture(name)
    assert (came.report.kind, came.report.not_people, came.rules) == ("self_analysis", beside, {})
    columns = ["student_id", "who_email", "exam", "confidence", "anxiety", "studied_alone", "weekly_hours"]
    assert values_of(came, *columns)[1:] == [
        (None, "ksato@school.example", "Step 1", 4, "no", "yes", 50.0)]
    assert came.rows[0]["student_id"] == "00123"


def test_scores_typed_side_by_side_are_read_a_column_an_instrument(fixture):
    came = fixture("side_by_side.csv")
    assert (came.report.layout, came.report.not_people) == ("scores side by side, typed", 1)
    assert values_of(came, "student_id", "instrument", "form", "taken_on", "score", "scale") == [
        ("00123", "UWSA", "1", DAY, 221.0, "three-digit"),
        ("00123", "Free 120", "", date(2026, 11, 2), 72.0, "percent"),
        ("00124", "UWSA", "1", date(2026, 10, 21), 239.0, "three-digit")]
    assert came.report.unused == ["Notes"]
    comsae = fixture("comsae.csv")
    assert values_of(comsae, "student_id", "instrument", "form", "scale") == [
        ("00123", "COMSAE", "110", "COMSAE"), ("00124", "COMSAE", "111", "COMSAE")]


def test_question_bank_and_uwsa_sheets_as_a_person_types_them(fixture):
    bank = fixture("question_bank.csv")
    assert values_of(bank, "student_id", "instrument", "score", "scale") == [
        ("00123", "question bank", 61.0, "percent"), ("00124", "question bank", 70.0, "percent")]
    uwsa = fixture("uwsa.csv")
    assert values_of(uwsa, "student_id", "who_email", "instrument", "form") == [
        (None, "aabbott@school.example", "UWSA", "2"), (None, "ksato@school.example", "UWSA", "2")]


def test_a_gradebook_without_a_self_assessment_is_refused_by_name(read):
    sentence = "Canvas gradebook, but none of its columns has the name of a self-assessment"
    with pytest.raises(SheetRefused, match=sentence):
        read("Student,ID,SIS User ID,Section,Quiz 1 (1)\nA,1,2,S,5\n")


def test_a_saved_mapping_reads_an_unknown_sheet_and_names_a_score_column(read):
    sheet = "Matrikel,Wer,Klausur A,Tag\n00123,Anna,61,2026-10-20\n"
    with pytest.raises(SheetRefused):
        read(sheet)
    made = {"name": "our mock", "kind": "assessments", "headers": ["Matrikel", "Klausur A"], "by_name": False,
            "columns": {"Matrikel": "student_id", "Klausur A": "score", "Tag": "taken_on"},
            "constants": {"instrument": "CBSE", "scale": "EPC"}}
    came = read(sheet, layout=made)
    columns = ["student_id", "instrument", "score", "scale", "taken_on"]
    assert values_of(came, *columns) == [("00123", "CBSE", 61.0, "EPC", DAY)]
    assert came.report.layout == "our mock"
    wide = {**made, "columns": {"Matrikel": "student_id", "Tag": "taken_on"}, "constants": {},
            "instruments": {"Klausur A": "CBSE"}, "scores": {}}
    assert values_of(read(sheet, layout=wide), "student_id", "instrument", "score") == [("00123", "CBSE", 61.0)]


@pytest.mark.parametrize("wrong", [
    {"kind": "grades"}, {"kind": "roster", "columns": {"A": "score"}}, {"kind": "roster", "colums": {}},
    {"kind": "roster", "not_people": [{"pattern": "("}]},
])
def test_a_layout_that_does_not_fit_is_refused_in_a_sentence(wrong):
    with pytest.raises(SheetRefused, match="The layout cannot be used"):
        layout_of({"name": "x", **wrong})


def test_two_header_lines_units_and_totals_are_not_people(read):
    came = read("Student,,Total,Taken\nID,Name,score,on\n,,(0-100),YYYY-MM-DD\n1,Ann,60,2026-10-20\nTotal,,60,\n",
                kind="assessments",
                layout={"name": "x", "kind": "assessments", "headers": ["ID", "score", "on"], "by_name": False,
                        "columns": {"ID": "student_id", "score": "score", "on": "taken_on"},
                        "constants": {"instrument": "CBSE"}})
    assert (came.report.read, came.report.not_people, came.report.header_row) == (1, 2, 2)
    joined = read("Student,,CBSE,,UWSA 2,\nID,Name,Date,Score,Date,Score\n1,Ann,2026-10-20,60,2026-11-20,221\n")
    assert (joined.report.kind, joined.report.header_row, joined.report.read) == ("assessments", 2, 2)
    assert values_of(joined, "instrument", "taken_on", "score") == [
        ("CBSE", DAY, 60.0), ("UWSA", date(2026, 11, 20), 221.0)]


def test_nbmes_question_list_is_topics_of_one_student_who_is_asked_for(fixture, read):
    came = fixture("nbme_question_list.csv")
    assert (came.report.layout, came.report.kind, came.report.unread) == ("NBME question list", "topics", [])
    assert [question.id for question in came.report.questions] == ["all:student_id"]
    assert {row["state"] for row in came.held} == {"waiting"}
    came = fixture("nbme_question_list.csv", all_rows={"student_id": "00123"})
    assert values_of(came, "student_id", "topic", "items", "missed", "seen_on") == [
        ("00123", "Cardiovascular disorders: heart failure", 1, 1, date(2026, 10, 12)),
        ("00123", "Respiratory disorders: asthma", 1, 0, date(2026, 10, 12)),
        ("00123", "Cardiovascular disorders: heart failure", 1, 1, date(2026, 10, 12)),
    ]


def test_nbmes_question_lists_with_a_students_id_ask_nothing(fixture, read):
    text = (FIXTURES / "nbme_question_list.csv").read_text()
    first, *rows = text.splitlines()
    came = read("\n".join([f"Student ID,{first}", *(f"00123,{row}" for row in rows)]))
    assert (came.column("student_id"), came.report.questions) == (["00123"] * 3, [])
