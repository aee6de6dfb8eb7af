"""The command line: arguments, the clock and exit codes; the other packages do the work.

A command imports in its body what it runs, so that `--help` and a mistyped argument answer at once.
"""

import sys
import time

import typer

from dashboard.cli import decisions, figures, importing, reading, serving
from dashboard.words.command_line import on_command_line
from pipelines.errors import SheetUnclear, for_people
from pipelines.store.leftovers import temporary_files

app = typer.Typer(add_completion=False, help="Who may fail Step 1 or Level 1, when to sit, and what to do next.")

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
app.command("decisions")(decisions.decisions)
app.command("rebuild")(decisions.rebuild)


def main() -> None:
    """Run `passline`; without a subcommand, serve.

    Exits 2 with one sentence for anything a person can act on, 1 where that is only to choose a kind of sheet.
    """
    arguments = sys.argv[1:]
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("--help", "-h")):
        arguments = ["serve", *arguments]
    try:
        with temporary_files(time.time()):
            _run(arguments)
    except Exception as error:
        refusal = for_people(error)
        if refusal is None:
            raise
        typer.echo(on_command_line(str(refusal)), err=True)
        raise SystemExit(1 if isinstance(refusal, SheetUnclear) else 2) from None


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
