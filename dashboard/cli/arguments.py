"""Arguments that several commands share, and their checks."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.errors import PasslineError

HomeOption = Annotated[Path | None, typer.Option("--home", help="Where Passline keeps its data; else PASSLINE_HOME.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Figures for this day; else today.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]
KindOption = Annotated[str | None, typer.Option(
    "--kind", help="One of roster, attempts, assessments, content_areas, topics, self_analysis, tutors, sessions; "
    "recognized if absent.")]


def check_kind(kind: str | None) -> None:
    from pipelines.contracts.kinds import KINDS

    if kind is not None and kind not in KINDS:
        raise PasslineError(f"There is no kind {kind!r}: choose one of {', '.join(KINDS)}.")


def existing(path: Path) -> Path:
    if not path.is_file():
        raise PasslineError(f"There is no file {path}: check its name and folder.")
    return path


def layout_in(path: Path) -> dict[str, Any]:
    """The layout in a TOML file. Raises PasslineError where it is not one."""
    from pipelines.sheets import layout_of

    try:
        content = tomllib.loads(existing(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PasslineError(f"{path.name} is not a layout: it cannot be read as TOML.") from error
    return layout_of(content).model_dump(exclude_defaults=True)
