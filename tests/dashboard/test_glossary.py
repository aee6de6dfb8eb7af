"""The glossary is the one source of the terms: its page, and the help texts of pages, come from it."""

import pytest

from dashboard.words.glossary import help_for, page, terms
from tests.conftest import REPO


def test_the_page_is_what_the_terms_say():
    written = (REPO / "docs/glossary.md").read_text(encoding="utf-8")
    assert written == page(), "run python -m dashboard.words.glossary > docs/glossary.md"


def test_every_term_is_explained_once_and_says_where_it_shows():
    names = [term.name for term in terms().values()]
    assert len(names) == len(set(names)) >= 40
    assert all(term.meaning.endswith(".") and term.shows and term.code for term in terms().values())


def test_a_term_that_nobody_explained_has_no_help():
    with pytest.raises(KeyError, match="luck"):
        help_for("luck")
