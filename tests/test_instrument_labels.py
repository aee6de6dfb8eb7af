"""Names of instruments: known ones are read, a person decides once what any other is, and can take it back."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from dashboard import cli
from dashboard.data.figures import figures_of
from dashboard.data.warehouse import Warehouse
from pipelines.errors import DecisionRefused, PasslineError
from pipelines.imports.instrument_labels import (
    decided_instruments,
    instrument_queue,
    keep_only,
    name_instrument,
    own_exam,
    take_back_instrument,
)
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.policy import with_labels
from pipelines.sheets import Answers, read_sheet
from pipelines.sheets.headers.vocabulary import instrument_of, instruments_of, plain
from pipelines.store.builds import rebuild
from pipelines.store.home import Home
from tests.conftest import AS_OF, AT, DR_OSEI

CASES = Path(__file__).parent / "sheets/cases"
ROSTER = "student_id,last_name,program,class_year\n" + "".join(f"{n:05},Abbott{n},MD,2028\n" for n in range(1, 13))
LONG = (
    "student_id,instrument,taken_on,score\n00001,Doctor Quiz,2026-10-01,55\n00002,doctor quiz,2026-10-01,60\n"
    "00001,Block Exam 3,2026-10-02,71\n00001,CBSSA 31,2026-10-03,61\n00002,Mini NBME x,2026-10-04,64\n"
)


def scores(home: Home) -> list[tuple]:
    found = Warehouse(home.current().path).assessments()
    return sorted(found.select("student_id", "instrument", "form", "score", "scale").rows())


def observed(home: Home) -> list[tuple]:
    found = Warehouse(home.current().path).observations()
    return sorted(found.select("student_id", "instrument", "form").rows())


def waiting(home: Home, policy) -> dict[str, int]:
    unknown = Warehouse(home.current().path).unknown_instruments()
    return {one.label: one.rows for one in instrument_queue(unknown, policy)}


def decide(home, policy, how, label, **meaning):
    return how(home, policy, label=label, by=DR_OSEI, at=AT, **meaning)


def everything(home: Home) -> dict[str, list]:
    warehouse = Warehouse(home.current().path)
    tables = {"scores": warehouse.assessments(), "held": warehouse.held_rows(), "accounts": warehouse.accounts(),
              "unknown": warehouse.unknown_instruments()}
    return {name: sorted(map(str, frame.rows())) for name, frame in tables.items()}


@pytest.fixture
def school(sheet, take_in):
    return take_in(sheet("roster.csv", ROSTER))


def test_every_everyday_name_is_stored_and_only_known_scales_are_evidence(home, sheet, take_in, policy):
    take_in(sheet("roster.csv", "student_id,last_name,program,class_year\nA1001,Aldana,MD,2028\n"))
    plan = take_in(CASES / "everyday-instruments.csv")
    assert (plan.sheets[0].stored, plan.sheets[0].waiting) == (21, 0)
    found = Warehouse(home.current().path).assessments().sort("taken_on").select("instrument", "form").rows()
    other = "other exam"
    assert found == [
        (other, "AMBOSS SA"), (other, "AMBOSS SA"), (other, "Blueprint mock exam"), (other, "Kaplan diagnostic"),
        (other, "COMBANK assessment"), ("question bank", "COMQUEST"), (other, "COMAT FBS"), ("UWSA", "3"),
        ("UWSA", "2"), ("CBSE", "5"), ("CBSSA", "32"), ("Free 120", "2021"), ("Free 120", ""), ("question bank", ""),
        ("CBSE", ""), ("CBSSA", ""), ("CBSSA", "31"), (other, "WelCOM"), ("question bank", "COMBANK"),
        ("question bank", "Lecturio"), (other, "IFOM"),
    ]
    assert other not in {instrument for _, instrument, _ in observed(home)}


@pytest.mark.parametrize(("name", "named"), [
    ("NBME Comprehensive Basic Science Self-Assessment", ("CBSSA", "")),
    ("NBME Comprehensive Basic Science Self-Assessment (CBSSA) Form 31 (Timed)", ("CBSSA", "31")),
    ("Comprehensive Basic Science Self-Assessment - Form 31 - Self-Paced", ("CBSSA", "31")),
    ("NBME Comprehensive Basic Science Examination", ("CBSE", "")),
    ("Comprehensive Basic Science", ("CBSE", "")),
    ("NBME Practice Exam 30", ("CBSSA", "30")), ("UWorld Self-Assessment 1", ("UWSA", "1")),
    ("Old Free 120", ("Free 120", "old")), ("COMSAE Phase 1 Form 107b", ("COMSAE", "107b")),
    ("NBOME COMSAE 031", ("COMSAE", "31")), ("AMBOSS", ("question bank", "")),
    ("AMBOSS SA 2", ("other exam", "AMBOSS SA 2")), ("other exam AMBOSS SA 2", ("other exam", "AMBOSS SA 2")),
    ("Blueprint mock exam", ("other exam", "Blueprint mock exam")),
    ("UWorld % Complete", None), ("Shelf", None), ("NBME Avg", None),
])
def test_a_name_is_an_instrument_with_its_form(policy, name, named):
    assert instrument_of(name, instruments_of(policy, exams=False)) == named


def test_aliases_are_plain_unique_and_say_what_they_rest_on(policy):
    spelled = [s for alias in policy.instruments.aliases for s in alias.spells]
    spelled += [s for one in policy.instruments.by_name.values() for s in one.spells]
    assert spelled == [plain(s) for s in spelled]
    assert len(set(spelled)) == len(spelled)
    assert all(one.source and one.as_of <= AS_OF + timedelta(days=14) for one in policy.instruments.aliases)


def test_a_known_name_is_a_column_of_scores_in_a_tracker(home, sheet, take_in, policy, school):
    plan = take_in(sheet("t.csv", "student_id,AMBOSS SA,COMBANK %,NBME 31,Date\n00001,212,64,61,2026-10-20\n"))
    assert plan.sheets[0].stored == 3
    assert [row[1:4] for row in scores(home)] == [
        ("CBSSA", "31", 61.0), ("other exam", "AMBOSS SA", 212.0), ("question bank", "COMBANK", 64.0)]


def test_unknown_names_wait_with_their_rows_and_what_they_may_be(home, sheet, take_in, policy, school):
    plan = take_in(sheet("long.csv", LONG))
    assert (plan.sheets[0].stored, plan.sheets[0].waiting) == (1, 4)
    assert waiting(home, policy) == {"Doctor Quiz": 2, "Block Exam 3": 1, "Mini NBME x": 1}
    assert any("“Block Exam 3” (1)" in doubt and "Say what they are" in doubt
               for doubt in plan.sheets[0].report.doubts)


def test_a_decision_stores_the_waiting_rows_and_later_ones_and_is_taken_back(home, sheet, take_in, policy, school):
    take_in(sheet("long.csv", LONG))
    before = everything(home)
    decide(home, policy, name_instrument, "Doctor Quiz", instrument="cbssa", form="Form 032")
    assert [row[1:3] for row in scores(home)] == [("CBSSA", "31"), ("CBSSA", "32"), ("CBSSA", "32")]
    assert waiting(home, policy) == {"Block Exam 3": 1, "Mini NBME x": 1}
    take_in(sheet("later.csv", "student_id,instrument,taken_on,score\n00003,DOCTOR QUIZ,2026-10-21,66\n"))
    assert ("00003", "CBSSA", "32", 66.0, "EPC") in scores(home)
    assert decided_instruments(home).select("label", "instrument", "form", "made_by").rows() == [
        ("Doctor Quiz", "CBSSA", "32", "Dr Osei")]
    assert home.office.ledger.decisions()["action"].to_list().count("correct") == 1
    take_back_instrument(home, policy, "doctor quiz", by=DR_OSEI, at=AT)
    assert waiting(home, policy) == {"Doctor Quiz": 3, "Block Exam 3": 1, "Mini NBME x": 1}
    after = everything(home)
    assert after["scores"] == before["scores"]
    assert home.office.ledger.decisions()["action"].to_list()[0] == "undo"


def test_what_is_kept_is_stored_as_reported_and_is_no_evidence(home, sheet, take_in, policy, school):
    take_in(sheet("long.csv", LONG.replace("2026-10-01,60", "2026-10-01,612")))
    decide(home, policy, keep_only, "Doctor Quiz")
    assert scores(home) == [
        ("00001", "CBSSA", "31", 61.0, "EPC"), ("00001", "other exam", "Doctor Quiz", 55.0, "as reported"),
        ("00002", "other exam", "Doctor Quiz", 612.0, "as reported")]
    assert observed(home) == [("00001", "CBSSA", "31")]


def test_a_decision_on_a_name_holds_for_its_numbers_and_its_column_of_forms(home, sheet, take_in, policy, school):
    take_in(sheet("long.csv", LONG))
    decide(home, policy, own_exam, "Block Exam")
    head = "student_id,instrument,form,taken_on,score\n"
    take_in(sheet("forms.csv", head + "00002,Block Exam,4,2026-10-05,70\n00002,Block Exam 5,5,2026-10-06,72\n"))
    assert [row[:4] for row in scores(home) if row[1] == "own exam"] == [
        ("00001", "own exam", "Block Exam 3", 71.0), ("00002", "own exam", "Block Exam 4", 70.0),
        ("00002", "own exam", "Block Exam 5", 72.0)]
    assert "Block Exam 3" not in waiting(home, policy)


def test_a_decided_name_is_a_column_of_scores_also_on_a_sheet_that_is_in(home, sheet, take_in, policy, school):
    wide = sheet("wide.csv", "student_id,NBME 31,Doctor Quiz,Date\n00001,61,55,2026-10-20\n")
    assert take_in(wide).sheets[0].unread == ["Doctor Quiz"]
    decide(home, policy, own_exam, "Doctor Quiz")
    assert [row[1:4] for row in scores(home)] == [("CBSSA", "31", 61.0), ("own exam", "Doctor Quiz", 55.0)]
    take_back_instrument(home, policy, "Doctor Quiz", by=DR_OSEI, at=AT)
    assert [row[1:4] for row in scores(home)] == [("CBSSA", "31", 61.0)]


def test_a_school_may_decide_on_very_many_names(policy, tmp_path, sheet):
    labels = {f"Organ system block quiz of week {n} in year {n % 7}": ("own exam", str(n)) for n in range(1000)}
    path = sheet("t.csv", "student_id,NBME 31,Notes,Date\n00001,61,see the block quiz 7,2026-10-20\n")
    read = read_sheet(path, path.name, "0" * 64, Answers(), tmp_path / "rows", with_labels(policy, {}, labels))
    assert read.report.unused == ["Notes"]


def test_each_own_exam_learns_its_offset_from_students_with_equated_scores(home, sheet, take_in, policy, school):
    rows = "".join(
        f"{n:05},CBSSA,31,2026-10-01,{50 + 2 * n}\n{n:05},Easy quiz,,2026-10-02,{65 + 2 * n}\n"
        f"{n:05},Hard quiz,,2026-10-03,{40 + 2 * n}\n" for n in range(1, 13))
    take_in(sheet("scores.csv", "student_id,instrument,form,taken_on,score\n" + rows))
    decide(home, policy, own_exam, "Easy quiz")
    decide(home, policy, own_exam, "Hard quiz")
    readiness = figures_of(Warehouse(home.current().path), AS_OF, policy).readiness
    found = dict(readiness.biases.select("scale", "bias").rows())
    assert set(found) == {"Easy quiz, percent", "Hard quiz, percent"}
    assert found["Easy quiz, percent"] == pytest.approx(15, abs=3)
    assert found["Hard quiz, percent"] == pytest.approx(-10, abs=3)


def test_what_stands_is_what_knowing_it_from_the_start_makes(home, sheet, take_in, policy, school, tmp_path):
    path = sheet("long.csv", LONG)
    take_in(path)
    known_first = Home(tmp_path / "known first")
    for one in (home, known_first):
        decide(one, policy, keep_only, "Doctor Quiz")
        decide(one, policy, own_exam, "Block Exam 3")
        decide(one, policy, name_instrument, "Mini NBME x", instrument="NBME Form 30", form="")
    for file in (sheet("roster.csv", ROSTER), path):
        made = plan_import(known_first, [Upload(file.name, file)], policy, accept_changes=False, at=AT)
        apply_import(known_first, made, policy, by=DR_OSEI, at=AT)
    assert everything(home) == everything(known_first)
    assert waiting(home, policy) == {}
    after = everything(home)
    shutil.rmtree(home.rows)
    home.rows.mkdir()
    rebuild(home, policy, AT)
    assert everything(home) == after


def test_our_own_export_of_decided_scores_changes_nothing(home, sheet, take_in, policy, school, tmp_path):
    take_in(sheet("long.csv", LONG))
    decide(home, policy, keep_only, "Doctor Quiz")
    decide(home, policy, own_exam, "Block Exam 3")
    stored = Warehouse(home.current().path).assessments()
    stored.select("student_id", "instrument", "form", "taken_on", "score", "scale").write_csv(tmp_path / "out.csv")
    plan = take_in(tmp_path / "out.csv")
    assert (plan.sheets[0].unchanged, plan.sheets[0].stored, plan.sheets[0].waiting) == (stored.height, 0, 0)


def test_a_known_name_an_instrument_that_is_none_and_a_second_decision_are_refused(home, policy):
    with pytest.raises(DecisionRefused, match="AMBOSS SA is a name of other exam AMBOSS SA already"):
        decide(home, policy, keep_only, "AMBOSS SA")
    with pytest.raises(DecisionRefused, match="There is no instrument Alchemy: choose one of CBSSA; "):
        decide(home, policy, name_instrument, "Gold", instrument="Alchemy", form="")
    with pytest.raises(DecisionRefused, match="There is no instrument own exam"):
        decide(home, policy, name_instrument, "Gold", instrument="own exam", form="")
    with pytest.raises(DecisionRefused, match="as the sheet writes it"):
        decide(home, policy, own_exam, " - ")
    decide(home, policy, own_exam, "Gold")
    with pytest.raises(DecisionRefused, match="decided already"):
        decide(home, policy, keep_only, "GOLD")
    with pytest.raises(DecisionRefused, match="No decision on silver is in force"):
        take_back_instrument(home, policy, "silver", by=DR_OSEI, at=AT)


def test_the_command_line_lists_decides_and_takes_back(home, sheet, take_in, school):
    def command(*arguments: str) -> str:
        done = CliRunner().invoke(cli.app, ["instruments", *arguments, "--home", str(home.root)],
                                  catch_exceptions=False)
        return done.stdout

    take_in(sheet("long.csv", LONG))
    listed = json.loads(command("--json"))
    assert [one["label"] for one in listed["waiting"]] == ["Doctor Quiz", "Block Exam 3", "Mini NBME x"]
    assert "“Doctor Quiz” is CBSSA form 32, by" in command("--label", "Doctor Quiz", "--is", "CBSSA form 32")
    assert "“Block Exam 3” is our own exam, in percent, by" in command("--label", "Block Exam 3", "--own")
    assert "“Mini NBME x” is kept, no evidence, by" in command("--label", "Mini NBME x", "--keep")
    assert len(scores(home)) == 5
    assert "“Doctor Quiz” waits: 2 rows in long.csv" in command("--take-back", "Doctor Quiz")
    for wrong in (["--label", "Doctor Quiz"], ["--own"], ["--label", "x", "--own", "--keep"]):
        with pytest.raises(PasslineError, match="Give a name and one answer"):
            command(*wrong)
    assert pl.DataFrame(json.loads(command("--json"))["decided"]).height == 2
