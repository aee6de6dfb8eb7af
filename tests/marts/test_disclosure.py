"""Small groups are hidden, with as many larger ones as it takes."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipelines.marts.disclosure import disclosed

FEWEST = 10


def shown(*sizes: int) -> list[int | None]:
    rows = pl.DataFrame({"whole": ["w"] * len(sizes), "n": list(sizes), "mean": [50.0] * len(sizes)})
    return disclosed(rows, ["mean"], count="n", within=["whole"], fewest=FEWEST)["n"].to_list()


def test_a_small_part_takes_the_next_larger_with_it() -> None:
    assert shown(40, 8, 30) == [40, None, None]
    assert shown(40, 3, 8) == [40, None, None]
    assert shown(40, 3, 4) == [None, None, None]
    assert shown(40, 30) == [40, 30]


def test_nobody_hides_nothing_and_a_small_whole_is_hidden() -> None:
    assert shown(40, 0) == [40, 0]
    assert shown(4) == [None]
    assert shown(10) == [10]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_nothing_hidden_can_be_recovered_from_the_whole(sizes: list[int]) -> None:
    found = shown(*sizes)
    hidden = [n for n, seen in zip(sizes, found, strict=True) if seen is None]
    assert all(n not in range(1, FEWEST) for n in found if n is not None)
    if hidden and sum(n > 0 for n in sizes) > 1:
        assert len(hidden) >= 2  # the whole less what is shown gives a sum, never a part
        assert sum(hidden) >= FEWEST or len(hidden) == sum(n > 0 for n in sizes)


def test_parts_of_other_wholes_are_left_alone() -> None:
    rows = pl.DataFrame({"whole": ["a", "a", "b", "b"], "n": [5, 50, 40, 60], "mean": [1.0, 2.0, 3.0, 4.0]})
    found = disclosed(rows, ["mean"], count="n", within=["whole"], fewest=FEWEST)
    assert found["mean"].to_list() == [None, None, 3.0, 4.0]
    assert found["suppressed"].to_list() == [True, True, False, False]
