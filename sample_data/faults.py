"""Small sheets with deliberate faults, and where each of their rows must end. README.md prints the same table."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from sample_data.school import School
from sample_data.workbook import workbook


@dataclass(frozen=True)
class Fate:
    """One row of a faulty sheet, numbered as a spreadsheet shows it, and its end: stored, unchanged, rejected,
    waiting, or not counted (blank, and rows that are not people). Rules are those of the import's account."""

    file: str
    sheet_row: int
    what: str
    end: str
    rule: str = ""


FATES = [
    Fate("attempts_faults.csv", 2, "nothing wrong", "stored"),
    Fate("attempts_faults.csv", 3, "no student ID", "rejected", "missing:student_id"),
    Fate("attempts_faults.csv", 4, "30 February", "rejected", "not a date:taken_on"),
    Fate("attempts_faults.csv", 5, "outcome `withdrew`: no sitting", "not counted"),
    Fate("attempts_faults.csv", 6, "exam `Step 3`", "rejected", "not one of:exam"),
    Fate("attempts_faults.csv", 7, "an ID no roster names", "waiting", "unknown student"),
    Fate("attempts_faults.csv", 8, "blank row", "not counted"),
    Fate("attempts_faults.csv", 9, "row 2 again, letter for letter", "unchanged"),
    Fate("attempts_faults.csv", 10, "a pass on the day that row 11 calls a fail", "waiting", "two values in one sheet"),
    Fate("attempts_faults.csv", 11, "a fail on the day that row 10 calls a pass", "waiting", "two values in one sheet"),
    Fate("attempts_faults.csv", 12, "a comma too many in a remark", "rejected", "too many cells"),
    Fate("cbssa_faults.csv", 2, "Points Possible, not a person", "not counted"),
    Fate("cbssa_faults.csv", 3, "nothing wrong", "stored"),
    Fate("cbssa_faults.csv", 4, "EPC of 130, scale stated", "rejected", "out of range:score"),
    Fate("cbssa_faults.csv", 5, "score `seventy-one`", "rejected", "not a number:score"),
    Fate("cbssa_faults.csv", 6, "no score", "rejected", "missing:score"),
    Fate("cbssa_faults.csv", 7, "instrument `Mock Exam Deluxe`", "waiting", "unknown instrument"),
    Fate("cbssa_faults.csv", 8, "220 in 2021: on the 10-800 or the three-digit scale?", "waiting", "scale not certain"),
    Fate("cbssa_faults.csv", 9, "130 in this year, no scale stated: fits none", "waiting", "scale not certain"),
    Fate("ambiguous_dates.csv", 2, "3/4/... and no other row tells the order", "waiting", "ambiguous date:taken_on"),
    Fate("ambiguous_dates.csv", 3, "5/6/... likewise", "waiting", "ambiguous date:taken_on"),
    Fate("content_areas_faults.csv", 2, "nothing wrong", "stored"),
    Fate("content_areas_faults.csv", 3, "31 correct of 28", "rejected", "correct above items"),
    Fate("content_areas_faults.csv", 4, "area `Astronomy`", "waiting", "unknown area"),
    Fate("content_areas_faults.csv", 5, "neither score, correct of items nor mark", "rejected", "no result"),
    Fate("preamble.xlsx", 5, "nothing wrong: three lines stand above the header in row 4", "stored"),
    Fate("preamble.xlsx", 6, "nothing wrong", "stored"),
    Fate("semicolons.csv", 2, "nothing wrong: semicolons, Windows-1252, 27.01.2027", "stored"),
    Fate("semicolons.csv", 3, "nothing wrong", "stored"),
    Fate("semicolons.csv", 4, "nothing wrong", "stored"),
]


