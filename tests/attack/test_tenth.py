"""A tenth of every attack, with a fixed seed."""

import importlib

import pytest

from tests.attack.__main__ import ATTACKS, SEED


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", ATTACKS)
def test_a_tenth_of_the_attack_breaks_nothing(name):
    module = importlib.import_module(f"tests.attack.{name}")
    outcome = module.attack(module.FULL // 10, SEED)
    assert outcome.tried == module.FULL // 10
    assert outcome.broken == []
