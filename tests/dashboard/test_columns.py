"""A column is declared once: a table, its files and its documentation follow, and a place that is forgotten fails."""

from datetime import date

import polars as pl
import pytest

from dashboard.docs import tables, tables_page
from dashboard.shared.tables import column_config
from dashboard.words.columns import Column, ColumnKind, TableDefinition, only
from tests.conftest import REPO

TABLE = TableDefinition("Scores", "A student.", (
    Column("student_id", "ID", on_screen=False),
    Column("name", "Student"),
    Column("bands", "Band", ColumnKind.CHIPS),
    Column("scores", "Scores", ColumnKind.LINE, file_title="Scores, EPC", help="By date", width=80),
))  # fmt: skip
ROWS = pl.DataFrame({
    "name": ["Ada"], "student_id": ["1"], "bands": [["▼ At risk", "! Last"]], "scores": [[60.0, 64.0]],
})  # fmt: skip
DECLARED = [pytest.param(table, id=f"{page}, {table.name}") for page, found in tables().items() for table in found]


def test_the_page_about_tables_is_what_the_columns_declare():
    committed = (REPO / "docs/tables.md").read_text(encoding="utf-8")
    assert tables_page() == committed, "run python -m dashboard.docs > docs/tables.md"


def test_a_column_that_is_selected_and_not_declared_fails():
    with pytest.raises(ValueError, match="differ in age"):
        TABLE.titled(ROWS.with_columns(age=1))


def test_a_column_that_is_declared_and_not_selected_fails():
    with pytest.raises(ValueError, match="differ in scores"):
        TABLE.for_files(ROWS.drop("scores"))


def test_a_new_column_is_drawn_exported_and_documented_from_its_declaration():
    table = TableDefinition("Scores", "A student.", (
        *TABLE.columns, Column("sat_on", "Sat", ColumnKind.DAY, file_title="Date sat", help="The last attempt"),
    ))  # fmt: skip
    rows = ROWS.with_columns(sat_on=date(2026, 11, 1))
    assert table.titled(rows).columns == table.for_files(rows).columns
    assert table.for_files(rows)["Date sat"].to_list() == [date(2026, 11, 1)]
    drawn = column_config(table)["Date sat"]
    assert (drawn["label"], drawn["help"], drawn["type_config"]["type"]) == ("Sat", "The last attempt", "date")


def test_files_hold_the_columns_in_the_declared_order_and_lists_as_text():
    assert TABLE.for_files(ROWS).to_dicts() == [
        {"ID": "1", "Student": "Ada", "Band": "▼ At risk, ! Last", "Scores, EPC": "60 64"}
    ]


def test_a_hidden_column_is_in_files_only():
    assert column_config(TABLE)["ID"] is None
    assert "ID" in TABLE.for_files(ROWS).columns


def test_rows_edited_on_screen_come_back_under_the_names_of_the_frame():
    assert TABLE.untitled(TABLE.titled(ROWS)).equals(ROWS.select(column.name for column in TABLE.columns))


def test_a_title_may_follow_a_choice_on_the_page_and_the_files_stay():
    renamed = TABLE.changed("scores", title="Forms")
    assert column_config(renamed)["Scores, EPC"]["label"] == "Forms"
    assert renamed.for_files(ROWS).equals(TABLE.for_files(ROWS))


def test_some_columns_of_a_table_can_stand_in_another():
    assert [column.name for column in only(TABLE.columns, "scores", "name")] == ["scores", "name"]


@pytest.mark.parametrize("kind", ColumnKind)
def test_every_kind_of_column_can_be_drawn(kind):
    drawn = column_config(TableDefinition("One", "A row.", (Column("value", "Value", kind),)), {"value": {"a": "red"}})
    assert drawn["Value"]["label"] == "Value"


@pytest.mark.parametrize("table", DECLARED)
def test_the_names_and_the_titles_in_files_of_a_table_are_unique(table):
    names, titles = [c.name for c in table.columns], [c.in_files for c in table.columns]
    assert len(set(names)) == len(names)
    assert len(set(titles)) == len(titles)
