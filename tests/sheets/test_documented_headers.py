"""Every header row that docs/import.md says is read, read with a made-up person."""

import csv
import io
import re

import pytest

from tests.conftest import REPO
from tests.sheets.conftest import came_of

TABLE = re.compile(r"^\| (?P<export>[^|]+) \| `(?P<headers>[^`]+)` \| (?P<becomes>[^|]+) \|$", re.M)
GUIDE = (REPO / "docs/import.md").read_text(encoding="utf-8")
SECTION = GUIDE.partition("### Headers as they come")[2].partition("###")[0]
EXPORTS = {row["export"]: (row["headers"].split(", "), row["becomes"]) for row in TABLE.finditer(SECTION)}
IDS = ["ID", "Examinee ID", "Unique Medical School ID", "Student ID", "SPRIDEN_ID", "EMPLID", "SIS User ID",
       "OrgDefinedId", "ID number", "SID", "StudentID", "Exam Taker ID", "ExternalReference"]
VALUES = {
    **dict.fromkeys(IDS, "00123"),
    **dict.fromkeys(["Last Name", "Surname", "SPRIDEN_LAST_NAME", "LastName"], "Abbott"),
    **dict.fromkeys(["First Name", "First name", "Rest of Name", "SPRIDEN_FIRST_NAME"], "Anna"),
    **dict.fromkeys(["Examinee", "Name", "Student"], "Abbott, Anna"),
    **dict.fromkeys(["Email", "Email address", "Email Address", "RecipientEmail"], "aabbott@school.example"),
    **dict.fromkeys(["Test Date", "Date of Exam", "Date Taken", "Exam Start Date", "Date of the exam", "taken_on",
                     "Date of practice exam", "CBSE - Submission Time"], "10/20/2026"),
    **dict.fromkeys(["Total Test", "Equated Percent Correct Score", "SORTEST_TEST_SCORE", "CBSE", "Percent Score", "%",
                     "Equated Percent Correct", "CBSE 10/20/2026 (44122)", "Score (EPC %)",
                     "CBSE 10/20/2026 [Total Pts: 100 Score]", "Quiz: CBSE 2026-10-20 (Percentage)",
                     "CBSE 2026-10-20 Points Grade <Numeric MaxPoints:100 Weight:10>"], "61"),
    **dict.fromkeys(["Exam Name", "SORTEST_TESC_CODE", "Assessment Name", "Assessment Title",
                     "Which practice exam did you take?"], "CBSE"),
    **dict.fromkeys(["Step Exam", "Exam Type", "Which exam?", "exam"], "USMLE Step 1"),
    **dict.fromkeys(["P/F", "Pass / Fail", "Pass/Fail"], "FAIL*"),
    **dict.fromkeys(["Step 1 Date", "When is your Step 1 test date?"], "3/15/2027"),
    "Pathology": "Lower", "Physiology": "About the same", "Microbiology": "*", "Probability of Passing": "<1%",
    "Probability of passing (%)": ">99", "SORTEST_TEST_DATE": "20-OCT-26", "Form": "", "Low Pass Range": "62-68",
    "Total Score": "438", "USMLE ID": "5-123-456-7", "Eligibility Period Start": "2/1/2027",
    "Eligibility Period End": "4/30/2027", "CBSE - Max Points": "100", "End-of-Line Indicator": "#", "anxiety": "yes",
    "Test anxiety": "Yes", "confidence": "3", "Studied alone": "No", "Institution ID": "012345", "Username": "aabbott",
    "SIS Login ID": "aabbott", "Section": "Year 2", "Pacing": "Standard", "Attempt": "1",
}  # fmt: skip
EXAMS = {"COMLEX results [assumption]": "COMLEX-USA Level 1", "COMSAE results [assumption]": "COMSAE Phase 1"}
ANSWERS = {"ExamSoft, one assessment": {"all_rows": {"instrument": "CBSE", "taken_on": "2026-10-20"}}}


@pytest.fixture
def came(policy, request):
    """The sheet under the documented headers of an export, read."""
    headers, _ = EXPORTS[request.param]
    exam = EXAMS.get(request.param, "CBSE")
    stream = io.StringIO()
    csv.writer(stream).writerows([headers, [exam if h == "Exam" else VALUES.get(h, "") for h in headers]])
    return came_of(stream.getvalue(), policy, **ANSWERS.get(request.param, {}))


def exports_of(kind):
    return [export for export, (_, becomes) in EXPORTS.items() if becomes == kind]


def test_the_table_names_the_exports_of_every_kind():
    assert len(EXPORTS) == 19
    assert {becomes for _, becomes in EXPORTS.values()} == {
        "assessments", "attempts", "dates of known students", "self_analysis"}


@pytest.mark.parametrize("came", exports_of("assessments"), indirect=True)
def test_a_documented_export_of_scores_is_read_whole(came):
    assert (came.report.kind, came.rules, came.report.questions, came.report.unread) == ("assessments", {}, [], [])
    row, = came.rows
    assert (row["student_id"] or row["who_email"]) in ("00123", "aabbott@school.example")
    assert (row["instrument"], row["score"]) in [("CBSE", 61.0), ("COMSAE", 438.0)]
    assert row["taken_on"].isoformat() == "2026-10-20"


@pytest.mark.parametrize("came", exports_of("attempts"), indirect=True)
def test_a_documented_export_of_results_is_read_whole(came):
    assert (came.report.kind, came.rules, came.report.questions, came.report.unread) == ("attempts", {}, [], [])
    row, = came.rows
    assert (row["outcome"], row["taken_on"].isoformat(), row["who_last_name"]) == ("fail", "2026-10-20", "Abbott")


@pytest.mark.parametrize("came", exports_of("dates of known students"), indirect=True)
def test_a_documented_list_of_dates_is_read_whole_and_makes_no_student(came):
    part, = came.report.parts
    assert (part.kind, part.makes_students, came.report.unread) == ("roster", False, [])
    days = [came.rows[0][name].isoformat() for name in ("planned_on", "eligibility_starts_on", "eligibility_ends_on")]
    assert days == ["2027-03-15", "2027-02-01", "2027-04-30"]


@pytest.mark.parametrize("came", exports_of("self_analysis"), indirect=True)
def test_a_documented_self_analysis_is_read_whole(came):
    assert (came.report.kind, came.rules, came.rows[0]["exam"], came.rows[0]["anxiety"]) == (
        "self_analysis", {}, "Step 1", "yes")
