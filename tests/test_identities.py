"""Identity matching: certain by ID, USMLE ID or e-mail; else a person decides, once, and can take it back."""

import pytest

from dashboard.data.warehouse import Warehouse
from pipelines.errors import DecisionRefused
from pipelines.imports.corrections import undo_correction
from pipelines.imports.identity_queue import decide_identity, identity_queue
from pipelines.imports.undo import redo_import, undo_import
from pipelines.merge.identity import People, identity_key
from tests.conftest import AT, DR_OSEI

ROSTER = (
    "student_id,last_name,first_name,email,program,class_year,usmle_id\n"
    "00123,Abbott,Anna Maria,aabbott@school.example,MD,2028,51234567\n"
    "00124,Sato,Kenji,ksato@school.example,MD,2028,\n00125,Ibarra-Núñez,José,jibarra@school.example,DO,2028,5-987-654-3\n"
    "00126,Ibarra,Josefina,,MD,2029,\n"
)
HEADER = "student_id,usmle_id,email,last_name,first_name,class_year,instrument,form,taken_on,score\n"


def row(student_id="", usmle_id="", email="", last="", first="", year="", form="30"):
    return f"{student_id},{usmle_id},{email},{last},{first},{year},CBSSA,{form},2026-10-01,61\n"


def stored(home):
    return Warehouse(home.current().path).assessments()["student_id"].to_list()


def queue(home):
    warehouse = Warehouse(home.current().path)
    return identity_queue(warehouse.unknown_students(), warehouse.students())


@pytest.fixture
def school(sheet, take_in):
    return take_in(sheet("roster.csv", ROSTER))


@pytest.mark.parametrize(("cells", "student_id"), [
    (row("00123"), "00123"), (row(usmle_id="5-123-456-7"), "00123"), (row(email="KSato@school.example"), "00124"),
    (row("00125", last="IBARRA NUNEZ", first="Jose Luis"), "00125"), (row("00123", last="Doe", first="Anna"), "00123"),
    (row("00123", last="Abbott", first="A."), "00123"),
])
def test_an_id_a_usmle_id_or_an_email_identifies_the_student(home, sheet, take_in, school, cells, student_id):
    assert take_in(sheet("scores.csv", HEADER + cells)).sheets[0].stored == 1
    assert stored(home) == [student_id]


@pytest.mark.parametrize(("cells", "rule_id"), [
    (row("00999"), "unknown_student"), (row("00999", email="ksato@school.example"), "unknown_student"),
    (row(last="Sato", first="K.", year="2028"), "unknown_student"),
    (row(last="Sato", first="Kenji", year="2029"), "unknown_student"),
    (row("00123", last="Young", first="Mary"), "another_person"),
    (row("00123", usmle_id="5-987-654-3"), "identifiers_disagree"),
    (row(usmle_id="51234567", email="ksato@school.example"), "identifiers_disagree"),
    (row("00123", usmle_id="5-000-000-0"), "identifiers_disagree"),
])
def test_a_doubtful_row_waits_and_nobody_is_created(home, sheet, take_in, school, cells, rule_id):
    plan = take_in(sheet("scores.csv", HEADER + cells))
    assert (plan.sheets[0].waiting, plan.held["rule_id"].to_list()) == (1, [rule_id])
    assert stored(home) == []
    assert Warehouse(home.current().path).students().height == 4


def test_the_queue_shows_candidates_with_what_agrees_and_what_differs(home, sheet, take_in, school):
    unmatched = {"email": "jose@home.example", "last": "Ibarra Nunez", "first": "Jose", "year": "2028"}
    take_in(sheet("scores.csv", HEADER + row(**unmatched) + row(**unmatched, form="31")))
    (one,) = queue(home)
    assert one.rows["sheet_row"].to_list() == [2, 3]
    best = one.candidates[0]
    assert (best.student_id, best.agrees) == ("00125", ["last name", "first name", "class year"])
    other = next(c for c in one.candidates if c.student_id == "00126")
    assert "class year: 2028 here, 2029 on the roster" in other.differs


@pytest.mark.parametrize(("first", "agrees"), [("K", True), ("K.", True), ("L", False)])
def test_an_initial_agrees_with_a_first_name_that_begins_so(home, sheet, take_in, school, first, agrees):
    take_in(sheet("scores.csv", HEADER + row(last="Sato", first=first)))
    best = queue(home)[0].candidates[0]
    assert (best.student_id, "first initial" in best.agrees) == ("00124", agrees)
    assert best.differs == ([] if agrees else ["first initial: L here, Kenji on the roster"])


def test_a_decision_brings_its_rows_in_is_used_again_listed_and_taken_back(home, sheet, take_in, policy, school):
    take_in(sheet("scores.csv", HEADER + row(last="Sato", first="K.")))
    number = decide_identity(home, policy, identity=queue(home)[0].identity, student_id="00124", by=DR_OSEI, at=AT)
    assert (stored(home), queue(home)) == (["00124"], [])
    take_in(sheet("later.csv", HEADER + row(last="SATO", first="K", form="31")))
    assert stored(home) == ["00124", "00124"]
    assert home.office.ledger.corrections()["fact"].to_list() == ["identity"]
    undo_correction(home, policy, number, by=DR_OSEI, at=AT)
    assert (stored(home), len(queue(home))) == ([], 1)


def test_a_decision_on_a_bare_id_holds_and_falls_with_the_roster(home, sheet, take_in, policy, school):
    take_in(sheet("scores.csv", "student_id,instrument,form,taken_on,score\n0124,CBSSA,30,2026-10-01,61\n"))
    (one,) = queue(home)
    assert one.candidates[0].student_id == "00124"
    with pytest.raises(DecisionRefused, match="No roster names student 77"):
        decide_identity(home, policy, identity=one.identity, student_id="77", by=DR_OSEI, at=AT)
    decide_identity(home, policy, identity=one.identity, student_id="00124", by=DR_OSEI, at=AT)
    assert stored(home) == ["00124"]
    undo_import(home, 1, policy, by=DR_OSEI, at=AT)
    assert stored(home) == []
    redo_import(home, 1, policy, by=DR_OSEI, at=AT)
    assert stored(home) == ["00124"]


def test_an_e_mail_that_two_students_share_identifies_neither(policy):
    blank = dict.fromkeys(["last_name", "first_name", "program", "class_year", "usmle_id"])
    people = People([{"student_id": i, "email": "team@school.example", **blank} for i in ("1", "2")])
    assert people.by_email == {}


def test_identities_are_compared_without_accents_case_and_dashes():
    assert identity_key({"last_name": "Núñez-Ibarra", "usmle_id": "5-12", "email": "A@B.c", "x": None}) == identity_key(
        {"email": "a@b.c", "last_name": "NUNEZIBARRA", "usmle_id": "512"})


def test_a_gradebooks_rows_are_accounted_score_by_score(home, sheet, take_in, school):
    text = "Student ID,Name,UWSA 1,UWSA 2,Date\n00123,Anna Abbott,221,230,2026-10-20\n,Who Ever,210,211,2026-10-20\n"
    first = take_in(sheet("wide.csv", text)).sheets[0]
    assert (first.report.read, first.stored, first.waiting) == (4, 2, 2)
    again = take_in(sheet("wide2.csv", text + "00124,Kenji Sato,200,,2026-10-20\n")).sheets[0]
    assert (again.report.read, again.stored, again.unchanged, again.waiting) == (5, 1, 2, 2)
    assert Warehouse(home.current().path).held_rows().height == 4
