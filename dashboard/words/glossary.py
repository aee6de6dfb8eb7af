"""The terms of pages, exports and code, each explained once: page help texts and docs/glossary.md come from here.

`python -m dashboard.words.glossary` prints the page.
"""

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field


class Term(BaseModel):
    """One term: what it is (`meaning`), on which pages it shows, and its name in the code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    meaning: str = Field(alias="is")
    shows: str
    code: str


@cache
def terms() -> dict[str, Term]:
    """Every term by its id, in the order of glossary.toml."""
    text = files("dashboard.words").joinpath("glossary.toml").read_text(encoding="utf-8")
    return {one["id"]: Term.model_validate(one) for one in tomllib.loads(text)["term"]}


def help_for(term_id: str) -> str:
    """What a term is, as a page's help text; raises KeyError for an unknown id."""
    return terms()[term_id].meaning


def name_of(term_id: str) -> str:
    """The one label of a term on every page; raises KeyError for an unknown id."""
    return terms()[term_id].name


def page() -> str:
    """docs/glossary.md."""
    rows = [f"| **{t.name}** | {t.meaning} | {t.shows} | `{t.code}` |" for t in terms().values()]
    return "\n".join([
        "# Glossary", "",
        "Made by `python -m dashboard.words.glossary` from `dashboard/words/glossary.toml`; page help texts come from "
        "the same file.", "",
        "| term | what it is | where it shows | in code |", "|---|---|---|---|", *rows, "",
    ])  # fmt: skip


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
