"""The class and its students by content area, as the Subjects page shows them."""

import polars as pl

from dashboard.charts.theme import count
from dashboard.presenting.areas import named_weights, plural, with_state
from dashboard.presenting.roster import enrolled, named
from dashboard.whatif import Figures
from pipelines.marts.subjects import class_profile

FEWEST = 10  # a mean over fewer students could be traced to them
DRAWN = 40


def of_class(figures: Figures, ids: pl.Series, axis: str) -> pl.DataFrame:
    """Estimates of enrolled students on one axis, with name, short area name, label and state."""
    people = enrolled(figures.students).select("student_id").filter(pl.col("student_id").is_in(ids.implode()))
    rows = figures.subjects.filter(pl.col("axis") == axis).join(people, on="student_id", how="semi")
    return with_state(named_weights(rows.join(named(figures.students), on="student_id", how="left")))


def profile(rows: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Class means with intervals, heaviest area first, and the class before's mean; areas with fewer than ten
    students have none, and an earlier mean over fewer than ten is absent."""
    if rows.is_empty():
        return pl.DataFrame()
    means = named_weights(class_profile(rows).filter(pl.col("students") >= FEWEST))
    if before.is_empty():
        return means.with_columns(before=pl.lit(None, pl.Float64), before_low=pl.lit(None, pl.Float64),
                                  before_high=pl.lit(None, pl.Float64))  # fmt: skip
    earlier = class_profile(before).filter(pl.col("students") >= FEWEST)
    earlier = earlier.select("axis", "area", before="mean", before_low="low", before_high="high")
    return means.join(earlier, on=["axis", "area"], how="left", maintain_order="left")


def profile_claim(means: pl.DataFrame, axis: str, year: int | None) -> str:
    """Areas whose interval lies apart from the earlier class's; the rest is not told apart from noise."""
    compared = means.filter(pl.col("before").is_not_null())
    if compared.is_empty():
        lowest = means.sort("mean").row(0, named=True)
        return f"{lowest['short']} is lowest at {lowest['mean']:.0f} %"
    apart = compared.filter((pl.col("high") < pl.col("before_low")) | (pl.col("low") > pl.col("before_high")))
    moved = apart.with_columns(by=pl.col("mean") - pl.col("before")).sort(pl.col("by").abs(), descending=True)
    if moved.is_empty():
        return f"No {axis} differs from the class of {year} beyond the intervals"
    said = [
        f"{r['short']} {'below' if r['by'] < 0 else 'above'} by {abs(r['by']):.0f}" for r in moved.head(2).to_dicts()
    ]
    more = f" and {moved.height - 2} more" if moved.height > 2 else ""
    return f"Against the class of {year}: {', '.join(said)}{more}"


def row_height(rows: pl.DataFrame, means: pl.DataFrame) -> int:
    """Pixels a row of the profile, so that it stands about as tall as the heat map beside it."""
    students = min(rows.filter(pl.col("state") == "weak").get_column("student_id").n_unique(), DRAWN)
    return max(30, min(60, round((19 * students + 60) / max(means.height, 1))))


def at_stake(rows: pl.DataFrame) -> pl.DataFrame:
    """student_id, name, areas (how many are weak) and stake (their blueprint weight), most at stake first."""
    return (
        rows.filter(pl.col("state") == "weak").group_by("student_id", "name")
        .agg(areas=pl.len(), stake=pl.col("weight").sum(), gain=pl.col("priority").sum())
        .sort("stake", "gain", "student_id", descending=[True, True, False])
    )  # fmt: skip


def heat_cells(rows: pl.DataFrame, stakes: pl.DataFrame, drawn: int = DRAWN) -> pl.DataFrame:
    """The cells of the first students, in their order; two of one name are told apart by their IDs."""
    first = stakes.head(drawn).select("student_id", "name").with_row_index("place")
    twice = pl.col("name").is_duplicated()
    first = first.with_columns(name=pl.when(twice).then(pl.format("{} · {}", "name", "student_id")).otherwise("name"))
    cells = (
        rows.drop("name").join(first, on="student_id").sort("place", "weight", "area", descending=[False, True, False])
    )
    return cells.select("student_id", "name", "area", "short", "estimate", "low", "high", "state", "forms", "items")


def heat_claim(rows: pl.DataFrame, stakes: pl.DataFrame, axis: str) -> str:
    """How many of how many students are weak somewhere."""
    total = rows.get_column("student_id").n_unique()
    noun = plural(axis) if stakes.height != 1 else axis
    if stakes.is_empty():
        return f"None of {count(total, 'student')} is weak in any {axis}"
    verb = "is" if stakes.height == 1 else "are"
    return f"{stakes.height:,} of {count(total, 'student')} {verb} weak in one or more {noun}"


def listed(rows: pl.DataFrame, clicked: dict[str, list[dict[str, str]]]) -> pl.DataFrame:
    """The weak students a click on a cell, a name or an area asks for; all weak ones without a click."""
    weak = rows.filter(pl.col("state") == "weak")
    cells, names, columns, areas = (
        [p for p in clicked.get(k) or [] if all(p.get(f) for f in fields)]
        for k, fields in {
            "cell": ["student_id", "area"],
            "row": ["student_id"],
            "column": ["area"],
            "area": ["area"],
        }.items()
    )
    wanted = [(pl.col("student_id") == c["student_id"]) & (pl.col("area") == c["area"]) for c in cells]
    if wanted:
        return rows.filter(pl.any_horizontal(wanted))
    asked = [pl.col("student_id").is_in([n["student_id"] for n in names])] if names else []
    asked += [pl.col("area").is_in([a["area"] for a in [*columns, *areas]])] if [*columns, *areas] else []
    return weak.filter(pl.any_horizontal(asked)) if asked else weak


def table(rows: pl.DataFrame) -> pl.DataFrame:
    """The table's columns in the page's words, most expected gain first."""
    return rows.sort("priority", "name", descending=[True, False]).select(
        "student_id", Student="name", Area="area", Read="state",
        Percent=pl.col("estimate").round(0).cast(pl.Int32),
        Range=pl.format("{}–{}", pl.col("low").round(0).cast(pl.Int32), pl.col("high").round(0).cast(pl.Int32)),
        Forms="forms", Items="items", Gain=pl.col("priority").round(1),
    )  # fmt: skip


def suggested_reason(picked: pl.DataFrame) -> str:
    """The areas of the ticked rows, to start the flag's reason with."""
    return f"Weak: {', '.join(picked['Area'].unique(maintain_order=True).head(3))}."
