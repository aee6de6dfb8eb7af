"""Commands that import sheets: named files, or a watched folder."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.arguments import HomeOption, JsonOption, KindOption, check_kind, existing, layout_in
from dashboard.cli.edge import now, open_to_decide, person, warn_of_chances
from dashboard.cli.terminal import say
from pipelines.errors import PasslineError, StaleDecision

PREVIEWS_TRIED = 10


def import_(
    files: Annotated[list[Path], typer.Argument(help="Sheets (CSV, XLSX), previewed and imported together.")],
    kind: KindOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Import what is certain without asking; the rest waits.")] = False,
    layout: Annotated[Path | None, typer.Option("--layout", help="A TOML file: which column means what.")] = None,
    answer: Annotated[list[str] | None, typer.Option(
        "--answer", metavar="QUESTION=ANSWER", help="Answer a sheet's question, as import prints it.")] = None,
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """Import sheets: show the preview, ask, store. Exit 0: all in; 1: rows rejected, waiting, unclear; 2: refused."""
    from dashboard.cli.account import agreed, answered, as_document, exit_status, has_outcomes, show_preview
    from pipelines.imports.plan import Upload, apply_import, plan_import
    from pipelines.policy import load_policy
    from pipelines.sheets import Answers

    check_kind(kind)
    opened, policy = open_to_decide(home, put_back=[existing(path) for path in files]), load_policy()
    answers = Answers(kind=kind, layout=layout_in(layout) if layout else None)
    uploads = [Upload(path.name, path, answers, id=str(place)) for place, path in enumerate(files)]
    if answer:
        uploads = answered(uploads, plan_import(opened, uploads, policy, accept_changes=not yes, at=now()), answer)
    for attempt in range(PREVIEWS_TRIED):
        preview = plan_import(opened, uploads, policy, accept_changes=not yes, at=now())
        applied = False
        if yes and not preview.is_empty:
            try:
                applied = bool(apply_import(opened, preview, policy, by=person(), at=now()))
            except StaleDecision:  # another process decided first; nobody has seen this preview, so make it again
                if attempt == PREVIEWS_TRIED - 1:
                    raise
                continue
        break
    show_preview(preview, as_json)
    if not (yes or preview.is_empty) and agreed(preview):
        applied = bool(apply_import(opened, preview, policy, by=person(), at=now()))
    if applied and any(has_outcomes(sheet) for sheet in preview.sheets):
        warn_of_chances(opened)
    if not (applied or preview.is_empty):
        say("Nothing was stored: confirm the import, or use --yes.", err=True)
    if as_json:
        say(json.dumps(as_document(preview, applied)))
    raise SystemExit(exit_status(preview, applied))


def watch(
    folder: Annotated[Path, typer.Argument(help="Sheets dropped here are imported, then moved to a subfolder.")],
    every: Annotated[int, typer.Option("--every", min=1, help="Seconds between checks.")] = 60,
    once: Annotated[bool, typer.Option("--once", help="Import what is there now, and stop.")] = False,
    home: HomeOption = None,
) -> None:
    """Import sheets as they arrive in a folder, as `import --yes` does. Exit codes with --once: as import."""
    from dashboard.cli.account import has_outcomes, is_left, sentence, unused_columns
    from dashboard.words.imports import unusual_text
    from pipelines.imports.watched_folder import settled_files, take_in
    from pipelines.policy import load_policy

    if not folder.is_dir():
        raise PasslineError(f"There is no folder {folder}: make it, or name another.")
    opened, policy, worst = open_to_decide(home), load_policy(), 0
    ready, sizes = settled_files(folder, {})
    while True:
        for one in take_in(opened, list(sizes) if once else ready, policy, unusual_text, by=person(), at=now()):
            account = f"{one.path.name} put aside: {one.reason}" if one.reason else sentence(one.sheet)
            say(account, *unused_columns(one.sheet))
            is_refused = bool(one.sheet.refused) and not one.sheet.is_unclear
            if not one.reason and has_outcomes(one.sheet):
                warn_of_chances(opened)
            worst = max(worst, 2 if is_refused else 1 if one.reason or is_left(one.sheet) else 0)
        if once:
            raise SystemExit(worst)
        time.sleep(every)
        ready, sizes = settled_files(folder, sizes)
