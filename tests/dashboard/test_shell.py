"""Errors stay calm, bugs are let through for developers, and every line of the look is explained."""

import logging
import tomllib

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import REPO


def failing() -> None:
    from dashboard.shared.shell import calm

    with calm():
        raise ValueError("Abbott, Grace has 55 EPC")


def refusing() -> None:
    from dashboard.shared.shell import calm
    from pipelines.errors import PasslineError

    with calm():
        raise PasslineError("Choose another sheet.")


def test_a_bug_is_a_sentence_with_a_reference_and_no_trace(monkeypatch, caplog):
    monkeypatch.delenv("PASSLINE_DEBUG", raising=False)
    with caplog.at_level(logging.ERROR):
        test = AppTest.from_function(failing).run()
    assert not test.exception
    reference = test.warning[0].value.split("**")[1]
    assert "Abbott" not in test.warning[0].value
    assert reference in caplog.text


def test_a_bug_is_let_through_for_developers(monkeypatch):
    monkeypatch.setenv("PASSLINE_DEBUG", "1")
    assert AppTest.from_function(failing).run().exception


def test_what_a_person_can_act_on_is_shown_as_it_is():
    test = AppTest.from_function(refusing).run()
    assert [w.value for w in test.warning] == ["Choose another sheet."]


def test_every_line_of_the_look_says_why():
    text = (REPO / "dashboard" / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["client"]["showErrorDetails"] == "none"
    assert not [line for line in text.splitlines() if " = " in line and " # " not in line]


@pytest.mark.parametrize("name", ["logo-light", "logo-dark", "favicon"])
def test_pictures_are_local_and_their_letters_are_paths(name):
    svg = (REPO / "dashboard" / "assets" / f"{name}.svg").read_text(encoding="utf-8")
    assert "<text" not in svg
    assert "href" not in svg
