"""The command line, as a registrar's nightly job uses it: real processes, one JSON document, exit codes."""

import json
import subprocess
import sys
from typing import get_args

import polars as pl
import pytest

from dashboard.cli import app
from dashboard.cli.arguments import KindOption
from pipelines.contracts.kinds import KINDS
from tests.conftest import REPO
from tests.marts.test_verdict import upside_down
from tests.sheets.test_workbook_xml import book_of

ROSTER = "student_id,last_name,program,class_year\n00123,Abbott,MD,2028\n00124,Sato,MD,2028\n"
ATTEMPTS = "student_id,exam,taken_on,outcome\n00123,Step 1,2026-06-01,fail\n00123,Step 1,2026-13-01,fail\n"


@pytest.fixture
def root(tmp_path):
    return tmp_path / "home"


def test_import_prints_one_json_document_whose_account_adds_up(cli, sheet, root):
    done = cli("import", sheet("attempts.csv", ATTEMPTS), sheet("roster.csv", ROSTER), "--yes", "--json", home=root)
    assert done.status == 1
    attempts, roster = done.json["sheets"]
    assert {k: attempts[k] for k in ["file", "kind", "read", "stored", "unchanged", "rejected", "waiting"]} == {
        "file": "attempts.csv", "kind": "attempts", "read": 2, "stored": 1, "unchanged": 0, "rejected": 1, "waiting": 0}
    assert (roster["stored"], roster["import_id"], attempts["import_id"]) == (2, 2, 1)
    assert all(s["read"] == s["stored"] + s["unchanged"] + s["rejected"] + s["waiting"] for s in done.json["sheets"])


def test_exit_status_is_0_when_all_is_in_1_when_some_is_not_2_when_a_file_is_refused(cli, sheet, root):
    assert cli("import", sheet("roster.csv", ROSTER), "--yes", home=root).status == 0
    assert cli("import", sheet("attempts.csv", ATTEMPTS), "--yes", home=root).status == 1
    refused = cli("import", sheet("photo.csv", "\x00\x01\x02"), "--yes", "--json", home=root)
    assert refused.status == 2
    assert "Traceback" not in refused.err


def test_results_that_could_not_be_read_give_status_1_and_are_named(cli, sheet, root):
    """The errors stand in a column of scores side by side, so nothing is rejected, and nothing waits."""
    def fill(made, sheet):
        sheet.write_row(0, 0, ["student_id", "Date", "CBSE", "UWSA 1"])
        for row, student in enumerate(["00123", "00124"], start=1):
            sheet.write_row(row, 0, [student, "2026-10-01", 60 + row])
            sheet.write_formula(row, 3, "=NA()", None, "#N/A")

    assert cli("import", sheet("roster.csv", ROSTER), "--yes", home=root).status == 0
    path = sheet("scores.xlsx", "")
    path.write_bytes(book_of(fill))
    done = cli("import", path, "--yes", "--json", home=root)
    assert (done.status, done.json["sheets"][0]["stored"], done.json["sheets"][0]["rejected"]) == (1, 2, 0)
    assert done.json["sheets"][0]["unread_results"] == ["“UWSA 1” holds errors (rows 2 and 3)"]


def test_a_roster_with_outcomes_is_questioned_with_status_1_until_a_person_says_what_it_is(cli, sheet, root):
    tracker = sheet("tracker.csv", "Student ID,Last Name,Result,Phone\n00123,Abbott,Fail,555\n")
    question = cli("import", tracker, "--yes", "--json", home=root)
    assert (question.status, question.json["applied"]) == (1, False)
    assert "columns of results (Result)" in question.json["sheets"][0]["refused"]
    assert "tracker.csv: not read yet. tracker.csv names students like a roster" in question.err
    assert cli("export", "roster", home=root).out.splitlines()[1:] == []
    inspected = cli("inspect", tracker, home=root)
    assert (inspected.status, "to read it as a roster: --kind roster" in inspected.err) == (1, True)
    done = cli("import", tracker, "--kind", "roster", "--yes", "--json", home=root)
    assert (done.status, done.json["sheets"][0]["stored"]) == (0, 1)
    assert done.json["sheets"][0]["unused_columns"] == ["Result", "Phone"]


def test_a_refused_file_beside_an_unclear_one_decides_the_status(cli, sheet, root):
    tracker = sheet("tracker.csv", "Student ID,Last Name,Result\n00123,Abbott,Fail\n")
    assert cli("import", tracker, sheet("photo.csv", "\x00\x01\x02"), "--yes", home=root).status == 2


UNUSED = {
    "roster": "student_id,last_name,Phone\n00123,Abbott,555\n",
    "attempts": "student_id,exam,taken_on,outcome,Phone\n00123,Step 1,2026-06-01,fail,555\n",
    "assessments": "student_id,instrument,form,taken_on,score,Phone\n00123,CBSSA,30,2026-10-01,61,555\n",
    "content_areas": "student_id,instrument,form,taken_on,area,score,Phone\n"
                     "00123,CBSSA,30,2026-10-01,Pathology,61,555\n",
    "topics": "student_id,topic,items,missed,Phone\n00123,Shock,4,2,555\n",
    "self_analysis": "student_id,exam,taken_on,confidence,Phone\n00123,Step 1,2026-06-01,2,555\n",
    "tutors": "tutor_id,name,areas,hours_per_week,Phone\nT1,Dr Lund,Pathology,4,555\n",
    "sessions": "student_id,tutor_id,held_on,hours,Phone\n00123,T1,2026-10-01,1,555\n",
}


