"""Whole tables of the warehouse, read once a build."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.data.warehouse import Warehouse


def stored(now: Any, kind: str) -> pl.DataFrame:
    """Every fact of one kind of sheet, as Warehouse.table gives it."""
    return _read(str(now.build.path), kind, now.warehouse)


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(path: str, kind: str, _warehouse: Warehouse) -> pl.DataFrame:
    return _warehouse.table(kind)
