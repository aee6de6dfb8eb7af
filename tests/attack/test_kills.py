"""A tenth of the kills, with a fixed seed."""

import os

import pytest

from tests.attack import kills
from tests.attack.__main__ import SEED


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
def test_fifty_killed_processes_lose_nothing_and_leave_nothing():
    outcome = kills.attack(kills.FULL // 10, SEED)
    assert outcome.broken == []
    assert outcome.counts["decisions acknowledged"] > 50
    assert sum(number for name, number in outcome.counts.items() if name.startswith("in ")) > 10
