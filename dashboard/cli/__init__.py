"""The command line: arguments, the clock and exit codes; the other packages do the work.

A command imports in its body what it runs, so that `--help` and a mistyped argument answer at once.
"""

import os
import signal
import sys
import time

import typer

from dashboard.cli import decisions, facts, figures, importing, keeping, reading, serving
from dashboard.cli.terminal import say
from dashboard.logs import is_debugging, keep_values_out, without_values
from dashboard.words.command_line import on_command_line
from pipelines.errors import SheetUnclear, for_people
from pipelines.store.leftovers import temporary_files

BUG = "Something went wrong on our side: run it again; if it happens again, send these lines to who runs Passline."
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False,
                  help="Who may fail Step 1 or Level 1, when to sit, and what to do next.")  # fmt: skip

# in the order of --help
app.command("serve")(serving.serve)
app.command("demo")(serving.demo)
app.command("import")(importing.import_)
app.command("watch")(importing.watch)
app.command("layouts")(reading.layouts)
app.command("areas")(reading.areas)
app.command("instruments")(reading.instruments)
app.command("inspect")(reading.inspect)
app.command("imports")(decisions.imports)
app.command("undo")(decisions.undo)
app.command("redo")(decisions.redo)
app.command("export")(figures.export)
app.command("calendar")(figures.calendar)
app.command("rules")(decisions.rules)
app.command("backtest")(figures.backtest)
app.command("facts")(facts.facts)
app.command("decisions")(decisions.decisions)
app.command("rebuild")(decisions.rebuild)
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
app.command("doctor")(keeping.doctor)


def main() -> None:
    """Run `passline`; without a subcommand, serve.

    Exits 2 with one sentence for anything a person can act on, 1 where that is only to choose a kind of sheet, and 70
    for a bug, of which it says where in the code it is and none of the values it met.
    """
    keep_values_out()
    os.umask(0o077)  # whatever it writes, homes, exports and temporary copies, is its owner's alone
    arguments = sys.argv[1:]
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("--help", "-h")):
        arguments = ["serve", *arguments]
    signal.signal(signal.SIGTERM, _stop)
    try:
        with temporary_files(time.time()):
            _run(arguments)
    except Exception as error:
        refusal = for_people(error)
        if refusal is not None:
            say(on_command_line(str(refusal)), err=True)
            raise SystemExit(1 if isinstance(refusal, SheetUnclear) else 2) from None
        if is_debugging():
            raise
        say(BUG, *without_values(error).splitlines(), err=True)
        raise SystemExit(70) from None


def _stop(number: int, _frame: object) -> None:
    """End as at the end of a command, so that temporary files go: a service manager stops a server like this."""
    raise SystemExit(128 + number)


def _run(arguments: list[str]) -> None:
    """Run the command; once more where its warehouse was damaged, which is then built again."""
    try:
        app(arguments)
    except Exception as error:
        if not _is_warehouse_gone(error):
            raise
        app(arguments)


def _is_warehouse_gone(error: Exception) -> bool:
    from dashboard.data.warehouse import WarehouseGone

    return isinstance(error, WarehouseGone)
