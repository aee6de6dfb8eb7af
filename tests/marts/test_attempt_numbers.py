"""Attempts used: sittings on record, or more where a sheet's attempt number says so."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipelines.marts.model.attempt_numbers import unrecorded_before, used_before, used_by_exam

SITTING = ["student_id", "exam"]
FIRST = date(2026, 1, 5)


def numbered(numbers):
    return pl.DataFrame({
        "student_id": ["1"] * len(numbers), "exam": ["Step 1"] * len(numbers),
        "taken_on": [FIRST + timedelta(days=100 * n) for n in range(len(numbers))], "attempt_number": numbers,
    }, schema_overrides={"attempt_number": pl.Int32})


def used_slowly(numbers):
    """One sitting at a time: a number says how many are used; a sitting without one is one more."""
    highest = None
    for number in numbers:
        if number is None:
            highest = None if highest is None else highest + 1
        else:
            highest = number if highest is None else max(highest, number)
    return max(len(numbers), highest or 0)


@given(st.lists(st.one_of(st.none(), st.integers(1, 12)), min_size=1, max_size=6))
def test_used_attempts_agree_with_the_slow_obvious_version(numbers):
    rows = numbered(numbers)
    assert rows.group_by(SITTING).agg(used=used_by_exam())["used"].to_list() == [used_slowly(numbers)]
    before = rows.select(used=used_before(SITTING))["used"].to_list()
    for n, number in enumerate(numbers):
        assert before[n] == (used_slowly(numbers[:n]) if number is None and n else max((number or 1) - 1, n))


def test_sittings_not_on_record_are_counted_before_each_row():
    rows = numbered([3, None, 5])
    assert rows.select(missing=unrecorded_before(SITTING))["missing"].to_list() == [2, 2, 2]
