"""The Subjects page's class and groups, and a student's areas in depth: pages as opened, charts as drawn."""

import re
from typing import Any

import numpy as np
import polars as pl
import pytest

from dashboard.data.figures import Figures
from dashboard.data.warehouse import Warehouse
from dashboard.pages.student import areas_text
from dashboard.pages.student.area_forms_chart import area_forms
from dashboard.pages.student.slopes_chart import slopes
from dashboard.pages.subjects import class_text, groups_text, text
from dashboard.pages.subjects.class_tab import areas_clicked, behind
from dashboard.pages.subjects.class_years import class_years
from dashboard.pages.subjects.differences import differences
from dashboard.pages.subjects.heat import heat, heat_shares
from dashboard.words.areas import named_weights, with_state
from pipelines.errors import DecisionRefused
from pipelines.office import Group
from pipelines.policy import Policy, load_policy
from pipelines.store.home import Home
from sample_data.school import School, make_school
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.dashboard.pages import figures, opened, press, words

THEMES = ["light", "dark"]


@pytest.fixture(scope="module")
def sample(sample_root: Any) -> Figures:
    return figures(Home(sample_root), load_policy())


@pytest.fixture(scope="module")
def school() -> School:
    return make_school(AS_OF)


@pytest.fixture(scope="module")
def newest(sample: Figures) -> int:
    return int(sample.students["class_year"].max())  # type: ignore[arg-type]


def drawn(chart: Any) -> bool:
    return bool(chart.to_dict(validate=True)["layer"])


def test_the_class_page_says_how_many_areas_of_how_many_stand_apart(app_home: Home) -> None:
    page_text = words(opened("subjects", show="Class", axis="Discipline"))
    assert re.search(r"\d+ of 11 disciplines differ by more than chance: .*Biochemistry −\d", page_text)
    assert "expected to be chance" in page_text
    assert "New in the class of" in page_text


@pytest.mark.parametrize("against", list(class_text.COMPARED))
def test_a_class_may_be_held_against_each_thing(app_home: Home, against: str) -> None:
    page_text = words(opened("subjects", show="Class", against=against))
    assert "80 % interval" in page_text or "not shown" in page_text


def test_all_classes_together_cannot_be_compared(app_home: Home) -> None:
    assert "Choose one class" in words(opened("subjects", show="Class", **{"class": "all"}))


def test_the_current_class_is_weak_where_it_was_made_weak(sample: Figures, newest: int) -> None:
    """sample_data makes the current class weak in Biochemistry, Biostatistics and Pharmacology."""
    rows = sample.class_areas.filter(class_year=newest, program="all", comparison="earlier_classes").filter("notable")
    assert {"Biochemistry", "Pharmacology"} <= set(rows.filter(pl.col("difference") < 0)["area"])


def test_no_figure_of_a_small_program_is_on_any_chart(sample: Figures) -> None:
    hidden = sample.class_areas.filter("suppressed")
    assert hidden["difference"].null_count() == hidden.height
    cells = class_text.by_class_year(sample, "system")
    assert set(cells.filter(pl.col("students").is_null())["shown"]) <= {"<10"}


@pytest.mark.parametrize("theme", THEMES)
def test_the_class_charts_draw(sample: Figures, newest: int, theme: str) -> None:
    for axis in ("system", "discipline", "competency"):
        rows = class_text.compared(sample, newest, "earlier_classes", "all", axis)
        assert drawn(differences(rows, theme))
        assert drawn(class_years(class_text.by_class_year(sample, axis), theme))


def named(sample: Figures, ids: list[str]) -> pl.DataFrame:
    rows = sample.subjects.filter(pl.col("student_id").is_in(ids) & (pl.col("axis") != "competency"))
    return with_state(named_weights(rows.with_columns(name=pl.col("student_id"))))


@pytest.mark.parametrize("theme", THEMES)
def test_two_hundred_students_are_drawn_a_row_each_with_those_alike_together(sample: Figures, theme: str) -> None:
    by_student = sample.subjects.group_by("student_id").agg(pl.col("weak").sum()).sort("weak", "student_id")
    ids = by_student.tail(200)["student_id"].to_list()  # those with most areas weak, so that there is something alike
    cells, areas = text.alike(named(sample, ids))
    assert cells["name"].n_unique() == 200
    assert len(areas) == 21  # Human Development is on no sheet
    assert drawn(heat(cells, areas, 65.0, theme, row=10))
    weak = (cells.with_columns(weak=pl.col("state") == "weak").pivot("short", index="name", values="weak")
            .drop("name").fill_null(False).to_numpy().astype(int))  # fmt: skip
    shuffled = weak[np.random.default_rng(0).permutation(len(weak))]
    turns = [np.abs(np.diff(rows, axis=0)).sum() for rows in (weak, shuffled)]
    assert turns[0] < 0.75 * turns[1]


