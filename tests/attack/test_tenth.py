"""A tenth of the attacks, with a fixed seed."""

import importlib

import pytest

from tests.attack.__main__ import SEED

IN_TENTHS = ["power_cuts", "kills", "forged", "hostile_text"]


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", IN_TENTHS)
def test_a_tenth_of_the_attack_breaks_nothing(name):
    module = importlib.import_module(f"tests.attack.{name}")
    outcome = module.attack(module.FULL // 10, SEED)
    assert outcome.tried >= module.FULL // 10
    assert outcome.broken == []
