"""The sample school: its sheets as an office would hold them, and the truth they were drawn from."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.policy import Policy, load_policy
from sample_data import areas, support
from sample_data.ability import Ability
from sample_data.assessments import make_assessments
from sample_data.cases import FEWEST_STUDENTS
from sample_data.people import People, make_people
from sample_data.roster import make_roster
from sample_data.sittings import History, make_history, p_pass
from sample_data.spelling import as_text, days_to_dates, short_dates, us_dates
from sample_data.workbook import workbook

SEED = 1
NEWEST_DAYS = 28
"""The newest CBSSA results, not yet in the office's list, come as a spreadsheet of their own."""


@dataclass(frozen=True)
class School:
    """A made-up school on one day.

    `sheets` maps file name to table, all text, exactly as written. `truth` is for tests and is never written:
    true readiness at each attempt, on as_of and on each planned day (`what`), with the true chance of passing.
    `area_truth` has each student's deviations by content area; `cases` tells which student got which story.
    """

    as_of: date
    sheets: dict[str, pl.DataFrame]
    truth: pl.DataFrame
    area_truth: areas.AreaTruth
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
    history = make_history(people, ability, policy.curves, next(rngs))
    truth = _truth(ability, history, policy)
    taken = make_assessments(people, ability, history, policy.curves, next(rngs))
    area_truth = areas.make_area_truth(people, policy.areas, next(rngs))
    tables = {"roster.csv": make_roster(people, history, next(rngs))}
    tables |= _exam_tables(as_of, people, history, taken, truth, area_truth, next(rngs))
    tables |= _support_tables(people, ability, history, truth, next(rngs))
    sheets = {file: _as_written(file, table, people) for file, table in tables.items()}
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


def newest_file(as_of: date) -> str:
    """The name of the spreadsheet with the newest CBSSA results."""
    return f"{as_of:%B}_cbssa.xlsx".lower()


def _truth(ability: Ability, history: History, policy: Policy) -> pl.DataFrame:
    """True readiness at attempts, on as_of and on planned days; outcome where there is one."""
    everyone = pl.DataFrame({"who": np.arange(len(history.part)), "day": 0}, schema={"who": pl.Int64, "day": pl.Int64})
    rows = pl.concat([
        history.sittings.with_columns(what=pl.lit("attempt")),
        history.aims.filter(pl.col("day") > 0).with_columns(what=pl.lit("planned")),
        everyone.with_columns(what=pl.lit("as_of")),
    ], how="diagonal").select("who", "what", "exam", "attempt", "day", "outcome")
    readiness = ability.on(rows["who"].to_numpy(), rows["day"].to_numpy())
    return rows.with_columns(readiness=pl.Series(readiness), p_pass=pl.Series(p_pass(readiness, policy.curves)))