@pytest.mark.parametrize("theme", THEMES)
def test_very_many_students_are_drawn_as_rows_of_those_alike(sample: Figures, theme: str) -> None:
    ids = sample.subjects["student_id"].unique().to_list()
    rows = named(sample, ids)
    cells, areas = text.alike(rows)
    assert cells["row"].n_unique() <= text.ROWS
    assert cells.filter(area="Pathology")["students"].sum() == rows.filter(area="Pathology")["student_id"].n_unique()
    weak = rows.filter(area="Pathology", state="weak").height
    shares = pl.col("share") * pl.col("students")
    assert cells.filter(area="Pathology").select(shares.sum()).item() == pytest.approx(weak)
    assert drawn(heat_shares(cells, areas, theme))


def test_a_mean_the_rest_of_the_class_would_give_away_is_not_shown(sample: Figures, newest: int) -> None:
    ids = sample.students.filter(class_year=newest)["student_id"]
    rows = named(sample, ids.to_list())
    some, rest = (rows.filter(pl.col("student_id").is_in(part.implode())) for part in (ids[:-6], ids[-6:]))
    assert text.profile(some, pl.DataFrame(), rest, 10).is_empty()
    assert not text.profile(some, pl.DataFrame(), rest.clear(), 10).is_empty()


def test_the_table_gives_the_chance_behind_weak_and_the_sample_class_is_rightly_called(
    sample: Figures, school: School
) -> None:
    """The chance is in whole percent, and the made-up school's own truth lies below in most areas called weak."""
    rows = text.of_class(sample, sample.subjects, "system")
    table = text.table(rows)
    assert table.filter(state="weak")["below"].min() >= 80  # type: ignore[operator]
    assert table.filter(state="not weak")["below"].max() <= 20  # type: ignore[operator]
    areas = school.area_truth
    off = pl.DataFrame({
        "student_id": np.repeat(school.student_ids, len(areas.areas)),
        "area": [a.name for a in areas.areas] * len(school.student_ids), "off": areas.deviation.ravel(),
    })
    today = school.truth.filter(what="as_of").select("student_id", "readiness").unique("student_id")
    weak = rows.filter("weak").join(off, on=["student_id", "area"]).join(today, on="student_id")
    assert weak.height > 100
    assert weak.select((pl.col("readiness") + pl.col("off") < pl.col("comparison")).mean()).item() >= 0.85


def test_groups_are_made_edited_saved_and_found_again(app_home: Home) -> None:
    app = opened("subjects", show="Groups", axis="Discipline")
    assert re.search(r"4 groups with 32 students; \d+ are weak somewhere", words(app))
    next(t for t in app.text_input if t.label == "Save as").set_value("January").run()
    press(app, "Save groups")
    plan = app_home.office.groups.saved()[0]
    assert (plan.name, plan.axis, len(plan.groups), len(plan.groups[0].student_ids)) == ("January", "discipline", 4, 8)
    assert all(len(g.areas) == 2 for g in plan.groups)
    next(t for t in app.text_input if t.label == "Save as").set_value(" ").run()
    press(app, "Save groups")
    assert "Groups are saved under a name" in words(app)
    again = opened("subjects", show="Groups", axis="Discipline", groups="January")
    assert "saved by Dr Osei" in words(again)


def test_a_person_may_move_a_student_or_leave_one_out(sample: Figures, newest: int) -> None:
    estimates = text.of_students(sample, sample.students.filter(class_year=newest)["student_id"])
    rows = text.of_class(sample, estimates, "system")
    made = groups_text.new_groups(rows, 2, 3)
    table = groups_text.table(made, rows)
    first, second = table["student_id"][0], table["student_id"][1]
    moved = table.with_columns(group=pl.when(pl.col("student_id") == first).then(2)
                               .when(pl.col("student_id") == second).then(None).otherwise("group"))  # fmt: skip
    names, areas = groups_text.area_names(made, rows), groups_text.summary(made)
    seated = groups_text.seated(moved, areas, names)
    assert first in seated[1].student_ids
    assert second not in [s for g in seated for s in g.student_ids]
    assert all(isinstance(g, Group) for g in seated)
    assert tuple(seated[0].areas) == made.filter(group=1).select("first_area", "second_area").row(0)
    short = next(s for s in names if s not in areas.row(0))
    other = areas.with_columns(first_area=pl.when(group=1).then(pl.lit(short)).otherwise("first_area"))
    assert groups_text.seated(moved, other, names)[0].areas[0] == names[short]
    with pytest.raises(DecisionRefused, match="one area twice"):
        groups_text.seated(moved, areas.with_columns(second_area="first_area"), names)


