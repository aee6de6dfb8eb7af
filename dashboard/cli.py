"""The command line: arguments, the clock and exit codes. Everything it does, the packages do."""

import getpass
import json
import sys
import tempfile
import time
import tomllib
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from dashboard.queries import Warehouse
from pipelines import builds
from pipelines import imports as importing
from pipelines.contracts.kinds import KINDS
from pipelines.errors import PasslineError, PlanStale
from pipelines.home import Home, default_root
from pipelines.office import Person
from pipelines.policy import load_policy
from pipelines.sheets import Answers, inspect_sheet, layout_of, shipped_layouts

app = typer.Typer(add_completion=False, help="Who is in danger of failing Step 1, and what next.")

HomeOption = Annotated[Path | None, typer.Option("--home", help="Where Passline keeps its data (or PASSLINE_HOME).")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Figures for this day; else today.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]
PortOption = Annotated[int | None, typer.Option("--port", help="Port on 127.0.0.1; the first free one if absent.")]
HeadlessOption = Annotated[bool, typer.Option("--headless", help="Do not open the browser.")]
KindOption = Annotated[str | None, typer.Option("--kind", help=f"One of {', '.join(KINDS)}; recognised if absent.")]

PLANS_TRIED = 10


def main() -> None:
    """`passline`: without a subcommand, serve. Exits 2 with one sentence on anything a person can act on."""
    arguments = sys.argv[1:]
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("--help", "-h")):
        arguments = ["serve", *arguments]
    try:
        app(arguments)
    except PasslineError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(2) from None


def _now() -> datetime:
    return datetime.now(UTC)


def _day(as_of: str | None) -> date:
    if as_of is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise PasslineError(f"--as-of takes a date like 2027-02-15, not {as_of!r}.") from None


def _person() -> Person:
    return Person(getpass.getuser())


def _open(home: Path | None) -> Home:
    return Home(home or default_root())


def _warehouse(home: Home) -> Warehouse:
    builds.ensure_current(home, load_policy(), _now())
    build = home.current()
    if build is None:
        raise PasslineError("The warehouse could not be built: run `passline rebuild`.")
    return Warehouse(build.path)


@app.command()
def serve(
    home: HomeOption = None, as_of: AsOfOption = None, port: PortOption = None, headless: HeadlessOption = False
) -> None:
    """Open the dashboard on this computer."""
    from dashboard.serve import serve as serve_dashboard  # Streamlit takes a second to import: only where needed

    opened = _open(home)
    _warehouse(opened)
    serve_dashboard(opened.root, as_of=as_of and _day(as_of).isoformat(), port=port, headless=headless)


