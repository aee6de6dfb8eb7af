"""docs/dependencies.md holds every pinned package at its pinned version, and the licenses that the packages name."""

import re
import tomllib
from importlib import metadata

import pytest

from tests.conftest import REPO

PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
DIRECT = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
PULLED_IN = PROJECT["tool"]["uv"]["constraint-dependencies"]
REVIEW = (REPO / "docs" / "dependencies.md").read_text(encoding="utf-8")
LINE = re.compile(r"^\| ([\w.-]+) ([\d.]+) \| (.*) \|$", re.MULTILINE)
ROWS = {name: (version, rest) for name, version, rest in LINE.findall(REVIEW)}
OTHER_NAMES = {"MPL": "MPL|Mozilla", "LGPL": "LGPL|Lesser"}
NAMES_NONE = {"dataframely"}  # its license is a file alone


def pin(requirement):
    name, version = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?==([\d.]+)", requirement).groups()
    return name, version


def test_every_pin_was_reviewed_at_its_version_and_nothing_else_is_listed():
    pins = dict(map(pin, [*DIRECT, *PULLED_IN]))
    assert {name: version for name, (version, _) in ROWS.items()} == pins


@pytest.mark.parametrize("requirement", DIRECT)
def test_a_package_that_is_used_directly_has_the_license_it_names(requirement):
    name, _ = pin(requirement)
    of_package = metadata.metadata(name)
    named = " ".join([*(of_package.get_all("License-Expression") or []), *(of_package.get_all("License") or []),
                      *(of_package.get_all("Classifier") or [])])  # fmt: skip
    license = ROWS[name][1].split(" | ")[0]
    family = re.split(r"[- ]", license)[0]
    assert re.search(OTHER_NAMES.get(family, family), named) or name in NAMES_NONE


def test_what_a_package_reads_of_others_is_told_for_all_that_runs_at_a_school():
    for requirement in PROJECT["project"]["dependencies"]:
        assert len(ROWS[pin(requirement)[0]][1].split(" | ")) == 4
