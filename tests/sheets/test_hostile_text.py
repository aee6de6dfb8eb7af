"""Text as nobody should send it: refused in a sentence that states the bound, or read, within ten seconds and 1 GB."""

import re

import pytest

from pipelines.errors import SheetRefused
from pipelines.sheets.files import limits
from pipelines.sheets.files.limits import COLUMNS, SECONDS
from tests.sheets.conftest import measured_alone

MB = 1 << 20
HEADER = b"student_id,instrument,form,taken_on,score\n"
ROW = b"00123,CBSSA,30,2026-10-01,61\n"
QUOTED = b'"00123","CBSSA","30","2026-10-01","61"\n'
STRAY = b'00123,"CBSSA" x,30,2026-10-01,61\n'
AREAS = b"student_id,instrument,taken_on,area,score\n"
WIDE = HEADER[:-1] + b"".join(b",x%d" % i for i in range(COLUMNS - 5)) + b"\n"
GRADES = b"Student,ID,SIS User ID,SIS Login ID,Section" + b"".join(b",CBSE 10/20/2026 (%d)" % i for i in range(500))
LONG = "a line of over 1 MB"
CELLS = "over 10 million rows or 30 million cells"
QUOTES = f"more than {SECONDS} seconds to read, because its quotation marks"
PLAIN = "30 million cells in as many rows as fit"
AT_ONCE = {
    "one line of 200 MB": ([b"x" * MB] * 200, LONG),
    "one line of 200 MB below the header": ([HEADER, *[b"x" * MB] * 200], LONG),
    "one line of 200 MB in UTF-16": ([b"\xff\xfe", *[b"x\0" * (MB // 2)] * 200], LONG),
    "one line of 200 MB in no encoding": ([b"\xe9" * MB] * 200, LONG),
    "ten million columns": ([b"student_id,", *[b"a," * MB] * 10, b"\n1,2\n"], LONG),
    "ten million cells below the header": ([HEADER, *[b"a," * MB] * 10, b"\n1,2\n"], LONG),
    "200 million quotation marks": ([HEADER, *[b'"' * MB] * 200], LONG),
    "a line no pattern should walk": ([HEADER, *[b'"a" ' * (MB // 4)] * 50], LONG),
    "200 million empty lines": ([HEADER, *[b"\n" * MB] * 200], CELLS),
    "200 million empty lines that a carriage return ends": ([HEADER, *[b"\r" * MB] * 200], CELLS),
    "20 million rows": ([b"student_id,class_year\n", *[b"12,2027\n" * 100_000] * 200], CELLS),
    "25,000 rows of 2,000 cells": ([WIDE, *[ROW[:-1] + b"," * (COLUMNS - 5) + b"\n"] * 25_000], CELLS),
    "a score in each of 500 columns": ([GRADES, b"\n", *[b"Ann,1,001,ann,Year 2" + b",64" * 500 + b"\n"] * 200], CELLS),
    "a header of 2,001 columns": ([HEADER[:-1], b",x" * COLUMNS, b"\n", ROW], "a header of over 2,000 columns"),
    "a hundred thousand long openings": ([(b'"' + b"a," * 50_000 + b"\n") * 100, HEADER], "no row of column names"),
}
IN_TIME = {
    "each line opens a cell for the next": ([HEADER, *[b'a","' + b"x" * 35 + b"\n"] * 4_900_000], QUOTES),
    "a cell over two lines in each row": ([HEADER, *[b'"xxxxxxxxxxxxxxxxx\nyyyyyyyyyyyyyyyyy"\n'] * 2_900_000], QUOTES),
    "a stray quotation mark in each row": ([HEADER, *[STRAY] * 5_900_000], QUOTES),
    "one stray quotation mark in five million quoted rows": ([HEADER, *[QUOTED] * 5_000_000, STRAY], None),
    "as many stray quotation marks as are looked into": ([HEADER, *[STRAY * 45 + ROW * 955] * 5_900], None),
    PLAIN: ([HEADER, *[b"1,CBSSA,3,2026-10-01,6\n"] * 5_900_000], None),
    "30 million cells of which none is right": ([HEADER, *[b"1,2,three,four,five,\n"] * 5_900_000], None),
    "30 million cells in 2,000 columns": ([WIDE, *[ROW[:-1] + b",1234" * (COLUMNS - 5) + b"\n"] * 14_900], None),
    "2,000 columns and a stray quotation mark in each row": (
        [WIDE, *[STRAY[:-1] + b",1234567" * (COLUMNS - 5) + b"\n"] * 5_000], None),
    "rows of half a million cells": ([HEADER, *[b"a," * 500_000 + b"\n"] * 200], None),
    "rows of any length": ([HEADER, *[b"".join(b"a," * (i % 1000) + b"\n" for i in range(1000))] * 200], None),
    "an area nobody knows in each row": (
        [AREAS, *(b"%d,CBSE,,an area %d,61\n" % (i, i) for i in range(5_500_000))], "different texts"),
}


def written(path, parts):
    with path.open("wb") as out:
        out.writelines(parts)
    return path


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What plain text of 200 MB costs on this machine, in this run."""
    directory = tmp_path_factory.mktemp("plain")
    return measured_alone(written(directory / "a.csv", IN_TIME[PLAIN][0]), directory / "rows")


def within_bounds(measured, plain):
    """Ten seconds where plain text takes three; a slower or busier machine may take longer for both."""
    assert min(measured[clock] / plain[clock] for clock in ("seconds", "cpu")) < SECONDS / 3
    assert measured["peak_kb"] < MB


@pytest.mark.parametrize("text", AT_ONCE)
def test_what_no_table_has_is_refused_while_it_streams_past(tmp_path, text, read):
    parts, sentence = AT_ONCE[text]
    with pytest.raises(SheetRefused, match=sentence) as refused:
        read(b"".join(parts), "a.csv")
    assert re.fullmatch(r"a\.csv [^\n]{,300}", str(refused.value))


@pytest.mark.slow
@pytest.mark.parametrize("text", [*IN_TIME, "one line of 200 MB below the header", "200 million empty lines"])
def test_hostile_text_of_200_mb_keeps_its_bounds_in_a_real_process(read_alone, tmp_path, text, plain):
    parts, sentence = {**IN_TIME, **AT_ONCE}[text]
    measured = read_alone(written(tmp_path / "a.csv", parts))
    assert (measured["refusal"] is None) if sentence is None else sentence in measured["refusal"]
    within_bounds(measured, plain)


@pytest.mark.parametrize("row", [b'a","xxxxx\n', b'"xxxxxxx\nyyyyyyy"\n', STRAY])
def test_faults_that_cost_too_much_are_refused_and_say_so(read, monkeypatch, row):
    monkeypatch.setattr(limits, "WORK", 1000 * limits.LINE_COST)
    with pytest.raises(SheetRefused, match="its quotation marks do not add up"):
        read(HEADER + row * 1000)


def test_a_larger_honest_file_with_a_fault_is_read_whole(read, monkeypatch):
    monkeypatch.setattr(limits, "WORK", 1000 * limits.LINE_COST)
    for row in (ROW, QUOTED):
        came = read(HEADER + row * 12_000 + STRAY + row * 12_000, kind="assessments")
        assert (came.report.read, came.rules) == (24_001, {12_002: "stray quote"})


def test_long_rows_and_many_columns_that_a_table_may_have_are_read(read):
    assert read(WIDE + ROW).report.read == 1
    came = read(HEADER + b"a," * 500_000 + b"\n" + ROW)
    assert (came.report.read, came.rules) == (2, {2: "too many cells"})