@app.command()
def demo(
    home: HomeOption = None, as_of: AsOfOption = None, port: PortOption = None, headless: HeadlessOption = False
) -> None:
    """Open the sample class in a throwaway home, or in an empty one that --home names."""
    from dashboard.sample import fill_with_sample
    from dashboard.serve import serve as serve_dashboard

    day = _day(as_of)
    with tempfile.TemporaryDirectory(prefix="passline-demo-", ignore_cleanup_errors=True) as root:
        opened = Home(home or Path(root))
        if opened.office.state().revision:
            raise PasslineError(f"{opened.root} holds data already: the sample class needs an empty home.")
        typer.echo("Making a sample class…", err=True)
        fill_with_sample(opened, load_policy(), as_of=day, at=_now())
        serve_dashboard(opened.root, as_of=as_of and day.isoformat(), port=port, headless=headless)


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Sheets, CSV or XLSX; together they form one plan.")],
    kind: KindOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Apply without asking what is certain; the rest waits.")] = False,
    layout: Annotated[Path | None, typer.Option("--layout", help="A layout file (TOML) that says how to read.")] = None,
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """Import sheets: shows the account, asks, and stores. Exit 0: all in; 1: some rejected or waiting; 2: refused."""
    opened, policy = _open(home), load_policy()
    _check_kind(kind)
    answers = Answers(kind=kind, layout=_layout(layout) if layout else None)
    uploads = [importing.Upload(path.name, _existing(path), answers) for path in files]
    for attempt in range(PLANS_TRIED):
        plan = importing.plan_import(opened, uploads, policy, accept_changes=not yes, at=_now())
        applied = False
        if yes and not plan.is_empty:
            try:
                applied = bool(importing.apply_plan(opened, plan, policy, by=_person(), at=_now()))
            except PlanStale:  # another process decided first: nobody has looked at this plan, so make it again
                if attempt == PLANS_TRIED - 1:
                    raise
                continue
        break
    for sheet in plan.sheets:
        typer.echo(_sentence(sheet), err=as_json)
    _show_held(plan, as_json)
    for told in plan.guard:
        typer.echo(f"  Look twice: {told}", err=True)
    if not (yes or plan.is_empty) and _agreed(plan):
        applied = bool(importing.apply_plan(opened, plan, policy, by=_person(), at=_now()))
    if not (applied or plan.is_empty):
        typer.echo("Nothing was stored: say yes, or use --yes.", err=True)
    if as_json:
        document = {"sheets": [_as_json(s, applied) for s in plan.sheets], "applied": applied, "unusual": plan.guard}
        typer.echo(json.dumps(document))
    raise SystemExit(_exit_status(plan, applied))


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="Sheets dropped here are imported, then moved to a folder in it.")],
    every: Annotated[int, typer.Option("--every", min=1, help="Look again after so many seconds.")] = 60,
    once: Annotated[bool, typer.Option("--once", help="Take in what lies there, and stop.")] = False,
    home: HomeOption = None,
) -> None:
    """Import the sheets that come into a folder, as under --yes. Exit with --once: as import."""
    from pipelines.watch import settled_files, take_in

    if not folder.is_dir():
        raise PasslineError(f"There is no folder {folder}: make it, or name another.")
    opened, policy, worst = _open(home), load_policy(), 0
    ready, sizes = settled_files(folder, {})
    while True:
        for one in take_in(opened, list(sizes) if once else ready, policy, by=_person(), at=_now()):
            typer.echo(f"{one.path.name} put aside: {one.reason}" if one.reason else _sentence(one.sheet))
            left = one.sheet.rejected or one.sheet.waiting
            worst = max(worst, 2 if one.reason else 1 if left else 0)
        if once:
            raise SystemExit(worst)
        time.sleep(every)
        ready, sizes = settled_files(folder, sizes)


