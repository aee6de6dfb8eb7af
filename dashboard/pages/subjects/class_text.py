"""A class by content area beside what it is compared with, as the Subjects page shows it."""

import polars as pl

from dashboard.data.figures import Figures
from dashboard.words.areas import named_weights
from pipelines.contracts.subjects import ComparedWith

COMPARED = {
    "Earlier classes": ComparedWith.EARLIER_CLASSES, "Reference": ComparedWith.REFERENCE,
    "Last form": ComparedWith.LAST_FORM, "Programs": ComparedWith.OTHER_PROGRAM,
}  # fmt: skip
CAPTION = {
    ComparedWith.EARLIER_CLASSES: "Points against all earlier classes, each area taken off its students' own totals",
    ComparedWith.REFERENCE:
        "Points against the comparison: the sheet's reference group where given, else the low-pass middle",
    ComparedWith.LAST_FORM: "Change from the form before last to the last, less the change of the total",
    ComparedWith.OTHER_PROGRAM:
        "Points against the class's other program, each area taken off its students' own totals",
}


def compared(figures: Figures, class_year: int, comparison: str, program: str, axis: str) -> pl.DataFrame:
    """The class's areas with `read` in words, heaviest first; those of small groups are left out."""
    rows = figures.class_areas.filter(
        (pl.col("class_year") == class_year) & (pl.col("comparison") == comparison)
        & (pl.col("program") == program) & (pl.col("axis") == axis) & ~pl.col("suppressed")
    )
    below = pl.col("difference") < 0
    read = pl.when(~pl.col("notable")).then(pl.lit("not told from chance")).when(below).then(pl.lit("below"))
    return named_weights(rows.with_columns(read=read.otherwise(pl.lit("above"))))


def programs(figures: Figures, class_year: int, comparison: str) -> list[str]:
    """Whose differences may be looked at: everyone, and programs large enough; of programs compared, the first."""
    rows = figures.class_areas.filter(
        (pl.col("class_year") == class_year) & (pl.col("comparison") == comparison) & ~pl.col("suppressed")
    )
    return rows["program"].unique().sort(descending=True).to_list()


def claim(rows: pl.DataFrame, axis: str) -> str:
    """Which areas stand apart, largest difference first; of how many."""
    told = rows.filter("notable").sort(pl.col("difference").abs(), descending=True)
    of = f"of {rows.height} {'competencies' if axis == 'competency' else axis + 's'}"
    if told.is_empty():
        return f"None {of} is told from chance"
    words = [f"{r['short']} {r['difference']:+.0f}".replace("-", "−") for r in told.head(3).to_dicts()]
    more = f" and {told.height - 3} more" if told.height > 3 else ""
    return f"{told.height} {of} more than chance: {', '.join(words)}{more}"


def by_class_year(figures: Figures, axis: str) -> pl.DataFrame:
    """Cells of the picture area x class year, oldest class first; the sign of what is new against earlier classes."""
    fewest = figures.policy.disclosure.smallest_group
    everyone = figures.class_areas.filter((pl.col("program") == "all") & (pl.col("axis") == axis))
    standing = everyone.filter(comparison=str(ComparedWith.REFERENCE)).select(
        "class_year", "axis", "area", "weight", "relative", "students", "suppressed"
    )
    earlier = everyone.filter(comparison=str(ComparedWith.EARLIER_CLASSES))
    new = earlier.select("class_year", "area", "notable", "difference")
    cells = standing.join(new, on=["class_year", "area"], how="left")
    below = pl.col("difference") < 0
    told = pl.col("notable").fill_null(False)
    number = pl.format("{}{}", pl.when(pl.col("relative") >= 0.5).then(pl.lit("+")).otherwise(pl.lit("")),
                       pl.col("relative").round(0).cast(pl.Int32)).str.replace("-", "−")  # fmt: skip
    mark = pl.when(told & below).then(pl.lit("▼ ")).when(told).then(pl.lit("▲ ")).otherwise(pl.lit(""))
    read = (
        pl.when(pl.col("suppressed")).then(pl.lit(f"fewer than {fewest} students"))
        .when(pl.col("difference").is_null()).then(pl.lit("no earlier class"))
        .when(told & below).then(pl.lit("below")).when(told).then(pl.lit("above"))
        .otherwise(pl.lit("not told from chance"))
    )
    named = named_weights(cells.with_columns(
        shown=pl.when(pl.col("suppressed")).then(pl.lit(f"<{fewest}")).otherwise(mark + number), read=read,
        students=pl.col("students"),
    ))
    order = pl.struct(-pl.col("weight"), "area", "class_year")
    return named.sort(order).with_columns(pl.col("class_year").cast(pl.String).alias("class"))


def year_claim(cells: pl.DataFrame, class_year: int) -> str:
    """What is new in the class, by name."""
    new = cells.filter((pl.col("class_year") == class_year) & pl.col("read").is_in(["below", "above"]))
    if new.is_empty():
        return f"Nothing in the class of {class_year} is new"
    low = new.filter(pl.col("read") == "below").sort("difference")["short"].to_list()
    high = new.filter(pl.col("read") == "above").sort("difference", descending=True)["short"].to_list()
    parts = [f"weaker in {', '.join(low[:3])}" if low else "", f"stronger in {', '.join(high[:3])}" if high else ""]
    return f"New in the class of {class_year}: {'; '.join(p for p in parts if p)}"


def table(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of CLASS_AREAS."""
    return rows.select(
        "area", "students", "read", points=pl.col("difference").round(1),
        range=pl.format("{} to {}", pl.col("low").round(1), pl.col("high").round(1)).str.replace_all("-", "−"),
    )  # fmt: skip
