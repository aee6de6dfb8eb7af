"""`python -m tests.attack.account HOME`: what an opened home holds, as one JSON document, by production code."""

import hashlib
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from dashboard.cli import app
from pipelines.store.checks import damaged_sheets
from pipelines.store.home import Home

AS_OF = "2026-11-22"


def account(root: Path) -> dict[str, Any]:
    """The decisions in force, whether the sheets they rest on are whole, and the exported figures."""
    home = Home(root)
    standing = home.office.ledger.in_force()
    return {
        "revision": standing.revision,
        "decisions": home.office.ledger.decisions().height,
        "imports": [f"{one.import_id} {one.file} {_state(home.sheets / one.sha256)}" for one in standing.imports],
        "corrections": [f"{one.student_id} {one.values}" for one in standing.corrections],
        "flags": home.office.flags.rows().select("student_id", "reason", "owner").rows(),
        "notes": [home.office.notes.rows(f"{n:05}").get_column("text").to_list() for n in range(1, 41)],
        "damaged": [one.file for one in damaged_sheets(home, standing)],
        "has its build": home.current() is not None,
        "figures": _exported(root),
    }


def _state(sheet: Path) -> str:
    if not sheet.is_file():
        return "lost"
    return "whole" if hashlib.sha256(sheet.read_bytes()).hexdigest() == sheet.name else "damaged"


def _exported(root: Path) -> str:
    """The exit code and output of `passline export risk`."""
    out, status = StringIO(), 0
    with redirect_stdout(out), redirect_stderr(StringIO()):
        try:
            app(["export", "risk", "--as-of", AS_OF, "--home", str(root)])
        except SystemExit as ended:
            status = int(ended.code or 0)
    return f"exit {status}\n{out.getvalue()}"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(account(Path(sys.argv[1]))))
