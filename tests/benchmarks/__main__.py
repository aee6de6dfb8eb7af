"""`python -m tests.benchmarks`: measures, prints one table, and leaves with status 0 whatever it found."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.lines import BENCHMARKS, TINY, Schools, Sizes
from tests.benchmarks.table import Line, table

LARGE_ROWS = 5_000_000
LARGEST_SCHOOL = 160_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rows", type=rows, help="content-area rows to ingest: 5M (default), 20M, 500k, 200000")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="this one alone; may be repeated")
    parser.add_argument("--large", action="store_true", help=f"growth up to {LARGEST_SCHOOL:,} students")
    parser.add_argument("--tiny", action="store_true", help="every line at sizes that only show that it works")
    asked = parser.parse_args()
    sizes = TINY if asked.tiny else Sizes()
    if asked.rows:
        sizes = replace(sizes, rows=asked.rows, repeats=sizes.repeats if asked.rows <= LARGE_ROWS else 1)
    if asked.large:
        sizes = replace(sizes, growth=(*sizes.growth, LARGEST_SCHOOL))
    print(table(measured(sizes, asked.only or list(BENCHMARKS))))  # noqa: T201


def measured(sizes: Sizes, names: list[str]) -> list[Line]:
    """The lines of the named benchmarks; each is told on standard error as soon as it is known."""
    lines = []
    with TemporaryDirectory(prefix="passline-benchmarks-") as directory:
        schools = Schools(Path(directory))
        for name in names:
            for line in BENCHMARKS[name](sizes, schools):
                sys.stderr.write(f"{'  '.join(line.cells)}\n")
                lines.append(line)
    return lines


def rows(text: str) -> int:
    """5M, 500k or a plain number."""
    units = {"k": 1_000, "m": 1_000_000}
    unit = units.get(text[-1:].lower())
    number = float(text[:-1]) * unit if unit else float(text.replace("_", "").replace(",", ""))
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of rows")
    return round(number)


if __name__ == "__main__":
    main()
