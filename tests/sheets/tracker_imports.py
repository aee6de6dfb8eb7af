"""Trackers imported into a home, each question answered as its office would, and what became of each score."""

import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from pipelines.imports.plan import ImportPreview, Upload, apply_import, plan_import
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.sheets import Answers, Question
from pipelines.store.home import Home
from tests.sheets.trackers import ScoreCell, Tracker

AT = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
OFFICE = Person("Dr Osei")
ROUNDS = 4


@dataclass
class Outcome:
    """What became of one tracker: how many of its score cells were stored, waiting by name, in a column named as
    unused, or lost without a word; and what else must hold."""

    tracker: Tracker
    fates: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    questions: list[str] = field(default_factory=list)
    students: set[str] = field(default_factory=set)
    attempts: set[tuple[object, ...]] = field(default_factory=set)
    planned: dict[str, object] = field(default_factory=dict)
    surplus: int = 0  # scores stored that are not on the sheet
    refused: str = ""

    @property
    def missing_attempts(self) -> int:
        return len(self.tracker.attempts ^ self.attempts)


def with_roster(root: Path, text: str, policy: Policy) -> Home:
    """A home whose students are those of a roster."""
    home = Home(root)
    path = root.parent / "roster.csv"
    path.write_text(text, encoding="utf-8")
    made = plan_import(home, [Upload("roster.csv", path)], policy, accept_changes=False, at=AT)
    apply_import(home, made, policy, by=OFFICE, at=AT)
    return home


def imported(tracker: Tracker, base: Path, policy: Policy) -> Outcome:
    """The tracker imported into a copy of the home."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "home"
        shutil.copytree(base, root)
        home, path = Home(root), Path(folder) / "tracker.csv"
        path.write_text(tracker.text, encoding="utf-8")
        outcome, answers, preview = Outcome(tracker), Answers(), None
        for _ in range(ROUNDS):
            preview = plan_import(home, [Upload("tracker.csv", path, answers)], policy, accept_changes=False, at=AT)
            sheet = preview.sheets[0]
            asked = sheet.report.questions if sheet.report else []
            for question in asked:
                outcome.questions.append(question.id)
                answers = answered(answers, question, tracker)
            if not asked:
                break
        assert preview is not None
        apply_import(home, preview, policy, by=OFFICE, at=AT)
        return _judged(outcome, preview)


def answered(answers: Answers, question: Question, tracker: Tracker) -> Answers:
    """The answers and the office's to one question."""
    subject, _, header = question.id.partition(":")
    match subject:
        case "dates":
            days = ";".join(f"{name}:{tracker.days.get(name, 'unknown')}" for name in question.columns)
            return answers.with_answer(question.id, days, question.columns)
        case "date":
            return answers.with_answer(question.id, tracker.days.get(header, "unknown"))
        case "date_order":
            return answers.with_answer(question.id, tracker.date_order)
        case "column":
            choice = next((c for c in ("as they are", "percent") if c in question.choices), question.choices[0])
            return answers.with_answer(question.id, choice)
    return answers.with_answer(question.id, "yes", question.columns)


def _judged(outcome: Outcome, preview: ImportPreview) -> Outcome:
    sheet, tables = preview.sheets[0], preview.facts.tables
    outcome.refused = sheet.refused or ""
    frames = {name: tables[name].frame.collect() for name in ("assessment", "undated_score", "student", "attempt")}
    dated = Counter(frames["assessment"].select("student_id", "instrument", "form", "score", "taken_on").iter_rows())
    undated = Counter((*row, None) for row in
                      frames["undated_score"].select("student_id", "instrument", "form", "score").iter_rows())
    left = dated + undated
    for cell in outcome.tracker.scores:
        key = (cell.student_id, cell.instrument, cell.form, cell.score, cell.day)
        if left[key] > 0:
            left[key] -= 1
            outcome.fates["stored"] += 1
        else:
            fate, cause = _where_else(cell, preview)
            outcome.fates[fate] += 1
            outcome.causes[cause] += 1
    outcome.surplus = sum(left.values())
    outcome.students = set(frames["student"]["student_id"])
    outcome.attempts = set(frames["attempt"].select("student_id", "exam", "outcome", "taken_on").iter_rows())
    planned = frames["student"].filter(pl.col("planned_on").is_not_null())
    outcome.planned = dict(planned.select("student_id", "planned_on").iter_rows())
    return outcome


def _where_else(cell: ScoreCell, preview: ImportPreview) -> tuple[str, str]:
    """Where a score that was not stored is, and why."""
    sheet = preview.sheets[0]
    if sheet.refused:
        return "refused", sheet.refused[:160]
    held = preview.held.filter(sheet_row=cell.sheet_row).to_dicts()
    named = [row for row in held if cell.header in row["reason"] or f"{cell.score:g}" in row["text"]]
    if named:
        return ("no day" if cell.is_dateless else "waiting"), f"{named[0]['rule_id']}: {named[0]['reason'][:80]}"
    if sheet.report and cell.header in [*sheet.report.unused, *sheet.report.unread]:
        return "unused", f"unused: {cell.header}"
    return "lost", f"lost: {cell.header} of row {cell.sheet_row}"


def figures(outcomes: list[Outcome]) -> dict[str, object]:
    """The measured figures of all trackers."""
    fates: Counter[str] = sum((o.fates for o in outcomes), Counter())
    cells = sum(fates.values()) - fates["no day"]
    asked = [len(set(o.questions)) for o in outcomes]
    return {
        "trackers": len(outcomes), "score cells": cells, "stored": round(100 * fates["stored"] / cells, 2),
        "fates": dict(fates), "surplus": sum(o.surplus for o in outcomes), "most questions": max(asked),
        "mean questions": round(sum(asked) / len(asked), 2), "files asking": Counter(asked),
        "attempts missed": sum(o.missing_attempts for o in outcomes),
    }