def _exam_tables(as_of: date, people: People, history: History, taken: pl.DataFrame, truth: pl.DataFrame,
                 area_truth: areas.AreaTruth, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Attempts, and the assessments by the office's habit: CBSE and CBSSA with areas beside, the rest together,
    the newest CBSSA as a spreadsheet whose areas stand in the long sheet."""
    of_class = pl.Series(people.class_index)[taken["who"]]
    is_newest = (pl.col("day") > -NEWEST_DAYS) & (of_class == 0)
    cbse = taken.filter(instrument="CBSE").sort("day", "who")
    cbssa = taken.filter((pl.col("instrument") == "CBSSA") & ~is_newest).sort("day", "who")
    newest = taken.filter((pl.col("instrument") == "CBSSA") & is_newest).sort("day", "who")
    recent = cbssa.filter((pl.col("day") > -NEWEST_DAYS * 4) & pl.Series(people.class_index)[cbssa["who"]].eq(0))
    fails = truth.filter(exam="Step 1", outcome="fail").sort("day", "who")
    older_labels = {a.name: a.also[0].title() for a in area_truth.areas if a.axis == "system" and a.also}
    return {
        "attempts.csv": _attempts(truth, rng),
        "cbse.csv": pl.concat([cbse, areas.wide_areas(area_truth, cbse, {}, rng)], how="horizontal"),
        "cbssa.csv": pl.concat([cbssa, areas.wide_areas(area_truth, cbssa, older_labels, rng)], how="horizontal"),
        newest_file(as_of): newest,
        "other_assessments.csv": taken.filter(~pl.col("instrument").is_in(["CBSE", "CBSSA"])).sort("day", "who"),
        "content_areas.csv": pl.concat([
            areas.long_areas(area_truth, newest, ["system", "discipline", "competency"], rng),
            areas.long_areas(area_truth, recent, ["competency"], rng),
            areas.failing_reports(area_truth, fails, rng),
        ]),
    }


def _attempts(truth: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Sittings as the office recorded them; a failing report's distance where someone read it off."""
    short = 62 - pl.col("readiness")
    distance = pl.when(short < 4).then(pl.lit("near")).when(short < 10).then(pl.lit("middle")).otherwise(pl.lit("far"))
    sittings = truth.filter(what="attempt").sort("day", "who")
    read_off = pl.Series(rng.random(len(sittings)) < 0.75) & (pl.col("outcome") == "fail")
    return sittings.select("who", "exam", "day", "outcome", attempt_number="attempt",
                           distance=pl.when(read_off).then(distance))


def _support_tables(people: People, ability: Ability, history: History, truth: pl.DataFrame,
                    rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    now = ability.on(np.arange(len(people)), np.zeros(len(people), dtype=np.int64))
    tutored = support.weakest(history, now, people.class_index, 0.22)
    studying = support.weakest(history, now, people.class_index, 0.35)
    return {
        "topics.csv": support.make_topics(studying, rng),
        "self_analysis.csv": support.make_self_analysis(truth.filter(outcome="fail").sort("day", "who"), rng),
        "sessions.csv": support.make_sessions(tutored, rng),
    }


ROSTER = ["student_id", "last_name", "first_name", "email", "programme", "class_year", "exam_track", "advisor",
          "planned_on", "clerkship_starts_on", "eligibility_starts_on", "eligibility_ends_on", "status", "usmle_id"]


def _as_written(file: str, table: pl.DataFrame, people: People) -> pl.DataFrame:
    """The table as its file holds it: IDs for indices, dates in the file's form, its own headers and columns."""
    ids = pl.Series("student_id", people.student_id)[table["who"]]
    told = days_to_dates(table.drop("who"), people.as_of)
    told = told if "student_id" in told.columns else told.insert_column(0, ids)
    if file == "roster.csv":
        return as_text(told.sort("class_year", "last_name", "first_name", descending=[True, False, False]).select(ROSTER))
    if file == "other_assessments.csv":
        return as_text(told.select("student_id", "instrument", "form", us_dates("taken_on"), "score"))
    if file == "topics.csv":
        return as_text(told.rename({"taken_on": "seen_on"}))
    if file == "sessions.csv":
        return as_text(told.rename({"taken_on": "held_on"}).with_columns(short_dates("held_on")))
    if "shown" not in told.columns:
        return as_text(told)
    told = told.drop("shown").with_columns(repeat=pl.when("repeat").then(pl.lit("yes")).otherwise(pl.lit("")))
    if file == "cbse.csv":
        return as_text(told.drop("form", "repeat", "pacing"))
    if file.endswith(".xlsx"):
        return as_text(told.select(
            pl.col("student_id").alias("Student Number"), pl.format("CBSSA {}", "form").alias("Assessment"),
            pl.col("taken_on").alias("Date Taken"), pl.col("score").alias("EPC"),
            pl.col("printed_probability").alias("Probability of Passing"), pl.col("pacing").alias("Pacing"),
            pl.col("repeat").alias("Repeat"),
        ))
    return as_text(told)
