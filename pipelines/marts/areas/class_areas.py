"""Class areas: a class's level in each content area, and which differences are more than chance.

One row per class year, program, comparison and area; four comparisons:
- reference: the class's mean percent less the reference group's (the sheet's, else policy's comparison);
- earlier classes: how far the area lies from the students' own totals, less the same for all earlier classes, so a
  class with more forms, or a stronger one, does not make every area look new;
- last form: the change from a student's form before last to the last, less the change of the total;
- other program: like earlier classes, against the class's other program.
"""

import dataframely as dy
import polars as pl
from scipy.special import ndtr

from pipelines.contracts.facts import Student
from pipelines.contracts.subjects import ClassArea, ComparedWith
from pipelines.marts.areas.area_evidence import AreaEvidence
from pipelines.marts.areas.area_forms import GROUP, program
from pipelines.marts.areas.area_results import AREA
from pipelines.marts.disclosure import disclosed
from pipelines.marts.model.chance import Z80
from pipelines.policy import Policy

EVERYONE = "all"
REFERENCE, EARLIER, LAST_FORM, OTHER = (str(one) for one in ComparedWith)


def class_areas(students: dy.DataFrame[Student], evidence: AreaEvidence, policy: Policy) -> dy.DataFrame[ClassArea]:
    """The comparisons, with small groups already emptied; `evidence` was gathered with these students as classes."""
    groups = _groups(students, evidence.pooled)
    shared = _shared_by_class(evidence.forms, policy)
    standing = _standing(groups, evidence.pooled).join(shared, on=[*GROUP, *AREA], how="left")
    standing = standing.with_columns(error=pl.col("error") + pl.col("form_error"))
    compared = pl.concat([
        _against_reference(standing), _against_earlier(standing), _against_other(standing),
        _since_last_form(groups, evidence.changes, policy),
    ], how="diagonal").with_columns(pl.col(AREA).cast(pl.String))
    return ClassArea.validate(_with_intervals(compared, policy).select(ClassArea.column_names()), cast=True)


def _groups(students: dy.DataFrame[Student], rows: pl.DataFrame) -> pl.DataFrame:
    """Each student with rows twice: in the whole class year, and in the program."""
    with_rows = students.select("student_id", *GROUP).drop_nulls("class_year").join(
        rows.select("student_id").unique(), on="student_id", how="semi"
    )
    everyone = with_rows.with_columns(program=pl.lit(EVERYONE))
    return pl.concat([everyone, with_rows.with_columns(program())])


def _standing(groups: pl.DataFrame, pooled: pl.DataFrame) -> pl.DataFrame:
    """Each group's mean level and mean deviation, with the sampling variance of each mean. The level is of the forms:
    classes are compared on what they sat, wherever they stand today."""
    d, level, n = pl.col("deviation"), pl.col("percent"), pl.len()
    return groups.join(pooled, on="student_id").group_by(*GROUP, *AREA).agg(
        pl.col("weight").first(), students=n, level=level.mean(), against=pl.col("comparison").mean(),
        relative=d.mean(), error=d.var().fill_null(100.0) / n, level_error=level.var().fill_null(100.0) / n,
    )


