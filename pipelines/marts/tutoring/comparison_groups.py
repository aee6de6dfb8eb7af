"""Comparison groups: untutored students with whom the tutored can be compared, each from the day on which tutoring
would have begun."""

from datetime import date

import numpy as np
import polars as pl

from pipelines.contracts.school_facts import Facts
from pipelines.policy.support import Help

TUTORED, JUST_MISSED, CLASSMATE, OTHER_ADVISOR, EARLIER = "tutored", "missed", "classmate", "advisor", "earlier"
EPISODE = {"student_id": pl.String, "start": pl.Date, "of": pl.String}
DAYS_A_YEAR = 364  # whole weeks, so that a weekday stays one


def episodes(facts: Facts, held: pl.DataFrame, missed: pl.DataFrame, as_of: date, terms: Help) -> pl.DataFrame:
    """student_id, start and `of` (which group): the first session of the tutored; for those who just missed hours the
    first such day; for others of the same classes, and of the classes before tutoring began, a day as long before the
    exam (or after the failure) as that of a tutored student drawn for each.

    One row a student. Those without a day, or whose day is after as_of, are absent.
    """
    people = _people(facts, as_of)
    tutored = _dated(held.group_by("student_id").agg(start=pl.col("held_on").min()), people)
    missing = missed.filter(pl.col("on") <= as_of).group_by("student_id").agg(start=pl.col("on").min())
    waiting = missing.join(tutored, on="student_id", how="anti").join(people, on="student_id", how="semi")
    known = pl.concat([tutored.select("student_id"), waiting.select("student_id")])
    others = _others(people, tutored, terms).join(known, on="student_id", how="anti")
    groups = [tutored.select("student_id", "start", of=pl.lit(TUTORED)),
              waiting.select("student_id", "start", of=pl.lit(JUST_MISSED)), _drawn(others, tutored)]  # fmt: skip
    return pl.concat(groups).filter(pl.col("start") <= as_of).sort("student_id")


def _others(people: pl.DataFrame, tutored: pl.DataFrame, terms: Help) -> pl.DataFrame:
    """People who may be compared, with `of`: of policy's classes before the first in which more than a few were
    tutored, of the classes of tutored students from that one on, and among these of advisors who sent a few at most."""
    treated = pl.col("student_id").is_in(tutored["student_id"].implode())
    known = people.drop_nulls("class_year").with_columns(
        seldom=treated.mean().over("class_year") <= terms.seldom_share, treated=treated.any().over("class_year"),
        sends=treated.mean().over("class_year", "advisor") > terms.seldom_share,
    )
    often = known.filter("treated", ~pl.col("seldom"))
    first = pl.lit((often if often.height else known.filter("treated"))["class_year"].min())
    earlier = pl.col("class_year").is_between(first - terms.earlier_classes, first - 1)
    elsewhere = pl.col("advisor").is_not_null() & ~pl.col("sends")
    of = pl.when(earlier).then(pl.lit(EARLIER)).when("treated").then(
        pl.when(elsewhere).then(pl.lit(OTHER_ADVISOR)).otherwise(pl.lit(CLASSMATE)))
    return known.with_columns(of=of).filter(earlier | (pl.col("treated") & (pl.col("class_year") >= first)))


def _people(facts: Facts, as_of: date) -> pl.DataFrame:
    """student_id, class_year, advisor, exam_on (first attempt, else planned) and failed_on (first failure)."""
    sat = facts.attempts.filter(pl.col("taken_on") <= as_of)
    first = sat.group_by("student_id").agg(
        first_on=pl.col("taken_on").min(), failed_on=pl.col("taken_on").filter(pl.col("outcome") == "fail").min()
    )
    people = facts.students.unique("student_id", maintain_order=True).join(first, on="student_id", how="left")
    return people.select(
        "student_id", "class_year", "advisor", "failed_on", exam_on=pl.coalesce("first_on", "planned_on")
    ).sort("student_id")


def _dated(starts: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """The starts with class and advisor; `lead`, days from the start to the first exam, and `since`, days from the
    first failure to the start, each null where it does not apply."""
    dated = starts.join(people, on="student_id").sort("student_id")
    lead, since = (pl.col(a) - pl.col(b) for a, b in (("exam_on", "start"), ("start", "failed_on")))
    return dated.with_columns(lead=lead.dt.total_days(), since=since.dt.total_days()).with_columns(
        pl.when(pl.col(days) >= 0).then(days).alias(days) for days in ("lead", "since")
    )


def _drawn(others: pl.DataFrame, tutored: pl.DataFrame) -> pl.DataFrame:
    """Each of these students with the day that corresponds to one tutored student's start.

    The tutored are dealt out to the others in an order drawn with a fixed seed. A student dealt one who had failed is
    absent without a failure, so that who is compared does not depend on how the own exam ended.
    """
    if tutored.is_empty() or others.is_empty():
        return pl.DataFrame(schema=EPISODE)
    draw = np.random.default_rng(0)
    dealt = tutored.select("lead", "since", their_start="start", their_class="class_year")
    dealt = dealt[draw.permutation(len(dealt))][np.arange(len(others)) % len(dealt)]
    both = others[draw.permutation(len(others))].hstack(dealt)
    shift = (pl.col("class_year") - pl.col("their_class")) * DAYS_A_YEAR
    same_day = pl.col("their_start") + pl.duration(days=shift)
    before_exam = pl.coalesce(pl.col("exam_on") - pl.duration(days="lead"), same_day)
    after_failure = pl.col("failed_on") + pl.duration(days="since")
    day = pl.when(pl.col("since").is_not_null()).then(after_failure).otherwise(before_exam)
    return both.select("student_id", "of", start=day).drop_nulls("start").select(list(EPISODE))
