"""docs/sheets.md says what the contracts say."""

from pathlib import Path

from pipelines.sheets.docs import kinds_and_columns

DOCS = (Path(__file__).parents[2] / "docs" / "sheets.md").read_text(encoding="utf-8")


def test_the_kinds_and_columns_in_the_docs_are_those_of_the_contracts():
    assert kinds_and_columns() in DOCS, "run python -m pipelines.sheets.docs and paste what it prints"
