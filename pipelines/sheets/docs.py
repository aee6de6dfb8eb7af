"""The generated part of docs/sheets.md, from policy and contracts: `python -m pipelines.sheets.docs` prints it."""

import sys

from pipelines.contracts.kinds import KINDS, Kind
from pipelines.policy import load_policy
from pipelines.policy.instruments import Instrument
from pipelines.sheets.templates import describe

BEGIN, END = "<!-- made by python -m pipelines.sheets.docs -->", "<!-- end -->"


def kinds_and_columns() -> str:
    """Markdown tables of the instruments, and of every kind of sheet with its key and columns."""
    return "\n".join([BEGIN, _instruments(), *(_section(k) for k in KINDS.values()), END])


def _instruments() -> str:
    instruments = load_policy().instruments.by_name.values()
    lines = ["\n### Instruments\n", "| instrument | other names | scales since | made for | evidence of readiness |",
             "|---|---|---|---|---|"]  # fmt: skip
    return "\n".join([*lines, *map(_instrument, instruments)]) + "\n"


def _instrument(i: Instrument) -> str:
    scales = "; ".join(f"{' or '.join(p.any_of)} ({p.from_day.year})" for p in i.scales)
    evidence = "equated NBME form" if i.anchor else f"converted from {', '.join(i.to_epc)}" if i.to_epc else "no"
    return f"| {i.name} | {', '.join(i.spells)} | {scales} | {i.exam or 'any'} | {evidence} |"


def _section(kind: Kind) -> str:
    docstring = " ".join((kind.row.__doc__ or "").split())
    lines = [f"\n### {kind.name}\n", f"{docstring} One record is one {' + '.join(kind.key)}.\n"]
    lines += ["| column | what it holds | other headers |", "|---|---|---|"]
    for name, column in kind.columns.items():
        also = ", ".join((column.metadata or {})["also"])
        lines.append(f"| {name} | {describe(column).replace('|', '/')} | {also} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(kinds_and_columns() + "\n")
