"""Today and Risk as a person meets them, on the sample class."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard import pages


def opened(page: str = "today", **address: str) -> AppTest:
    """The page for a person who has not chosen a name."""
    return pages.opened(page, me=None, **address)


def titles(test: AppTest) -> list[str]:
    return [h.value for h in test.header]


@pytest.fixture
def empty_home(tmp_path, serve_env):
    serve_env(tmp_path / "empty")


@pytest.mark.usefixtures("empty_home")
@pytest.mark.parametrize("page", ["today", "risk"])
def test_an_empty_home_offers_sheets_or_a_sample(page):
    test = opened(page)
    assert [b.label for b in test.button] == ["Upload your sheets", "Look around with a sample class"]


@pytest.mark.usefixtures("empty_home")
def test_the_sample_opens_from_the_first_screen():
    test = opened()
    test.button[1].click().run()
    assert not test.exception
    assert test.title[0].value == "Today"
    assert "Sample class: leave" in [b.label for b in test.button]


def test_nobody_matching_offers_to_clear(home, sheet, take_in, serve_env):
    header = "student_id,last_name,class_year,advisor,program\n"
    take_in(sheet("roster.csv", header + "A,Ames,2028,Dr Osei,MD\nB,Bell,2029,Dr Lin,MD\n"))
    serve_env(home.root)
    test = opened("risk", class_="2028", advisor="Dr Lin")
    assert not test.dataframe
    pages.press(test, "Clear filters")
    assert test.dataframe


@pytest.mark.usefixtures("app_home")
class TestToday:
    def test_the_headline_counts_the_list_and_nine_are_shown(self):
        test = opened()
        assert "students need someone" in titles(test)[0]
        assert len([b for b in test.button if b.label in ("Flag", "Open")]) == 9

    def test_shows_more_on_request(self):
        test = opened()
        next(b for b in test.button if b.label.startswith("Show 9 more")).click().run()
        assert len([b for b in test.button if b.label in ("Flag", "Open")]) == 18

    def test_a_reason_in_the_address_filters_the_list_to_its_count(self):
        test = opened(why="at_risk")
        pills = next(p for p in test.pills if p.label == "Reasons")
        assert pills.value == ["at_risk"]
        shown = next(label for label in pills.options if "At risk" in str(label))
        assert titles(test)[0].split()[0] == str(shown).split()[-1]

    def test_mine_is_the_advisors_own(self):
        test = pages.opened()
        assert "need you" in titles(test)[0]
        assert any("Dr Osei" in c.value for c in test.caption)

    def test_an_advisor_without_students_reads_how_to_go_on(self):
        test = opened(whose="Mine")
        assert any("as advisor" in m.value for m in test.markdown)

    def test_the_last_import_adds_up(self):
        test = opened()
        assert any("sheets:" in m.value and " stored" in m.value for m in test.markdown)


@pytest.mark.usefixtures("app_home")
class TestRisk:
    def test_opens_on_the_class_that_is_preparing(self):
        test = opened("risk")
        assert test.selectbox(key="passline.class").value == "2029"
        assert next(m.label for m in test.metric) == "Expected to pass"
        assert "intervals reach into the low-pass range" in titles(test)[0]

    def test_every_rate_carries_its_denominator(self):
        expected, observed, below, _ = opened("risk").metric
        assert "80 % interval" in expected.delta
        assert " of " in observed.delta
        assert any(re.fullmatch(r"2027 \d\d %, 2026 \d\d %; US MD first takers 93 % \(2025\)", c.value)
                   for c in opened("risk").caption)
        assert below.delta.startswith("of ")

    def test_the_address_carries_the_filters(self):
        test = opened("risk", class_="2028", exam="Step 1", advisor="Dr Osei", band="passed")
        assert test.selectbox(key="passline.class").value == "2028"
        assert test.selectbox(key="passline.advisor").value == "Dr Osei"
        assert {chips[0] for chips in test.dataframe[0].value["Band"]} == {"✓ Passed"}

    def test_a_picked_class_is_written_to_the_address_and_the_default_is_not(self):
        test = opened("risk")
        test.selectbox(key="passline.class").set_value("2027").run()
        assert test.query_params["class"] == "2027"
        test.selectbox(key="passline.class").set_value("2029").run()
        assert "class" not in test.query_params

    def test_an_unknown_word_in_the_address_is_ignored(self):
        assert opened("risk", class_="1850", band="Doomed").selectbox(key="passline.class").value == "2029"

    def test_pills_count_the_rows_of_the_table(self):
        test = opened("risk", band="at_risk")
        pills = next(p for p in test.pills if p.label == "Band")
        counted = next(int(str(o).split()[-1]) for o in pills.options if "At risk" in str(o))
        assert len(test.dataframe[0].value) == counted

    @pytest.mark.parametrize(("saved", "today"), [("Passed", "passed"), ("Last allowed attempt", "last_allowed")])
    def test_an_address_saved_when_bands_went_by_name_still_filters(self, saved, today):
        names, same, everybody = (
            opened("risk", class_="2028", **band).dataframe[0].value["Student"].tolist()
            for band in ({"band": saved}, {"band": today}, {})
        )
        assert names == same
        assert 0 < len(names) < len(everybody)

    def test_the_table_starts_with_the_lowest_chance(self):
        chances = opened("risk").dataframe[0].value["Chance of passing, %"].dropna().tolist()
        assert chances == sorted(chances)

    def test_the_last_allowed_attempt_is_a_chip_and_a_filter(self):
        test = opened("risk", class_="2028", band="last_allowed")
        pills = next(p for p in test.pills if p.label == "Band")
        counted = next(int(str(o).split()[-1]) for o in pills.options if "! Last allowed" in str(o))
        chips = test.dataframe[0].value["Band"]
        assert len(chips) == counted > 0
        assert all("! Last allowed" in list(row) for row in chips)

    def test_no_evidence_and_only_old_evidence_are_counted_apart(self):
        test = opened("risk")
        (metric,) = (m for m in test.metric if m.label == "No recent evidence")
        captions = " ".join(c.value for c in test.caption)
        none, old = (len(opened("risk", band=b).dataframe[0].value) for b in ("no_evidence", "only_old_evidence"))
        assert int(metric.value) == none + old
        assert f"{none} without any result, {old} with none in 60 days" in captions

    def test_a_chance_that_rounds_to_nothing_reads_less_than_one(self):
        shown = opened("risk").dataframe[0].value
        chances = shown.loc[shown["Chance of passing, %"] < 0.5, "Chance of passing"]
        assert set(chances) == {"<1 %"}
        assert "0 %" not in set(shown["Chance of passing"])

    def test_a_class_of_which_few_have_sat_is_no_past_class(self):
        observed = opened("risk", class_="all").metric[1]
        assert observed.label == "Class of 2028, observed"
