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
    policy = load_policy().instruments
    names = {name: list(one.spells) for name, one in policy.by_name.items()}
    for alias in policy.aliases:
        names[alias.instrument] += [f"{spelled} ({alias.form})" if alias.form else spelled for spelled in alias.spells]
    lines = ["\n### Instruments\n", "| instrument | other names | scales since | made for | evidence of readiness |",
             "|---|---|---|---|---|"]  # fmt: skip
    return "\n".join([*lines, *(_instrument(one, names[name]) for name, one in policy.by_name.items())]) + "\n"


def _instrument(i: Instrument, names: list[str]) -> str:
    scales = "; ".join(f"{' or '.join(p.any_of)} ({p.from_day.year})" for p in i.scales)
    evidence = "equated NBME form" if i.anchor else f"converted from {', '.join(i.to_epc)}" if i.to_epc else "no"
    return f"| {i.name} | {', '.join(names)} | {scales} | {i.exam or 'any'} | {evidence} |"


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
