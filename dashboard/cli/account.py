"""A plan told on a terminal: its sheets' accounts, what is held, the question, the JSON document, the exit status."""

import sys
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import typer

from dashboard.words.imports import unusual_text
from pipelines.errors import PasslineError
from pipelines.imports.plan import ImportPreview, SheetPreview, Upload
from pipelines.sheets import Question


def sentence(sheet: SheetPreview) -> str:
    if sheet.report is None:
        return f"{sheet.file}: {'not read yet' if sheet.is_unclear else 'refused'}. {sheet.refused}"
    account = (
        f"{sheet.file} ({sheet.report.kind}): {sheet.report.read} read = {sheet.stored} stored + "
        f"{sheet.unchanged} unchanged + {sheet.rejected} rejected + {sheet.waiting} waiting"
    )
    beside = "".join(
        f", {count} {name} beside" for count, name in
        [(sheet.report.blank, "blank"), (sheet.report.not_people, "not people")] if count
    )
    return account + beside + (" (this sheet is in already)" if sheet.already else "")


def unused_columns(sheet: SheetPreview) -> list[str]:
    """A line that names the columns of which nothing is stored, if there are any."""
    if sheet.report is None or not sheet.report.unused:
        return []
    names = ", ".join(" ".join(header.split()) for header in sheet.report.unused)
    return [f"  {sheet.file}: columns not used: {names}"]


def show_plan(plan: ImportPreview, as_json: bool, most: int = 20) -> None:
    """Each sheet's account and unused columns, its doubts, some of the rows held, what is unusual: beside the document
    if `as_json`."""
    for sheet in plan.sheets:
        typer.echo("\n".join([sentence(sheet), *unused_columns(sheet)]), err=as_json)
    for sheet in plan.sheets:
        for doubt in sheet.report.doubts if sheet.report else []:
            typer.echo(f"  {sheet.file}: {doubt}", err=as_json)
        for question in sheet.report.questions if sheet.report else []:
            typer.echo(f'  {sheet.file} asks: {question.text} Say --answer "{question.id}=…".', err=as_json)
    for row in plan.held.head(most).to_dicts():
        typer.echo(f"  {row['file']} row {row['sheet_row']} {row['state']}: {row['reason']}", err=as_json)
    if plan.held.height > most:
        left = plan.held.height - most
        typer.echo(f"  … and {left} more: passline export rejects, passline export waiting", err=as_json)
    for unusual in plan.guard:
        typer.echo(f"  Look twice: {unusual_text(unusual)}", err=True)


def answered(uploads: list[Upload], plan: ImportPreview, said: list[str]) -> list[Upload]:
    """The uploads with what was said (`QUESTION=ANSWER`) to those of the plan's sheets that ask it."""
    asked: set[str] = set()
    for place, sheet in enumerate(plan.sheets):
        questions = {question.id: question for question in sheet.report.questions} if sheet.report else {}
        for told in said:
            question, _, answer = told.rpartition("=")
            if question in questions:
                asked.add(told)
                answers = uploads[place].answers.with_answer(question, _checked(questions[question], answer))
                uploads = [*uploads[:place], replace(uploads[place], answers=answers), *uploads[place + 1:]]
    for told in said:
        if told not in asked:
            typer.echo(f"  No sheet asks what “{told}” answers: import without --answer tells what they ask.", err=True)
    return uploads


def _checked(question: Question, answer: str) -> str:
    if question.choices and answer not in question.choices:
        raise PasslineError(f"“{answer}” does not answer “{question.text}”: say one of {', '.join(question.choices)}.")
    if question.id.startswith("date:") or question.id == "all:taken_on":
        try:
            return date.fromisoformat(answer).isoformat()
        except ValueError as error:
            raise PasslineError(f"“{answer}” is no day: write it as 2026-10-20.") from error
    return answer


def agreed(plan: ImportPreview) -> bool:
    if not sys.stdin.isatty():
        return False
    for row in plan.changes.head(20).to_dicts():
        typer.echo(f"  {row['student_id']} {row['what']}: {row['column']} {row['old']} -> {row['new']}", err=True)
    return typer.confirm("Apply?", err=True)


def as_document(plan: ImportPreview, applied: bool) -> dict[str, Any]:
    return {"sheets": [_as_json(s, applied) for s in plan.sheets], "applied": applied,
            "unusual": [unusual_text(unusual) for unusual in plan.guard],
            "unusual_ids": [unusual.kind for unusual in plan.guard]}  # fmt: skip


def _as_json(sheet: SheetPreview, applied: bool) -> dict[str, Any]:
    report = sheet.report
    if report is None:
        return {"file": sheet.file, "refused": sheet.refused, "kind": None, "layout": None, "read": 0, "stored": 0,
                "unchanged": 0, "rejected": 0, "waiting": 0, "import_id": None, "unused_columns": []}
    counts = {n: getattr(sheet, n) for n in ["stored", "unchanged", "rejected", "waiting"]}
    number = sheet.import_id if applied or (sheet.already or 0) > 0 else None
    return {"file": sheet.file, "kind": report.kind, "layout": report.layout, "read": report.read, **counts,
            "import_id": number, "blank": report.blank, "not_people": report.not_people,
            "unused_columns": report.unused, "doubts": report.doubts,
            "questions": [asdict(question) for question in report.questions]}


def exit_status(plan: ImportPreview, applied: bool) -> int:
    if any(sheet.refused and not sheet.is_unclear for sheet in plan.sheets):
        return 2
    left = any(sheet.rejected or sheet.waiting or sheet.is_unclear for sheet in plan.sheets)
    return 1 if left or not (applied or plan.is_empty) else 0
