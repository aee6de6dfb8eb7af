"""Needs: the students who need someone on a day, with the reasons, most urgent first."""

from datetime import date, timedelta

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Attempt, Student
from pipelines.contracts.needs import Need, NeedKind, Pressing
from pipelines.contracts.readiness import AT_RISK_BANDS, STATES, WITHOUT_RECENT_EVIDENCE, Band, Risk
from pipelines.contracts.retakes import Window
from pipelines.marts.retakes.after_failure import failure_steps
from pipelines.marts.risk.expected_loss import expected_loss
from pipelines.policy import Policy

EXAM = ["student_id", "exam"]
NO_DAY = 9999  # days until an exam whose day is unknown: after all others
DIGITS = 6  # a difference beyond is arithmetic


def needs(
    students: dy.DataFrame[Student], risk: dy.DataFrame[Risk], windows: dy.DataFrame[Window],
    attempts: dy.DataFrame[Attempt], bands_before: pl.DataFrame, flags: pl.DataFrame, steps_taken: pl.DataFrame,
    as_of: date, policy: Policy,
) -> dy.DataFrame[Need]:
    """One row for each of `students` who needs someone, the largest expected loss first; the others are absent.

    A student with two exams is a row for the more urgent one. `windows` are those of retakes and of first sittings.
    `bands_before` is student_id, exam and band_id some days ago: a band counts as new if it
    is worse than then and both rest on recent evidence, since a first result is no fall. `flags` and `steps_taken` are
    what the office recorded (office.flags, office.exam_plans).
    """
    rows = _rows(students, risk, windows, attempts, bands_before, as_of)
    rows = rows.join(expected_loss(risk, windows, policy), on=EXAM, how="left")
    rows = rows.join(_by_flags(flags), on="student_id", how="left")
    rows = rows.join(overdue_steps(attempts, steps_taken, as_of, policy), on=EXAM, how="left")
    conditions = _conditions(as_of, policy)
    kinds = [pl.when(conditions[kind].fill_null(False)).then(pl.lit(str(kind))) for kind in NeedKind]
    rows = rows.with_columns(need_ids=pl.concat_list(kinds).list.drop_nulls())
    rows = rows.filter(pl.col("need_ids").list.len() > 0)
    soonest = pl.col("days_left").fill_null(NO_DAY)
    most = pl.col("expected_loss").fill_null(0.0).round(DIGITS)
    ordered = rows.sort(most, pl.col("flags_open").is_not_null(), soonest, *EXAM,
                        descending=[True, False, False, False, False])
    listed = ordered.unique("student_id", keep="first", maintain_order=True).with_columns(
        urgency=pl.int_range(1, pl.len() + 1), flags_open=pl.col("flags_open").fill_null(0)
    )
    return Need.validate(listed.select(Need.column_names()), cast=True)


def overdue_steps(
    attempts: dy.DataFrame[Attempt], steps_taken: pl.DataFrame, as_of: date, policy: Policy
) -> pl.DataFrame:
    """student_id, exam, step_ids (overdue, in order) and step_due_on (the oldest), after recent failures."""
    since = as_of - timedelta(days=policy.rules.advice.steps_surface_days)
    steps = failure_steps(attempts, steps_taken, as_of, policy)
    overdue = steps.filter(pl.col("failed_on") >= since, state="overdue")
    return overdue.group_by(EXAM, maintain_order=True).agg(step_ids="step", step_due_on=pl.col("due_on").min())


