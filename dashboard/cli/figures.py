"""Commands on figures: lists, calendars, and the back-test."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.arguments import AsOfOption, HomeOption, JsonOption
from dashboard.cli.edge import day_of, now, open_home, open_warehouse, person
from dashboard.cli.terminal import say
from pipelines.errors import PasslineError


def export(
    what: Annotated[str, typer.Argument(
        help="risk, retakes, subjects, doubts, needs, flags, handoff, rejects, waiting, or a kind of sheet "
        "(roster, attempts, assessments, content_areas, topics, self_analysis, tutors, sessions) or undated_scores.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file; standard output if absent.")] = None,
    form: Annotated[str | None, typer.Option("--format", help="csv, xlsx or parquet; else the file's ending.")] = None,
    as_of: AsOfOption = None,
    revision: Annotated[int | None, typer.Option(
        "--revision", help="Use what was known after this decision (number from `passline decisions`).")] = None,
    home: HomeOption = None,
) -> None:
    """Write a list as CSV, XLSX or Parquet."""
    from dashboard.data.exports import exported, write_export
    from dashboard.data.figures import figures_of
    from dashboard.data.warehouse import Warehouse
    from pipelines.store.builds import replay

    opened, day = open_home(home), day_of(as_of)
    policy = opened.office.rules.policy(None if revision is None else opened.office.ledger.decided_at(revision))
    with tempfile.TemporaryDirectory() as replayed:
        if revision is None:
            warehouse = open_warehouse(opened)
        else:
            warehouse = Warehouse(replay(opened, revision, policy, Path(replayed), now()))
        rows = exported(what, opened.office, warehouse, lambda: figures_of(warehouse, day, policy))
    write_export(rows, output, form)


def calendar(
    student: Annotated[str | None, typer.Option("--student", help="A student's ID: the whole exam plan.")] = None,
    advisor: Annotated[str | None, typer.Option("--advisor", help="An advisor's name: their students' dates.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file; standard output if absent.")] = None,
    as_of: AsOfOption = None, home: HomeOption = None,
) -> None:
    """Write a student's exam plan, or the dates of an advisor's students, as a calendar file (.ics)."""
    from dashboard.data.calendars import calendar_of_advisor, calendar_of_student
    from dashboard.data.figures import figures_of

    if (student is None) == (advisor is None):
        raise PasslineError("Name one: --student ID or --advisor NAME.")
    opened = open_home(home)
    warehouse = open_warehouse(opened)
    figures = figures_of(warehouse, day_of(as_of), opened.office.rules.policy())
    taken = warehouse.assessments()
    calendar_bytes = (
        calendar_of_student(figures, opened.office, taken, student, by=person(), at=now()) if student is not None
        else calendar_of_advisor(figures, opened.office, taken, advisor or "", by=person(), at=now())
    )
    if output is None:
        if sys.stdout.isatty():
            say(*calendar_bytes.decode().splitlines())
        else:
            sys.stdout.buffer.write(calendar_bytes)
    else:
        output.write_bytes(calendar_bytes)


def backtest(as_json: JsonOption = False, as_of: AsOfOption = None, home: HomeOption = None) -> None:
    """Predict every past attempt from what was known before it, and compare with the results."""
    from dashboard.data import evidence
    from dashboard.data.figures import backtest as backtest_of
    from dashboard.data.figures import figures_of

    opened = open_home(home)
    figures = figures_of(open_warehouse(opened), day_of(as_of), opened.office.rules.policy())
    forecasts = backtest_of(figures)
    if as_json:
        say(json.dumps(evidence.document(forecasts, figures)))
        return
    if forecasts.is_empty():
        say("No past attempt has an earlier score yet: import attempts and self-assessments first.")
        return
    for line in evidence.lines(forecasts, figures):
        say(line)
