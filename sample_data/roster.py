"""The roster as the registrar would export it: everyone's dates and status on as_of."""

import numpy as np
import polars as pl

from sample_data.cases import CASES
from sample_data.people import MIDDLE, People
from sample_data.sittings import History, graduated

CLERKSHIP_AFTER_MIDDLE = 91
ELIGIBILITY_DAYS = 91
NONE = -(10**6)
"""Stands for no date in an array of days."""


def make_roster(people: People, history: History, rng: np.random.Generator) -> pl.DataFrame:
    """One row a student: who, names, program, track, days (null where the office knows none) and status."""
    n = len(people)
    planned = _planned(people, history)
    open_ = _unfinished(history, n)
    clerkship = people.middle + CLERKSHIP_AFTER_MIDDLE
    late = open_ & (people.class_index > 0)
    clerkship = np.where(late, rng.integers(100, 240, n), clerkship)
    clerkship = clerkship + np.where(~late & (people.class_index == 0) & (rng.random(n) < 0.03), 84, 0)
    starts = np.where((planned > 0) & (rng.random(n) < 0.85), planned - rng.integers(20, 71, n), NONE)
    ends = np.where(starts > NONE, starts + ELIGIBILITY_DAYS, NONE)
    status = _status(people, history)
    for case in CASES:
        who = history.case_of[case.name]
        status[who] = case.status if status[who] != "graduated" else "graduated"
        clerkship[who] = clerkship[who] if case.clerkship is None else case.clerkship
        if case.eligibility:
            starts[who], ends[who] = case.eligibility
    clerkship += (7 - (people.as_of.weekday() + clerkship) % 7) % 7  # they start on Mondays
    clerkship[(status == "withdrawn") | (rng.random(n) < 0.02)] = NONE
    usmle_id = rng.integers(50_000_000, 59_999_999, n).astype(str)
    usmle_id[(people.is_do & ~people.sits_both) | (rng.random(n) < 0.1)] = ""
    usual = np.where(people.is_do, "Level 1", "Step 1")
    track = np.select([people.sits_both, rng.random(n) < 0.3], ["both", usual], "")
    years = np.array([people.class_year(c) for c in range(int(people.class_index.max()) + 1)])
    days = {
        name: pl.Series(days).replace(NONE, None)
        for name, days in [("planned_on", planned), ("clerkship_starts_on", clerkship),
                           ("eligibility_starts_on", starts), ("eligibility_ends_on", ends)]
    }
    return people.names.select(
        pl.Series("who", np.arange(n)), "student_id", "last_name", "first_name", "email",
        program=pl.Series(np.where(people.is_do, "DO", "MD")), class_year=pl.Series(years[people.class_index]),
        exam_track=pl.Series(track), advisor="advisor", status=pl.Series(status), usmle_id=pl.Series(usmle_id),
    ).with_columns(**days)


def _planned(people: People, history: History) -> np.ndarray:
    """The next planned day; for the current class also the day just sat, unless it was failed."""
    planned = np.full(len(people), NONE)
    last = history.sittings.sort("day").unique("who", keep="last")
    kept = last.filter(pl.col("outcome").is_in(["pass", "pending"]) & (pl.col("day") > -MIDDLE))
    planned[kept["who"].to_numpy()] = kept["day"].to_numpy()
    ahead = history.aims.filter((pl.col("day") > 0) & pl.col("planned")).sort("day", descending=True)
    for who, day in ahead.select("who", "day").iter_rows():
        planned[who] = day
    return planned


def _unfinished(history: History, n: int) -> np.ndarray:
    """True for students with a sitting ahead or a result awaited."""
    unfinished = np.zeros(n, dtype=bool)
    unfinished[history.aims.filter(pl.col("day") > 0)["who"].to_numpy()] = True
    unfinished[history.sittings.filter(pl.col("outcome") == "pending")["who"].to_numpy()] = True
    return unfinished


def _status(people: People, history: History) -> np.ndarray:
    """Graduated with the class once passed; withdrawn by part, or in an older class after three failures."""
    status = np.where(np.isin(history.part, ["leave", "withdrawn"]), history.part, "active").astype("U16")
    failed = history.sittings.filter(pl.col("outcome") == "fail").group_by("who", "exam").len()
    thrice = failed.filter(pl.col("len") >= 3)["who"].to_numpy()
    status[thrice[people.class_index[thrice] > 0]] = "withdrawn"
    passed = np.zeros(len(people), dtype=bool)
    passed[history.sittings.filter(pl.col("outcome") == "pass")["who"].to_numpy()] = True
    status[graduated(people) & passed & (status != "withdrawn")] = "graduated"
    return status
