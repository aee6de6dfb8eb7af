"""Rows whose cells are shifted by a lost separator or a surplus cell are held, and the others are not."""

import random
from pathlib import Path

import pytest

from tests.sheets.conftest import came_of

CASES = Path(__file__).parent / "cases"
ROSTER = ["student_id", "last_name", "first_name", "email", "program", "class_year", "advisor",
          "planned_on", "usmle_id"]
SIDE = ["ID", "Name", "UWSA 1", "UWSA 1 Date", "UWSA 2", "UWSA 2 Date", "Free 120", "Free 120 Date", "Notes"]


def test_the_shifted_rows_of_a_roster_wait_and_name_the_cell_that_shows_it(read):
    came = read((CASES / "shifted-rows/roster.csv").read_bytes())
    assert came.rules == {3: "cells shifted", 5: "cells shifted"}
    assert {held["state"] for held in came.held} == {"waiting"}
    assert "first_name holds “ben@x.edu”" in came.held[0]["reason"]
    assert came.column("student_id") == ["00001", "00003"]


def test_a_shifted_row_of_scores_waits_as_one_row(read):
    came = read((CASES / "shifted-rows/side_by_side.csv").read_bytes())
    assert came.rules == {3: "cells shifted"}
    assert "UWSA 1 holds “63 73”" in came.held[0]["reason"]
    assert {row["student_id"] for row in came.rows} == {"00001"}


@pytest.mark.parametrize("row", [
    "00002,BoseBen,ben@x.edu,Dr Vale,,", "00002,Bose,Ben,Dr Vale,ben@x.edu,", "7,00004,Diaz,Dee,dee@x.edu,Dr Vale",
    "00002,Bose,2027-02-01,ben@x.edu,Dr Vale,",
])
def test_a_shift_is_seen_in_what_the_cells_hold_where_their_count_fits(read, row):
    came = read(f"student_id,last_name,first_name,email,advisor,usmle_id\n00001,Ames,Ann,ann@x.edu,Dr Vale,\n{row}\n")
    assert came.rules == {3: "cells shifted"}


@pytest.mark.parametrize("text", [
    "student_id,last_name,first_name,advisor\n1,Ames,Ann,Dr B\n2,Bell,Bo\n3,Cole\n4,Dahl,Di\n5,Eck,Ed,Dr F\n",
    "student_id,last_name,advisor,\n1,Ames,Dr B\n2,Bell,Dr C\n3,Cole,\n",
    "student_id,last_name,advisor\n1,Ames,Dr B,\n2,Bell,Dr C,\n3,Cole,,\n",
    'student_id,last_name,advisor\n1,"Ames, Jr.",Dr B\n2,Bell,"Dr C, MD"\n3,"Cole",\n',
], ids=["trailing blanks left out", "a longer header", "a separator at every end", "separators in quotes"])
def test_a_program_that_writes_other_row_ends_shifts_nothing(read, text):
    assert read(text).held == []


def test_the_reason_tells_the_rows_own_count_and_that_of_the_others(read):
    rows = "".join(f"{i:05},Ames,Ann,2029\n" for i in range(6))
    came = read(f"student_id,last_name,first_name,class_year\n{rows}00007,Bell,2029\n")
    assert "the row has 3 cells where the others have 4" in came.held[0]["reason"]


def test_where_few_rows_have_more_cells_those_of_the_header_are_sound(read):
    came = read("student_id,last_name,first_name,class_year\n1,Ames,Ann,2029\n2,Bell,Bo,2029,\n3,Cole,Cy,2029,\n")
    assert came.held == []


def damaged(rows, at, rng):
    """The rows as text with one separator lost or one surplus cell in the row `at`, at a random place."""
    lines = [",".join(row) for row in rows]
    cells = list(rows[at])
    place = rng.randrange(len(cells) - 1)
    if rng.random() < 0.5:
        cells[place:place + 2] = [cells[place] + rng.choice(["", " "]) + cells[place + 1]]
    else:
        cells.insert(rng.randrange(len(cells)), rng.choice(["", "7", "x", "2027-01-01"]))
    lines[at] = ",".join(cells)
    return "\n".join(lines) + "\n"


def roster_row(i, rng):
    return [f"{i:05}", rng.choice(["Ames", "Bose", "de la Cruz"]), rng.choice(["Ann", "Ben"]), f"s{i}@x.edu",
            rng.choice(["MD", "DO", ""]), rng.choice(["2029", "2030", ""]), rng.choice(["Dr Vale", ""]),
            rng.choice(["2027-02-01", ""]), rng.choice(["5-111-111-1", "", ""])]


def side_row(i, rng):
    return [f"{i:05}", rng.choice(["Ann Ames", "Ben Bose"]), str(rng.randrange(50, 90)), "2026-10-01",
            rng.choice(["", "70"]), "2026-10-15", str(rng.randrange(50, 90)), "2026-11-01", rng.choice(["", "retake"])]


def wrong_rows(header, row_of, seed, policy):
    """The typed rows, of a sheet with one damaged row, that the undamaged sheet does not have and no doubt names."""
    rng = random.Random(seed)
    rows = [header, *(row_of(i, rng) for i in range(rng.randrange(2, 12)))]
    sound = came_of("\n".join(",".join(row) for row in rows) + "\n", policy)
    at = rng.randrange(1, len(rows))
    text = damaged(rows, at, rng)
    came = came_of(text, policy)
    named = any(f"(row {at + 1})" in doubt for doubt in came.report.doubts)
    wrong = [row for row in came.rows if row not in sound.rows and not named]
    lost = [row for row in sound.rows if row["sheet_row"] != at + 1 and row not in came.rows]
    assert lost == [], text
    return [(text, wrong)] if wrong else []


@pytest.mark.parametrize(("header", "row_of"), [(ROSTER, roster_row), (SIDE, side_row)])
def test_no_sheet_with_one_damaged_row_types_a_wrong_row(policy, header, row_of):
    assert [wrong for seed in range(12) for wrong in wrong_rows(header, row_of, seed, policy)] == []


@pytest.mark.slow
@pytest.mark.parametrize(("header", "row_of", "sheets"), [(ROSTER, roster_row, 400), (SIDE, side_row, 200)])
def test_no_sheet_of_hundreds_with_one_damaged_row_types_a_wrong_row(policy, header, row_of, sheets):
    assert [wrong for seed in range(sheets) for wrong in wrong_rows(header, row_of, seed, policy)] == []
