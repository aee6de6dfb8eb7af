"""Unknown labels of content areas: rows wait, a person decides which area a label means, and can take it back."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from dashboard import cli
from dashboard.data.warehouse import Warehouse
from pipelines.errors import DecisionRefused, PasslineError
from pipelines.imports.area_labels import NO_AREA, area_label_queue, place_label, placed_labels, take_back_label
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.store.builds import rebuild
from pipelines.store.home import Home
from tests.conftest import AT, DR_OSEI

ROSTER = "student_id,last_name,program,class_year\n00001,Abbott,MD,2028\n00002,Sato,MD,2028\n"
LONG = (
    "student_id,instrument,form,taken_on,area,score\n00001,CBSSA,30,2026-10-01,Biochem & Nutr.,61\n"
    "00002,CBSSA,30,2026-10-01,biochem & nutr,70\n00001,CBSSA,30,2026-10-01,Pathology,55\n"
    "00002,CBSSA,30,2026-10-01,Test-taking,40\n"
)
WIDE = (
    "student_id,instrument,form,taken_on,score,Pathology,Nervous Sys. %,Room,Comments\n"
    "00001,CBSSA,31,2026-11-01,61,58,44,12,late\n00002,CBSSA,31,2026-11-01,70,71,,12,\n"
)
TUTORS = "tutor_id,name,areas,hours_per_week\nt1,Kim,Cardio; Path/Micro,4\n"
NERVOUS = "Behavioral Health & Nervous Systems/Special Senses"


def areas(home: Home) -> list[tuple[str, str, float]]:
    found = Warehouse(home.current().path).table("content_areas")  # type: ignore[union-attr]
    return sorted(found.select("student_id", "area", "score").rows())


def waiting(home: Home, policy) -> dict[str, int]:
    found = Warehouse(home.current().path).unknown_areas()  # type: ignore[union-attr]
    return {one.label: one.rows for one in area_label_queue(found, policy)}


def place(home, policy, label, area):
    return place_label(home, policy, label=label, area=area, by=DR_OSEI, at=AT)


def everything(home: Home) -> dict[str, list]:
    """Every table that people see, in one order."""
    warehouse = Warehouse(home.current().path)  # type: ignore[union-attr]
    tables = {
        "areas": warehouse.table("content_areas"), "scores": warehouse.assessments(), "held": warehouse.held_rows(),
        "accounts": warehouse.accounts(), "unknown": warehouse.unknown_areas(), "tutors": warehouse.table("tutors"),
    }
    return {name: sorted(map(str, frame.rows())) for name, frame in tables.items()}


@pytest.fixture
def school(sheet, take_in):
    return take_in(sheet("roster.csv", ROSTER))


def test_unknown_labels_wait_with_their_rows_and_what_they_may_mean(home, sheet, take_in, policy, school):
    plan = take_in(sheet("long.csv", LONG), sheet("wide.csv", WIDE))
    assert [(s.stored, s.waiting) for s in plan.sheets] == [(1, 3), (2, 0)]
    queue = area_label_queue(Warehouse(home.current().path).unknown_areas(), policy)
    assert [(one.label, one.rows) for one in queue] == [
        ("Biochem & Nutr.", 2), ("Room", 2), ("Nervous Sys. %", 1), ("Test-taking", 1)]
    suggested = {one.label: one.suggested for one in queue}
    assert suggested["Biochem & Nutr."][0] == "Biochemistry"
    assert suggested["Nervous Sys. %"][0] == NERVOUS
    assert any("“Nervous Sys. %” (1)" in doubt for doubt in plan.sheets[1].report.doubts)


def test_a_decision_brings_the_waiting_rows_in_and_later_sheets_and_is_taken_back(
    home, sheet, take_in, policy, school
):
    take_in(sheet("long.csv", LONG))
    before = everything(home)
    place(home, policy, "Biochem & Nutr.", "Biochemistry")
    found = [("00001", "Biochemistry", 61.0), ("00001", "Pathology", 55.0), ("00002", "Biochemistry", 70.0)]
    assert areas(home) == found
    assert waiting(home, policy) == {"Test-taking": 1}
    take_in(sheet("later.csv", LONG.replace("2026-10-01", "2026-10-20").replace("Test-taking", "BIOCHEM AND NUTR")))
    assert len(areas(home)) == 5  # the last row says another score of that area and sitting: both wait
    assert placed_labels(home).select("label", "area", "made_by").rows() == [
        ("Biochem & Nutr.", "Biochemistry", "Dr Osei")]
    assert home.office.ledger.decisions()["action"].to_list().count("correct") == 1
    take_back_label(home, policy, "biochem and nutr", by=DR_OSEI, at=AT)
    assert waiting(home, policy) == {"Biochem & Nutr.": 5, "Test-taking": 1}
    assert {k: v for k, v in everything(home).items() if k == "tutors"} == {"tutors": before["tutors"]}
    assert areas(home) == [("00001", "Pathology", 55.0)] * 2


def test_a_label_that_is_no_area_is_rejected_by_that_name_and_waits_no_more(home, sheet, take_in, policy, school):
    take_in(sheet("long.csv", LONG), sheet("wide.csv", WIDE))
    place(home, policy, "Test-taking", NO_AREA)
    place(home, policy, "Room", NO_AREA)
    held = Warehouse(home.current().path).held_rows().filter(state="rejected")
    assert held.select("sheet_row", "rule_id", "column").rows() == [(5, "not_a_content_area", "area")]
    assert "was decided to be no content area" in held["reason"].item()
    accounts = Warehouse(home.current().path).accounts()
    assert accounts.filter(file="long.csv").select("read", "stored", "waiting", "rejected").row(0) == (4, 1, 2, 1)
    assert set(waiting(home, policy)) == {"Biochem & Nutr.", "Nervous Sys. %"}


def test_a_column_beside_scores_is_read_once_it_is_placed(home, sheet, take_in, policy, school):
    take_in(sheet("wide.csv", WIDE))
    place(home, policy, "Nervous Sys. %", NERVOUS)
    assert areas(home) == [("00001", NERVOUS, 44.0), ("00001", "Pathology", 58.0), ("00002", "Pathology", 71.0)]
    # in a sheet that has the area under its own name, the other column is not used
    both = WIDE.replace(",Room,", f",{NERVOUS},").replace("2026-11-01", "2026-11-20")
    plan = take_in(sheet("both.csv", both))
    assert "Nervous Sys. %" in plan.sheets[0].report.unused
    assert ("00001", NERVOUS, 12.0) in areas(home)


def test_area_columns_of_a_known_layout_are_read_and_wait_for_a_person_too(home, sheet, take_in, policy, school):
    take_in(sheet("nbme.csv", (
        "Institution ID,Test Date,Order Number,Exam,ID,Examinee,Total Test,Pathology,Nerves\n"
        "77,11/02/2026,88,CBSE,00001,\"Abbott, A\",61,58,44\n77,11/02/2026,88,CBSE,00002,\"Sato, K\",70,71,60\n"
    )))  # fmt: skip
    assert areas(home) == [("00001", "Pathology", 58.0), ("00002", "Pathology", 71.0)]
    assert waiting(home, policy) == {"Nerves": 2}


def test_areas_in_a_sheet_with_a_column_an_instrument_are_nobodys(home, sheet, take_in, policy, school):
    plan = take_in(sheet("marks.csv", "Student ID,UWSA 1,UWSA 2,Pathology,Date\n00001,221,230,58,2026-10-20\n"))
    assert (plan.sheets[0].stored, areas(home), waiting(home, policy)) == (2, [], {})
    assert plan.sheets[0].report.unused == ["Pathology"]


def test_tutors_areas_are_set_to_their_exact_names_and_unknown_ones_wait_for_a_person(
    home, sheet, take_in, policy, school
):
    take_in(sheet("tutors.csv", TUTORS))

    def taught() -> str:
        return Warehouse(home.current().path).table("tutors")["areas"].item()

    assert taught() == "Cardiovascular;Path/Micro"
    assert waiting(home, policy) == {"Path/Micro": 1}
    place(home, policy, "Path/Micro", "Microbiology")
    assert (taught(), waiting(home, policy)) == ("Cardiovascular;Microbiology", {})


def test_what_stands_is_what_knowing_it_from_the_start_makes(home, sheet, take_in, policy, school, tmp_path):
    sheets = [sheet("long.csv", LONG), sheet("wide.csv", WIDE), sheet("tutors.csv", TUTORS)]
    decisions = {"Biochem & Nutr.": "Biochemistry", "Nervous Sys. %": NERVOUS, "Test-taking": NO_AREA,
                 "Path/Micro": "Microbiology"}  # fmt: skip
    take_in(*sheets)
    for label, area in decisions.items():
        place(home, policy, label, area)
    known_first = Home(tmp_path / "known first")
    for label, area in decisions.items():
        place(known_first, policy, label, area)
    for paths in ([sheet("roster.csv", ROSTER)], sheets):
        made = plan_import(known_first, [Upload(p.name, p) for p in paths], policy, accept_changes=False, at=AT)
        apply_import(known_first, made, policy, by=DR_OSEI, at=AT)
    assert everything(home) == everything(known_first)
    after = everything(home)
    rebuild(home, policy, AT)
    assert everything(home) == after
    shutil.rmtree(home.rows)
    home.rows.mkdir()
    rebuild(home, policy, AT)
    assert everything(home) == after


def test_a_known_label_an_area_that_is_none_and_a_second_decision_are_refused(home, policy):
    with pytest.raises(DecisionRefused, match="is a name of Pathology already"):
        place(home, policy, "PATH", "Genetics")
    with pytest.raises(DecisionRefused, match="There is no content area Alchemy"):
        place(home, policy, "Gold", "Alchemy")
    place(home, policy, "Gold", NO_AREA)
    with pytest.raises(DecisionRefused, match="decided already"):
        place(home, policy, "gold", "Genetics")
    with pytest.raises(DecisionRefused, match="No decision on silver is in force"):
        take_back_label(home, policy, "silver", by=DR_OSEI, at=AT)


def test_the_command_line_lists_places_leaves_out_and_takes_back(home, sheet, take_in, school):
    def areas_command(*arguments: str) -> str:
        done = CliRunner().invoke(cli.app, ["areas", *arguments, "--home", str(home.root)], catch_exceptions=False)
        return done.stdout

    take_in(sheet("long.csv", LONG))
    listed = json.loads(areas_command("--json"))
    assert [one["label"] for one in listed["waiting"]] == ["Biochem & Nutr.", "Test-taking"]
    assert "“Biochem & Nutr.” is Biochemistry, by" in areas_command(
        "--place", "Biochem & Nutr.", "--on", "Biochemistry")  # fmt: skip
    assert len(areas(home)) == 3
    assert "“Test-taking” is left out, by" in areas_command("--leave-out", "Test-taking")
    assert "waits: 2 rows" in areas_command("--take-back", "Biochem & Nutr.")
    with pytest.raises(PasslineError, match="Give both: --place LABEL --on AREA"):
        areas_command("--place", "Test-taking")
