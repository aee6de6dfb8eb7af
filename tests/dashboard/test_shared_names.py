"""Two students of one name are told apart by class and ID wherever the dashboard lists students."""

import pytest

from dashboard.data.roster import named
from tests.dashboard import pages

ROSTER = ("student_id,last_name,first_name,class_year,advisor,program,planned_on\n"
          "00128,Kim,Min,2028,Dr Osei,MD,2026-12-20\n00129,Kim,Min,2029,Dr Osei,MD,2026-12-20\n"
          "00130,Abara,Tovia,2028,Dr Osei,MD,2026-12-20\n")
SCORES = "student_id,instrument,taken_on,score\n" + "".join(
    f"{i},CBSE,2026-11-01,50\n" for i in ("00128", "00129", "00130"))
FAILED = "student_id,exam,taken_on,outcome\n" + "".join(f"{i},Step 1,2026-09-01,fail\n" for i in ("00128", "00129"))
LABELS = {"Kim, Min (2028, 00128)", "Kim, Min (2029, 00129)"}


@pytest.fixture
def namesakes(home, sheet, take_in, serve_env):
    for name, text in (("roster.csv", ROSTER), ("cbse.csv", SCORES), ("failed.csv", FAILED)):
        take_in(sheet(name, text))
    serve_env(home.root)
    return home


def names_in(app):
    return {name for table in app.dataframe if "Student" in table.value.columns for name in table.value["Student"]}


def links(app):
    return {link.proto.label.replace("\\", "").strip("*") for link in app.get("page_link")}


def test_only_a_shared_name_gets_class_and_id(namesakes, policy):
    names = named(pages.figures(namesakes, policy).students)["name"].to_list()
    assert set(names) == {*LABELS, "Abara, Tovia"}


@pytest.mark.parametrize("page", ["risk", "retakes"])
def test_the_tables_of_a_class_tell_namesakes_apart_though_the_other_is_in_another_class(namesakes, page):
    app = pages.opened(page, class_="2028")
    assert any(str(name).startswith("Kim, Min (2028, 00128)") for name in names_in(app))


@pytest.mark.usefixtures("namesakes")
def test_today_and_find_tell_them_apart():
    app = pages.opened()
    assert links(app) >= LABELS
    app.text_input(key="passline.find").set_value("kim").run()
    assert not app.exception
    assert links(app) >= LABELS