def _shared_by_class(forms: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The variance that a form's own items add to a class mean, since all who sat it had the same hard and easy items.

    Items differ by item_difficulty_sd, so an area of n items on one form is off by that over the root of n. Different
    forms average out by their share of the class's weight.
    """
    both = pl.concat([forms, forms.with_columns(program=pl.lit(EVERYONE))])
    by_form = both.group_by(*GROUP, *AREA, "items_of").agg(pl.col("n", "w", "sat").sum())
    share, items = pl.col("w") / pl.col("w").sum(), pl.col("n") / pl.col("sat")
    variance = policy.blueprint.class_comparison.item_difficulty_sd**2 / items
    return by_form.group_by(*GROUP, *AREA).agg(form_error=(share**2 * variance).sum())


def _against_reference(standing: pl.DataFrame) -> pl.DataFrame:
    return standing.select(
        *GROUP, *AREA, "weight", "students", "level", "relative", comparison=pl.lit(REFERENCE),
        difference=pl.col("level") - pl.col("against"), error=pl.col("level_error") + pl.col("form_error"),
    )


def _against_earlier(standing: pl.DataFrame) -> pl.DataFrame:
    """The difference from all earlier classes of the same program, weighted by precision."""
    before = standing.select(
        *AREA, "program", earlier_year="class_year", earlier="relative", earlier_error="error", earlier_n="students"
    )
    w = 1 / pl.col("earlier_error")
    pairs = standing.join(before, on=[*AREA, "program"]).filter(pl.col("earlier_year") < pl.col("class_year"))
    return pairs.group_by(*GROUP, *AREA, "weight", "students", "level", "relative", "error").agg(
        earlier=(w * pl.col("earlier")).sum() / w.sum(), earlier_error=1 / w.sum(), others=pl.col("earlier_n").sum()
    ).select(
        *GROUP, *AREA, "weight", "students", "level", "relative", "others", comparison=pl.lit(EARLIER),
        difference=pl.col("relative") - pl.col("earlier"), error=pl.col("error") + pl.col("earlier_error"),
    )


def _against_other(standing: pl.DataFrame) -> pl.DataFrame:
    named = standing.filter(pl.col("program") != EVERYONE)
    other = named.select(
        "class_year", *AREA, other="program", theirs="relative", their_error="error", others="students"
    )
    return named.join(other, on=["class_year", *AREA]).filter(pl.col("program") != pl.col("other")).select(
        *GROUP, *AREA, "weight", "students", "level", "relative", "others", comparison=pl.lit(OTHER),
        difference=pl.col("relative") - pl.col("theirs"), error=pl.col("error") + pl.col("their_error"),
    )


def _since_last_form(groups: pl.DataFrame, changes: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The mean paired change of students with two forms that report the area."""
    pairs = changes.lazy().join(groups.lazy(), on="student_id")
    by_pair = pairs.group_by(*GROUP, *AREA, "first", "second").agg(n=pl.len(), items=pl.col("items").mean())
    share = pl.col("n") / pl.col("n").sum()
    shared = by_pair.group_by(*GROUP, *AREA).agg(
        form_error=(share**2 * 2 * policy.blueprint.class_comparison.item_difficulty_sd**2 / pl.col("items")).sum()
    )
    rise, n = pl.col("rise"), pl.len()
    return pairs.group_by(*GROUP, *AREA).agg(
        pl.col("weight").first(), students=n, level=pl.col("level").mean(), difference=rise.mean(),
        error=rise.var().fill_null(200.0) / n,
    ).join(shared, on=[*GROUP, *AREA]).with_columns(
        pl.col("error") + pl.col("form_error"), comparison=pl.lit(LAST_FORM)
    ).drop("form_error").collect()


def _with_intervals(compared: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The comparisons with intervals, small groups emptied, and `notable`: differences under false-discovery control.

    Benjamini and Hochberg's step-up over the areas of one class, program and comparison (systems and disciplines
    together, competencies apart): of the notable differences at most false_discovery_rate are expected to be chance.
    """
    rules = policy.blueprint.class_comparison
    # A difference from a small group reveals as much of it as its own mean; programs are parts of the class, which is
    # shown with them.
    size = pl.min_horizontal("students", "others")
    cells = disclosed(
        compared.with_columns(size=size, part=pl.col("program") != EVERYONE),
        ["difference", "error", "level", "relative", "students"], count="size",
        within=["class_year", "comparison", "part", *AREA], fewest=policy.disclosure.smallest_group,
    )
    sd = pl.col("error").sqrt()
    z = cells.select((pl.col("difference") / sd).abs()).to_series().to_numpy()
    cells = cells.with_columns(p=pl.Series(2 * ndtr(-z)).fill_nan(None))
    family = [*GROUP, "comparison", pl.col("axis") == "competency"]
    tests, rank = pl.col("p").count().over(family), pl.col("p").rank("ordinal").over(family)
    passes = pl.col("p") <= rank / tests * rules.false_discovery_rate
    last = pl.when(passes).then(pl.col("p")).max().over(family)
    return cells.with_columns(
        low=pl.col("difference") - Z80 * sd, high=pl.col("difference") + Z80 * sd,
        notable=(pl.col("p") <= last).fill_null(False),
    ).sort("class_year", "program", "comparison", "axis", "weight", "area",
           descending=[True, False, False, False, True, False])