def _rows(
    students: dy.DataFrame[Student], risk: dy.DataFrame[Risk], windows: dy.DataFrame[Window],
    attempts: dy.DataFrame[Attempt], bands_before: pl.DataFrame, as_of: date,
) -> pl.DataFrame:
    """One row a student and exam: today's band and the earlier one, the newest attempt, and the planned date."""
    failed = windows.filter(last_outcome="fail").select(*EXAM, "attempts_left", failed_on="last_attempt_on")
    reports = attempts.select(*EXAM, "distance", failed_on="taken_on")
    today = risk.select(*EXAM, "band_id", "evidence_on", "days_left")
    before = bands_before.select(*EXAM, band_before_id="band_id")
    sat = windows.select(*EXAM, "last_attempt_on", "last_allowed", next_assessment_due_on=pl.when(
        pl.col("last_attempt_on").is_not_null()).then("next_assessment_due_on"))
    return (
        students.select("student_id", "planned_on").join(today, on="student_id")
        .join(failed.join(reports, on=[*EXAM, "failed_on"], how="left"), on=EXAM, how="left")
        .join(sat, on=EXAM, how="left")
        .join(before, on=EXAM, how="left")
        .with_columns(days_to_planned=(pl.col("planned_on") - pl.lit(as_of)).dt.total_days())
    )


def _by_flags(flags: pl.DataFrame) -> pl.DataFrame:
    """Each student's flags summed up; flags_open is null without an open one."""
    raised_on = pl.col("flagged_at").dt.date()
    is_open = flags.filter(state="open").sort("due_on").group_by("student_id").agg(
        flag_due_on=pl.col("due_on").first(), flag_owner=pl.col("owner").first(), flags_open=pl.len(),
        no_contact_since=raised_on.filter(pl.col("first_contact_on").is_null()).min(), open_since=raised_on.min(),
    )
    newest = flags.group_by("student_id").agg(flagged_on=pl.col("flagged_at").cast(pl.Date).max())
    return newest.join(is_open, on="student_id", how="left")


def _conditions(as_of: date, policy: Policy) -> dict[NeedKind, pl.Expr]:
    """The condition of each kind of need; null counts as no."""
    band, before, contact = pl.col("band_id"), pl.col("band_before_id"), policy.support.contact
    rose = (band == Band.BORDERLINE) & (before == Band.AT_RISK)
    fresh = _days_since("evidence_on", as_of) < contact.new_evidence_days
    unanswered = pl.col("flagged_on").is_null() | (pl.col("flagged_on") < pl.col("failed_on"))
    soon = pl.col("days_to_planned").is_between(0, policy.readiness.today.sits_soon_days)
    near = pl.col("days_left").is_between(0, policy.readiness.today.evidence_wanted_days)
    presses = pl.col("pressing_id")
    return {
        **{NeedKind(str(one)): presses == one for one in Pressing},
        NeedKind.FLAG_DUE: pl.col("flag_due_on") <= as_of,
        NeedKind.NO_CONTACT: _days_since("no_contact_since", as_of) >= contact.within_days,
        NeedKind.SITS_SOON: band.is_in([*AT_RISK_BANDS, *WITHOUT_RECENT_EVIDENCE]) & soon,
        NeedKind.NEW_BAND: band.is_in(AT_RISK_BANDS) & (before != band) & ~before.is_in(STATES) & ~rose,
        NeedKind.AT_RISK: band == Band.AT_RISK,
        NeedKind.NO_FLAG_SINCE_FAILING: pl.col("failed_on").is_not_null() & unanswered,
        NeedKind.STEP_OVERDUE: pl.col("step_due_on").is_not_null(),
        NeedKind.BORDERLINE: band == Band.BORDERLINE,
        NeedKind.NEW_RESULT: pl.col("flags_open").is_not_null() & fresh
        & (pl.col("evidence_on") >= pl.col("open_since")),
        NeedKind.SELF_ASSESSMENT_OVERDUE: pl.col("next_assessment_due_on") < as_of,
        NeedKind.AWAITING_RESULT: (band == Band.AWAITING_RESULT) & (pl.col("planned_on") > pl.col("last_attempt_on")),
        NeedKind.ONLY_OLD_EVIDENCE: (band == Band.ONLY_OLD_EVIDENCE) & near,
        NeedKind.NO_EVIDENCE: (band == Band.NO_EVIDENCE) & near,
    }


def _days_since(column: str, as_of: date) -> pl.Expr:
    return (pl.lit(as_of) - pl.col(column)).dt.total_days()
