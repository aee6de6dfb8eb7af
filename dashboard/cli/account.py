"""An import preview on a terminal: accounts of its sheets, held rows, the question, the JSON document, exit status."""

import sys
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import typer

from dashboard.cli.terminal import say
from dashboard.words.command_line import on_command_line
from dashboard.words.imports import unusual_text
from pipelines.errors import PasslineError
from pipelines.imports.plan import ImportPreview, SheetPreview, Upload
from pipelines.sheets import UNKNOWN_DAY, Question


def sentence(sheet: SheetPreview) -> str:
    """One sheet's account: its rows read, stored, unchanged, rejected and waiting; or why it was refused."""
    if sheet.report is None:
        why = on_command_line(sheet.refused or "")
        return f"{sheet.file}: {'not read yet' if sheet.is_unclear else 'refused'}. {why}"
    account = (
        f"{sheet.file} ({_kinds(sheet)}): {sheet.report.read} read = {sheet.stored} stored + "
        f"{sheet.unchanged} unchanged + {sheet.rejected} rejected + {sheet.waiting} waiting"
    )
    beside = "".join(
        f", {count} {name} beside" for count, name in
        [(sheet.report.blank, "blank"), (sheet.report.not_people, "not people")] if count
    )
    return account + beside + (" (this sheet is in already)" if sheet.already else "")


def _kinds(sheet: SheetPreview) -> str:
    """The kinds of record on the sheet, each with its own rows where there are several."""
    if not sheet.kinds:
        return sheet.report.kind if sheet.report else ""
    return ", ".join(f"{kind['kind']} {kind['read']}" for kind in sheet.kinds)


def has_outcomes(sheet: SheetPreview) -> bool:
    """Whether attempts were stored from it."""
    kinds = [kind["kind"] for kind in sheet.kinds] or [sheet.report.kind if sheet.report else None]
    return sheet.stored > 0 and "attempts" in kinds


def unused_columns(sheet: SheetPreview) -> list[str]:
    """A line that names the columns of which nothing is stored, where there are any."""
    if sheet.report is None or not sheet.report.unused:
        return []
    names = ", ".join(" ".join(header.split()) for header in sheet.report.unused)
    hold = [" ".join(header.split()) for header in sheet.unread]
    results = [f"  {sheet.file}: hold numbers, dates or outcomes, which nothing is read from: {', '.join(hold)}"]
    return [f"  {sheet.file}: columns not used: {names}", *(results if hold else [])]


def show_preview(preview: ImportPreview, as_json: bool, row_limit: int = 20) -> None:
    """Print each sheet's account, unused columns, doubts and questions, the first held rows, and anything unusual.

    With `as_json` all of it goes to stderr, since stdout is for the document alone.
    """
    for sheet in preview.sheets:
        say(sentence(sheet), *unused_columns(sheet), err=as_json)
    for sheet in preview.sheets:
        for doubt in sheet.report.doubts if sheet.report else []:
            say(f"  {sheet.file}: {on_command_line(doubt)}", err=as_json)
        for question in sheet.report.questions if sheet.report else []:
            say(f'  {sheet.file} asks: {question.text} Answer with --answer "{question.id}=…".', err=as_json)
    for row in preview.held.head(row_limit).to_dicts():
        say(f"  {row['file']} row {row['sheet_row']} {row['state']}: {row['reason']}", err=as_json)
    if preview.held.height > row_limit:
        left = preview.held.height - row_limit
        say(f"  … and {left} more: passline export rejects, passline export waiting", err=as_json)
    for unusual in preview.unusual:
        say(f"  Look twice: {unusual_text(unusual)}", err=True)


def answered(uploads: list[Upload], preview: ImportPreview, given: list[str]) -> list[Upload]:
    """The uploads with these answers (`QUESTION=ANSWER`), each given to every sheet that asks its question."""
    used: set[str] = set()
    by_id = {upload.id: upload for upload in uploads}
    for sheet in preview.sheets:
        asked = [*sheet.report.questions, *sheet.report.settled] if sheet.report else []
        questions = {question.id: question for question in asked}
        for question_and_answer in given:
            name, _, answer = question_and_answer.rpartition("=")
            if question := questions.get(name) or _one_of_dates(name, questions):
                used.add(question_and_answer)
                upload = by_id[sheet.upload]
                before = upload.parts.get(sheet.part, upload.answers)
                answers = before.with_answer(question.id, _checked(question, answer), question.columns)
                by_id[upload.id] = replace(upload, parts={**upload.parts, sheet.part: answers})
    for unused in [one for one in given if one not in used]:
        say(f"  No sheet asks for “{unused}”: run import without --answer to see the questions.", err=True)
    return list(by_id.values())


