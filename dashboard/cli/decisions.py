"""Commands on decisions: imports, undo and redo, the school's rules, the list of decisions, and rebuild."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from dashboard.cli.arguments import HomeOption, JsonOption
from dashboard.cli.edge import now, open_home, open_to_decide, person, show_news, show_progress
from dashboard.cli.terminal import say
from pipelines.errors import PasslineError


def imports(
    reread: Annotated[bool, typer.Option(
        "--reread", help="List the rosters in force that would be read otherwise today; with --yes, read them again."
    )] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --reread: read these sheets again.")] = False,
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """List every import, newest first, with its account and whether it was undone; or read sheets again."""
    if reread:
        _reread(yes, as_json, home)
        return
    if yes:
        raise PasslineError("--yes reads sheets again: give --reread too.")
    rows = open_home(home).office.ledger.imports().to_dicts()
    if as_json:
        say(json.dumps({"imports": rows}, default=str))
        return
    for row in rows:
        gone = row["undone_at"]
        undone = f", undone {gone:%Y-%m-%d %H:%M} by {row['undone_by']}" if gone else ""
        say(
            f"{row['import_id']}  {row['imported_at']:%Y-%m-%d %H:%M}  {row['file']} ({row['kind']}): "
            f"{row['read']} read = {row['stored']} stored + {row['unchanged']} unchanged + "
            f"{row['rejected']} rejected + {row['waiting']} waiting, by {row['imported_by']}{undone}"
        )
    if not rows:
        say("No sheets yet: passline import FILE")


def _reread(yes: bool, as_json: bool, home: Path | None) -> None:
    """Lists the sheets read otherwise today, what reading each again does, and does it where `yes`."""
    from dashboard.words.reread import read_otherwise_text, reread_text
    from pipelines.imports.plan import apply_import
    from pipelines.imports.reread import plan_reread, read_otherwise
    from pipelines.policy import load_policy

    opened, policy, listed = open_to_decide(home), load_policy(), []
    for one in read_otherwise(opened, policy):
        made: list[int] = []
        row = {"import_id": one.import_id, "file": one.file, "stored_before": one.stored, "kinds": one.kinds,
               "refused": one.refused}
        say(read_otherwise_text(one), err=as_json)
        if one.refused is None:
            preview = plan_reread(opened, one.import_id, policy, at=now())
            made = apply_import(opened, preview.plan, policy, by=person(), at=now()) if yes else []
            sheet = preview.plan.sheets[0]
            row |= {name: getattr(sheet, name) for name in ("stored", "unchanged", "rejected", "waiting")}
            row["students_lost"] = preview.effect.students_lost
            again = f" Read again as import {made[0]}; `passline undo {made[0]}` takes it back." if made else ""
            say(f"  {reread_text(preview.effect)}{again}", err=as_json)
        listed.append({**row, "read_again_as": made[0] if made else None})
    if as_json:
        say(json.dumps({"reread": listed}))
    elif not listed:
        say("Every sheet is read today as it was.")
    elif not yes:
        say("Nothing was read again: add --yes.")


def undo(
    import_id: Annotated[int, typer.Argument(metavar="IMPORT", help="An import's number.")],
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """Undo one whole import; everything else stays."""
    from pipelines.imports.undo import undo_import
    from pipelines.policy import load_policy

    undone = undo_import(open_to_decide(home), import_id, load_policy(), by=person(), at=now())
    _done(f"Import {import_id} is undone{_with_tabs(undone)}; `passline redo {import_id}` puts it back.",
          {"undone": import_id, "imports": undone}, as_json)


def redo(
    import_id: Annotated[int, typer.Argument(metavar="IMPORT", help="An undone import's number.")],
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """Put an undone import back in its place."""
    from pipelines.imports.undo import redo_import
    from pipelines.policy import load_policy

    redone = redo_import(open_to_decide(home), import_id, load_policy(), by=person(), at=now())
    document = {"redone": import_id, "imports": redone}
    _done(f"Import {import_id} is in force again{_with_tabs(redone)}.", document, as_json)


def _with_tabs(imports: list[int]) -> str:
    """What was undone or redone besides: the other tabs of one workbook."""
    return f", with all tabs of its workbook (imports {', '.join(map(str, imports))})" if len(imports) > 1 else ""


def rules(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """List the school's own rules in force, and all their versions."""
    office = open_home(home).office
    school = office.rules.current()
    if as_json:
        in_force = [rule.model_dump(mode="json") for rule in school.rules]
        advice = school.advice.model_dump(mode="json")
        document = {"version": school.version, "rules": in_force, "advice": advice,
                    "versions": office.rules.versions().to_dicts()}
        say(json.dumps(document, default=str))
        return
    for rule in school.rules:
        until = f" to {rule.valid_to}" if rule.valid_to else ""
        say(f"{rule.exam}: {rule.wording} (from {rule.valid_from}{until}; {rule.source})")
    if not school.rules:
        say("The school has no rules of its own: only the national ones are in force.")
    for row in office.rules.versions().to_dicts():
        say(f"version {row['version']}  {row['made_at']:%Y-%m-%d %H:%M}  {row['reason']}, by {row['made_by']}")


def decisions(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """List every decision that changed figures, newest first, with its revision."""
    rows = open_home(home).office.ledger.decisions().to_dicts()
    if as_json:
        say(json.dumps({"decisions": rows}, default=str))
        return
    for row in rows:
        what = f"import {row['import_id']}" if row["import_id"] else f"correction {row['correction_id']}"
        when = f"{row['decided_at']:%Y-%m-%d %H:%M}"
        say(f"{row['revision']}  {when}  {row['action']} {what}, by {row['decided_by']}")


def rebuild(
    with_this_release: Annotated[bool, typer.Option(
        "--with-this-release", help="Go back to this release where a newer one has built this home.")] = False,
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """Build the warehouse again from the sheets and the decisions."""
    from pipelines.policy import load_policy
    from pipelines.store import builds, releases

    opened, policy = open_home(home), load_policy()
    before = len(releases.releases(opened))
    facts = builds.rebuild(opened, policy, now(), show_progress, with_this_release=with_this_release)
    if len(releases.releases(opened)) > before:
        show_news(opened)
    _done(f"Built from {facts.accounts.height} sheets.", {"sheets": facts.accounts.height}, as_json)


def _done(sentence: str, document: dict[str, Any], as_json: bool) -> None:
    say(json.dumps(document) if as_json else sentence)
