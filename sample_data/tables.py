"""The sample school's tables as its office keeps them: which results stand in which file, under which headers."""

from datetime import date

import numpy as np
import polars as pl

from sample_data import areas, support
from sample_data.ability import Ability
from sample_data.people import People
from sample_data.sittings import History
from sample_data.spelling import as_text, days_to_dates, short_dates, us_dates

NEWEST_DAYS = 28
"""The newest CBSSA results, not yet in the office's list, come as a spreadsheet of their own."""
ROSTER = ["student_id", "last_name", "first_name", "email", "program", "class_year", "exam_track", "advisor",
          "planned_on", "clerkship_starts_on", "eligibility_starts_on", "eligibility_ends_on", "status", "usmle_id"]


def newest_file(as_of: date) -> str:
    """The name of the spreadsheet with the newest CBSSA results."""
    return f"{as_of:%B}_cbssa.xlsx".lower()


def exam_tables(as_of: date, people: People, history: History, taken: pl.DataFrame, truth: pl.DataFrame,
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


def support_tables(people: People, ability: Ability, history: History, truth: pl.DataFrame,
                    rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    now = ability.on(np.arange(len(people)), np.zeros(len(people), dtype=np.int64))
    tutored = support.weakest(history, now, people.class_index, 0.22)
    studying = support.weakest(history, now, people.class_index, 0.35)
    return {
        "topics.csv": support.make_topics(studying, rng),
        "self_analysis.csv": support.make_self_analysis(truth.filter(outcome="fail").sort("day", "who"), rng),
        "sessions.csv": support.make_sessions(tutored, rng),
    }


def as_written(file: str, table: pl.DataFrame, people: People) -> pl.DataFrame:
    """The table as its file holds it: IDs for indices, dates in the file's form, its own headers and columns."""
    ids = pl.Series("student_id", people.student_id)[table["who"]]
    rows = days_to_dates(table.drop("who"), people.as_of)
    rows = rows if "student_id" in rows.columns else rows.insert_column(0, ids)
    if file == "roster.csv":
        rows = rows.sort("class_year", "last_name", "first_name", descending=[True, False, False])
        return as_text(rows.select(ROSTER))
    if file == "other_assessments.csv":
        return as_text(rows.select("student_id", "instrument", "form", us_dates("taken_on"), "score"))
    if file == "topics.csv":
        return as_text(rows.rename({"taken_on": "seen_on"}))
    if file == "sessions.csv":
        return as_text(rows.rename({"taken_on": "held_on"}).with_columns(short_dates("held_on")))
    if "shown" not in rows.columns:
        return as_text(rows)
    rows = rows.drop("shown").with_columns(repeat=pl.when("repeat").then(pl.lit("yes")).otherwise(pl.lit("")))
    if file == "cbse.csv":
        return as_text(rows.drop("form", "repeat", "pacing"))
    if file.endswith(".xlsx"):
        return as_text(rows.select(
            pl.col("student_id").alias("Student Number"), pl.format("CBSSA {}", "form").alias("Assessment"),
            pl.col("taken_on").alias("Date Taken"), pl.col("score").alias("EPC"),
            pl.col("printed_probability").alias("Probability of Passing"), pl.col("pacing").alias("Pacing"),
            pl.col("repeat").alias("Repeat"),
        ))
    return as_text(rows)
