"""Good sheets of every kind, spoiled in many ways: the records are the same, or the damage is named."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest

from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets import Answers, read_sheet
from tests.sheets.good_sheets import good_sheets
from tests.sheets.spoiling import WAYS, Table, as_text

NOT_RECORDED = {"sheet_row", "label", "import_id", "correction_id"}
# What one sheet alone cannot show, and why; each entry is checked to be silent still.
UNDETECTABLE: dict[tuple[str, str], str] = {}


@dataclass(frozen=True)
class Read:
    """What a sheet gave: its records, and all that a person is shown about it."""

    records: frozenset[tuple[object, ...]]
    named: frozenset[str]


def read_as(content: Table | str | bytes, policy: Policy) -> Read:
    text = as_text(content) if isinstance(content, list) else content
    with TemporaryDirectory() as folder:
        source = Path(folder) / "sheet.csv"
        source.write_bytes(text if isinstance(text, bytes) else text.encode())
        try:
            sheet = read_sheet(source, source.name, "0" * 64, Answers(), Path(folder) / "rows", policy)
        except SheetRefused as refused:
            return Read(frozenset(), frozenset({str(refused)}))
        records = {
            (table, *((name, row[name]) for name in sorted(row) if name not in NOT_RECORDED and row[name] is not None))
            for table, path in sheet.rows.items()
            for row in pl.read_parquet(path).to_dicts()
        }
        held = pl.read_parquet(sheet.held)["reason"].to_list()
    report = sheet.report
    shown = [*report.doubts, *(q.text for q in report.questions), *report.unused, *report.unread,
             *report.without_values, *report.areas_unknown, *held]
    return Read(frozenset(records), frozenset(shown))


@pytest.fixture(scope="module")
def good(policy: Policy) -> dict[str, Read]:
    return {kind: read_as(table, policy) for kind, table in good_sheets().items()}


def silent(way: str, good: dict[str, Read], policy: Policy) -> dict[str, str]:
    """The kinds of sheets whose records this way changes without a word, with the records that differ."""
    found = {}
    for kind, table in good_sheets().items():
        if (content := WAYS[way]([list(cells) for cells in table])) is None:
            continue
        spoiled = read_as(content, policy)
        if spoiled.records != good[kind].records and not spoiled.named - good[kind].named:
            found[kind] = f"{sorted(map(str, spoiled.records ^ good[kind].records))[:2]}"
    return found


def test_the_good_sheets_are_read_whole(good):
    assert {kind for kind, read in good.items() if len(read.records) < 6} == set()


@pytest.mark.parametrize("way", WAYS)
def test_a_spoiled_sheet_is_never_silently_different(way, good, policy):
    found = silent(way, good, policy)
    known = {kind for of, kind in UNDETECTABLE if of == way}
    assert {kind: what for kind, what in found.items() if kind not in known} == {}
    assert known - set(found) == set(), "named by now: take it off the list"
