"""Tables as drawn and as files: both made from one definition and one frame, so that they cannot differ."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

import polars as pl
import streamlit as st

from dashboard.data.exports import as_xlsx
from dashboard.words.columns import Column, ColumnKind, TableDefinition
from dashboard.words.formats import NONE
from pipelines.contracts.spreadsheets import safe

HEADER, ROW = 38, 30  # pixels
Choices = Mapping[str, Sequence[Any] | Mapping[str, str]]


def show_table(
    table: TableDefinition, rows: pl.DataFrame, *, file_name: str, key: str, alt: str, height: int | None = None,
    placeholder: str = NONE, choices: Choices | None = None,
) -> None:
    """The table, at most `height` pixels high, below the buttons for its files. `choices`: see column_config."""
    file_buttons(table, rows, file_name, key)
    st.dataframe(table.titled(rows), **_looks(table, rows, alt, height, placeholder, choices))


def selectable_table(
    table: TableDefinition, rows: pl.DataFrame, bar: Callable[[list[int]], None], *, file_name: str, key: str,
    selection: str, alt: str, height: int, placeholder: str = NONE, choices: Choices | None = None,
) -> None:
    """A table whose rows may be ticked. `bar` fills the line above it from the numbers of the ticked rows; `selection`
    is the key that a tick hangs on."""
    line = st.container(horizontal=True, vertical_alignment="center")
    event = st.dataframe(
        table.titled(rows), on_select="rerun", selection_mode="multi-row", key=selection,
        **_looks(table, rows, alt, height, placeholder, choices),
    )  # fmt: skip
    with line:
        bar([number for number in event["selection"]["rows"] if number < rows.height])
        file_buttons(table, rows, file_name, key)


def edited_table(
    table: TableDefinition, rows: pl.DataFrame, choices: Choices, *, key: str,
    height: int | None = None,
) -> pl.DataFrame:
    """The rows as edited; only CHOICE columns can be changed. `choices` has their options, by column name."""
    fixed = [column.in_files for column in table.columns if column.kind is not ColumnKind.CHOICE]
    edited = st.data_editor(
        table.titled(rows), hide_index=True, row_height=ROW, num_rows="fixed", disabled=fixed, key=key,
        column_config=column_config(table, choices), height=height or "auto",
    )  # fmt: skip
    return table.untitled(edited)


def plain_table(table: TableDefinition, rows: pl.DataFrame) -> None:
    """A short table as text on the page, without files."""
    st.table(table.titled(rows), border="horizontal", hide_index=True)


def file_buttons(table: TableDefinition, rows: pl.DataFrame, file_name: str, key: str | None = None) -> None:
    """Downloads of the rows and columns as shown and filtered: CSV and Excel, with the same content."""
    download_buttons(table.for_files(rows), file_name, key)


def download_buttons(titled: pl.DataFrame, file_name: str, key: str | None) -> None:
    """Rows as files that spreadsheets read: CSV and Excel, the same in both."""
    looks = {"on_click": "ignore", "icon": ":material/download:", "type": "tertiary"}
    with st.container(horizontal=True, width="content", gap="xsmall"):
        st.download_button(
            "CSV", lambda: safe(titled).write_csv().encode("utf-8-sig"), file_name, "text/csv",
            key=key and f"{key} csv", help="These rows and columns, as shown", **looks,  # type: ignore[arg-type]
        )  # fmt: skip
        st.download_button(
            "Excel", lambda: as_xlsx(titled), file_name.removesuffix(".csv") + ".xlsx", key=key and f"{key} xlsx",
            help="These rows and columns, as shown, as an Excel sheet", **looks,  # type: ignore[arg-type]
        )  # fmt: skip


def _looks(
    table: TableDefinition, rows: pl.DataFrame, alt: str, height: int | None, placeholder: str, choices: Choices | None
) -> Any:
    sized = {"height": min(HEADER + ROW * max(rows.height, 1), height)} if height else {}
    return {"hide_index": True, "row_height": ROW, "placeholder": placeholder, "alt": alt,
            "column_config": column_config(table, choices), **sized}  # fmt: skip


def column_config(table: TableDefinition, choices: Choices | None = None) -> dict[str, Any]:
    """Streamlit's configuration of every column, by its title in files; None hides it. `choices` are what a column of
    chips or of a choice may hold, by its name: of chips, each with its color."""
    options = choices or {}
    return {
        column.in_files: _configured(column, options.get(column.name, ())) if column.on_screen else None
        for column in table.columns
    }


def _configured(column: Column, choices: Sequence[Any] | Mapping[str, str]) -> Any:
    make = st.column_config
    looks: dict[str, Any] = {"label": column.title, "width": column.width, "help": column.help or None}
    match column.kind:
        case ColumnKind.TEXT:
            return make.TextColumn(**looks)
        case ColumnKind.FIGURE:
            return make.TextColumn(**looks, alignment="right")
        case ColumnKind.DAY:
            return make.DateColumn(**looks, format=column.format or "D MMM YYYY")
        case ColumnKind.MOMENT:
            return make.DatetimeColumn(**looks, format=column.format or "D MMM YYYY HH:mm")
        case ColumnKind.WHOLE | ColumnKind.NUMBER:
            return make.NumberColumn(**looks, format=column.format)
        case ColumnKind.RATE:
            return make.NumberColumn(**looks, format=column.format or "percent")
        case ColumnKind.BAR:
            return make.ProgressColumn(**looks, format=" ", min_value=0, max_value=100, color="gray")
        case ColumnKind.CHIPS:
            return make.MultiselectColumn(**looks, options=list(choices), color=list(dict(choices).values()))
        case ColumnKind.LINE:
            return make.LineChartColumn(**looks, y_min=40, y_max=90, color="gray")
        case ColumnKind.CHOICE:
            return make.SelectboxColumn(**looks, options=list(choices), required=column.required)
        case _:
            assert_never(column.kind)
