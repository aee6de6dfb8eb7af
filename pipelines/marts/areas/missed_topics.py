"""Missed topics, and a week's study minutes by area and topic."""

from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Topic
from pipelines.contracts.subjects import MissedTopic, StudyTime, SubjectEstimate
from pipelines.policy import Policy


def missed_topics(topics: dy.DataFrame[Topic], as_of: date, policy: Policy) -> dy.DataFrame[MissedTopic]:
    """Topics with at least `missed_for_an_hour` missed questions of a student, all sources together, most first.

    Minutes are an hour for that many missed, in whole blocks. Rows dated after as_of are left out, undated ones count.
    """
    advice = policy.blueprint.study_advice
    by_error = topics.lazy().filter(pl.col("seen_on").is_null() | (pl.col("seen_on") <= as_of)).group_by(
        "student_id", "topic", "error_type"
    ).agg(pl.col("items", "missed").sum(), pl.col("seen_on").max())
    usual = pl.col("error_type").sort_by("missed", descending=True).drop_nulls().first()
    blocks = (pl.col("missed") * 60 / advice.missed_for_an_hour / advice.block_minutes).round().clip(1)
    return by_error.group_by("student_id", "topic").agg(
        pl.col("items", "missed").sum(), pl.col("seen_on").max(), error_type=usual
    ).filter(pl.col("missed") >= advice.missed_for_an_hour).with_columns(
        minutes=(blocks * advice.block_minutes).cast(pl.Int32)
    ).sort("student_id", "missed", "topic", descending=[False, True, False]).pipe(
        MissedTopic.validate, cast=True).collect()


def study_minutes(
    estimates: dy.DataFrame[SubjectEstimate], missed: dy.DataFrame[MissedTopic], minutes: int, policy: Policy
) -> dy.DataFrame[StudyTime]:
    """Each student's `minutes` in whole blocks: first topics missed often, up to `topic_share` of the time, then areas
    by expected gain. They add up to the minutes, rounded down to blocks.

    Pass estimates of one axis: axes are views of the same items, so two axes would count time twice.
    """
    block = policy.blueprint.study_advice.block_minutes
    blocks = minutes // block
    topic_blocks = int(blocks * policy.blueprint.study_advice.topic_share)
    wanted = (pl.col("minutes") // block).cast(pl.Int64)
    before = wanted.cum_sum().over("student_id") - wanted
    topics = missed.sort("student_id", "missed", "topic", descending=[False, True, False]).select(
        "student_id", what=pl.lit("topic"), name="topic", gain=pl.lit(None, pl.Float64),
        blocks=pl.min_horizontal(wanted, (topic_blocks - before).clip(0)),
    ).filter(pl.col("blocks") > 0)
    gaining = estimates.filter((pl.col("priority") > 0) & pl.col("weak").fill_null(True))
    left = gaining.join(topics.group_by("student_id").agg(used=pl.col("blocks").sum()), on="student_id", how="left")
    share = pl.col("priority") / pl.col("priority").sum().over("student_id")
    exact = share * (blocks - pl.col("used").fill_null(0))
    rest = (exact - exact.floor()).rank("ordinal", descending=True).over("student_id")
    spare = ((exact - exact.floor()).sum().over("student_id")).round()
    areas = left.sort("student_id", "priority", "area", descending=[False, True, False]).with_columns(
        blocks=(exact.floor() + (rest <= spare)).cast(pl.Int64)
    ).filter(pl.col("blocks") > 0).select(
        "student_id", what=pl.lit("area"), name="area", gain="priority", blocks="blocks"
    )
    return StudyTime.validate(
        pl.concat([topics, areas], how="vertical_relaxed").with_columns(minutes=pl.col("blocks") * block)
        .sort("student_id", "minutes", "name", descending=[False, True, False]).drop("blocks"), cast=True,
    )