def _one_of_dates(name: str, questions: dict[str, Question]) -> Question | None:
    """The question about one column's day, where the days of several columns are asked together."""
    subject, _, header = name.partition(":")
    asked = questions["dates"].columns if "dates" in questions else []
    return Question(name, f"When was “{header}” taken?", []) if subject == "date" and header in asked else None


def _checked(question: Question, answer: str) -> str:
    if question.choices and answer not in question.choices:
        choices = ", ".join(question.choices)
        raise PasslineError(f"“{answer}” does not answer “{question.text}”: choose one of {choices}.")
    if question.id == "dates" and ":" in answer:
        return ";".join(_checked_pair(question, pair) for pair in answer.split(";") if pair.strip())
    if question.id == "dates" or question.id.startswith("date:"):
        return answer if answer == UNKNOWN_DAY else _day(answer)
    return _day(answer) if question.id == "all:taken_on" else answer


def _checked_pair(question: Question, pair: str) -> str:
    """One column's day in an answer for several, as `HEADER:DAY`."""
    header, _, day = pair.strip().rpartition(":")
    if header not in question.columns:
        raise PasslineError(f"“{header}” is not one of {', '.join(question.columns)}.")
    return f"{header}:{day if day == UNKNOWN_DAY else _day(day)}"


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise PasslineError(f"“{text}” is not a date: write it as 2026-10-20.") from error


def agreed(preview: ImportPreview) -> bool:
    """True where a person at a terminal saw the changes and confirmed the import; False without a terminal."""
    if not sys.stdin.isatty():
        return False
    for row in preview.changes.head(20).to_dicts():
        say(f"  {row['student_id']} {row['what']}: {row['column']} {row['old']} -> {row['new']}", err=True)
    return typer.confirm("Apply?", err=True)


def as_document(preview: ImportPreview, applied: bool) -> dict[str, Any]:
    """What `passline import --json` prints."""
    return {"sheets": [_as_json(s, applied) for s in preview.sheets], "applied": applied,
            "unusual": [unusual_text(unusual) for unusual in preview.unusual],
            "unusual_ids": [unusual.kind for unusual in preview.unusual]}  # fmt: skip


def _as_json(sheet: SheetPreview, applied: bool) -> dict[str, Any]:
    report = sheet.report
    if report is None:
        return {"file": sheet.file, "refused": sheet.refused, "kind": None, "layout": None, "read": 0, "stored": 0,
                "unchanged": 0, "rejected": 0, "waiting": 0, "import_id": None, "unused_columns": []}
    counts = {n: getattr(sheet, n) for n in ["stored", "unchanged", "rejected", "waiting"]}
    number = sheet.import_id if applied or (sheet.already or 0) > 0 else None
    return {"file": sheet.file, "kind": report.kind, "layout": report.layout, "read": report.read, **counts,
            "import_id": number, "blank": report.blank, "not_people": report.not_people,
            "unused_columns": report.unused, "unread_columns": sheet.unread, "kinds": sheet.kinds,
            "doubts": report.doubts, "unread_results": report.without_values,
            "questions": [asdict(question) for question in report.questions]}


def is_left(sheet: SheetPreview) -> bool:
    """True where something of the sheet is not in: rows, columns of results or areas, or people nobody decided on."""
    report = sheet.report
    asks = report is not None and any(question.id == "add-students" for question in report.questions)
    labels = report.areas_unknown if report else {}
    return bool(sheet.rejected or sheet.waiting or sheet.is_unclear or sheet.needs_a_look or asks or labels)


def exit_status(preview: ImportPreview, applied: bool) -> int:
    """0: everything is in; 1: something was rejected, waits, is unclear, could not be read or was not applied; 2: a
    sheet was refused."""
    if any(sheet.refused and not sheet.is_unclear for sheet in preview.sheets):
        return 2
    left = any(is_left(sheet) for sheet in preview.sheets)
    return 1 if left or not (applied or preview.is_empty) else 0
