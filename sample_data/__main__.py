"""`python -m sample_data`: writes a sample school's sheets; with no options, the committed ones."""

import argparse
from datetime import date
from pathlib import Path

from sample_data.faults import write_faults
from sample_data.school import SEED, make_school, write_sheets

AS_OF = date(2026, 11, 22)
SHEETS = Path(__file__).parent / "sheets"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sample_data", description=__doc__)
    parser.add_argument("--as-of", type=date.fromisoformat, default=AS_OF, help="the school's today (2026-11-22)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--students", type=int, default=160, help="per class; there are four")
    parser.add_argument("--into", type=Path, default=SHEETS, help="directory for the sheets")
    arguments = parser.parse_args()
    school = make_school(arguments.as_of, arguments.seed, arguments.students)
    write_sheets(school, arguments.into)
    write_faults(school, arguments.into / "faults")


if __name__ == "__main__":
    main()
