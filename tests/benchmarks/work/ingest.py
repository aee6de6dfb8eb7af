"""Content-area rows: from a file on disk to facts that can be queried, by Passline and by two others.

In 4,000 rows four are faulty: an unknown student, a score that is no number, a score out of range, an exact repeat.
"""

import hashlib
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.policy import load_policy
from pipelines.store.home import Home
from tests.benchmarks.work.homes import take_in

SITTINGS = 4
EVERY = 4000
UNKNOWN, NO_NUMBER, TOO_HIGH, REPEAT = 999, 1999, 2999, 3999
NOT_A_NUMBER = "6O"
COLUMNS = {
    "student_id": "VARCHAR", "instrument": "VARCHAR", "taken_on": "DATE", "area": "VARCHAR", "form": "VARCHAR",
    "axis": "VARCHAR", "score": "DOUBLE", "items": "INTEGER",
}


class Clock:
    """Seconds since it was made: by the wall, and of processor time in this process, which other work cannot change."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        return {"seconds": time.perf_counter() - self.wall, "cpu": time.process_time() - self.cpu}


def make(into: str, rows: int) -> dict[str, int]:
    """Writes areas.csv and a home whose roster names its students; the account that Passline must give."""
    directory = Path(into)
    areas = load_policy().blueprint.areas
    _sheet(rows, [a.axis for a in areas], [a.name for a in areas]).sink_csv(directory / "areas.csv")
    students = -(-rows // (SITTINGS * len(areas)))
    roster = directory / "roster.csv"
    named = {"last_name": pl.lit("Ames"), "program": pl.lit("MD")}
    pl.select(_id(pl.int_range(students)).alias("student_id"), **named).write_csv(roster)
    take_in(Home(directory / "home"), [roster])
    count = {at: len(range(at, rows, EVERY)) for at in (UNKNOWN, NO_NUMBER, TOO_HIGH, REPEAT)}
    held = {"unchanged": count[REPEAT], "rejected": count[NO_NUMBER] + count[TOO_HIGH], "waiting": count[UNKNOWN]}
    return {"read": rows, "stored": rows - sum(held.values()), **held}


def passline(into: str) -> dict[str, Any]:
    """Through the production path: validated, identified, held rows kept, the warehouse built and asked."""
    root = Path(into) / "home-measured"
    shutil.copytree(Path(into) / "home", root)
    home = Home(root)
    _warm()
    clock = Clock()
    plan = take_in(home, [Path(into) / "areas.csv"])
    current = home.current()
    assert current is not None
    facts = _count(current.path)
    took = clock.read()
    [sheet] = plan.sheets
    account = {name: getattr(sheet, name) for name in ("stored", "unchanged", "rejected", "waiting")}
    shutil.rmtree(root)
    return {**took, "facts": facts, "account": {"read": sheet.report.read if sheet.report else 0, **account}}


def duckdb(into: str) -> dict[str, Any]:
    """DuckDB's own typed table of the same file, in a file, at its fastest: unordered, told what the bad score is."""
    import duckdb

    path = Path(into) / "beside.duckdb"
    _warm()
    clock = Clock()
    with duckdb.connect(str(path), config={"preserve_insertion_order": "false"}) as database:
        database.execute(
            "CREATE TABLE content_area AS FROM read_csv($file, header = true, columns = $columns, nullstr = $missing)",
            {"file": f"{into}/areas.csv", "columns": COLUMNS, "missing": ["", NOT_A_NUMBER]},
        )
    facts = _count(path)
    took = clock.read()
    path.unlink()
    return {**took, "facts": facts}


def pandas(into: str, same_work: bool) -> dict[str, Any]:
    """pandas' read_csv with types, told what the bad score is, then to_sql into a SQLite file.

    With `same_work` it also does what Passline does: the sheet kept under its SHA-256, rejects, unknown students and
    repeats found and kept aside, and the table made fit to be asked about one student, which in SQLite takes an index.
    """
    import pandas as pd

    path, kept = Path(into) / "beside.sqlite", Path(into) / "kept.csv"
    types = {name: {"DOUBLE": "float64", "INTEGER": "int32"}.get(sql, "str") for name, sql in COLUMNS.items()}
    types.pop("taken_on")
    clock = Clock()
    if same_work:
        shutil.copyfile(f"{into}/areas.csv", kept)
        with kept.open("rb") as sheet:
            hashlib.file_digest(sheet, "sha256")
    frame = pd.read_csv(f"{into}/areas.csv", dtype=types, parse_dates=["taken_on"], na_values=[NOT_A_NUMBER])
    held = frame.head(0)
    if same_work:
        students = pd.read_csv(f"{into}/roster.csv", dtype="str")["student_id"]
        good = frame["score"].between(0, 100) & frame["student_id"].isin(students)
        good &= frame["area"].isin([area.name for area in load_policy().blueprint.areas])
        good &= ~frame.duplicated(["student_id", "instrument", "form", "taken_on", "axis", "area"])
        frame, held = frame[good], frame[~good]
    with sqlite3.connect(path) as database:
        frame.to_sql("content_area", database, index=False)
        if same_work:
            held.to_sql("held_row", database, index=False)
            database.execute("CREATE INDEX by_student ON content_area (student_id)")
        facts = database.execute("SELECT count(*) FROM content_area").fetchone()[0]
    took = clock.read()
    path.unlink()
    kept.unlink(missing_ok=True)
    return {**took, "facts": facts + len(held)}


def _warm() -> None:
    """The first parameterised DuckDB query of a process imports for a second, on both sides: before the clock."""
    import duckdb

    duckdb.execute("SELECT $one", {"one": 1}).fetchall()


def _count(path: Path) -> int:
    import duckdb

    with duckdb.connect(str(path), read_only=True) as database:
        found = database.execute("SELECT count(*), count(DISTINCT student_id) FROM content_area").fetchone()
    assert found is not None
    return int(found[0])


def _id(number: pl.Expr) -> pl.Expr:
    return pl.format("0{}", number.cast(pl.String).str.zfill(7))


def _sheet(rows: int, axes: list[str], areas: list[str]) -> pl.LazyFrame:
    """Every area of four sittings a student, student after student."""
    number, fault = pl.col("number"), pl.col("number") % EVERY
    source = number - (fault == REPEAT)
    area, sitting, student = source % len(areas), source // len(areas) % SITTINGS, source // (SITTINGS * len(areas))
    score = (30 + source * 7919 % 6301 % 66).cast(pl.String)
    return pl.LazyFrame({"number": pl.int_range(rows, eager=True)}).select(
        student_id=pl.when(fault == UNKNOWN).then(pl.format("{}X", _id(student))).otherwise(_id(student)),
        instrument=pl.lit("CBSSA"),
        taken_on=pl.date(2026, 1, 15).dt.offset_by(pl.format("{}d", sitting * 60)),
        area=area.replace_strict(dict(enumerate(areas)), return_dtype=pl.String),
        form=(sitting + 27).cast(pl.String),
        axis=area.replace_strict(dict(enumerate(axes)), return_dtype=pl.String),
        score=pl.when(fault == NO_NUMBER).then(pl.lit(NOT_A_NUMBER)).when(fault == TOO_HIGH).then(pl.lit("150"))
        .otherwise(score),
        items=8 + area,
    )
