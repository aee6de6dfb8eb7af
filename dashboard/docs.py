"""Makes docs/tables.md from the columns that pages declare: `python -m dashboard.docs > docs/tables.md`."""

import sys
from importlib import import_module
from pkgutil import iter_modules

from dashboard import pages
from dashboard.words.columns import Column, TableDefinition

INTRODUCTION = """# Tables

Every table of the app with its columns, made by `python -m dashboard.docs` from each page's `columns.py`. A table is
drawn from the same declaration, and its CSV and Excel files hold the same rows and columns as shown. The exports of the
command line are in [exports.md](exports.md).
"""


def tables() -> dict[str, list[TableDefinition]]:
    """Page -> its tables, in the order in which they are declared."""
    declared = {}
    for page in iter_modules(pages.__path__):
        if any(module.name == "columns" for module in iter_modules([f"{pages.__path__[0]}/{page.name}"])):
            found = vars(import_module(f"{pages.__name__}.{page.name}.columns")).values()
            declared[page.name] = [one for one in found if isinstance(one, TableDefinition)]
    return declared


def tables_page() -> str:
    """The whole of docs/tables.md."""
    parts = [INTRODUCTION]
    for page, declared in tables().items():
        parts.append(f"## {page.replace('_', ' ').capitalize()}\n")
        parts += [_section(table) for table in declared]
    return "\n".join(parts)


def _section(table: TableDefinition) -> str:
    head = [f"### {table.name}\n", f"One row: {table.row[:1].lower()}{table.row[1:]}\n",
            "| on screen | in files | holds | what it is |", "|---|---|---|---|"]  # fmt: skip
    return "\n".join([*head, *map(_line, table.columns)]) + "\n"


def _line(column: Column) -> str:
    shown = column.title if column.on_screen else "(not shown)"
    return f"| {shown} | {column.in_files} | {column.kind} | {column.help} |"


if __name__ == "__main__":
    sys.stdout.write(tables_page())
