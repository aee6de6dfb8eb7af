"""New students who may be known ones: an ID that differs in case alone, or a known name under a new ID."""

import polars as pl

from pipelines.contracts.accounts import Unusual, UnusualKind
from pipelines.merge.another_person import PERSON, agreement

PAIRS_SHOWN = 5
FULL_NAME = pl.concat_str(*(
    pl.col(name).str.normalize("NFKD").str.to_lowercase().str.replace_all(r"[^\p{L}]", "").replace("", None)
    for name in ("last_name", "first_name")
), separator=", ")
SIMPLE_ID = pl.col("student_id").str.to_lowercase().str.replace_all(r"[\s._/-]", "").str.strip_chars_start("0")


def similar_students(before: pl.DataFrame, after: pl.DataFrame) -> list[Unusual]:
    """Pairs of students, one of them new (`after` without `before`), who may be one person."""
    new = after.join(before, on="student_id", how="anti")
    return _similar_ids(new, after) + _same_names(new, before)


def _similar_ids(new: pl.DataFrame, after: pl.DataFrame) -> list[Unusual]:
    """New IDs that another student has too, but for case, leading zeros and separators."""
    others = after.select(known_id="student_id", key=SIMPLE_ID)
    pairs = new.select("student_id", key=SIMPLE_ID).join(others, on="key").filter(
        pl.col("student_id") != pl.col("known_id"))
    is_new = pl.col("known_id").is_in(new["student_id"].implode())
    once = pairs.filter(~is_new | (pl.col("student_id") < pl.col("known_id"))).sort("student_id", "known_id")
    return [Unusual(UnusualKind.SIMILAR_ID, student_id=student_id, known_id=known_id)
            for student_id, known_id in once.select("student_id", "known_id").head(PAIRS_SHOWN).iter_rows()]


def _same_names(new: pl.DataFrame, before: pl.DataFrame) -> list[Unusual]:
    """New students with the full name of a known one, where neither e-mail, USMLE ID, class nor program differs.

    The same e-mail or USMLE ID makes the import unusual already.
    """
    known = before.select(name=FULL_NAME, known=pl.struct(*PERSON, "student_id")).drop_nulls("name")
    pairs = new.select(name=FULL_NAME, new=pl.struct(*PERSON, "student_id")).join(known, on="name")
    findings = []
    for _, student, one in pairs.iter_rows():
        agrees = agreement(student, one)
        if False not in agrees.values() and not (agrees["email"] or agrees["usmle_id"]):
            ids = {"student_id": student["student_id"], "known_id": one["student_id"]}
            findings.append(Unusual(UnusualKind.SAME_NAME, **ids))
    return sorted(findings, key=lambda one: one.student_id)[:PAIRS_SHOWN]
