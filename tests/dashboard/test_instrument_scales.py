"""What the Evidence page says of each instrument: its offset and error here, its forms, with how many students."""

import polars as pl

from dashboard.data.figures import figures_of
from dashboard.data.instrument_scales import instrument_lines
from dashboard.data.warehouse import Warehouse
from tests.conftest import AS_OF


def lines_of(home, policy) -> dict[str, str]:
    return dict(instrument_lines(figures_of(Warehouse(home.current().path), AS_OF, policy)))


def of_students(n: int, *tests: tuple[str, str, str, int]) -> str:
    """A sheet of scores on which n students each sat these tests (instrument, form, day, score of the first)."""
    rows = [f"{student:05},{instrument},{form},{day},{score + 2 * (student % 12)}"
            for student in range(1, n + 1) for instrument, form, day, score in tests]
    return "\n".join(["student_id,instrument,form,taken_on,score", *rows, ""])


def roster(n: int) -> str:
    rows = [f"{student:05},s{student}@school.example,MD,2027" for student in range(1, n + 1)]
    return "\n".join(["student_id,email,program,class_year", *rows, ""])


def test_offset_and_error_are_told_with_how_many_students_they_rest_on(home, sheet, take_in, policy):
    take_in(sheet("roster.csv", roster(40)))
    take_in(sheet("scores.csv", of_students(40, ("CBSSA", "31", "2026-10-01", 52), ("UWSA", "2", "2026-10-03", 58))))
    lines = lines_of(home, policy)
    assert lines["Offset, UWSA (percent)"].endswith("40 students have an equated score too")
    assert lines["Offset, UWSA (percent)"].startswith("+")
    assert "error 5.5 EPC as stated" in lines["Offset, UWSA (percent)"]
    assert lines["Scale, CBSSA (EPC)"].startswith("the scale itself; error 4.0 EPC as stated")


def test_with_few_students_who_took_both_the_offset_is_too_few_to_say(home, sheet, take_in, policy):
    take_in(sheet("roster.csv", roster(4)))
    take_in(sheet("scores.csv", of_students(4, ("CBSSA", "31", "2026-10-01", 52), ("UWSA", "2", "2026-10-03", 58))))
    assert lines_of(home, policy)["Offset, UWSA (percent)"] == (
        "too few to say: 4 students have an equated score too, 10 are needed")


def test_an_exam_without_a_published_scale_has_its_own_or_too_few(home, sheet, take_in, policy):
    take_in(sheet("roster.csv", roster(30)))
    both = ("CBSSA", "31", "2026-10-01", 52)
    take_in(sheet("many.csv", of_students(30, both, ("AMBOSS SA", "", "2026-10-05", 190))))
    take_in(sheet("few.csv", of_students(5, ("Kaplan diagnostic", "", "2026-10-07", 60))))
    lines = lines_of(home, policy)
    assert lines["Scale, Kaplan diagnostic"] == "too few to say: 5 students have an equated score too, 20 are needed"
    assert "reads as" in lines["Scale, AMBOSS SA"]
    assert lines["Scale, AMBOSS SA"].endswith("30 students have an equated score too")
    observed = Warehouse(home.current().path).observations()
    assert observed.filter(pl.col("instrument") == "other exam")["form"].unique().to_list() == ["AMBOSS SA"]


def test_forms_that_differ_are_told(home, sheet, take_in, policy):
    take_in(sheet("roster.csv", roster(40)))
    tests = [("CBSSA", form, f"2026-10-{day:02}", score) for form, day, score in (("31", 1, 52), ("32", 9, 58))]
    take_in(sheet("scores.csv", of_students(40, *tests)))
    assert "2 forms, the hardest (31) reads" in lines_of(home, policy)["Scale, CBSSA (EPC)"]

