"""The part of docs/sheets.md that follows from the contracts: `python -m pipelines.sheets.docs` prints it."""

import sys

from pipelines.contracts.kinds import KINDS, Kind
from pipelines.sheets.templates import describe

BEGIN, END = "<!-- made by python -m pipelines.sheets.docs -->", "<!-- end -->"


def kinds_and_columns() -> str:
    """Every kind of sheet, what identifies a record, and its columns, as Markdown."""
    return "\n".join([BEGIN, *(_section(k) for k in KINDS.values()), END])


def _section(kind: Kind) -> str:
    says = " ".join((kind.row.__doc__ or "").split())
    lines = [f"\n### {kind.name}\n", f"{says} One record is one {' + '.join(kind.key)}.\n"]
    lines += ["| column | what it holds | other headers |", "|---|---|---|"]
    for name, column in kind.columns.items():
        also = ", ".join((column.metadata or {})["also"])
        lines.append(f"| {name} | {describe(column).replace('|', '/')} | {also} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(kinds_and_columns() + "\n")
