"""Teaching groups in sentences and tables, and as edited."""

import polars as pl

from dashboard.words.areas import SHORT, short_area
from dashboard.words.formats import count
from pipelines.errors import DecisionRefused
from pipelines.marts.areas.teaching_groups import teaching_groups
from pipelines.office import Group, GroupPlan


def new_groups(rows: pl.DataFrame, groups: int, size: int) -> pl.DataFrame:
    """New groups of the students in `rows`, estimates of one axis."""
    return teaching_groups(rows.select("student_id", "area", "weight", "weak", "priority"), groups, size)


def saved_groups(rows: pl.DataFrame, plan: GroupPlan) -> pl.DataFrame:
    """Saved groups, with their expected gain by today's estimates."""
    seats = [
        (number, *group.areas, student)
        for number, group in enumerate(plan.groups, start=1) for student in group.student_ids
    ]
    frame = pl.DataFrame(seats, schema=["group", "first_area", "second_area", "student_id"], orient="row")
    weak = rows.filter("weak").select("student_id", "area", "priority")
    return frame.join(weak, on="student_id", how="left").with_columns(
        of_group=(pl.col("area") == pl.col("first_area")) | (pl.col("area") == pl.col("second_area"))
    ).group_by("group", "first_area", "second_area", "student_id", maintain_order=True).agg(
        gain=pl.col("priority").filter("of_group").sum()
    )


def claim(groups: pl.DataFrame, rows: pl.DataFrame) -> str:
    """How many groups with how many students, beside how many are weak somewhere."""
    weak = rows.filter(pl.col("state") == "weak")["student_id"].n_unique()
    seated = count(groups["student_id"].n_unique(), "student")
    return f"{count(groups['group'].n_unique(), 'group')} with {seated}; {weak:,} are weak somewhere"


def summary(groups: pl.DataFrame) -> pl.DataFrame:
    """A row a group: its two areas by their short names, how many students, and their expected gain."""
    return groups.group_by("group", maintain_order=True).agg(
        pl.col("first_area", "second_area").replace(SHORT).first(), students=pl.len(),
        gain=pl.col("gain").sum().round(1),
    )  # fmt: skip


def area_names(groups: pl.DataFrame, rows: pl.DataFrame) -> dict[str, str]:
    """Short name -> name of every area a group may have: those of the axis, and those in the groups."""
    names = {*rows["area"].unique(), *groups["first_area"], *groups["second_area"]}
    return {short_area(name): name for name in sorted(names)}


def numbers(groups: pl.DataFrame) -> list[int]:
    return groups["group"].unique().sort().to_list()


def table(groups: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """A row a student, those in a group first: the group (empty: none) and the areas they are weak in."""
    weak = rows.filter(pl.col("state") == "weak").sort("priority", descending=True).group_by(
        "student_id", "name", maintain_order=True
    ).agg(pl.col("short").head(4).str.join(", "), at_stake=pl.col("priority").sum())
    seats = groups.select("student_id", "group", place=pl.int_range(pl.len()))
    everyone = pl.concat([
        seats.select("student_id"), weak.select("student_id"),
    ]).unique(maintain_order=True).join(seats, on="student_id", how="left").join(weak, on="student_id", how="left")
    return everyone.sort("place", "at_stake", "student_id", descending=[False, True, False], nulls_last=True).select(
        "student_id", pl.col("name").fill_null(pl.col("student_id")), "group", weak_in=pl.col("short").fill_null(""),
    )  # fmt: skip


def seated(edited: pl.DataFrame, areas_edited: pl.DataFrame, names: dict[str, str]) -> list[Group]:
    """The groups as edited, without empty ones. Raises DecisionRefused for a group with one area twice."""
    areas = {
        number: [names[first], names[second]]
        for number, first, second in areas_edited.select("group", "first_area", "second_area").iter_rows()
    }
    if same := [number for number, (first, second) in areas.items() if first == second]:
        raise DecisionRefused(f"Group {same[0]} has one area twice: choose two.")
    by_group = edited.drop_nulls("group").group_by("group").agg("student_id").sort("group")
    return [Group(areas[int(number)], ids) for number, ids in by_group.iter_rows()]
