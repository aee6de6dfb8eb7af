"""Good sheets of every kind, spoiled in many ways: the records are the same, or the damage is named."""

import re
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
# What one sheet alone cannot show: the kinds of sheets that a way changes without a word, and why. Each is checked to
# be silent still.
UNDETECTABLE: dict[str, tuple[set[str], str]] = {
    "a column is blank": ({"roster", "assessments", "areas beside", "self_analysis", "tracker"},
                          "a blank column is what an office has not filled yet; templates have many"),
    "the numbers are blank": ({"roster", "attempts", "self_analysis", "tracker"}, "the same, of optional numbers"),
    "the IDs are blank": ({"tracker"}, "names stand in; the preview says which rows were matched by name alone"),
    "one ID is blank": ({"tracker"}, "the same"),
    "day and month are swapped": ({"areas beside"}, "all days are below 13, so all are dates either way"),
    "numbers are fractions of a hundred": ({"self_analysis", "tutors", "sessions"}, "hours may be few"),
    "a number is 0": ({"topics", "self_analysis", "tutors", "sessions"}, "none missed, no hours: 0 is a value here"),
    "IDs lost their zeros": ({"roster", "attempts", "assessments", "areas beside", "content_areas", "topics",
                              "self_analysis", "sessions", "tracker"},
                             "the IDs of another sheet show it: then the rows wait as unknown student"),
}
NO_DAMAGE = re.compile("read on the scale|^Score columns|was split into last and first name")  # said of good sheets too
DAILY = 4  # one sheet in so many for each way; all of them with -m slow


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
            (table, *((name, _value(row[name])) for name in sorted(row)
                      if name not in NOT_RECORDED and row[name] is not None))
            for table, path in sheet.rows.items()
            for row in pl.read_parquet(path).to_dicts()
        }
        held = pl.read_parquet(sheet.held)["reason"].to_list()
    report = sheet.report
    shown = [*report.doubts, *(q.text for q in report.questions), *report.unused, *report.unread,
             *report.without_values, *report.areas_unknown, *held]
    return Read(frozenset(records), frozenset(text for text in shown if not NO_DAMAGE.search(text)))


def _value(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value  # names in capitals are the same names


@pytest.fixture(scope="module")
def good(policy: Policy) -> dict[str, Read]:
    return {kind: read_as(table, policy) for kind, table in good_sheets().items()}


def silent(way: str, kinds: list[str], good: dict[str, Read], policy: Policy) -> dict[str, str]:
    """The kinds of sheets whose records this way changes without a word, with the records that differ."""
    found = {}
    for kind in kinds:
        if (content := WAYS[way]([list(cells) for cells in good_sheets()[kind]])) is None:
            continue
        spoiled = read_as(content, policy)
        if spoiled.records != good[kind].records and not spoiled.named - good[kind].named:
            found[kind] = f"{sorted(map(str, spoiled.records ^ good[kind].records))[:2]}"
    return found


def check(way: str, kinds: list[str], good: dict[str, Read], policy: Policy) -> None:
    found = silent(way, kinds, good, policy)
    known, _ = UNDETECTABLE.get(way, (set(), ""))
    assert {kind: what for kind, what in found.items() if kind not in known} == {}
    assert known & set(kinds) == set(found), "named by now: take it off the list"


def test_the_good_sheets_are_read_whole(good):
    assert {kind for kind, read in good.items() if len(read.records) < 6} == set()


@pytest.mark.parametrize("way", WAYS)
def test_a_spoiled_sheet_is_never_silently_different(way, good, policy):
    start = list(WAYS).index(way)
    check(way, [kind for i, kind in enumerate(good) if (start + i) % DAILY == 0], good, policy)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_no_kind_of_spoiled_sheet_is_silently_different(way, good, policy):
    check(way, list(good), good, policy)


@pytest.mark.parametrize("kind", ["roster", "attempts", "topics", "sessions"])
def test_a_column_of_numbers_that_nothing_is_read_from_is_asked_about_on_a_tidy_sheet_too(kind, read):
    table = [[*cells, "N26" if row == 0 else str(50 + row)] for row, cells in enumerate(good_sheets()[kind])]
    assert read(as_text(table)).report.unread == ["N26"]
