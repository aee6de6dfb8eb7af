"""Another person: a known ID on a row whose other identifiers are somebody else's.

Identifiers are last name, first name, e-mail, class year, program and USMLE ID; one that is blank on either side says
nothing. A row is another person's where

- both last and first name differ; or
- the first name differs, and so does the e-mail, class or USMLE ID, while neither e-mail nor USMLE ID agrees; or
- two or more identifiers differ, and fewer agree (the same program is no evidence: most students share it).

A marriage changes the last name alone, a nickname the first: each stays the same person.
"""

import re
import unicodedata
from typing import Any

import polars as pl

PERSON = ["last_name", "first_name", "email", "class_year", "program", "usmle_id"]
OF_ONE_PERSON = ["email", "usmle_id"]


def plain_name(name: str | None) -> str:
    """A name without accents, case or apostrophes, its parts separated by one space."""
    letters = re.sub(r"[\s\-‐–]+", " ", unicodedata.normalize("NFKD", name or ""))
    return " ".join("".join(c for c in letters if c.isalpha() or c.isspace()).lower().split())


def agreement(here: dict[str, Any], known: dict[str, Any]) -> dict[str, bool | None]:
    """Whether each identifier of PERSON agrees; None where one side is blank, or a first name is another's short form.
    """
    return {name: _agrees(name, here.get(name), known.get(name)) for name in PERSON}


def is_another(agrees: dict[str, bool | None], first_words_differ: bool) -> bool:
    """True where the identifiers are another person's, by the rule above."""
    differ = [name for name, same in agrees.items() if same is False]
    agree = [name for name, same in agrees.items() if same and name != "program"]
    if agrees["last_name"] is False and first_words_differ:
        return True
    telling = {"email", "class_year", "usmle_id"} & set(differ)
    if agrees["first_name"] is False and telling and not any(agrees[name] for name in OF_ONE_PERSON):
        return True
    return len(differ) >= 2 and len(agree) < len(differ)


def are_another(pairs: pl.DataFrame) -> pl.Series:
    """True for rows whose identifiers are another person's than the known ones (columns `old_...`)."""
    return pl.Series([
        is_another_person(row, {name: row[f"old_{name}"] for name in PERSON}) for row in pairs.to_dicts()
    ], dtype=pl.Boolean)


def is_another_person(here: dict[str, Any], known: dict[str, Any]) -> bool:
    """True where a row with the known person's ID is about another one."""
    first, known_first = (plain_name(one.get("first_name")).split() for one in (here, known))
    words_differ = bool(first and known_first) and first[0] != known_first[0]
    return is_another(agreement(here, known), words_differ)


def _agrees(name: str, here: Any, known: Any) -> bool | None:
    match name:
        case "last_name":
            one, other = plain_name(here).replace(" ", ""), plain_name(known).replace(" ", "")
        case "first_name":
            return _first_names_agree(plain_name(here), plain_name(known))
        case "email":
            one, other = ((text or "").strip().lower().partition("@")[0] for text in (here, known))
        case "class_year":
            one, other = ("".join(re.findall(r"\b\d{4}\b", str(value))[:1]) for value in (here, known))
        case "usmle_id":
            one, other = (re.sub(r"\D", "", text or "") for text in (here, known))
        case _:
            one, other = (re.sub(r"[^a-z]", "", (text or "").lower()) for text in (here, known))
    return one == other if one and other else None


def _first_names_agree(here: str, known: str) -> bool | None:
    """None for an initial, a short form, or a middle name used as the first."""
    if not (here and known):
        return None
    one, other = here.split(), known.split()
    if one[0] == other[0] or here.replace(" ", "") == known.replace(" ", ""):
        return True
    is_short = one[0].startswith(other[0]) or other[0].startswith(one[0])
    return None if is_short or one[0] in other or other[0] in one else False
