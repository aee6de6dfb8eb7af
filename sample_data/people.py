"""Who is at the sample school: IDs, names, programs and advisors, before anything has happened to them."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sample_data.names import ADVISORS, FIRST, LAST, PLAIN

CLASSES = 4
MIDDLE = 63
"""Days from as_of to the middle of the current class's exam dates; each older class sat 52 weeks earlier."""


@dataclass(frozen=True)
class People:
    """Everyone, as aligned arrays: a student is an index. Class 0 is the current one, 3 the oldest.

    Days are counted from as_of everywhere in the generator; `date_of` turns them into dates at the end.
    """

    as_of: date
    student_id: NDArray[np.str_]
    class_index: NDArray[np.int64]
    is_do: NDArray[np.bool_]
    sits_both: NDArray[np.bool_]
    names: pl.DataFrame

    def __len__(self) -> int:
        return len(self.class_index)

    @property
    def middle(self) -> NDArray[np.int64]:
        """The middle day of each student's class's exam dates."""
        return MIDDLE - 364 * self.class_index

    def class_year(self, class_index: int) -> int:
        """Year of graduation, about two years after the class's exam dates."""
        return (self.as_of + timedelta(days=MIDDLE + 790)).year - class_index

    def open_days(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """The same days, Sundays (test centres are shut) moved to Monday."""
        return days + ((self.as_of.weekday() + days) % 7 == 6)


def make_people(as_of: date, students_per_class: int, rng: np.random.Generator) -> People:
    """Four classes of invented students, about one in ten a DO student, a third of those sitting both exams."""
    n = students_per_class
    class_index = np.repeat(np.arange(CLASSES), n)
    is_do = np.concatenate([rng.permutation(n) < round(n / 10) for _ in range(CLASSES)])
    sits_both = is_do & (rng.random(len(is_do)) < 1 / 3)
    people = People(as_of, np.array([], dtype=str), class_index, is_do, sits_both, pl.DataFrame())
    ids = [
        f"0{people.class_year(c) % 100:02}{number:05}"
        for c in range(CLASSES)
        for number in rng.permutation(100_000)[:n]
    ]
    names = _names(len(ids), rng).with_columns(student_id=pl.Series(ids))
    return People(as_of, np.array(ids), class_index, is_do, sits_both, names)


def _names(n: int, rng: np.random.Generator) -> pl.DataFrame:
    """First and last name, e-mail and advisor; no full name twice while the combinations last."""
    combinations = len(FIRST) * len(LAST)
    rounds = -(-n // combinations)
    pick = np.concatenate([rng.permutation(combinations) for _ in range(rounds)])[:n]
    first, last = np.array(FIRST)[pick % len(FIRST)], np.array(LAST)[pick // len(FIRST)]
    plain_first = np.array([name.translate(PLAIN).lower() for name in FIRST])[pick % len(FIRST)]
    plain_last = np.array([name.translate(PLAIN).lower() for name in LAST])[pick // len(FIRST)]
    again = pl.Series(np.arange(n) // combinations)
    names = pl.DataFrame({"first_name": first, "last_name": last, "a": plain_first, "b": plain_last, "again": again})
    number = pl.when(pl.col("again") > 0).then(pl.col("again").cast(pl.String)).otherwise(pl.lit(""))
    return names.select(
        "last_name", "first_name",
        email=pl.concat_str("a", pl.lit("."), "b", number, pl.lit("@example.edu")),
        advisor=pl.Series(np.array(ADVISORS)[rng.integers(0, len(ADVISORS), n)]),
    )
