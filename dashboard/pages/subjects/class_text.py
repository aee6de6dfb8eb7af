"""A class by content area beside its comparison group, in sentences and tables."""

import polars as pl

from dashboard.data.figures import Figures
from dashboard.words.areas import named_weights
from pipelines.contracts.subjects import ComparedWith

COMPARED = {
    "Earlier classes": ComparedWith.EARLIER_CLASSES, "Reference": ComparedWith.REFERENCE,
    "Last form": ComparedWith.LAST_FORM, "Programs": ComparedWith.OTHER_PROGRAM,
}  # fmt: skip
MAY_BE_CHANCE = "could be chance"
CAPTION = {
    ComparedWith.EARLIER_CLASSES: "Points against all earlier classes, each area relative to its students' own totals",
    ComparedWith.REFERENCE:
        "Points against the sheet's reference group, or where it gives none, the middle of the low-pass range",
    ComparedWith.LAST_FORM: "Change from the form before last to the last, less the change of the total",
    ComparedWith.OTHER_PROGRAM:
        "Points against the class's other program, each area relative to its students' own totals",
}


def compared(figures: Figures, class_year: int, comparison: str, program: str, axis: str) -> pl.DataFrame:
    """The class's areas, heaviest first, with `read`: above, below or could be chance. Small groups are left out."""
    rows = figures.class_areas.filter(
        (pl.col("class_year") == class_year) & (pl.col("comparison") == comparison)
        & (pl.col("program") == program) & (pl.col("axis") == axis) & ~pl.col("suppressed")
    )
    below = pl.col("difference") < 0
    read = pl.when(~pl.col("notable")).then(pl.lit(MAY_BE_CHANCE)).when(below).then(pl.lit("below"))
    return named_weights(rows.with_columns(read=read.otherwise(pl.lit("above"))))


def programs(figures: Figures, class_year: int, comparison: str) -> list[str]:
    """The programs that may be shown: "all", and those large enough; of two that are compared, the first."""
    rows = figures.class_areas.filter(
        (pl.col("class_year") == class_year) & (pl.col("comparison") == comparison) & ~pl.col("suppressed")
    )
    return rows["program"].unique().sort(descending=True).to_list()


def claim(rows: pl.DataFrame, axis: str) -> str:
    """The areas that differ by more than chance, largest difference first, and of how many."""
    differing = rows.filter("notable").sort(pl.col("difference").abs(), descending=True)
    of = f"of {rows.height} {'competencies' if axis == 'competency' else axis + 's'}"
    if differing.is_empty():
        return f"None {of} differs by more than chance"
    words = [f"{r['short']} {r['difference']:+.0f}".replace("-", "−") for r in differing.head(3).to_dicts()]
    more = f" and {differing.height - 3} more" if differing.height > 3 else ""
    return f"{differing.height} {of} differ by more than chance: {', '.join(words)}{more}"


def by_class_year(figures: Figures, axis: str) -> pl.DataFrame:
    """The cells of areas x class years, oldest class first; ▼ ▲ mark what is new against earlier classes."""
    fewest = figures.policy.disclosure.smallest_group
    everyone = figures.class_areas.filter((pl.col("program") == "all") & (pl.col("axis") == axis))
    standing = everyone.filter(comparison=str(ComparedWith.REFERENCE)).select(
        "class_year", "axis", "area", "weight", "relative", "students", "suppressed"
    )
    earlier = everyone.filter(comparison=str(ComparedWith.EARLIER_CLASSES))
    new = earlier.select("class_year", "area", "notable", "difference")
    cells = standing.join(new, on=["class_year", "area"], how="left")
    below = pl.col("difference") < 0
    differs = pl.col("notable").fill_null(False)
    number = pl.format("{}{}", pl.when(pl.col("relative") >= 0.5).then(pl.lit("+")).otherwise(pl.lit("")),
                       pl.col("relative").round(0).cast(pl.Int32)).str.replace("-", "−")  # fmt: skip
    mark = pl.when(differs & below).then(pl.lit("▼ ")).when(differs).then(pl.lit("▲ ")).otherwise(pl.lit(""))
    read = (
        pl.when(pl.col("suppressed")).then(pl.lit(f"fewer than {fewest} students"))
        .when(pl.col("difference").is_null()).then(pl.lit("no earlier class"))
        .when(differs & below).then(pl.lit("below")).when(differs).then(pl.lit("above"))
        .otherwise(pl.lit(MAY_BE_CHANCE))
    )
    named = named_weights(cells.with_columns(
        shown=pl.when(pl.col("suppressed")).then(pl.lit(f"<{fewest}")).otherwise(mark + number), read=read,
        students=pl.col("students"),
    ))
    order = pl.struct(-pl.col("weight"), "area", "class_year")
    return named.sort(order).with_columns(pl.col("class_year").cast(pl.String).alias("class"))


def year_claim(cells: pl.DataFrame, class_year: int) -> str:
    """The areas that are new in the class, by name."""
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
