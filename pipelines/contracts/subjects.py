"""Subject estimates of students and classes, and what follows from them: groups, study time, tutored areas."""

from enum import StrEnum

import dataframely as dy


class ComparedWith(StrEnum):
    """The id of the comparison of a class's areas."""

    REFERENCE = "reference"
    EARLIER_CLASSES = "earlier_classes"
    LAST_FORM = "last_form"
    OTHER_PROGRAM = "other_program"


class SubjectEstimate(dy.Schema):
    """One student and content area on one day, forms pooled: `export subjects`, an interface.

    Estimate, low and high are percent correct today; weak is true, false, or null (not known yet). `forms` are sittings
    with a percent or a mark; a mark that stands without a percent has no items.
    """

    student_id = dy.String()
    axis = dy.String()
    area = dy.String()
    estimate = dy.Float64()
    low = dy.Float64()
    high = dy.Float64()
    forms = dy.Int32()
    items = dy.Int32()
    weight = dy.Float64(description="blueprint midpoint, 0-1")
    weak = dy.Bool(nullable=True)
    priority = dy.Float64(description="expected gain in EPC points")
    comparison = dy.Float64(description="the level that decides weak, percent correct")
    items_to_tell = dy.Int32(nullable=True, description="about this many more would decide; null: known, or too close")
    lower_than_low_passers = dy.Int32(description="failing reports of Step 1 with the mark lower")
    lower_than_first_takers = dy.Int32(description="self-assessments and Level 1 reports with it")
    p_below = dy.Float64(description="the chance that the area truly lies below the comparison, .001-.999")


class ClassArea(dy.Schema):
    """One class, program and content area in one comparison, on one day.

    A group too small to be shown has `suppressed` true and no figures. Differences are percent points.
    """

    class_year = dy.Int32()
    program = dy.String(description="all, or one program")
    comparison = dy.String(check=lambda c: c.is_in(list(ComparedWith)))
    axis = dy.String()
    area = dy.String()
    weight = dy.Float64()
    students = dy.Int32(nullable=True)
    level = dy.Float64(nullable=True, description="mean percent correct on the forms; of last form: the mean change")
    relative = dy.Float64(nullable=True, description="mean of area less the student's own total")
    difference = dy.Float64(nullable=True)
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)
    notable = dy.Bool(description="a difference that holds under false-discovery control")
    suppressed = dy.Bool()


class TeachingGroup(dy.Schema):
    """One student's seat in a group; the two areas are the group's, on the axis the groups were made for."""

    group = dy.Int32(min=1)
    first_area = dy.String()
    second_area = dy.String()
    student_id = dy.String()
    gain = dy.Float64(description="expected gain in EPC points in the two areas, where weak")


class MissedTopic(dy.Schema):
    """One topic that a student missed often, all question banks together."""

    student_id = dy.String()
    topic = dy.String()
    items = dy.Int32()
    missed = dy.Int32()
    seen_on = dy.Date(nullable=True)
    error_type = dy.String(nullable=True, description="the most common one, if given")
    minutes = dy.Int32(description="by the advice: an hour for six missed")


class StudyTime(dy.Schema):
    """Minutes of a student's study time for one area or missed topic."""

    student_id = dy.String()
    what = dy.String(check=lambda c: c.is_in(["area", "topic"]))
    name = dy.String()
    gain = dy.Float64(nullable=True, description="expected gain in EPC points; null for a topic")
    minutes = dy.Int32()


class TutoredArea(dy.Schema):
    """A student's area before and after tutoring in it; rise is its change less the total's, with an 80 % interval."""

    student_id = dy.String()
    axis = dy.String()
    area = dy.String()
    hours = dy.Float64()
    before_on = dy.Date()
    before = dy.Float64()
    after_on = dy.Date()
    after = dy.Float64()
    rise = dy.Float64()
    low = dy.Float64()
    high = dy.Float64()
