"""Area forms: the forms that classes sat, and each student's change from the form before last to the last.

Comparisons of classes need these of single forms, from millions of rows, a batch of students at a time.
"""

from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Student
from pipelines.marts.areas.area_results import AREA, recency
from pipelines.policy import Policy

GROUP = ["class_year", "program"]


def class_forms(
    students: dy.DataFrame[Student], results: pl.DataFrame, as_of: date, policy: Policy
) -> pl.DataFrame:
    """Results (of coded_results) by class, program, area and form, with their items, weight and number of students.
    The rows of another batch of students can be added to these."""
    classes = students.lazy().select("student_id", *GROUP).drop_nulls("class_year").with_columns(program())
    return results.lazy().select("student_id", *AREA, form_name(), "n", w=recency(as_of, policy) * pl.col("n")).join(
        classes, on="student_id").group_by(*GROUP, *AREA, "items_of").agg(
        pl.col("n", "w").sum(), sat=pl.len()).collect()


def area_changes(results: pl.DataFrame) -> pl.DataFrame:
    """Each student's change in each area from the form before last to the last, from results of coded_results: `rise`
    is the area's change less the total's, `level` the area's own, `items` the mean of both forms; `first` and `second`
    name the forms."""
    day = ["taken_on", "instrument", "form"]
    forms = results.lazy().select(day).unique().sort(day).with_columns(form_name()).with_row_index("order")
    # Sorting by numbers is ten times faster than a list of forms for each student and area.
    student = pl.col("student_id").cast(pl.Categorical).to_physical()
    rows = results.lazy().join(forms, on=day).with_columns(student=student).sort("student", "area", "order")
    series = pl.struct("student", "area")

    def change(name: str) -> pl.Expr:
        return pl.col(name) - pl.col(name).shift()

    return rows.select(
        "student_id", *AREA, "weight", rise=change("percent") - change("total"), level=change("percent"),
        items=(pl.col("n") + pl.col("n").shift()) / 2, first=pl.col("items_of").shift(), second="items_of",
        has_two=series == series.shift(), is_last=series.ne_missing(series.shift(-1)),
    ).filter("has_two", "is_last").drop("has_two", "is_last").with_columns(
        pl.col("first", "second").cast(pl.Categorical)
    ).collect()


def program() -> pl.Expr:
    return pl.col("program").fill_null("not known")


def form_name() -> pl.Expr:
    """The set of items: instrument and form. Unnamed forms of an instrument on one day count as the same form."""
    return pl.when(pl.col("form") == "").then(
        pl.concat_str("instrument", pl.lit(" on "), pl.col("taken_on").cast(pl.String))
    ).otherwise(pl.concat_str("instrument", pl.lit(" "), "form")).alias("items_of")
