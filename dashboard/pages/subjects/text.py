"""The class and its students by content area, in sentences and tables."""

import polars as pl

from dashboard.data.figures import Figures
from dashboard.data.roster import enrolled, ids_of, named
from dashboard.pages.subjects.class_text import claim
from dashboard.words.areas import named_weights, plural, short_area, with_state
from dashboard.words.formats import count
from pipelines.marts.areas.cluster_order import block_order
from pipelines.marts.areas.subjects import class_profile
from pipelines.marts.disclosure import disclosed

DRAWN = 40
ROW_EACH = 200  # up to this many students are drawn a row each; more are drawn as groups of similar ones
ROWS = 60


def of_students(figures: Figures, ids: pl.Series) -> pl.DataFrame:
    """Estimates of these students on every axis."""
    return figures.subjects.filter(pl.col("student_id").is_in(ids.implode()))


def of_class(figures: Figures, estimates: pl.DataFrame, axis: str) -> pl.DataFrame:
    """The estimates of enrolled students on one axis, with name, short area name, label and state."""
    people = enrolled(figures.students).select("student_id")
    rows = estimates.filter(pl.col("axis") == axis).join(people, on="student_id", how="semi")
    return with_state(named_weights(rows.join(named(figures.students), on="student_id", how="left")))


def rest_of_class(
    figures: Figures, class_year: int | None, advisor: str | None, ids: pl.Series, axis: str
) -> pl.DataFrame:
    """Estimates of the class without these students: the rest, whose mean is shown elsewhere."""
    if class_year is None or not advisor:
        return figures.subjects.clear()
    everyone = ids_of(figures.students, class_year, None)
    rest = everyone.filter(~everyone.is_in(ids.implode()))
    return figures.subjects.filter(pl.col("student_id").is_in(rest.implode()), axis=axis)


def profile(rows: pl.DataFrame, before: pl.DataFrame, rest: pl.DataFrame, fewest: int) -> pl.DataFrame:
    """Class means with intervals, heaviest area first, and the mean of the class before.

    Left out are areas of fewer than `fewest` students, and those whose mean follows from the rest of the class.
    """
    if rows.is_empty():
        return pl.DataFrame()
    means = named_weights(_disclosed(class_profile(rows), rest, fewest))
    earlier = _disclosed(class_profile(before), before.clear(), fewest) if not before.is_empty() else means.clear()
    earlier = earlier.select("axis", "area", before="mean", before_low="low", before_high="high")
    return means.join(earlier, on=["axis", "area"], how="left", maintain_order="left")


def _disclosed(means: pl.DataFrame, rest: pl.DataFrame, fewest: int) -> pl.DataFrame:
    """The means that may be shown beside those of the rest."""
    parts = [means.with_columns(part=pl.lit("these"))]
    if not rest.is_empty():
        parts.append(class_profile(rest).with_columns(part=pl.lit("rest")))
    figures = ["mean", "low", "high"]
    rows = disclosed(pl.concat(parts), figures, count="students", within=["axis", "area"], fewest=fewest)
    return rows.filter(~pl.col("suppressed"), part="these").drop("part", "suppressed")


def both_axes(figures: Figures, rows: pl.DataFrame) -> pl.DataFrame:
    """Systems and disciplines of the students in `rows`, named and with their state."""
    names = rows.select("student_id", "name").unique("student_id")
    both = figures.subjects.filter(pl.col("axis") != "competency").join(names, on="student_id")
    return with_state(named_weights(both))


def alike(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Cells with similar students side by side, and the areas' short names in order.

    A row is a student; for more than ROW_EACH students, it is a group of similar ones with the `share` of them weak.
    """
    value = pl.when(pl.col("weak")).then(1.0).when(pl.col("weak").is_null()).then(0.3).otherwise(0.0)
    order, areas = block_order(rows.select("student_id", "area", value=value))
    short = [short_area(a) for a in areas]
    placed = rows.join(pl.DataFrame({"student_id": order}).with_row_index("place"), on="student_id")
    if len(order) <= ROW_EACH:
        twice = pl.struct("name", "area").is_duplicated()
        name = pl.when(twice).then(pl.format("{} · {}", "name", "student_id")).otherwise("name")
        return placed.with_columns(name=name).sort("place").select(
            "student_id", "name", "area", "short", "estimate", "low", "high", "state", "forms", "items"
        ), short
    each = -(-len(order) // ROWS)
    return placed.group_by(row=pl.col("place") // each, area="area", short="short").agg(
        share=pl.col("weak").fill_null(False).mean(), students=pl.col("student_id").n_unique()
    ).sort("row", "area").with_columns(
        pl.format("{}–{}", pl.col("row") * each + 1, pl.min_horizontal((pl.col("row") + 1) * each, pl.lit(len(order))))
        .alias("name")
    ), short


def outline_note(figures: Figures, ids: pl.Series) -> str:
    """A note where an exam uses the weights of another exam's outline; empty where none does."""
    exams = set(figures.risk.filter(pl.col("student_id").is_in(ids.implode()))["exam"])
    notes = [e.note for e in figures.policy.blueprint.exam_outlines if e.name in exams and e.note]
    return " ".join(notes)


def profile_claim(means: pl.DataFrame, against_earlier: pl.DataFrame | None, axis: str) -> str:
    """The areas that differ from earlier classes by more than chance; else the lowest area."""
    short, mean = means.sort("mean").select("short", "mean").row(0)
    lowest = f"{short} is lowest at {mean:.0f} %"
    if against_earlier is None or against_earlier.is_empty():
        return lowest
    if not against_earlier["notable"].any():
        return f"{lowest}; no {axis} differs from earlier classes by more than chance"
    return f"Against earlier classes: {claim(against_earlier, axis)}"


def row_height(rows: pl.DataFrame, means: pl.DataFrame) -> int:
    """Pixels a row of the profile, so that it is about as tall as the heat map beside it."""
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
    """The cells of the first students, in their order; students of the same name get their IDs."""
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
    """The rows selected by a click on a cell, a name or an area; all weak ones without a click."""
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
    cell_filters = [(pl.col("student_id") == c["student_id"]) & (pl.col("area") == c["area"]) for c in cells]
    if cell_filters:
        return rows.filter(pl.any_horizontal(cell_filters))
    filters = [pl.col("student_id").is_in([n["student_id"] for n in names])] if names else []
    filters += [pl.col("area").is_in([a["area"] for a in [*columns, *areas]])] if [*columns, *areas] else []
    return weak.filter(pl.any_horizontal(filters)) if filters else weak


def table(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of STUDENT_AREAS but for their note, most expected gain first."""
    return rows.sort("priority", "name", descending=[True, False]).select(
        "student_id", "name", "area", "state", "forms", "items", "items_to_tell",
        below=(100 * pl.col("p_below")).round(0).cast(pl.Int32),
        percent=pl.col("estimate").round(0).cast(pl.Int32),
        range=pl.format("{}–{}", pl.col("low").round(0).cast(pl.Int32), pl.col("high").round(0).cast(pl.Int32)),
        gain=pl.col("priority").round(1),
    )  # fmt: skip


def suggested_reason(picked: pl.DataFrame) -> str:
    """The areas of the ticked rows, as the start of a flag's reason."""
    return f"Weak: {', '.join(picked['area'].unique(maintain_order=True).head(3))}."