def test_a_students_areas_are_shown_form_by_form_with_time_and_tutoring(app_home: Home, policy: Policy) -> None:
    build = app_home.current()
    assert build is not None
    warehouse = Warehouse(build.path)
    for student in warehouse.table("sessions")["student_id"].unique().sort():
        results, scores = warehouse.student_area_scores(student, AS_OF), warehouse.student_scores(student, AS_OF)
        sessions = warehouse.table("sessions").filter(student_id=student)
        found, lines = areas_text.tutored(sessions, results, scores, AS_OF, policy)
        if found.height > 1:
            break
    points = areas_text.over_forms(results, scores, AS_OF, "system", policy)
    assert points["at"].is_between(points["row"], points["row"] + 1).all()
    for theme in THEMES:
        assert drawn(area_forms(points, areas_text.form_bands(points, policy.readiness.low_pass), theme))
        assert drawn(slopes(lines, theme))
    closed = opened("student", student=student)
    assert "does not show an effect of tutoring" not in words(closed)
    app = opened("student", student=student, forms="true", study="true", tutoring="true")
    assert {"Areas form by form", "A week’s study time", "Areas after tutoring"} <= {e.label for e in app.expander}
    assert "80 % of that form alone" in words(app)
    assert "does not show an effect of tutoring" in words(app)
    assert any("Minutes" in getattr(d.value, "columns", []) for d in app.dataframe)


def test_a_failing_reports_marks_differ_from_a_self_assessments(sample: Figures, app_home: Home) -> None:
    failed = sample.subjects.filter((pl.col("lower_than_low_passers") > 0) & (pl.col("axis") == "system"))
    assert "Lower than low passers on a failing report" in words(opened("student", student=failed["student_id"][0]))


def test_level_1_says_whose_weights_are_used(app_home: Home) -> None:
    assert "Weights are those of Step 1's outline" in words(opened("subjects"))


def test_groups_may_be_taken_away(app_home: Home) -> None:
    ids = app_home.office.groups.saved()
    assert ids == []
    app_home.office.groups.save("Gone", "system", [Group(["Cardiovascular", "Gastrointestinal"], ["nobody"])],
                                by=DR_OSEI, at=AT)  # fmt: skip
    app = opened("subjects", show="Groups", groups="Gone")
    press(app, "Remove")
    assert app_home.office.groups.saved() == []


def test_a_click_on_an_area_lists_the_students_behind_it(sample: Figures, newest: int) -> None:
    estimates = text.of_students(sample, sample.students.filter(class_year=newest)["student_id"])
    rows = text.of_class(sample, estimates, "discipline")
    areas = areas_clicked({"area": [{"area": "Biochemistry"}], "years area": []})
    listed = behind(rows, areas)
    assert set(listed["area"]) == {"Biochemistry"}
    assert listed["weak"].all()
    assert behind(rows, []).height == rows.filter("weak").height


def test_the_page_opens_on_the_first_axis_of_which_anything_is_known(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    roster = "student_id,last_name,program,class_year\n00001,Abbott,MD,2028\n00002,Sato,MD,2028\n"
    rows = "".join(f"0000{n},CBSSA,30,2026-10-01,{area},50\n" for n in (1, 2) for area in ("Pathology", "Genetics"))
    take_in(sheet("roster.csv", roster), sheet("a.csv", "student_id,instrument,form,taken_on,area,score\n" + rows))
    serve_env(home.root)
    app = opened("subjects")
    assert next(b for b in app.segmented_control if b.label == "Axis").value == "Discipline"
    assert "No content areas are known" not in words(app)
    by_competency = opened("subjects", axis="Competency")
    assert "No competencies are known for these students" in words(by_competency)
    assert "Their results come by discipline" in words(by_competency)
    student = opened("student", student="00001")
    assert next(b for b in student.segmented_control if b.label == "Axis").value == "Discipline"
