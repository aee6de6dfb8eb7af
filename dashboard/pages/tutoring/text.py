"""The Tutoring page's sentences and tables: a week's hours, the effect of tutoring, and peer mentors."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from dashboard.data.figures import Figures
from dashboard.data.roster import named
from dashboard.words import tutoring as words
from dashboard.words.formats import count, day, percent
from pipelines.contracts.readiness import AT_RISK_BANDS
from pipelines.contracts.subjects import SubjectEstimate
from pipelines.contracts.support import EffectOf
from pipelines.marts.tutoring.assignment import WeekPlan, assign, tutoring_requests
from pipelines.marts.tutoring.peers import passed_a_retake, peer_matches, weak_then
from pipelines.marts.tutoring.tutoring_effect import tutoring_effect
from pipelines.policy import Policy, changed
from pipelines.policy.support import TutoringTerms

STUDENTS_SOLVED = 500  # the most students that hours of a week are assigned to


def week_of(as_of: date) -> date:
    """The Monday of the week to plan: this one, or at a weekend the next."""
    monday = as_of - timedelta(days=as_of.weekday())
    return monday if as_of.weekday() < 5 else monday + timedelta(days=7)


def students_needing_hours(figures: Figures, flags: pl.DataFrame, everyone: bool) -> pl.DataFrame:
    """student_id and areas of active students with an open flag, or with `everyone` also those in an at-risk band.

    Lowest chance first, and no more than can be solved for.
    """
    active = figures.students.filter(pl.col("status").fill_null("active") == "active").select("student_id")
    areas = pl.col("areas").str.split("; ").list.eval(pl.element().filter(pl.element() != ""))
    flagged = flags.filter(state="open").select("student_id", areas).group_by("student_id").agg(
        pl.col("areas").explode().drop_nulls().unique().sort()
    )
    low = figures.risk.filter(pl.col("p_pass").is_not_null()).group_by("student_id").agg(
        pl.col("p_pass").min(), below=pl.col("band_id").is_in(AT_RISK_BANDS).any()
    )
    rows = active.join(low, on="student_id").join(flagged, on="student_id", how="left")
    rows = rows.filter(pl.col("areas").is_not_null() | (pl.lit(everyone) & pl.col("below")))
    return rows.sort("p_pass", "student_id").head(STUDENTS_SOLVED).select("student_id", pl.col("areas").fill_null([]))


def solve(
    figures: Figures, students: pl.DataFrame, tutors: pl.DataFrame, sessions: pl.DataFrame, locks: pl.DataFrame,
    terms: TutoringTerms,
) -> WeekPlan:
    """The assignment of the week's hours to these students under these bounds."""
    if students.is_empty():
        none = SubjectEstimate.create_empty()
        brings = tutoring_requests(students, figures.risk, figures.retakes, none, figures.readiness, figures.policy)
    else:
        policy = changed(figures.policy, "support", tutoring=terms)
        brings = tutoring_requests(students, figures.risk, figures.retakes, figures.subjects, figures.readiness, policy)
    since = figures.as_of - timedelta(days=terms.continuity_days)
    recent = sessions.filter(pl.col("held_on") >= since).select("student_id", "tutor_id")
    return assign(brings, tutors, recent, locks, terms)


def claim(plan: WeekPlan, students: int) -> str:
    """How many hours go to how many students, and the gain to expect."""
    if plan.pairs.is_empty():
        return f"No hours are assigned: {count(students, 'student')} in need, {count(plan.capacity, 'hour')} on offer"
    return (f"{plan.hours:,} of {count(plan.capacity, 'hour')} go to {plan.pairs.height:,} of "
            f"{count(students, 'student')}; their chances of passing rise by about {plan.gain * 100:.1f} points "
            "in total")  # fmt: skip


def quality(plan: WeekPlan, without_gain: list[str]) -> str:
    """How close the assignment is to the best one, the cutoff, and the students without an expected gain."""
    percent_below = f"{plan.gap * 100:.2f}"
    best = "the best assignment" if percent_below == "0.00" else f"within {percent_below} % of the best assignment"
    nobody = "no other student" if without_gain else "no student"
    cutoff = f"cutoff: {points(plan.cut)} an hour" if plan.missed.height else f"{nobody} went without hours"
    sentence = f"Under these bounds, {best} · {cutoff}. Gains are the model's estimates, not a promise."
    if not without_gain:
        return sentence
    by_hand = f"The model expects no gain from an hour for {listed(without_gain)}: decide by hand."
    return by_hand if plan.pairs.is_empty() and plan.missed.is_empty() else f"{by_hand} {sentence}"


def without_gain(plan: WeekPlan, students: pl.DataFrame, terms: TutoringTerms) -> list[str]:
    """student_id of the students whose chance no hour is expected to raise."""
    if plan.missed.height >= terms.just_missed:  # then those below the cutoff are not listed one by one
        return []
    placed = pl.concat([plan.pairs["student_id"], plan.missed["student_id"]])
    return students.filter(~pl.col("student_id").is_in(placed.implode()))["student_id"].to_list()


def listed(names: list[str], most: int = 4) -> str:
    """`Sato, Felix; Abbott, Grace and 3 more`."""
    return "; ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def points(gain: float | None) -> str:
    """Chance in points: `+1.4 points`."""
    return "—" if gain is None else f"{gain * 100:+.1f} points"