@app.command("layouts")
def layouts_(
    add: Annotated[Path | None, typer.Option("--add", help="Save the layout in this TOML file.")] = None,
    drop: Annotated[str | None, typer.Option("--drop", metavar="NAME", help="Take a saved layout away.")] = None,
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """List the layouts that sheets are recognised by: those shipped, and those saved here; save or drop one."""
    opened = _open(home)
    if add:
        opened.office.save_layout(_layout(add), by=_person(), at=_now())
    if drop:
        opened.office.drop_layout(drop, by=_person(), at=_now())
    told = [{"name": one.name, "kind": one.kind, "source": one.source, "saved": False}
            for one in shipped_layouts().values()]
    told += [{"name": one["name"], "kind": one["kind"], "source": one.get("source", ""), "saved": True}
             for one in opened.office.layouts()]
    if as_json:
        typer.echo(json.dumps({"layouts": told}))
        return
    for one in told:
        typer.echo(f"{one['name']} ({one['kind']}){', saved here' if one['saved'] else ''}")


@app.command("areas")
def areas_(
    place: Annotated[str | None, typer.Option("--place", metavar="LABEL", help="A label on sheets; say --on.")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="AREA", help="The content area it means.")] = None,
    leave_out: Annotated[str | None, typer.Option("--leave-out", metavar="LABEL", help="It is no area.")] = None,
    take_back: Annotated[str | None, typer.Option("--take-back", metavar="LABEL", help="Undo a decision.")] = None,
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """List the labels of content areas that wait, and those decided; say which area one means, or take that back."""
    from pipelines import area_labels

    opened, policy = _open(home), load_policy()
    if bool(place) != bool(on):
        raise PasslineError("Say both: --place LABEL --on AREA.")
    for label, area in [(place, on), (leave_out, area_labels.NO_AREA)]:
        if label:
            area_labels.place_label(opened, policy, label=label, area=area or "", by=_person(), at=_now())
    if take_back:
        area_labels.take_back_label(opened, policy, take_back, by=_person(), at=_now())
    waiting = area_labels.area_label_queue(_warehouse(opened).unknown_areas(), policy)
    decided = area_labels.placed_labels(opened).to_dicts()
    if as_json:
        known = [{"axis": a.axis, "area": a.name} for a in policy.areas]
        document = {"waiting": [asdict(one) for one in waiting], "decided": decided, "areas": known}
        typer.echo(json.dumps(document, default=str))
        return
    for one in waiting:
        alike = f"; most alike: {', '.join(one.suggested)}" if one.suggested else ""
        typer.echo(f"“{one.label}” waits: {one.rows} rows in {', '.join(one.files)}{alike}")
    for row in decided:
        typer.echo(f"“{row['label']}” is {row['area'] or 'left out'}, by {row['made_by']} {row['made_at']:%Y-%m-%d}")
    if not (waiting or decided):
        typer.echo("Every label on the sheets is a content area's own name.")


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="A sheet, CSV or XLSX.")], kind: KindOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show how a sheet would be read: encoding, delimiter, header row, kind, columns, rows. Stores nothing."""
    _check_kind(kind)
    found = inspect_sheet(_existing(file), file.name, Answers(kind=kind), load_policy())
    if as_json:
        typer.echo(json.dumps(found, default=str))
        return
    for name, value in found.items():
        typer.echo(f"{name}: {json.dumps(value, default=str, ensure_ascii=False)}")


@app.command("imports")
def imports_(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """List every import made, newest first, with its account and whether it was undone."""
    rows = _open(home).office.imports().to_dicts()
    if as_json:
        typer.echo(json.dumps({"imports": rows}, default=str))
        return
    for row in rows:
        gone = row["undone_at"]
        undone = f", undone {gone:%Y-%m-%d %H:%M} by {row['undone_by']}" if gone else ""
        typer.echo(
            f"{row['import_id']}  {row['imported_at']:%Y-%m-%d %H:%M}  {row['file']} ({row['kind']}): "
            f"{row['read']} read = {row['stored']} stored + {row['unchanged']} unchanged + "
            f"{row['rejected']} rejected + {row['waiting']} waiting, by {row['imported_by']}{undone}"
        )
    if not rows:
        typer.echo("No sheets yet: passline import FILE")


@app.command()
def undo(
    import_id: Annotated[int, typer.Argument(metavar="IMPORT", help="An import's number.")],
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """Take one import back as a whole; everything else stands."""
    importing.undo_import(_open(home), import_id, load_policy(), by=_person(), at=_now())
    _done(f"Import {import_id} is undone; `passline redo {import_id}` puts it back.", {"undone": import_id}, as_json)


@app.command()
def redo(
    import_id: Annotated[int, typer.Argument(metavar="IMPORT", help="An undone import's number.")],
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """Put an undone import back in its old place."""
    importing.redo_import(_open(home), import_id, load_policy(), by=_person(), at=_now())
    _done(f"Import {import_id} is in force again.", {"redone": import_id}, as_json)


@app.command()
def export(
    what: Annotated[str, typer.Argument(help="risk, retakes, subjects, flags, rejects, waiting, or a kind of sheet.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file; standard output if absent.")] = None,
    form: Annotated[str | None, typer.Option("--format", help="csv, xlsx or parquet.")] = None,
    as_of: AsOfOption = None,
    revision: Annotated[int | None, typer.Option(
        "--revision", help="As the office knew it after this decision (`passline decisions`).")] = None,
    home: HomeOption = None,
) -> None:
    """Write a list as CSV, XLSX or Parquet."""
    from dashboard.exports import exported, write_export  # SciPy comes with figures: only where they are asked for
    from dashboard.figures import figures_of

    opened, day = _open(home), _day(as_of)
    policy = opened.office.policy(None if revision is None else opened.office.decided_at(revision))
    with tempfile.TemporaryDirectory() as replayed:
        if revision is None:
            warehouse = _warehouse(opened)
        else:
            warehouse = Warehouse(builds.replay(opened, revision, policy, Path(replayed), _now()))
        rows = exported(what, opened.office, warehouse, lambda: figures_of(warehouse, day, policy))
    write_export(rows, output, form)


@app.command()
def calendar(
    student: Annotated[str | None, typer.Option("--student", help="A student's ID: the whole plan.")] = None,
    advisor: Annotated[str | None, typer.Option("--advisor", help="An advisor: what their students face.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file; standard output if absent.")] = None,
    as_of: AsOfOption = None, home: HomeOption = None,
) -> None:
    """Write a student's plan, or an advisor's students' dates, as a calendar file (.ics)."""
    from dashboard.calendars import calendar_of_advisor, calendar_of_student
    from dashboard.figures import figures_of

    if (student is None) == (advisor is None):
        raise PasslineError("Name one: --student ID or --advisor NAME.")
    opened = _open(home)
    warehouse = _warehouse(opened)
    figures = figures_of(warehouse, _day(as_of), opened.office.policy())
    taken = warehouse.assessments()
    made = (
        calendar_of_student(figures, opened.office, taken, student, by=_person(), at=_now()) if student is not None
        else calendar_of_advisor(figures, opened.office, taken, advisor or "", by=_person(), at=_now())
    )
    if output is None:
        sys.stdout.buffer.write(made)
    else:
        output.write_bytes(made)


