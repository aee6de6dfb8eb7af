"""Which student a row means.

Only a roster makes students. A score sheet's row belongs to the student whose ID it carries, letter for letter;
a row whose ID no roster names waits, and nobody is created by it.
"""

import polars as pl


def on_a_roster(student_ids: pl.Series) -> pl.Expr:
    """True where the row's student_id is one that a roster in force names."""
    return pl.col("student_id").is_in(student_ids.implode())


def unknown_student_reason() -> pl.Expr:
    return pl.format(
        "No roster names student {}: upload a roster that does, or correct the ID.", pl.col("student_id")
    )


def _plain(name: pl.Expr) -> pl.Expr:
    """A name without accents, case, hyphens or apostrophes."""
    return name.str.normalize("NFKD").str.replace_all(r"[^\p{L}\s]", "").str.to_lowercase().str.strip_chars()


def another_person(last: pl.Expr, first: pl.Expr, last_before: pl.Expr, first_before: pl.Expr) -> pl.Expr:
    """True where an ID that stood for one person now names another: both last and first name differ.

    A changed last name alone (marriage), a middle name or initial, accents, case and hyphens are not another person.
    """
    given, given_before = (_plain(name).str.split(" ").list.first() for name in (first, first_before))
    return ((_plain(last) != _plain(last_before)) & (given != given_before)).fill_null(False)