def pairs_table(rows: pl.DataFrame, students: pl.DataFrame, tutors: pl.DataFrame) -> pl.DataFrame:
    """The rows of APPROVED, in the order of `rows`."""
    names = tutors.select("tutor_id", tutor="name")
    return rows.join(named(students), on="student_id", how="left", maintain_order="left").join(
        names, on="tutor_id", how="left", maintain_order="left"
    ).select(
        "student_id", pl.coalesce("name", "student_id"), "tutor", "area", "hours",
        gain_points=(pl.col("gain") * 100).round(2), points_per_hour=(pl.col("gain_per_hour") * 100).round(2),
        why=pl.when("locked").then(pl.lit("locked")).when("continued").then(pl.lit("same tutor")).otherwise(pl.lit("")),
    )  # fmt: skip


def missed_table(rows: pl.DataFrame, students: pl.DataFrame) -> pl.DataFrame:
    """The rows of MISSED but for their note."""
    return rows.join(named(students), on="student_id", how="left", maintain_order="left").select(
        "student_id", pl.coalesce("name", "student_id"), "area",
        points_per_hour=(pl.col("gain_per_hour") * 100).round(2),
    )  # fmt: skip


def extra_words(plan: WeekPlan, most: int = 3) -> str:
    """The areas where one more hour would add most."""
    gains = [f"{area} {points(gain)}" for area, gain, _ in plan.extra.head(most).rows()]
    return "One more hour would add most in " + ", ".join(gains) + "." if gains else ""


def to_approve(plan: WeekPlan) -> list[dict[str, Any]]:
    """The pairs and those who just missed, as the office stores them."""
    columns = ["student_id", "tutor_id", "area", "hours", "gain"]
    return pl.concat([plan.pairs.select(columns), plan.missed.select(columns)]).to_dicts()


def needing_without_hours(approved: pl.DataFrame, flags: pl.DataFrame) -> pl.DataFrame:
    """student_id and `on`: who just missed hours in an approved week, or was flagged; those tutored later included."""
    missed = approved.filter(pl.col("tutor_id").is_null()).select("student_id", on="week_on")
    return pl.concat([missed, flags.select("student_id", on=pl.col("flagged_at").dt.date())])


def effect(figures: Figures, sessions: pl.DataFrame, missed: pl.DataFrame) -> pl.DataFrame:
    """Contract TutoringEffect; `missed` is from needing_without_hours."""
    return tutoring_effect(figures.facts, sessions, missed, figures.as_of, figures.policy)


def effect_table(rows: pl.DataFrame, tutors: pl.DataFrame) -> pl.DataFrame:
    """The rows of EFFECT."""
    names = dict(tutors.select("tutor_id", "name").iter_rows())
    named_groups = rows.select("of", "name").rows()
    groups = [words.effect_of(of, names.get(name, name) if of == EffectOf.TUTOR else name) for of, name in named_groups]
    return rows.select(
        "students", "compared", pl.col("gain", "low", "high", "raw_gain", "raw_compared").round(1),
        smallest=pl.col("smallest").round().cast(pl.Int32), group=pl.Series(groups, dtype=pl.String),
        beside=pl.Series([words.compared_with(one) for one in rows["compared_with"]], dtype=pl.String),
        verdict=pl.Series([words.verdict(one) for one in rows["verdict_id"]], dtype=pl.String),
    )  # fmt: skip


def effect_claim(rows: pl.DataFrame, policy: Policy) -> str:
    """The effect of tutoring in a sentence, or why it cannot be known."""
    if rows.is_empty():
        fewest = policy.disclosure.smallest_group
        return f"Can't tell: fewer than {fewest} tutored students have a score before and after"
    return words.effect(rows.row(0, named=True), policy)


def tutors_table(able: pl.DataFrame) -> pl.DataFrame:
    """The rows of TUTORS."""
    return able.select("name", pl.col("areas").list.join("; "), "hours", "max_students", "tutor_id")


def may_mentor(figures: Figures) -> pl.DataFrame:
    """Students who passed a retake, with names: student_id, exam, failed_on, passed_on, name."""
    return passed_a_retake(figures.facts, figures.as_of).join(
        named(figures.students), on="student_id", maintain_order="left"
    )


def matches(figures: Figures, mentors: pl.DataFrame, flagged: pl.Series) -> pl.DataFrame:
    """The rows of MATCHES for these students."""
    opted = may_mentor(figures).join(mentors.select("student_id"), on="student_id", how="semi")
    if opted.is_empty() or flagged.is_empty():
        return pl.DataFrame(schema={"name": pl.String, "mentor": pl.String, "areas": pl.String})
    facts = figures.read_areas()
    then = weak_then(
        opted, figures.students, facts.content_areas, facts.assessments, figures.readiness, figures.policy)
    pairs = peer_matches(flagged, figures.subjects, then, figures.policy.support.peers)
    people = named(figures.students)
    helpers = people.rename({"student_id": "mentor_id", "name": "mentor"})
    rows = pairs.join(people, on="student_id").join(helpers, on="mentor_id")
    return rows.sort("name", "weight", descending=[False, True]).select("name", "mentor", "areas")


def retake_words(row: dict[str, Any]) -> str:
    """`failed 3 Mar 2026, passed 1 Jul 2026`."""
    return f"{row['exam']}: failed {day(row['failed_on'])}, passed {day(row['passed_on'])}"


def bounds_words(terms: TutoringTerms) -> str:
    """The bounds in force, in one line."""
    return (f"At most {count(terms.hours_each, 'hour')} a student; at least {percent(terms.at_risk_share)} of hours to "
            f"students at risk, {percent(terms.retaker_share)} to those who failed before; keeping the same tutor is "
            f"worth {points(terms.continuity_worth)}")  # fmt: skip
