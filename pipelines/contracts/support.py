"""Suggested flags, tutoring hours, the tutoring effect and peer mentors."""

from enum import StrEnum

import dataframely as dy


class ReturnReason(StrEnum):
    """The id of why a suggestion that was put off returns."""

    SNOOZE_OVER = "snooze_over"
    SAT_AGAIN = "sat_again"
    BAND_CHANGED = "band_changed"
    DAY_CHANGED = "day_changed"
    CHANCE_CHANGED = "chance_changed"


class EffectOf(StrEnum):
    """The id of the group of tutored students whose gain is measured."""

    ALL = "all"
    AREA = "area"
    TUTOR = "tutor"


class ComparedWith(StrEnum):
    """The id of the students without tutoring with whom the tutored are compared."""

    NOBODY = "nobody"
    JUST_MISSED = "just_missed"
    EARLIER_CLASSES = "earlier_classes"
    OTHER_ADVISORS = "other_advisors"


class EffectVerdict(StrEnum):
    """The id of the verdict on an effect, by its interval."""

    CANNOT_TELL = "cannot_tell"
    MORE_THAN_EXPECTED = "more_than_expected"
    LESS_THAN_EXPECTED = "less_than_expected"


class Suggestion(dy.Schema):
    """A flag that a rule suggests for one student and exam on one day; it is not raised by that.

    `urgency` is the order, smaller first. `inputs`, `threshold` and `material` are JSON: the values that the rule used,
    those it compared with, and those whose change brings a dismissed suggestion back. dashboard.words.suggestions makes
    the sentence from inputs and threshold.
    """

    student_id = dy.String()
    exam = dy.String()
    rule = dy.String()
    rule_version = dy.Int32()
    urgency = dy.Int32()
    inputs = dy.String()
    threshold = dy.String()
    material = dy.String()


class DryRunRow(dy.Schema):
    """What one rule would have suggested in one past class, counted in sittings with a result.

    `per_advisor_week` is the largest number of new suggestions of one advisor between two days of the dry run, a week.
    """

    rule = dy.String()
    class_year = dy.Int32()
    sittings = dy.Int32()
    failed = dy.Int32()
    suggested = dy.Int32()
    caught = dy.Int32(description="suggested before the sitting, and failed")
    days_before = dy.Int32(nullable=True, description="median days from the first suggestion to the sitting")
    per_advisor_week = dy.Float64()


class TutoringPair(dy.Schema):
    """One student's hours in a week's plan; tutor_id is null for students without hours.

    `gain` is the expected gain in the chance of passing from these hours (without hours: from the best hour).
    """

    student_id = dy.String()
    tutor_id = dy.String(nullable=True)
    area = dy.String()
    hours = dy.Int32()
    gain = dy.Float64()
    gain_per_hour = dy.Float64()
    locked = dy.Bool()
    continued = dy.Bool()


class TutoringEffect(dy.Schema):
    """What tutored students gained beyond the model's expectation, less what alike students without tutoring gained
    beyond it, in EPC, with its 80 % interval; figures are null where nobody can be compared.

    `of` is the group; `name` the area or the tutor's ID. Groups too small to be shown are not rows.
    """

    of = dy.String(check=lambda c: c.is_in(list(EffectOf)))
    name = dy.String()
    compared_with = dy.String(check=lambda c: c.is_in(list(ComparedWith)))
    students = dy.Int32(description="tutored, with a score before and after, and somebody alike")
    compared = dy.Int32(description="alike students without tutoring, with a score before and after")
    smallest = dy.Float64(nullable=True, description="the smallest effect likely to be found, known before any result")
    gain = dy.Float64(nullable=True)
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)
    raw_gain = dy.Float64(nullable=True, description="newest score before to scores after, of the tutored")
    raw_compared = dy.Float64(nullable=True, description="the same of those compared")
    verdict_id = dy.String(check=lambda c: c.is_in(list(EffectVerdict)))


class PeerMatch(dy.Schema):
    """A peer mentor for a student, by shared weak areas: the mentor's before the failure, the student's today."""

    student_id = dy.String()
    mentor_id = dy.String()
    areas = dy.String()
    shared = dy.Int32()
    weight = dy.Float64()
