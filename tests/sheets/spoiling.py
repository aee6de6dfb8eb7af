"""Ways to spoil a good sheet. Each takes the table (its header first) and gives the spoiled one, as a table, text or
bytes; None where the sheet has nothing to spoil that way."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date

Table = list[list[str]]
Spoil = Callable[[Table], Table | str | bytes | None]
NUMBERS = ["score", "NBME 26", "missed", "hours", "weekly_hours", "hours_per_week", "class_year", "attempt_number"]
ISO = re.compile(r"\d{4}-\d\d-\d\d")


def as_text(table: Table, delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(table)
    return out.getvalue()


def number_place(t: Table) -> int | None:
    return next((t[0].index(name) for name in NUMBERS if name in t[0]), None)


def date_place(t: Table) -> int | None:
    return next((i for i in range(len(t[0])) if any(ISO.fullmatch(row[i]) for row in t[1:])), None)


def in_column(
    t: Table, place: int | None, change: Callable[[str], str], start: int = 1, end: int = 10**6
) -> Table | None:
    """The table with the filled cells of a column changed, in these rows."""
    if place is None:
        return None
    return [[change(c) if i == place and c and start <= row < end else c for i, c in enumerate(cells)]
            for row, cells in enumerate(t)]


def in_row(t: Table, row: int, change: Callable[[list[str]], list[str]]) -> Table:
    return [change(list(cells)) if i == row else cells for i, cells in enumerate(t)]


def in_line(t: Table, row: int, change: Callable[[str], str]) -> str:
    lines = as_text(t).splitlines()
    lines[row] = change(lines[row])
    return "\n".join(lines) + "\n"


def swapped(cells: list[str], a: int, b: int) -> list[str]:
    cells = list(cells)
    cells[a], cells[b] = cells[b], cells[a]
    return cells


def half(t: Table) -> int:
    return len(t) // 2


def days(t: Table, change: Callable[[date], str], start: int = 1) -> Table | None:
    def changed(text: str) -> str:
        return change(date.fromisoformat(text)) if ISO.fullmatch(text) else text

    if date_place(t) is None:
        return None
    return [[changed(c) if row >= start else c for c in cells] for row, cells in enumerate(t)]


def id_and_date(t: Table) -> tuple[int, int] | None:
    return None if date_place(t) is None else (0, date_place(t) or 0)


def swap_columns(t: Table, headers: bool) -> Table | None:
    if (pair := id_and_date(t)) is None:
        return None
    return [swapped(cells, *pair) if (row == 0) == headers else cells for row, cells in enumerate(t)]


def scaled(by: float) -> Spoil:
    return lambda t: in_column(t, number_place(t), lambda c: f"{float(c.strip('%')) * by:g}")


def joined_scores(t: Table) -> Table | None:
    """The number and the cell before it in one cell of one row."""
    place = number_place(t)
    if not place:
        return None
    return in_row(t, 2, lambda c: [*c[:place - 1], "", f"{c[place - 1]} {c[place]}", *c[place + 1:]])


def with_header(t: Table, place: int, text: str) -> Table:
    return in_row(t, 0, lambda c: [*c[:place], text, *c[place + 1:]])


WAYS: dict[str, Spoil] = {
    "a header cell is gone": lambda t: with_header(t, len(t[0]) // 2, ""),
    "the ID's header is gone": lambda t: with_header(t, 0, ""),
    "the header row is gone": lambda t: t[1:],
    "a row is shifted to the left": lambda t: in_row(t, 3, lambda c: [*c[1:], ""]),
    "a row is shifted to the right": lambda t: in_row(t, 3, lambda c: ["", *c[:-1]]),
    "a row is shifted from its middle": lambda t: in_row(t, 3, lambda c: [*c[:2], *c[3:], ""]),
    "the data of two columns are swapped": lambda t: swap_columns(t, headers=False),
    "two headers are swapped": lambda t: swap_columns(t, headers=True),
    "a sheet of another kind stands below": lambda t: [*t, ["tutor_id", "name", "areas", "hours_per_week"],
                                                       ["T1", "Dr Lund", "Pathology", "4"]],
    "a column occurs twice": lambda t: [[*c, c[-1]] for c in t],
    "the ID's column occurs twice": lambda t: [[c[0], *c] for c in t],
    "a number's column occurs twice, with other numbers": lambda t: None if (p := number_place(t)) is None else [
        [*c, c[p] if row == 0 else "7"] for row, c in enumerate(t)],
    "rows occur twice": lambda t: [*t, *t[1:4]],
    "a column is blank": lambda t: in_column(t, len(t[0]) // 2, lambda c: ""),
    "the numbers are blank": lambda t: in_column(t, number_place(t), lambda c: ""),
    "the IDs are blank": lambda t: in_column(t, 0, lambda c: ""),
    "one ID is blank": lambda t: in_column(t, 0, lambda c: "", 3, 4),
    "it is transposed": lambda t: [list(column) for column in zip(*t, strict=True)],
    "a separator is gone": lambda t: in_line(t, 3, lambda line: line.replace(",", "", 1)),
    "a later separator is gone": lambda t: in_line(t, 3, lambda line: line[::-1].replace(",", "", 1)[::-1]),
    "a separator is too many": lambda t: in_line(t, 3, lambda line: line.replace(",", ",,", 1)),
    "the delimiter changes half-way": lambda t: as_text(t[:half(t)]) + as_text(t[half(t):], ";"),
    "dates change half-way to m/d/yyyy": lambda t: days(t, lambda d: f"{d.month}/{d.day}/{d.year}", half(t)),
    "dates change half-way to d/m/yyyy": lambda t: days(t, lambda d: f"{d.day}/{d.month}/{d.year}", half(t)),
    "dates are d.m.yyyy": lambda t: days(t, lambda d: f"{d.day}.{d.month}.{d.year}"),
    "years have two digits": lambda t: days(t, lambda d: f"{d.month}/{d.day}/{d:%y}"),
    "dates are serial numbers": lambda t: days(t, lambda d: str((d - date(1899, 12, 30)).days)),
    "dates lack their year": lambda t: days(t, lambda d: f"{d.day} {d:%b}"),
    "day and month are swapped": lambda t: days(t, lambda d: f"{d.year}-{d.day:02}-{d.month:02}"),
    "dates lie in 2066": lambda t: days(t, lambda d: d.replace(year=2066, day=min(d.day, 28)).isoformat(), len(t) - 1),
    "dates lie before 1990": lambda t: days(t, lambda d: d.replace(year=1926, day=min(d.day, 28)).isoformat()),
    "numbers have decimal commas": lambda t: in_column(t, number_place(t), lambda c: f"{c.strip('%')},0"),
    "numbers have percent signs": lambda t: in_column(t, number_place(t), lambda c: f"{c.strip('%')}%"),
    "numbers have a unit": lambda t: in_column(t, number_place(t), lambda c: f"{c} pts"),
    "numbers are a hundred times too high": scaled(100),
    "numbers are fractions of a hundred": scaled(0.01),
    "a number is negative": lambda t: in_column(t, number_place(t), lambda c: f"-{c}", 2, 3),
    "a number is 0": lambda t: in_column(t, number_place(t), lambda c: "0", 2, 3),
    "a number is a letter O": lambda t: in_column(t, number_place(t), lambda c: "6O", 2, 3),
    "numbers are errors": lambda t: in_column(t, number_place(t), lambda c: "#N/A", 2, 4),
    "two values stand in one cell": joined_scores,
    "everything is in capitals": lambda t: [[c.upper() for c in cells] for cells in t],
    "cells end with spaces": lambda t: [[f"{c}  " for c in cells] for cells in t],
    "it has footers": lambda t: [*t, ["Total students: 4"], ["Exported 11/20/2026 by registrar"]],
    "it has title rows": lambda t: [["School of Medicine"], ["Confidential"], [], *t],
    "it has blank rows": lambda t: [t[0], [], *t[1:3], [""] * len(t[0]), *t[3:]],
    "it has a row of units": lambda t: [t[0], ["points" for _ in t[0]], *t[1:]],
    "its header stands again half-way": lambda t: [*t[:half(t)], t[0], *t[half(t):]],
    "IDs are decimal numbers": lambda t: in_column(t, 0, lambda c: f"{c}.0" if c.isdigit() else c),
    "IDs lost their zeros": lambda t: in_column(t, 0, lambda c: c.lstrip("0")),
    "IDs are rounded": lambda t: in_column(t, 0, lambda c: f"{float(c):.2E}" if c.isdigit() else c),
    "a quotation mark is open": lambda t: in_line(t, 3, lambda line: '"' + line),
    "a quotation mark is in a cell": lambda t: in_line(t, 3, lambda line: line.replace(",", ',x"y,', 1)),
    "it has a byte-order mark": lambda t: as_text(t).encode("utf-8-sig"),
    "it is UTF-16": lambda t: as_text(t).encode("utf-16"),
    "its lines end with CR": lambda t: as_text(t).replace("\n", "\r"),
    "it has zero bytes": lambda t: as_text(t).encode()[:200] + b"\0\0" + as_text(t).encode()[200:],
    "it ends in the middle of a row": lambda t: as_text(t).rstrip("\n")[:-len(as_text(t).splitlines()[-1]) // 2],
    "its columns are in another order": lambda t: [c[::-1] for c in t],
    "it has row numbers before": lambda t: [["#" if row == 0 else str(row), *c] for row, c in enumerate(t)],
    "it has one more column of numbers": lambda t: [[*c, "Rank" if row == 0 else str(row)] for row, c in enumerate(t)],
    "a header is misspelled": lambda t: with_header(t, len(t[0]) // 2, t[0][len(t[0]) // 2][:-2] + "zz"),
    "the number's header is misspelled": lambda t: None if (p := number_place(t)) is None else with_header(
        t, p, t[0][p][:-1] + "zz"),
    "a header is in another language": lambda t: with_header(t, len(t[0]) // 2, "Ergebnis der Prüfung"),
    "a name stands in the e-mail's column": lambda t: None if "email" not in t[0] else in_row(
        t, 3, lambda c: swapped(c, t[0].index("email"), 1)),
}
