"""Ambiguous dates read as the school writes them, where nothing on their sheet shows their order."""

from dataclasses import replace

from pipelines.sheets import Answers, ReadSheet

SUBJECT = "date_order:"
FIRST = {"month": "the month first", "day": "the day first"}


def with_school_order(answers: Answers, read: ReadSheet, order: str | None) -> Answers:
    """The answers with the school's order for each column that the sheet asks about. They are kept with the import, so
    it stays as it was read when the school's order changes."""
    columns = [q.id.removeprefix(SUBJECT) for q in read.report.questions if q.id.startswith(SUBJECT)]
    return replace(answers, date_order={**answers.date_order, **dict.fromkeys(columns, order)}) if order else answers


def with_order_doubt(read: ReadSheet, before: ReadSheet, order: str) -> ReadSheet:
    """The sheet read with the school's order: a doubt says so, and its question can still be answered otherwise."""
    asked = [q for q in before.report.questions if q.id.startswith(SUBJECT)]
    columns = ", ".join(q.id.removeprefix(SUBJECT) for q in asked)
    doubt = f"Dates such as 3/4/2027 in {columns} were read with {FIRST[order]}, as this school writes them."
    report = replace(read.report, doubts=[*read.report.doubts, doubt], settled=[*read.report.settled, *asked])
    return replace(read, report=report)
