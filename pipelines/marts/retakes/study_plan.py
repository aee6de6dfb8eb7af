"""The study plan: self-assessments due and study blocks from as_of to the exam, and the advice for the student."""

from dataclasses import dataclass
from datetime import date, timedelta

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Assessment
from pipelines.contracts.retakes import MIXED_AREAS, AssessmentDue, StudyBlock
from pipelines.contracts.subjects import SubjectEstimate
from pipelines.policy import Policy
from pipelines.policy.plans import Suggestion

WEEK = 7
STUDIED = ["system", "discipline"]  # a competency is practiced in every subject


@dataclass(frozen=True)
class Course:
    """The span of study: `starts_on` is after the advised rest, `sits_on` is the exam."""

    starts_on: date
    sits_on: date
    last_attempt_on: date | None = None


def course(last_attempt_on: date | None, sits_on: date, as_of: date, policy: Policy) -> Course:
    """The course from as_of, or from the end of the advised rest after the last attempt if that is later."""
    rested = last_attempt_on + timedelta(days=policy.rules.advice.rest_days) if last_attempt_on else as_of
    return Course(max(as_of, rested), sits_on, last_attempt_on)


def assessments_due(
    plan: Course, exam: str, newest_evidence_on: date | None, taken: dy.DataFrame[Assessment], as_of: date,
    policy: Policy,
) -> dy.DataFrame[AssessmentDue]:
    """Self-assessments due every `assessment_every_days` from the newest evidence or attempt, never before as_of; the
    last one `reschedule_days` before the exam, early enough to move the date.

    `taken` are this student's self-assessments: their forms are not proposed again. Each is made for the exam: listed
    forms first, then the one that policy names for the exam, on any form not used.
    """
    advice = policy.rules.advice
    every = timedelta(days=advice.assessment_every_days)
    newest = max((d for d in (newest_evidence_on, plan.last_attempt_on) if d), default=None)
    day = max(as_of, plan.starts_on, newest + every if newest else as_of)
    last = plan.sits_on - timedelta(days=advice.reschedule_days)
    days = []
    while day < last:
        days.append(day)
        day += every
    if days and (last - days[-1]).days < advice.assessment_every_days / 2:
        days.pop()
    if last >= as_of:
        days.append(last)
    used = set(taken.select("instrument", "form").rows()) if taken.height else set()
    proposed = _forms_not_used(exam, used, len(days), policy)
    rows = [(on, name, form, sorted(f for i, f in used if i == name and f), on == last)
            for on, (name, form) in zip(days, proposed, strict=True)]  # fmt: skip
    return AssessmentDue.validate(pl.DataFrame(rows, schema=AssessmentDue.create_empty().schema, orient="row"))


def _forms_not_used(
    exam: str, used: set[tuple[str, str]], wanted: int, policy: Policy
) -> list[tuple[str | None, str | None]]:
    """That many instruments made for the exam, each with a form in circulation that was not used; then the instrument
    of which any unused form will do, or neither where the exam has none."""
    of_exam = [one for one in policy.instruments.by_name.values() if one.exam == exam]
    listed = [(one.name, form) for one in of_exam for form in one.forms if (one.name, form) not in used]
    any_form = next((one.instrument for one in policy.plans.self_assessments if one.exam == exam), None)
    return [*listed, *[(any_form, None)] * wanted][:wanted]


def study_days(plan: Course, off: set[date], policy: Policy) -> list[date]:
    """Days of study up to the day before the exam, without the days `off` and the weekly rest."""
    days, studied = [], 0
    for n in range(max((plan.sits_on - plan.starts_on).days, 0)):
        day = plan.starts_on + timedelta(days=n)
        if n % WEEK >= policy.rules.advice.study_days_per_week or day in off:
            continue
        studied += 1
        days.append(day)
    return days


def study_axes(subjects: dy.DataFrame[SubjectEstimate]) -> list[str]:
    """The axes on which one student has a gain to make, the largest gain by weight first.

    Axes are views of the same items, so blocks are made on one of them. Disciplines overlap, so their weights sum to
    more than 1: gains are divided by the weight of the areas, or disciplines would always come first.
    """
    gain = pl.col("priority").sum() / pl.col("weight").sum()
    by_axis = subjects.filter(pl.col("axis").is_in(STUDIED)).group_by("axis").agg(gain=gain).filter(pl.col("gain") > 0)
    return by_axis.sort("gain", "axis", descending=True)["axis"].to_list()


def study_blocks(
    plan: Course, subjects: dy.DataFrame[SubjectEstimate], done: dict[str, int], off: set[date], policy: Policy
) -> dy.DataFrame[StudyBlock]:
    """Blocks of `block_days` study days; each subject gets days in proportion to its priority (weight x gap).

    `subjects` has area and priority of one axis. `done` has the study days already done by area; they count toward the
    area's share, so a plan made again later keeps them. Without any known gap, blocks are mixed.
    """
    days = study_days(plan, off, policy)
    wanted = subjects.filter(pl.col("priority") > 0).sort("priority", "area", descending=[True, False])
    shares = dict(wanted.select("area", "priority").iter_rows()) or {MIXED_AREAS: 1.0}
    left = _days_left(shares, done, len(days))
    blocks: list[tuple[date, date, str, int]] = []
    at, before = 0, ""
    while at < len(days):
        open_areas = [a for a in left if left[a] > 0]
        area = max(open_areas, key=lambda a: (a != before or len(open_areas) == 1, left[a], shares[a]))
        size = min(policy.rules.advice.block_days, left[area], len(days) - at)
        blocks.append((days[at], days[at + size - 1], area, size))
        left[area] -= size
        at, before = at + size, area
    return StudyBlock.validate(pl.DataFrame(blocks, schema=list(StudyBlock.columns()), orient="row").cast(
        {name: column.dtype for name, column in StudyBlock.columns().items()}))


def _days_left(shares: dict[str, float], done: dict[str, int], days: int) -> dict[str, int]:
    """Whole days for each area, which sum to `days`: its share of all days, done ones included, less those done."""
    whole = days + sum(done.get(area, 0) for area in shares)
    total = sum(shares.values())
    wanted = {area: max(whole * share / total - done.get(area, 0), 0.0) for area, share in shares.items()}
    scale = days / sum(wanted.values()) if sum(wanted.values()) else 0.0
    exact = {area: days_wanted * scale for area, days_wanted in wanted.items()}
    left = {area: int(days_exact) for area, days_exact in exact.items()}
    short = days - sum(left.values())
    for area in sorted(exact, key=lambda a: (left[a] - exact[a], -shares[a]))[:short]:
        left[area] += 1
    return left


def suggestions(last_attempt_on: date | None, distance: str | None, as_of: date, policy: Policy) -> list[Suggestion]:
    """The named suggestions for this student, the most specific first. They are not rules; each has its source."""
    if last_attempt_on is None:
        cases = ["first"]
    else:
        old = (as_of - last_attempt_on).days > YEAR_DAYS
        cases = [distance if distance in ("near", "middle", "far") else "unknown", "old" if old else "recent", "always",
                 "first"]
    return [suggestion for case in cases for suggestion in policy.plans.suggestions if suggestion.when == case]


YEAR_DAYS = 365
