"""Tutoring sessions as shown: attendance, groups, and hours. No screen."""

from datetime import date

import dataframely as dy
import polars as pl

from dashboard.data.roster import named
from dashboard.words.areas import SHORT
from dashboard.words.formats import count
from pipelines.contracts.facts import Tutor
from pipelines.marts.tutoring.assignment import capacity
from pipelines.office import GroupPlan, Office
from pipelines.policy.support import TutoringTerms

KEY = ["student_id", "tutor_id", "held_on", "hours", "area"]


def held(sheet: pl.DataFrame, logged: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Attended sessions up to a day, one row per area, from sheets and logged by hand."""
    both = pl.concat([_on_sheets_only(sheet, logged), logged.filter("attended").select(KEY)])
    return both.filter(pl.col("held_on") <= as_of)


def _on_sheets_only(sheet: pl.DataFrame, logged: pl.DataFrame) -> pl.DataFrame:
    """Sessions on sheets that were not also logged by hand."""
    return sheet.select(KEY).unique(maintain_order=True).join(
        logged.filter("attended").select(KEY), on=KEY, how="anti", nulls_equal=True, maintain_order="left"
    )


def sat(sheet: pl.DataFrame, logged: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row per session and student, newest first, with absences: session_key (null: from a sheet), student_id,
    tutor_id, held_on, hours, area (all of them), attended, group_name. A session that is also on a sheet is one row."""
    shared = ["session_key", "student_id", "tutor_id", "held_on", "attended", "group_name"]
    by_hand = logged.group_by(shared, maintain_order=True).agg(
        pl.col("hours").sum(), pl.col("area").drop_nulls().sort().str.join("; ")
    ).with_columns(area=pl.when(pl.col("area") != "").then("area"))
    on_sheets = _on_sheets_only(sheet, logged).with_columns(
        pl.lit(None, pl.String).alias("session_key"), pl.lit(value=True).alias("attended"),
        pl.lit(None, pl.String).alias("group_name"),
    )  # fmt: skip
    columns = [*shared, "hours", "area"]
    both = pl.concat([by_hand.select(columns), on_sheets.select(columns)])
    return both.filter(pl.col("held_on") <= as_of).sort("held_on", descending=True, maintain_order=True)


def given(rows: pl.DataFrame) -> str:
    """A total with its denominators: `12 sessions, 18.5 student hours with 9 students; 2 absences`."""
    attended = rows.filter("attended")
    groups = rows.drop_nulls("session_key")["session_key"].n_unique()
    sessions = groups + rows["session_key"].null_count()
    total = f"{count(sessions, 'session')}, {attended['hours'].sum():,.1f} student hours with " \
            f"{count(attended['student_id'].n_unique(), 'student')}"  # fmt: skip
    absences = rows.height - attended.height
    return f"{total}; {count(absences, 'absence')}" if absences else total


def table(rows: pl.DataFrame, students: pl.DataFrame, tutors: dict[str, str]) -> pl.DataFrame:
    """The rows with the names of students and tutors, and whether each came in a word."""
    return rows.join(named(students), on="student_id", how="left", maintain_order="left").select(
        "student_id", "held_on", pl.coalesce("name", "student_id"), "hours", "area", "group_name",
        tutor=pl.col("tutor_id").replace(tutors), came=pl.when("attended").then(pl.lit("yes")).otherwise(pl.lit("no")),
    )  # fmt: skip


def by_hand(rows: pl.DataFrame, students: pl.DataFrame, tutors: dict[str, str]) -> list[tuple[str, date, str]]:
    """Sessions logged by hand, newest first: key, day, and a sentence with students, tutor, hours and attendance."""
    sessions = []
    for (key,), group in rows.drop_nulls("session_key").group_by(["session_key"], maintain_order=True):
        first = group.row(0, named=True)
        people = table(group, students, tutors)
        who = people["name"][0] if group.height == 1 else first["group_name"] or count(group.height, "student")
        if group.height == 1:
            came = "" if first["attended"] else " · absent"
        else:
            missing = people.filter(came="no")["name"].to_list()
            came = f" · {group.height - len(missing)} of {group.height} came"
            came += f", without {', '.join(missing)}" if missing else ""
        tutor = tutors.get(first["tutor_id"], first["tutor_id"])
        sessions.append((str(key), first["held_on"], f"{who} with {tutor} · {first['hours']:g} h{came}"))
    return sessions


def group_choices(plans: list[GroupPlan]) -> dict[str, tuple[list[str], list[str]]]:
    """Saved groups that a session may be held with: name as shown and kept, then areas and student_ids."""
    return {
        f"{plan.name}, group {number}: {' and '.join(SHORT.get(a, a) for a in group.areas)}":
        (group.areas, group.student_ids)
        for plan in plans for number, group in enumerate(plan.groups, start=1)
    }  # fmt: skip


def tutors_of(sheet: dy.DataFrame[Tutor], office: Office, week_on: date, terms: TutoringTerms) -> pl.DataFrame:
    """Each tutor's hours and areas this week, as `capacity` returns them."""
    return capacity(sheet, office.tutoring.tutor_terms(), office.tutoring.times_off(), week_on, terms)
