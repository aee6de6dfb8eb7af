"""Students who need someone, from the figures of a day and the office store: for Today, and as an export."""

from datetime import timedelta

import polars as pl

from dashboard.data.figures import Figures, bands_on
from dashboard.data.roster import enrolled, named
from dashboard.words.bands import band_text
from dashboard.words.needs import need_labels
from dashboard.words.windows import with_words
from pipelines.marts.today import needs as mart
from pipelines.office import Office
from pipelines.policy import Policy

EXPORT_COLUMNS = ["student_id", "exam", "need_id", "need", "urgency"]


def needs(
    figures: Figures, bands_before: pl.DataFrame, flags: pl.DataFrame, steps_taken: pl.DataFrame
) -> pl.DataFrame:
    """Contract Need of all enrolled students, with the columns of Risk and `band`, `name`, `status` and `conflict`.

    `bands_before` is `bands_on` the day that policy compares with (contact.crossed_days).
    """
    people = enrolled(figures.students)
    windows = figures.windows
    rows = mart.needs(
        people, figures.risk, windows, figures.attempts, bands_before, flags, steps_taken, figures.as_of,
        figures.policy,
    )  # fmt: skip
    risk = figures.risk.select("student_id", "exam", pl.exclude(rows.columns))
    return (
        rows.join(risk, on=["student_id", "exam"], how="left", maintain_order="left")
        .join(people.select("student_id", "status"), on="student_id", how="left", maintain_order="left")
        .join(named(figures.students), on="student_id", how="left", maintain_order="left")
        .join(_contradictions(windows, rows, figures.policy), on=["student_id", "exam"], how="left",
              maintain_order="left")
        .with_columns(band=band_text(figures.policy))
    )


def _contradictions(windows: pl.DataFrame, rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """student_id, exam, conflict: what contradicts what, in words, where anything does."""
    listed = windows.filter(pl.col("conflict_id").is_not_null()).join(rows, on=["student_id", "exam"], how="semi")
    return with_words(listed, policy).select("student_id", "exam", "conflict")


def exported_needs(figures: Figures, office: Office) -> pl.DataFrame:
    """`export needs`: one row per student and need, in the order of Today; a student's leading need first."""
    before = bands_on(figures, figures.as_of - timedelta(days=figures.policy.support.contact.crossed_days))
    rows = needs(figures, before, office.flags.rows(), office.exam_plans.steps())
    labels = need_labels(figures.policy)
    return rows.explode("need_ids").rename({"need_ids": "need_id"}).with_columns(
        need=pl.col("need_id").replace_strict(labels, return_dtype=pl.String)
    ).select(EXPORT_COLUMNS)
