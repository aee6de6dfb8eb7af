"""Fault by fault: each sheet ends clean, read with doubts, or refused with one sentence; its people are never lost.

Dates since 1904, hidden sheets, ODS, XLS, XLSB, passwords and bombs: test_workbooks.py; hostile text:
test_hostile_text.py; every rule of a row: test_rows.py.

The same three scores stand in every sheet. `rows` are those that must come back whole, `doubt` the sentence shown.
"""

import csv
import io
from datetime import date

import pytest
import xlsxwriter

from pipelines.errors import SheetRefused

HEADER = ["student_id", "last_name", "instrument", "form", "taken_on", "score"]
ROWS = [["00123", "Núñez", "CBSE", "1", "2026-10-01", "61"], ["00124", "O'Brien-Doe", "CBSE", "1", "2026-10-01", "75"],
        ["00125", "de la Cruz", "CBSE", "1", "2026-10-01", "70"]]
SCORES = [("00123", 61.0), ("00124", 75.0), ("00125", 70.0)]
CLEAN: list[str] = []
SCALE = "read on the scale EPC"


def text(rows=ROWS, header=HEADER, delimiter=",", end="\n", quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([header, *rows])
    return out.getvalue()


def changed(row, column, value):
    rows = [list(cells) for cells in ROWS]
    rows[row][column] = value
    return rows


def spread(fill=lambda sheet: None, top=0, left=0, rows=ROWS):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Scores")
        for i, cells in enumerate([HEADER, *rows]):
            sheet.write_row(top + i, left, cells)
        fill(sheet)
    return out.getvalue()


def one(char, row=None):
    """Every table in another delimiter, decimal commas where it is not one."""
    return text(ROWS if char == "," else changed(0, 5, "61,0"), delimiter=char)


READ = {
    # what the sheet is: its content, doubts other than the scale's, and rules of held rows (by row)
    "commas": (text(), CLEAN, {}),
    **{f"delimiter {char!r}": (one(char), CLEAN, {}) for char in ";\t|^~:\x1f"},
    "UTF-8 with a byte-order mark": (text().encode("utf-8-sig"), CLEAN, {}),
    "UTF-16 with a mark": (text().encode("utf-16"), CLEAN, {}),
    "UTF-16, big end first": (b"\xfe\xff" + text().encode("utf-16-be"), CLEAN, {}),
    "UTF-16 without a mark": (text().encode("utf-16-le"), CLEAN, {}),
    "Windows-1252": (text().encode("cp1252"), ["read as windows-1252"], {}),
    "Mac Roman": (text().encode("mac_roman"), ["read as mac-roman"], {}),
    "lines ending in a bare return": (text(end="\r"), CLEAN, {}),
    "everything quoted": (text(quoting=csv.QUOTE_ALL), CLEAN, {}),
    "a quoted line break": (text(changed(1, 1, "O'Brien-\nDoe")), ["Row 3 has a cell over several lines"], {}),
    "lines above the header": ("Spring report\nmade by, the dean\n\n" + text(), CLEAN, {}),
    "two header lines": ("Student,,Exam,,,\n" + text(), CLEAN, {}),
    "units below the header": (text([["", "", "", "", "YYYY-MM-DD", "(0-100)"], *ROWS]), CLEAN, {}),
    "totals below": (text([*ROWS, ["Average", "", "", "", "", "68.7"], ["Total", "", "", "", "", "3"]]), CLEAN, {}),
    "short rows": (text([*ROWS, ["00126", "Short"]]), CLEAN, {5: "cells shifted"}),
    "a longer row": (text([*ROWS, [*ROWS[0], "oops"]]), CLEAN, {5: "too many cells"}),
    "blank rows between": (text([ROWS[0], [], [""] * 6, *ROWS[1:]]), CLEAN, {}),
    "a blank column": (text([[*r[:3], "", *r[3:]] for r in ROWS], [*HEADER[:3], "", *HEADER[3:]]), CLEAN, {}),
    "a column nobody named": (text([[*r, "x"] for r in ROWS], [*HEADER, ""]), ["column G (no header)"], {}),
    "columns nobody needs, twice": (text([[*r, "x", "y"] for r in ROWS], [*HEADER, "Room", "Room"]), ["Room"], {}),
    "the header repeated below": (text([*ROWS[:2], HEADER, ROWS[2]]), CLEAN, {}),
    "a stray quotation mark": (text() + '00126,"Stray,CBSE,1,2026-10-01,60\n', CLEAN, {5: "stray quote"}),
    "one missing separator": (text() + "00126Ames,CBSE,1,2026-10-01,60\n", CLEAN, {5: "cells shifted"}),
    "an empty sheet beside": (spread(), CLEAN, {}),
    "a table far from A1": (spread(top=7, left=4), CLEAN, {}),
    "a bare number for a day": (spread(lambda s: s.write(1, 4, 46296)), [*CLEAN, "numbers like 46296 (row 2)"],
                                {2: "not a date:taken_on"}),
    "a formula's kept value": (spread(lambda s: s.write_formula(1, 5, "=60+1", None, 61)), CLEAN, {}),
    "an error cell": (spread(lambda s: s.write_formula(4, 5, "=1/0", None, "#DIV/0!"), rows=[*ROWS, [
        "00126", "Err", "CBSE", "1", "2026-10-01"]]), ["Error cells were read as empty: “score” (F5)"],
        {5: "missing:score"}),
    "a merged title": (spread(lambda s: s.merge_range(0, 0, 0, 5, "Spring"), top=1), CLEAN, {}),
}


@pytest.mark.parametrize("fault", READ)
def test_what_can_be_read_is_read_whole_and_says_what_is_doubtful(read, fault):
    content, doubts, held = READ[fault]
    name = "sheet.xlsx" if isinstance(content, bytes) and content.startswith(b"PK") else "sheet.csv"
    came = read(content, name)
    good = [one for one in SCORES if one[0] not in {"00123"} or fault != "a bare number for a day"]
    assert [(r["student_id"], r["score"]) for r in came.rows] == good
    assert set(came.column("taken_on")) == {date(2026, 10, 1)}
    assert came.column("who_last_name")[-1] == "de la Cruz"
    assert came.rules == held
    shown = [doubt for doubt in came.report.doubts if SCALE not in doubt] + came.report.unused
    assert len(shown) == len(doubts) + (fault == "columns nobody needs, twice"), shown
    for doubt in doubts:
        assert any(doubt in one for one in shown), shown
    assert came.report.read == len(came.rows) + len(came.held)


def twice(rows):
    return text([[*r, r[0]] for r in rows], [*HEADER, "SID"])


REFUSED = {
    "two columns for the same": (twice(ROWS), "has 2 columns for student_id (student_id, SID); keep one of them"),
    "nothing in it": (b"\n\n", "is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"x" * 200, "is a picture"),
    "a PDF": (b"%PDF-1.7 " + b"x" * 200, "is a PDF"),
    "bytes": (bytes(range(256)) * 9, "is not a table of text"),
    "space-aligned columns": ("student_id  last_name  score\n00123       Ames        61\n", "no row of column names"),
    "a broken workbook": (spread()[:700], "is not a readable workbook"),
    "no header": (text(header=ROWS[0]), "no row of column names"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_sentence(read, fault):
    content, sentence = REFUSED[fault]
    with pytest.raises(SheetRefused) as refused:
        read(content, "spring.csv")
    message = str(refused.value)
    assert message.startswith("spring.csv ")
    assert sentence in message
    assert "\n" not in message
    assert message.endswith(".")
