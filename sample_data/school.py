"""The sample school: its sheets as an office would hold them, and the truth they were drawn from."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.policy import Policy, load_policy
from sample_data import support
from sample_data.ability import Ability
from sample_data.areas import AreaTruth, make_area_truth
from sample_data.assessments import make_assessments
from sample_data.cases import FEWEST_STUDENTS
from sample_data.people import make_people
from sample_data.roster import make_roster
from sample_data.sittings import History, make_history, p_pass
from sample_data.spelling import days_to_dates
from sample_data.tables import as_written, exam_tables, support_tables
from sample_data.workbook import workbook

SEED = 1


@dataclass(frozen=True)
class School:
    """A made-up school on one day.

    `sheets` maps file name to table, all text, exactly as written. `truth` is for tests and is never written:
    true readiness at each attempt, on as_of and on each planned day (`what`), with the true chance of passing.
    `area_truth` has each student's deviations by content area; `cases` lists which student got which story.
    """

    as_of: date
    sheets: dict[str, pl.DataFrame]
    truth: pl.DataFrame
    area_truth: AreaTruth
    student_ids: list[str]
    cases: dict[str, str]


def make_school(as_of: date, seed: int = SEED, students_per_class: int = 160, policy: Policy | None = None) -> School:
    """Four classes relative to as_of: three with known outcomes, the youngest preparing. Same seed, same school."""
    if students_per_class < FEWEST_STUDENTS:
        raise ValueError(f"a class needs at least {FEWEST_STUDENTS} students")
    policy = policy or load_policy()
    rngs = iter(np.random.default_rng([seed, students_per_class]).spawn(8))
    people = make_people(as_of, students_per_class, next(rngs))
    ability = Ability(people, next(rngs))
    history = make_history(people, ability, policy.readiness.curves, next(rngs))
    truth = _truth(ability, history, policy)
    taken = make_assessments(people, ability, history, policy.readiness.curves, next(rngs))
    in_common = [area for area in policy.blueprint.areas if area.name not in policy.blueprint.own_areas]
    area_truth = make_area_truth(people, in_common, next(rngs))
    tables = {"roster.csv": make_roster(people, history, next(rngs))}
    tables |= exam_tables(as_of, people, history, taken, truth, area_truth, next(rngs))
    tables |= support_tables(people, ability, history, truth, next(rngs))
    sheets = {file: as_written(file, table, people) for file, table in tables.items()}
    sheets["tutors.csv"] = support.tutor_table()
    cases = {name: str(people.student_id[who]) for name, who in history.case_of.items()}
    truth = days_to_dates(truth, as_of).with_columns(student_id=pl.Series(people.student_id)[truth["who"]]).drop("who")
    return School(as_of, sheets, truth, area_truth, people.student_id.tolist(), cases)


def write_sheets(school: School, directory: Path) -> list[Path]:
    """The school's sheets as files in the directory: CSV in UTF-8, and the spreadsheet."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for file, table in school.sheets.items():
        path = directory / file
        path.write_bytes(workbook(table) if file.endswith(".xlsx") else table.write_csv().encode())
        paths.append(path)
    return paths


def _truth(ability: Ability, history: History, policy: Policy) -> pl.DataFrame:
    """True readiness at attempts, on as_of and on planned days; outcome where there is one."""
    everyone = pl.DataFrame({"who": np.arange(len(history.part)), "day": 0}, schema={"who": pl.Int64, "day": pl.Int64})
    rows = pl.concat([
        history.sittings.with_columns(what=pl.lit("attempt")),
        history.aims.filter(pl.col("day") > 0).with_columns(what=pl.lit("planned")),
        everyone.with_columns(what=pl.lit("as_of")),
    ], how="diagonal").select("who", "what", "exam", "attempt", "day", "outcome")
    readiness = ability.on(rows["who"].to_numpy(), rows["day"].to_numpy())
    return rows.with_columns(
        readiness=pl.Series(readiness), p_pass=pl.Series(p_pass(readiness, policy.readiness.curves))
    )
