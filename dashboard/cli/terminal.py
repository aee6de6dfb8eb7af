"""The one way in which commands print."""

import typer

from dashboard.words.terminal import visible_line


def say(*lines: str, err: bool = False) -> None:
    """Print each line on stdout, or on stderr; what would steer the terminal is written out."""
    for line in lines:
        typer.echo(visible_line(line), err=err)
