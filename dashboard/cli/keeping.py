"""Commands that keep a home: back it up, restore it, and examine it."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.arguments import HomeOption, JsonOption, existing
from dashboard.cli.edge import now, show_progress
from dashboard.cli.terminal import say
from dashboard.words.command_line import on_command_line
from pipelines.errors import BackupRefused

if TYPE_CHECKING:
    from pipelines.store.backup_file import Manifest

PASSPHRASE, OFFICE_URL = "PASSLINE_BACKUP_PASSPHRASE", "PASSLINE_OFFICE_URL"
PassphraseOption = Annotated[Path | None, typer.Option(
    "--passphrase-file", help=f"A file with the passphrase on its first line; else {PASSPHRASE}.")]


def backup(
    file: Annotated[Path, typer.Argument(help="The backup to write.")],
    passphrase_file: PassphraseOption = None,
    ask: Annotated[bool, typer.Option("--ask-passphrase", help="Type the passphrase; it is not shown.")] = False,
    recipient: Annotated[list[str] | None, typer.Option(
        "--recipient", metavar="AGE1…", help="Encrypt for this age key; may be repeated.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of this name.")] = False,
    home: HomeOption = None,
) -> None:
    """Write decisions, sheets and all else that cannot be made again to one file, while the dashboard runs.

    Exits 1 where a sheet is damaged or missing; the rest is backed up.
    """
    from pipelines.policy import load_policy
    from pipelines.store.backup import write_backup
    from pipelines.store.backup_file import Secret
    from pipelines.store.home import default_root

    passphrase = None if recipient else _passphrase(passphrase_file)
    if ask and not recipient:
        passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    secret = Secret(passphrase, recipient or []) if passphrase or recipient else None
    manifest = write_backup(home or default_root(), file, load_policy(), now(), secret, force=force,
                            office_url=os.environ.get(OFFICE_URL))
    kind = "encrypted" if secret else "not encrypted"
    say(f"Backed up revision {manifest.revision}, {len(manifest.members)} files, to {file} ({kind}).")
    _tell_incomplete(manifest)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `passline backup` wrote.")],
    home: Annotated[Path, typer.Option("--home", help="A new or empty folder.")],
    passphrase_file: PassphraseOption = None,
    identity: Annotated[Path | None, typer.Option("--identity", help="A file with the age key.")] = None,
) -> None:
    """Verify a backup, then put it into a new or empty home and build its warehouse."""
    from pipelines.policy import load_policy
    from pipelines.store.backup_file import Secret, is_encrypted
    from pipelines.store.restore import restore_backup

    keys = [line for line in _lines(identity) if line and not line.startswith("#")] if identity else []
    passphrase = None if keys else _passphrase(passphrase_file)
    if is_encrypted(existing(file)) and not (keys or passphrase) and os.isatty(0):
        passphrase = typer.prompt("Passphrase", hide_input=True, err=True)
    manifest = restore_backup(file, home, load_policy(), now(), Secret(passphrase, identities=keys), show_progress)
    say(f"Restored revision {manifest.revision}, backed up {manifest.created_at}, to {home}.")
    _tell_incomplete(manifest)


def doctor(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Examine a home and change nothing: stores, sheets, warehouse, free disk, permissions.

    Exits 1 where something is wrong.
    """
    from pipelines.policy import load_policy
    from pipelines.store.doctor import examine
    from pipelines.store.home import default_root

    findings = examine(home or default_root(), load_policy(), now(), os.environ.get(OFFICE_URL))
    is_sound = not any(one.problems for one in findings)
    if as_json:
        checks = [{"check": one.check, "problems": one.problems, "note": one.note} for one in findings]
        say(json.dumps({"is_sound": is_sound, "checks": checks}))
    else:
        for one in findings:
            name = f"{one.check} ({one.note})" if one.note else one.check
            say(*([f"✗ {name}: {on_command_line(text)}" for text in one.problems] or [f"✓ {name}"]))
    if not is_sound:
        raise typer.Exit(1)


def _tell_incomplete(manifest: "Manifest") -> None:
    for state, sheets in [("damaged", manifest.damaged), ("missing", manifest.missing)]:
        for name in sheets:
            say(f"The sheet {name} was {state} in the home that was backed up: see `passline doctor`.", err=True)
    if manifest.damaged or manifest.missing:
        raise typer.Exit(1)


def _passphrase(file: Path | None) -> str | None:
    """The passphrase in a file or the environment. Raises BackupRefused for an empty one."""
    passphrase = (_lines(file) or [""])[0] if file else os.environ.get(PASSPHRASE)
    if passphrase == "":
        raise BackupRefused("The passphrase is empty: write it on the first line of --passphrase-file.")
    return passphrase


def _lines(file: Path) -> list[str]:
    try:
        return existing(file).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise BackupRefused(f"{file.name} is not a text file: name the one with the passphrase or key.") from None