def test_columns_that_are_not_used_are_named_in_every_kind_of_sheet(cli, sheet, root):
    files = [sheet(f"{kind}.csv", UNUSED[kind]) for kind in KINDS]
    done = cli("import", *files, "--yes", "--json", home=root)
    found = {one["kind"]: (one["stored"], one["unused_columns"]) for one in done.json["sheets"]}
    assert found == dict.fromkeys(KINDS, (1, ["Phone"]))
    for kind in KINDS:
        assert f"{kind}.csv: columns not used: Phone" in done.err
    assert "columns not used" not in cli("import", sheet("plain.csv", ROSTER), home=root).out


@pytest.mark.parametrize("kind", KINDS)
def test_inspect_names_the_columns_that_are_not_used(cli, sheet, root, kind):
    file = sheet("sheet.csv", UNUSED[kind])
    assert 'unused_columns: ["Phone"]' in cli("inspect", file, home=root).out
    found = cli("inspect", file, "--json", home=root).json
    assert (found["kind"], found["unused_columns"], found["unused"]) == (kind, ["Phone"], ["Phone"])


def test_what_a_sheet_asks_can_be_answered(cli, sheet, root):
    canvas = (REPO / "tests/sheets/fixtures/canvas.csv").read_text(encoding="utf-8")
    files = sheet("roster.csv", ROSTER), sheet("canvas.csv", canvas)
    day = "date:Free 120 (44121)"
    no_day = cli("import", *files, "--answer", f"{day}=October", "--yes", home=root)
    assert (no_day.status, "“October” is not a date: write it as 2026-10-20." in no_day.err) == (2, True)
    done = cli("import", *files, "--answer", f"{day}=2026-10-20", "--answer", "unused=yes", "--answer",
               "date:CBSE=2026-10-20", "--yes", "--json",
               home=root)
    assert (done.status, done.json["sheets"][1]["stored"], done.json["sheets"][1]["questions"]) == (0, 3, [])
    assert "No sheet asks for “date:CBSE=2026-10-20”" in done.err


def test_without_yes_and_without_a_terminal_nothing_is_stored(cli, sheet, root):
    done = cli("import", sheet("roster.csv", ROSTER), "--json", home=root)
    assert (done.status, done.json["applied"], done.json["sheets"][0]["import_id"]) == (1, False, None)
    assert cli("imports", "--json", home=root).json["imports"] == []


def test_a_rejected_row_can_be_exported_with_its_rule_and_text(cli, sheet, root):
    cli("import", sheet("roster.csv", ROSTER), sheet("attempts.csv", ATTEMPTS), "--yes", home=root)
    header, row = cli("export", "rejects", home=root).out.splitlines()
    assert header.startswith("file,sheet_row,rule,reason,text")
    assert row.startswith("attempts.csv,3,not a date:taken_on,")
    assert "2026-13-01" in row


def test_undo_and_redo_by_number(cli, sheet, root):
    cli("import", sheet("roster.csv", ROSTER), "--yes", home=root)
    assert cli("undo", 1, home=root).status == 0
    assert cli("imports", "--json", home=root).json["imports"][0]["undone_at"] is not None
    assert cli("undo", 1, home=root).status == 2
    assert cli("redo", 1, home=root).status == 0
    assert len(cli("export", "roster", home=root).out.splitlines()) == 3


def test_inspect_stores_nothing_and_shows_how_a_sheet_is_read(cli, sheet, root):
    done = cli("inspect", sheet("roster.csv", ROSTER.replace(",", ";")), "--json", home=root)
    assert done.status == 0
    assert (done.json["kind"], done.json["delimiter"], done.json["header_row"]) == ("roster", ";", 1)
    assert "00123" in json.dumps(done.json)
    assert not root.exists()


def test_a_synced_folder_is_refused_in_one_sentence(cli, sheet, tmp_path):
    done = cli("import", sheet("roster.csv", ROSTER), "--yes", home=tmp_path / "OneDrive - School" / "passline")
    assert done.status == 2
    assert "synced folder (OneDrive - School)" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_as_of_takes_a_date_and_says_so_otherwise(cli, root):
    done = cli("export", "risk", "--as-of", "tomorrow", home=root)
    assert (done.status, "--as-of takes a date" in done.err) == (2, True)


def test_every_command_is_in_the_guide():
    guide = (REPO / "docs" / "guide.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert f"`passline {command.name}" in guide, command.name


def test_help_comes_before_anything_heavy_is_loaded_and_names_every_kind_of_sheet():
    heavy = "{'polars', 'duckdb', 'sqlalchemy', 'pydantic', 'streamlit'}"
    loaded = f"import sys, dashboard.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=REPO, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert get_args(KindOption)[1].help == f"One of {', '.join(KINDS)}; recognized if absent."


def test_import_says_where_a_schools_chances_told_nothing_of_its_outcomes(cli, sheet, root):
    school = upside_down()
    roster = school.students.select("student_id", pl.lit("Okafor").alias("last_name"), "program", "class_year")
    tables = {"roster": roster,
              "cbse": school.assessments.filter(instrument="CBSE").select(
                  "student_id", "instrument", "form", "taken_on", "score"),
              "attempts": school.attempts.select("student_id", "exam", "taken_on", "outcome")}
    said = [cli("import", sheet(f"{name}.csv", rows.write_csv()), "--yes", home=root) for name, rows in tables.items()]
    assert ["no chance of passing is shown" in done.err for done in said] == [False, False, True]
