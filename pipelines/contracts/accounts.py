"""The accounting of sheet rows: how many were stored, and why the others are held."""

from dataclasses import dataclass
from enum import StrEnum

import dataframely as dy


class HeldRule(StrEnum):
    """The id of the rule that holds a row: an error of a cell, of the row, of its student, or against other rows.

    Rules up to NOT_A_CONTENT_AREA name the column of the cell.
    """

    MISSING = "missing"
    NOT_A_DATE = "not_a_date"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_WHOLE_NUMBER = "not_a_whole_number"
    NOT_ONE_OF = "not_one_of"
    OUT_OF_RANGE = "out_of_range"
    AMBIGUOUS_DATE = "ambiguous_date"
    NOT_GIVEN = "not_given"
    NOT_A_CONTENT_AREA = "not_a_content_area"
    UNKNOWN_INSTRUMENT = "unknown_instrument"
    UNKNOWN_AREA = "unknown_area"
    DATE_NOT_GIVEN = "date_not_given"
    EXAM_NOT_GIVEN = "exam_not_given"
    STRAY_QUOTE = "stray_quote"
    TOO_MANY_CELLS = "too_many_cells"
    ANOTHER_EXAM = "another_exam"
    FORMS_DISAGREE = "forms_disagree"
    SCALE_NOT_CERTAIN = "scale_not_certain"
    NO_RESULT = "no_result"
    AXIS_DISAGREES = "axis_disagrees"
    CORRECT_ABOVE_ITEMS = "correct_above_items"
    MISSED_ABOVE_ITEMS = "missed_above_items"
    COLUMN_NOT_CERTAIN = "column_not_certain"
    CELLS_SHIFTED = "cells_shifted"
    DATE_NOT_PLAUSIBLE = "date_not_plausible"
    NUMBER_TOO_LONG = "number_too_long"
    UNKNOWN_STUDENT = "unknown_student"
    ANOTHER_PERSON = "another_person"
    IDENTIFIERS_DISAGREE = "identifiers_disagree"
    TWO_VALUES_IN_ONE_SHEET = "two_values_in_one_sheet"
    CHANGED_VALUE = "changed_value"
    CORRECTED_BY_A_PERSON = "corrected_by_a_person"

    @property
    def is_open_question(self) -> bool:
        """True where a cell can be read, once a person answers how."""
        return self in (HeldRule.AMBIGUOUS_DATE, HeldRule.UNKNOWN_INSTRUMENT, HeldRule.UNKNOWN_AREA)


class HeldRow(dy.Schema):
    """A sheet row that is not in the figures: rejected, or waiting for a decision, with the rule and the row's text."""

    import_id = dy.Int32()
    file = dy.String()
    sheet_row = dy.Int32()
    state = dy.String(check=lambda c: c.is_in(["rejected", "waiting"]))
    rule_id = dy.String(check=lambda c: c.is_in(list(HeldRule)))
    column = dy.String(nullable=True, description="the column whose cell the rule is about, if it is about one")
    reason = dy.String()
    text = dy.String()


class ImportAccount(dy.Schema):
    """One import's rows: read = stored + unchanged + rejected + waiting; blank rows and rows that are not
    people are counted apart."""

    import_id = dy.Int32()
    file = dy.String()
    kind = dy.String()
    layout = dy.String()
    read = dy.Int64()
    stored = dy.Int64()
    unchanged = dy.Int64()
    rejected = dy.Int64()
    waiting = dy.Int64()
    blank = dy.Int64()
    not_people = dy.Int64()


class UnusualKind(StrEnum):
    """The id of a reason to call an import unusual, so that a person checks it before it is applied."""

    MANY_CHANGES = "many_changes"
    CLASS_MISSING = "class_missing"
    CLASS_SHRINKS = "class_shrinks"
    SAME_EMAIL = "same_email"
    SAME_USMLE_ID = "same_usmle_id"
    SIMILAR_ID = "similar_id"
    SAME_NAME = "same_name"


@dataclass(frozen=True)
class Unusual:
    """One reason to check an import, with the values its sentence needs; the others stay empty.

    `count` of `of`: changed rows of the sheet's rows, or students of the class now and before. `student_id` is new and
    has the e-mail, USMLE ID or name of `known_id`, or an ID that differs only in case, leading zeros or separators.
    """

    kind: UnusualKind
    file: str = ""
    count: int = 0
    of: int = 0
    class_year: int | None = None
    program: str | None = None
    student_id: str = ""
    known_id: str = ""


@dataclass(frozen=True)
class ReadOtherwise:
    """An import that was read as a roster, with the rows it stored then, and the rows of each kind that today's reader
    finds; `refused` where that one first asks how to read it."""

    import_id: int
    file: str
    stored: int
    kinds: dict[str, int]
    refused: str | None = None


@dataclass(frozen=True)
class RereadEffect:
    """What reading an import again does: its rows, and the students on record and the stored rows of all other sheets,
    before and after."""

    stored_before: int
    stored: int
    unchanged: int
    rejected: int
    waiting: int
    students_before: int
    students_after: int
    others_before: int
    others_after: int

    @property
    def students_lost(self) -> int:
        """Students whom only this roster made."""
        return self.students_before - self.students_after
