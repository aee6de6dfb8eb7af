"""The tutoring effect: gains beyond what the readiness model expected before tutoring, so that regression to the mean
does not count as success."""

from datetime import date, timedelta
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl
from scipy.stats import t as student_t

from pipelines.contracts.school_facts import Facts
from pipelines.contracts.support import EffectOf, EffectVerdict, TutoringEffect
from pipelines.marts.disclosure import disclosed
from pipelines.marts.model.fit import fit_readiness
from pipelines.policy import Policy

INTERVAL = 0.80


def tutoring_effect(
    facts: Facts, sessions: pl.DataFrame, missed: pl.DataFrame, as_of: date, policy: Policy
) -> dy.DataFrame[TutoringEffect]:
    """One row for all tutored students; for those who just missed hours, and for the difference, if they are enough;
    and by main area and main tutor. Groups too small to be shown are absent, as are groups that would reveal one of
    them by subtraction.

    `sessions` were attended on held_on; `missed` is student_id and `on`, the week without hours. Only equated NBME
    forms count, from policy's days after the start. The expectation is a model fitted before the start.
    """
    held, fewest = sessions.filter(pl.col("held_on") <= as_of), policy.disclosure.smallest_group
    starts = held.group_by("student_id").agg(start=pl.col("held_on").min())
    tutored = gains(facts, starts, as_of, policy)
    waiting = missed.join(starts, on="student_id", how="anti").group_by("student_id").agg(start=pl.col("on").min())
    others = gains(facts, waiting.filter(pl.col("start") <= as_of), as_of, policy)
    rows = [_row(EffectOf.ALL, "", tutored, policy)]
    if min(len(tutored), len(others)) >= fewest:
        rows += [_row(EffectOf.JUST_MISSED, "", others, policy), _difference(tutored, others, policy)]
    for of, column in [(EffectOf.AREA, "area"), (EffectOf.TUTOR, "tutor_id")]:
        main = tutored.join(_main(held, column), on="student_id", how="left").with_columns(pl.col(column).fill_null(""))
        rows += [_row(of, str(name), group, policy) for (name,), group in main.group_by(column)]
    effects = pl.DataFrame(rows, schema=TutoringEffect.create_empty().schema)
    effects = disclosed(effects, [], count="students", within=["of"], fewest=fewest)
    has_main = (pl.col("name") != "") | ~pl.col("of").is_in([EffectOf.AREA, EffectOf.TUTOR])
    effects = effects.filter(~pl.col("suppressed"), has_main)
    effects = effects.filter(pl.col("students") >= fewest).drop("suppressed")
    order = {str(of): place for place, of in enumerate(EffectOf)}
    rank = pl.col("of").replace_strict(order, return_dtype=pl.Int32)
    ordered = effects.sort(rank, pl.col("students"), "name", descending=[False, True, False])
    return TutoringEffect.validate(ordered, cast=True)


def gains(facts: Facts, starts: pl.DataFrame, as_of: date, policy: Policy) -> pl.DataFrame:
    """student_id, gain and raw_gain of students with a score before their start and one after it.

    `gain` is the mean difference of scores after the start from the expectation on their day; `raw_gain` is the mean of
    these scores less the newest score before.
    """
    terms = policy.support.help
    anchors = facts.observations.filter(pl.col("taken_on") <= as_of, pl.col("anchor"))
    scores = starts.join(anchors.select("student_id", "taken_on", "epc"), on="student_id").with_columns(
        after=(pl.col("taken_on") - pl.col("start")).dt.total_days()
    )
    before = scores.filter(pl.col("after") < 0).sort("taken_on").group_by("student_id").agg(
        newest=pl.col("epc").last()
    )
    after = scores.filter(pl.col("after").is_between(terms.from_days, terms.until_days)).join(before, on="student_id")
    expected = [_expected(facts, group, policy) for _, group in _by_start(after, terms.every_days)]
    if not expected:
        return pl.DataFrame(schema={"student_id": pl.String, "gain": pl.Float64, "raw_gain": pl.Float64})
    return pl.concat(expected).group_by("student_id").agg(
        gain=(pl.col("epc") - pl.col("expected")).mean(), raw_gain=(pl.col("epc") - pl.col("newest")).mean()
    ).sort("student_id")


def _by_start(after: pl.DataFrame, every_days: int) -> list[tuple[Any, pl.DataFrame]]:
    """The rows in groups of starts within `every_days`, for one fit each."""
    bucket = pl.col("start").to_physical() // every_days
    return sorted(after.with_columns(bucket=bucket).partition_by("bucket", as_dict=True).items())


def _expected(facts: Facts, group: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The scores with their expectation, from a model fitted to the day before the group's first start."""
    first: date = group["start"].min()  # type: ignore[assignment]
    readiness = fit_readiness(facts, first - timedelta(days=1), policy)
    mean, _ = readiness.on(group["student_id"], group["taken_on"])
    return group.select("student_id", "epc", "newest", expected=pl.Series(np.clip(mean, 0, 100)))


def _main(held: pl.DataFrame, column: str) -> pl.DataFrame:
    """Each student's area or tutor with most hours."""
    hours = held.drop_nulls(column).group_by("student_id", column).agg(pl.col("hours").sum())
    return hours.sort("hours", column, descending=[True, False]).unique("student_id", keep="first").drop("hours")


def _row(of: EffectOf, name: str, group: pl.DataFrame, policy: Policy) -> dict[str, Any]:
    n = len(group)
    mean, error = (group["gain"].mean(), _error(group)) if n > 1 else (0.0, float("inf"))
    raw = group["raw_gain"].mean() if n else 0.0
    return _effect(of, name, n, float(mean), error, n - 1, float(raw), policy)  # type: ignore[arg-type]


def _difference(tutored: pl.DataFrame, others: pl.DataFrame, policy: Policy) -> dict[str, Any]:
    """The difference of tutored and just missed, by Welch's test."""
    a, b = (_error(group) ** 2 for group in (tutored, others))
    freedom = (a + b) ** 2 / (a**2 / (len(tutored) - 1) + b**2 / (len(others) - 1)) if a + b else len(others) - 1
    difference, raw = (
        float(tutored[c].mean()) - float(others[c].mean())  # type: ignore[arg-type]
        for c in ("gain", "raw_gain")
    )
    students, error = len(tutored) + len(others), float(np.sqrt(a + b))
    return _effect(EffectOf.DIFFERENCE, "", students, difference, error, freedom, raw, policy)


def _error(group: pl.DataFrame) -> float:
    return float(group["gain"].std() or 0.0) / float(np.sqrt(len(group)))  # type: ignore[arg-type]


def _effect(
    of: EffectOf, name: str, n: int, gain: float, error: float, freedom: float, raw: float, policy: Policy
) -> dict[str, Any]:
    """The row with its 80 % interval; the verdict uses policy's wider interval."""
    half, sure = (
        error * float(student_t.ppf(0.5 + level / 2, max(freedom, 1))) for level in (INTERVAL, _sure(policy))
    )
    verdict = EffectVerdict.CANNOT_TELL
    if gain - sure > 0:
        verdict = EffectVerdict.MORE_THAN_EXPECTED
    elif gain + sure < 0:
        verdict = EffectVerdict.LESS_THAN_EXPECTED
    return {"of": of, "name": name, "students": n, "gain": gain, "low": gain - half, "high": gain + half,
            "raw_gain": raw, "verdict_id": verdict}  # fmt: skip


def _sure(policy: Policy) -> float:
    return policy.support.help.confidence
