"""Ignored columns: headers that a person said hold no results, so that no sheet asks about them again.

They are taken from the report after reading, so reading a sheet depends on nothing but the sheet and its answers; they
stay among its unused columns. Headers are compared as on sheets: case, spaces and signs do not matter.
"""

from dataclasses import replace
from datetime import datetime

from pipelines.contracts.decisions import SheetImport
from pipelines.errors import DecisionRefused
from pipelines.office import Office, Person
from pipelines.sheets import ALWAYS_LEAVE_OUT, ReadSheet, header_key, unread_question

NO_HEADER = "(no header)"


def without_ignored(read: ReadSheet, ignored: list[str]) -> ReadSheet:
    """The sheet, no longer asking about columns with these headers."""
    keys = set(map(header_key, ignored))
    left = [header for header in read.report.unread if header_key(header) not in keys]
    if left == read.report.unread:
        return read
    questions = [question for question in read.report.questions if question.id != "unused"]
    return replace(read, report=replace(read.report, unread=left, questions=[*questions, *unread_question(left)]))


def ignore_column(office: Office, header: str, *, by: Person, at: datetime) -> None:
    """Ignore columns with this header, in any spelling. Raises DecisionRefused for a column without one: the next
    column without a header may be another."""
    if header.endswith(NO_HEADER):
        raise DecisionRefused("A column without a header cannot be ignored: give it one on the sheet.")
    if _spelled(office, header) is None:
        office.ignored_columns.ignore(header.strip(), by=by, at=at)


def stop_ignoring_column(office: Office, header: str, *, by: Person, at: datetime) -> None:
    """Ask about columns with this header again. Raises DecisionRefused where it is not ignored."""
    office.ignored_columns.stop_ignoring(_spelled(office, header) or header, by=by, at=at)


def remember_ignored(office: Office, imports: list[SheetImport], *, by: Person, at: datetime) -> None:
    """Ignore the columns that the answers of these imports always leave out."""
    for header in dict.fromkeys(h for one in imports for h, how in one.answers["columns"].items()
                                if how == ALWAYS_LEAVE_OUT and not h.endswith(NO_HEADER)):
        ignore_column(office, header, by=by, at=at)


def _spelled(office: Office, header: str) -> str | None:
    """The ignored header that is the same as this one, as it was written."""
    same = (one for one in office.ignored_columns.current() if header_key(one) == header_key(header))
    return next(same, None)