@app.command("rules")
def rules_(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """List the school's own rules in force, and every version of them."""
    office = _open(home).office
    school = office.school_rules()
    if as_json:
        rules = [rule.model_dump(mode="json") for rule in school.rules]
        advice = school.advice.model_dump(mode="json")
        document = {"version": school.version, "rules": rules, "advice": advice,
                    "versions": office.rule_versions().to_dicts()}
        typer.echo(json.dumps(document, default=str))
        return
    for rule in school.rules:
        until = f" to {rule.valid_to}" if rule.valid_to else ""
        typer.echo(f"{rule.exam}: {rule.wording} (from {rule.valid_from}{until}; {rule.source})")
    if not school.rules:
        typer.echo("The school has no rules of its own: only the national ones are in force.")
    for row in office.rule_versions().to_dicts():
        typer.echo(f"version {row['version']}  {row['made_at']:%Y-%m-%d %H:%M}  {row['reason']}, by {row['made_by']}")


@app.command()
def backtest(as_json: JsonOption = False, as_of: AsOfOption = None, home: HomeOption = None) -> None:
    """Predict every past attempt anew from what was known before it, and tell how often it came true."""
    from dashboard.figures import figures_of
    from dashboard.presenting import evidence
    from dashboard.whatif import backtest as predicted_anew

    opened = _open(home)
    figures = figures_of(_warehouse(opened), _day(as_of), opened.office.policy())
    found = predicted_anew(figures)
    if as_json:
        typer.echo(json.dumps(evidence.document(found, figures)))
        return
    if found.is_empty():
        typer.echo("No past attempt has an earlier score yet: import attempts and self-assessments first.")
        return
    for line in evidence.lines(found, figures):
        typer.echo(line)


@app.command()
def decisions(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """List every decision that changed figures, newest first, with its revision."""
    rows = _open(home).office.decisions().to_dicts()
    if as_json:
        typer.echo(json.dumps({"decisions": rows}, default=str))
        return
    for row in rows:
        what = f"import {row['import_id']}" if row["import_id"] else f"correction {row['correction_id']}"
        when = f"{row['decided_at']:%Y-%m-%d %H:%M}"
        typer.echo(f"{row['revision']}  {when}  {row['action']} {what}, by {row['decided_by']}")


@app.command("rebuild")
def rebuild_(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Build the warehouse anew from the sheets and the decisions."""
    facts = builds.rebuild(_open(home), load_policy(), _now())
    _done(f"Built from {facts.accounts.height} sheets.", {"sheets": facts.accounts.height}, as_json)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise PasslineError(f"There is no file {path}: check its name and folder.")
    return path


def _check_kind(kind: str | None) -> None:
    if kind is not None and kind not in KINDS:
        raise PasslineError(f"There is no kind {kind!r}: choose one of {', '.join(KINDS)}.")


def _layout(path: Path) -> dict[str, Any]:
    try:
        told = tomllib.loads(_existing(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PasslineError(f"{path.name} is not a layout: it cannot be read as TOML.") from error
    return layout_of(told).model_dump(exclude_defaults=True)


def _sentence(sheet: importing.PlannedSheet) -> str:
    if sheet.report is None:
        return f"{sheet.file}: refused. {sheet.refused}"
    account = (
        f"{sheet.file} ({sheet.report.kind}): {sheet.report.read} read = {sheet.stored} stored + "
        f"{sheet.unchanged} unchanged + {sheet.rejected} rejected + {sheet.waiting} waiting"
    )
    beside = "".join(
        f", {count} {name} beside" for count, name in
        [(sheet.report.blank, "blank"), (sheet.report.not_people, "not people")] if count
    )
    return account + beside + (" (this sheet is in already)" if sheet.already else "")


def _show_held(plan: importing.Plan, as_json: bool, most: int = 20) -> None:
    for sheet in plan.sheets:
        for doubt in sheet.report.doubts if sheet.report else []:
            typer.echo(f"  {sheet.file}: {doubt}", err=as_json)
    for row in plan.held.head(most).to_dicts():
        typer.echo(f"  {row['file']} row {row['sheet_row']} {row['state']}: {row['reason']}", err=as_json)
    if plan.held.height > most:
        left = plan.held.height - most
        typer.echo(f"  … and {left} more: passline export rejects, passline export waiting", err=as_json)


def _agreed(plan: importing.Plan) -> bool:
    if not sys.stdin.isatty():
        return False
    for row in plan.changes.head(20).to_dicts():
        typer.echo(f"  {row['student_id']} {row['what']}: {row['column']} {row['old']} -> {row['new']}", err=True)
    return typer.confirm("Apply?", err=True)


def _as_json(sheet: importing.PlannedSheet, applied: bool) -> dict[str, Any]:
    report = sheet.report
    if report is None:
        return {"file": sheet.file, "refused": sheet.refused, "kind": None, "layout": None, "read": 0, "stored": 0,
                "unchanged": 0, "rejected": 0, "waiting": 0, "import_id": None}
    counts = {n: getattr(sheet, n) for n in ["stored", "unchanged", "rejected", "waiting"]}
    number = sheet.import_id if applied or (sheet.already or 0) > 0 else None
    return {"file": sheet.file, "kind": report.kind, "layout": report.layout, "read": report.read, **counts,
            "import_id": number, "blank": report.blank, "not_people": report.not_people,
            "doubts": report.doubts, "questions": [asdict(question) for question in report.questions]}


def _exit_status(plan: importing.Plan, applied: bool) -> int:
    if any(sheet.refused for sheet in plan.sheets):
        return 2
    left = any(sheet.rejected or sheet.waiting for sheet in plan.sheets)
    return 1 if left or not (applied or plan.is_empty) else 0


def _done(sentence: str, document: dict[str, Any], as_json: bool) -> None:
    typer.echo(json.dumps(document) if as_json else sentence)


if __name__ == "__main__":
    main()
