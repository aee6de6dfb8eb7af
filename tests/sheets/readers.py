"""`python -m tests.sheets.readers`: messy tables read by Passline, clevercsv, DuckDB's and Python's sniffers.

Each table is written from cells that are known, in one dialect and with one fault. A reader has it *whole* where every
row that is not itself faulty comes back cell by cell; *collapsed* where it gives, without a word, fewer than half of
the columns or of the rows. The headers of one half are Passline's own words, of the other unknown to it: these are
read as the mapping page sees them.
"""

import csv
import io
import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import clevercsv
import duckdb

from pipelines.policy import Policy, load_policy
from pipelines.sheets import Answers, first_rows
from pipelines.sheets.files.text_table import open_table

Table = list[list[str]]
KNOWN = ["student_id", "last_name", "first_name", "advisor", "email", "status"]
UNKNOWN = ["Learner", "Nachname", "Alias", "Sits with", "Box", "Mood"]
NAMES = ["Ames", "O'Brien-Doe", "Núñez", "de la Cruz, Ann", "Smith; Jr", 'Bo "B" Hall', "Ito|Sato", "Ruiz", "", "9:30"]
DELIMITERS = [",", ";", "\t", "|", "^", "~", ":"]
FAULTS = ["none", "stray quote", "one missing separator", "preamble", "two header lines", "decimal commas",
          "cell over two lines", "one longer row"]
ROWS, TABLES = 24, 12


def main() -> None:
    policy = load_policy()
    readers: dict[str, Callable[[Path], Table]] = {
        "Passline": partial(ours, policy=policy), "clevercsv": by_clevercsv, "DuckDB": by_duckdb,
        "csv.Sniffer": sniffed,
    }
    whole = {(reader, fault): 0 for reader in readers for fault in FAULTS}
    collapsed = dict.fromkeys(whole, 0)
    for fault in FAULTS:
        for text, expected, bad in tables(fault):
            for reader, read in readers.items():
                came = attempted(read, text)
                whole[reader, fault] += came is not None and is_whole(came, expected, bad)
                collapsed[reader, fault] += came is not None and is_collapsed(came, expected)
    of = TABLES * len(DELIMITERS)
    out = [f"| {of} tables each: whole (collapsed) | " + " | ".join(readers) + " |", "|---|" + "---|" * len(readers)]
    for fault in FAULTS:
        cells = [f"{whole[r, fault]} ({collapsed[r, fault]})" for r in readers]
        out.append(f"| {fault} | " + " | ".join(cells) + " |")
    sys.stdout.write("\n".join(out) + "\n")


def tables(fault: str, most: int = TABLES) -> Iterator[tuple[str, Table, set[int]]]:
    """Text, its rows from the header down, and which of these (from 0) are themselves faulty."""
    chance = random.Random(fault)
    for delimiter in DELIMITERS:
        for number in range(most):
            header = KNOWN if number % 2 else UNKNOWN
            names = [n for n in NAMES if '"' not in n] if fault in ("stray quote", "one missing separator") else NAMES
            rows = [[f"{i:05}", *chance.choices(names, k=4), ""] for i in range(1, ROWS + 1)]
            if fault == "decimal commas":
                for row in rows:
                    row[5] = f"{chance.randint(40, 90)},{chance.randint(0, 9)}"
            yield made(header, rows, delimiter, fault, number, chance)


def made(
    header: list[str], rows: Table, delimiter: str, fault: str, number: int, chance: random.Random
) -> tuple[str, Table, set[int]]:
    at = chance.randrange(3, ROWS - 3)
    if fault == "cell over two lines":
        rows[at][3] = "one\ntwo"
    lines = [written(row, delimiter, number % 4 == 3) for row in [header, *rows]]
    bad: set[int] = set()
    if fault in ("stray quote", "one missing separator", "one longer row"):
        bad = {at + 1}
        plain = delimiter.join(["00777", "Stray", "Ann", "Dr X", "", ""])
        lines[at + 1] = {
            "stray quote": plain.replace("Stray", '"Stray'), "one missing separator": plain.replace(delimiter, "", 1),
            "one longer row": plain + delimiter + "oops",
        }[fault] + "\n"
    if fault == "preamble":
        lines[:0] = ["Spring report, for the dean\n", "Made: 2026-11-22; by hand\n", "\n"]
    if fault == "two header lines":
        lines[:0] = [written(["Student", "", "", "Office", "", ""], delimiter, False)]
    return "".join(lines), [header, *rows], bad


def written(row: list[str], delimiter: str, all_quoted: bool) -> str:
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerow(row)
    return out.getvalue()


def attempted(read: Callable[[Path], Table], text: str) -> Table | None:
    """What the reader gives, None where it says that it cannot."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_text(text, encoding="utf-8", newline="")
        try:
            return read(path)
        except Exception:  # noqa: BLE001  each library refuses in its own way
            return None


def is_whole(came: Table, expected: Table, bad: set[int]) -> bool:
    there = {tuple(cell.strip() for cell in row) for row in came}
    wanted = [tuple(cell.strip() for cell in row) for i, row in enumerate(expected) if i not in bad]
    return all(row in there for row in wanted)


def is_collapsed(came: Table, expected: Table) -> bool:
    rows = [row for row in came if any(row)]
    usual = sorted(len(row) for row in rows)[len(rows) // 2] if rows else 0
    return usual * 2 < len(expected[0]) or len(rows) * 2 < len(expected)


def ours(path: Path, policy: Policy) -> Table:
    """The table as Passline imports it, or as its mapping page sees it where the header is unknown."""
    if KNOWN[0] not in path.read_text(encoding="utf-8"):
        return first_rows(path, path.name, policy)
    with TemporaryDirectory() as scratch:
        table = open_table(path, path.name, Answers(kind="roster"), policy, Path(scratch))
        rows = table.raw.collect()
    cells = rows.select(f"c{i}" for i in range(len(table.header.cells))).fill_null("").rows()
    return [table.header.cells, *(list(row) for row in cells)]


def by_clevercsv(path: Path) -> Table:
    return [list(row) for row in clevercsv.read_table(str(path))]


def by_duckdb(path: Path) -> Table:
    with duckdb.connect() as database:
        found = database.execute(
            "FROM read_csv($file, all_varchar = true, header = false, null_padding = true)", {"file": str(path)})
        return [[cell or "" for cell in row] for row in found.fetchall()]


def sniffed(path: Path) -> Table:
    text = path.read_text(encoding="utf-8")
    return [list(row) for row in csv.reader(io.StringIO(text), csv.Sniffer().sniff(text))]


if __name__ == "__main__":
    main()
