"""The roster: names, classes, advisors, and the students that a filter selects. Polars only."""

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import EXAMS, Student
from pipelines.contracts.frames import where
from pipelines.contracts.readiness import Band

ENROLLED = ["active", "leave"]


def enrolled(students: dy.DataFrame[Student]) -> dy.DataFrame[Student]:
    """Students who are active (a blank status is active) or on leave: never the withdrawn or graduated."""
    return where(students, pl.col("status").fill_null("active").is_in(ENROLLED))


def named(students: pl.DataFrame) -> pl.DataFrame:
    """student_id and `name` as `Abbott, Grace`; the ID where no name is known.

    Where several of these students have the name, class and ID tell them apart: `Kim, Min (2028, 00128)`. Give it the
    whole roster: in a list of one class, its other Kim, Min would be missed.
    """
    parts = pl.concat_str(["last_name", "first_name"], separator=", ", ignore_nulls=True)
    shared = parts.str.to_lowercase().str.strip_chars().is_duplicated() & (parts != "")
    apart = pl.concat_str(pl.col("class_year").cast(pl.String), "student_id", separator=", ", ignore_nulls=True)
    return students.select("student_id", name=pl.when(shared).then(pl.format("{} ({})", parts, apart))
                           .when(parts != "").then(parts).otherwise("student_id"))


def class_years(students: pl.DataFrame) -> list[int]:
    """Class years on the roster, youngest first."""
    return students["class_year"].drop_nulls().unique().sort(descending=True).to_list()


def current_class(students: pl.DataFrame, risk: pl.DataFrame) -> int | None:
    """The youngest class having active students with an exam not passed."""
    open_exams = risk.filter(pl.col("band_id") != Band.PASSED).select("student_id").unique()
    active = students.filter(pl.col("status").fill_null("active") == "active")
    return active.join(open_exams, on="student_id", how="semi")["class_year"].max()  # type: ignore[return-value]


def exams(risk: pl.DataFrame, students: pl.DataFrame, class_year: int | None) -> list[str]:
    """Exams the class sits, the one most students sit first."""
    ids = ids_of(students, class_year, None)
    rows = risk.filter(pl.col("student_id").is_in(ids.implode()))
    return rows["exam"].value_counts(sort=True)["exam"].to_list() or EXAMS[:1]


def advisors(students: dy.DataFrame[Student]) -> list[str]:
    """Advisors on the roster, in alphabetical order."""
    return enrolled(students)["advisor"].drop_nulls().unique().sort().to_list()


def ids_of(students: pl.DataFrame, class_year: int | None, advisor: str | None) -> pl.Series:
    """IDs of the class and the advisor's students; `None` is all."""
    filters = {k: v for k, v in {"class_year": class_year, "advisor": advisor}.items() if v is not None}
    return students.filter(**filters)["student_id"] if filters else students["student_id"]


def names_of(students: pl.DataFrame, student_ids: list[str]) -> list[str]:
    """Names in the order of the IDs."""
    names = dict(named(students).filter(pl.col("student_id").is_in(student_ids)).iter_rows())
    return [names.get(student_id, student_id) for student_id in student_ids]


def search(students: pl.DataFrame, text: str) -> pl.DataFrame:
    """student_id, name, class_year of students with every word of the text in the name or ID; a whole ID first,
    then last names that start with the text."""
    people = named(students).with_columns(students["class_year"])
    haystack = pl.concat_str(pl.col("name").str.to_lowercase(), pl.lit(" "), pl.col("student_id").str.to_lowercase())
    for word in text.lower().replace(",", " ").split():
        people = people.filter(haystack.str.contains(word, literal=True))
    starts = pl.col("name").str.to_lowercase().str.starts_with(text.lower().strip())
    return people.sort(pl.col("student_id") != text.strip(), ~starts, "name", "student_id")


def weak_areas(subjects: pl.DataFrame, student_ids: list[str], most: int = 8) -> tuple[list[str], list[str]]:
    """Areas in which any of these students is weak, most students first; and those with at least half of them."""
    taught = pl.col("axis") != "competency"  # a tutor teaches systems and disciplines
    weak = subjects.filter(pl.col("student_id").is_in(student_ids) & pl.col("weak") & taught)
    by_area = weak.group_by("area").agg(
        students=pl.col("student_id").n_unique(), gain=pl.col("priority").sum()
    ).sort("students", "gain", "area", descending=[True, True, False]).head(most)  # fmt: skip
    usual = by_area.filter(pl.col("students") * 2 >= len(student_ids)).head(2)
    return by_area["area"].to_list(), usual["area"].to_list()
