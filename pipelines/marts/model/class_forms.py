"""Forms of the class: which of them a student lacks, and how late those taken were.

A form is here an instrument's nth sitting of a student (the second CBSSA), so that students who chose other forms, or
sheets without labels, compare.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipelines.marts.model.chance import Floats
from pipelines.marts.model.growth import Ints
from pipelines.marts.model.inputs import NEVER
from pipelines.policy import Policy
from pipelines.policy.readiness import MissingForms

COVARIATES = ["lacking", "late"]


@dataclass(frozen=True)
class Compared:
    """Students beside their class, a row each: how many forms of the class they lack, of how many (`common`), and how
    many days later than the class's median day they took those that they have.

    `lacking` is the share lacked beyond the class's mean share, and `late` the days in policy's `late_days`, of each
    form cut at policy's most: both as if one form more were as the class's. All are 0 where the class has no form.
    """

    lacked: Ints
    common: Ints
    days_late: Floats
    lacking: Floats
    late: Floats

    @property
    def covariates(self) -> Floats:
        """n x 2, in the order of COVARIATES."""
        return np.stack([self.lacking, self.late], axis=1)


@dataclass(frozen=True, eq=False)
class ClassForms:
    """The day on which each student took each form (`taken`, students x forms; out of reach if never) that a large
    enough share of some class has, each one's first day with a score, and each one's class and program."""

    forms: pl.DataFrame  # instrument, nth, column
    taken: Ints
    first: Ints
    classmates: Ints
    rules: MissingForms
    fewest: int

    def of(self, rows: Ints, before: Ints) -> Compared:
        """Each row's student beside those classmates who have scores, by what was taken before a day."""
        parts = np.zeros((5, len(rows)))
        for one in np.unique(self.classmates[rows]):
            at = np.flatnonzero(self.classmates[rows] == one)
            parts[:, at] = self._of_class(self.classmates == one, rows[at], before[at])
        lacked, common, beyond, late, days = parts
        taken = common - lacked
        return Compared(
            lacked.astype(np.int64), common.astype(np.int64), days / np.maximum(taken, 1),
            lacking=beyond / (common + 1), late=late / (taken + 1))

    def _of_class(self, mates: np.ndarray, rows: Ints, before: Ints) -> Floats:
        """Forms lacked, forms of the class, and the sums over these of what is lacked beyond the class's mean, and of
        how late, and of the days that this is (5 x rows)."""
        members = np.searchsorted(np.sort(self.first[mates]), before)
        sums = np.zeros((5, len(rows)))
        for taken, own in zip(np.sort(self.taken[mates], axis=0).T, self.taken[rows].T, strict=True):
            with_it, has = np.searchsorted(taken, before), own < before
            long_since = np.searchsorted(taken, before - self.rules.settled_days)
            of_class = (members >= self.fewest) & (long_since >= self.rules.class_share * members)
            median = taken[np.maximum(with_it - 1, 0) // 2]
            days = (own - median) * has
            late = np.clip(days / self.rules.late_days, -self.rules.most_late, self.rules.most_late)
            beyond = with_it / np.maximum(members, 1) - has
            sums += of_class * np.stack([~has, np.ones(len(rows)), beyond, late, days])
        return sums

    def exchanged(self, row: int, score_rows: pl.DataFrame) -> "ClassForms":
        """With one student's scores replaced by these (day, instrument, form)."""
        own = sittings(score_rows.with_columns(row=pl.lit(row, pl.Int64))).join(self.forms, on=["instrument", "nth"])
        taken, first = self.taken.copy(), self.first.copy()
        taken[row] = NEVER
        taken[row, own["column"].to_numpy()] = own["day"].to_numpy()
        first[row] = score_rows["day"].min() if len(score_rows) else NEVER
        return replace(self, taken=taken, first=first)

    def with_another(self, row: int, instrument: str, day: int) -> "ClassForms":
        """With one more sitting of an instrument by one student."""
        columns = self.forms.filter(instrument=instrument).sort("nth")["column"].to_numpy()
        taken, first = self.taken.copy(), self.first.copy()
        taken[row, columns[taken[row, columns] == NEVER][:1]] = day
        first[row] = min(first[row], day)
        return replace(self, taken=taken, first=first)


def sittings(score_rows: pl.DataFrame) -> pl.DataFrame:
    """row, instrument, nth, day: each student's sittings of each instrument, counted from 0."""
    sat = score_rows.select("row", "instrument", "form", "day").unique().sort("row", "instrument", "day", "form")
    return sat.select("row", "instrument", "day", nth=pl.int_range(pl.len()).over("row", "instrument"))


def class_forms(score_rows: pl.DataFrame, people: pl.DataFrame, policy: Policy) -> ClassForms:
    """The forms of each class from its scores (row, instrument, form, day); people have class_year and program, by
    row."""
    rules = policy.readiness.recalibration.missing_forms
    classmates = people.select(pl.struct("class_year", "program").rank("dense").cast(pl.Int64)).to_series().to_numpy()
    sat = sittings(score_rows)
    sat = sat.with_columns(mates=pl.Series(classmates[sat["row"].to_numpy()], dtype=pl.Int64))
    with_scores = sat.group_by("mates").agg(members=pl.col("row").n_unique())
    often = sat.group_by("mates", "instrument", "nth").len().join(with_scores, on="mates").filter(
        pl.col("len") >= rules.class_share * pl.col("members"))
    forms = often.select("instrument", "nth").unique().sort("instrument", "nth").with_row_index("column").with_columns(
        pl.col("column").cast(pl.Int64))
    kept = sat.join(forms, on=["instrument", "nth"])
    taken, first = np.full((len(people), len(forms)), NEVER), np.full(len(people), NEVER)
    taken[kept["row"].to_numpy(), kept["column"].to_numpy()] = kept["day"].to_numpy()
    first[score_rows["row"].to_numpy()[::-1]] = score_rows["day"].to_numpy()[::-1]  # sorted by day within a row
    return ClassForms(forms, taken, first, classmates, rules, policy.disclosure.smallest_group)