def fault_sheets(school: School) -> dict[str, bytes]:
    """Each faulty sheet's bytes. They name students of `school` and days nobody sat on, so import its sheets first."""
    a, b, c = _ordinary_students(school)
    day = [str(school.as_of - timedelta(days=back)) for back in (20, 21, 22, 23)]
    attempts = f"""student_id,exam,taken_on,outcome
{a},Step 1,{day[0]},incomplete
,Step 1,{day[0]},pass
{b},Step 1,{school.as_of.year}-02-30,pass
{b},Step 1,{day[1]},withdrew
{b},Step 3,{day[1]},pass
09999999,Step 1,{day[1]},pass
,,,
{a},Step 1,{day[0]},incomplete
{c},Step 1,{day[2]},pass
{c},Step 1,{day[2]},fail
{b},Step 1,{day[3]},pass,late, by bus
"""
    cbssa = f"""student_id,instrument,form,taken_on,score,scale,printed_probability,Pathology,Physiology
Points Possible,,,,100,,,100,100
{a},CBSSA,30,{day[0]},66,,0.91,64,68
{b},CBSSA,30,{day[0]},130,EPC,0.99,71,70
{c},CBSSA,30,{day[0]},seventy-one,,0.99,70,74
{b},CBSSA,31,{day[1]},,,0.55,61,58
{c},Mock Exam Deluxe,,{day[1]},62,,,60,63
{c},CBSSA,24,2021-09-14,220,,,70,72
{b},CBSSA,32,{day[2]},130,,0.99,72,69
"""
    year = school.as_of.year
    ambiguous = f"""student_id,instrument,taken_on,score
{a},Free 120,3/4/{year},68
{b},Free 120,5/6/{year},71
"""
    content_areas = f"""student_id,instrument,form,taken_on,area,correct,items
{a},CBSSA,30,{day[0]},Reproductive & Endocrine,17,28
{a},CBSSA,30,{day[0]},Cardiovascular,31,28
{a},CBSSA,30,{day[0]},Astronomy,10,20
{a},CBSSA,30,{day[0]},Gastrointestinal,,
"""
    return {
        "attempts_faults.csv": attempts.encode(),
        "cbssa_faults.csv": cbssa.encode(),
        "ambiguous_dates.csv": ambiguous.encode(),
        "content_areas_faults.csv": content_areas.encode(),
        "preamble.xlsx": _preamble(b, c, day[3], school.as_of),
        "semicolons.csv": _semicolons(school).encode("windows-1252"),
    }


def write_faults(school: School, directory: Path) -> list[Path]:
    """The faulty sheets as files in the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for file, content in fault_sheets(school).items():
        (directory / file).write_bytes(content)
        paths.append(directory / file)
    return paths


def fates_table() -> str:
    """The fates as README.md prints them."""
    rows = [
        f"| {f.file} | {f.sheet_row} | {f.what} | {f.end} | {f'`{f.rule}`' if f.rule else ''} |" for f in FATES
    ]
    return "\n".join(["| file | row | what is wrong | ends | rule |", "|---|---|---|---|---|", *rows])


def _ordinary_students(school: School) -> list[str]:
    """Three MD students of the current class who have not sat, have no case and are not on leave."""
    roster, attempts = school.sheets["roster.csv"], school.sheets["attempts.csv"]
    newest = roster.filter(program="MD", status="active", class_year=roster["class_year"].max())
    quiet = newest.join(attempts, on="student_id", how="anti").filter(
        ~pl.col("student_id").is_in(list(school.cases.values()))
    )
    return quiet["student_id"].sort().head(3).to_list()


def _preamble(b: str, c: str, day: str, as_of: date) -> bytes:
    rows = pl.DataFrame({
        "Student No": [b, c], "Test": ["UWSA 3", "UWSA 3"], "Date": [day, day], "Total Score": ["221", "236"],
    })
    return workbook(rows, ["Office of Student Success", f"Self-assessments, exported {as_of}", "Confidential"])


def _semicolons(school: School) -> str:
    """A roster of three students who join the current class, as a European spreadsheet writes it."""
    year = max(school.sheets["roster.csv"]["class_year"].to_list())
    taken = set(school.student_ids)
    free = [sid for n in range(99_999, -1, -1) if (sid := f"{school.student_ids[0][:3]}{n:05}") not in taken]
    when = f"27.01.{(school.as_of + timedelta(days=66)).year}"
    return f"""student_id;last_name;first_name;program;class_year;advisor;planned_on
{free[0]};Sjöberg;Maja;MD;{year};Dr Osei;{when}
{free[1]};Gómez;Íñigo;MD;{year};Dr Lindqvist;{when}
{free[2]};Bräuer;Renée;MD;{year};Dr Marchetti;{when}
"""
