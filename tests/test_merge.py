"""Merging the rows of many sheets gives what a clerk with a ledger would write, row by row."""

import tempfile
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.contracts.decisions import Correction
from pipelines.contracts.kinds import KINDS
from pipelines.merge.corrections_on_top import Fix
from pipelines.merge.identity import People
from pipelines.merge.merge import LARGE, Part, merge_kind

ATTEMPTS, ROSTER = KINDS["attempts"], KINDS["roster"]
DAY = date(2026, 1, 10)
COLUMNS = ["student_id", "exam", "taken_on", "outcome", "attempt_number", "scaled_score", "distance"]
KEY, VALUES = COLUMNS[:3], COLUMNS[3:]



def attempt(**values):
    return {"student_id": "01", "exam": "Step 1", "taken_on": DAY, "outcome": "fail", "attempt_number": None,
            "scaled_score": None, "distance": None, **values}


rows = st.lists(st.fixed_dictionaries({
    "student_id": st.sampled_from(["01", "02", "ghost"]),
    "exam": st.just("Step 1"),
    "taken_on": st.just(DAY),
    "outcome": st.sampled_from(["pass", "fail"]),
    "attempt_number": st.sampled_from([None, 1, 2]),
    "scaled_score": st.none(),
    "distance": st.sampled_from([None, "near"]),
}), min_size=1, max_size=4)
sheets = st.lists(st.tuples(rows, st.booleans()), min_size=1, max_size=5)
corrections = st.lists(st.tuples(
    st.integers(1, 6), st.sampled_from(["01", "02"]),
    st.dictionaries(st.sampled_from(["outcome", "attempt_number"]), st.just(None), min_size=1, max_size=1),
), max_size=2)


def clerk(sheets, fixes):
    """The slow obvious version: a ledger in a dictionary, one row at a time. Returns facts and each row's state."""
    ledger, states = {}, {}
    on_roster = {"01", "02"}
    for number, (sheet, accept) in enumerate(sheets, start=1):
        by_key = {}
        for position, row in enumerate(sheet):
            if row["student_id"] not in on_roster:
                states[number, position] = "waiting"
            else:
                by_key.setdefault(row["student_id"], []).append((position, row))
        for student, group in by_key.items():
            if any(len({r[v] for _, r in group if r[v] is not None}) > 1 for v in VALUES):
                states |= {(number, position): "waiting" for position, _ in group}
                continue
            for position, _ in group[1:]:
                states[number, position] = "unchanged"
            merged = {v: next((r[v] for _, r in group if r[v] is not None), None) for v in VALUES}
            before = ledger.get(student)
            if before is None:
                ledger[student] = merged
                states[number, group[0][0]] = "stored"
                continue
            earlier = {v: before[v] for v in VALUES}
            for fix in fixes:
                if fix.correction.student_id == student and fix.order < number:
                    for v, value in fix.correction.values.items():
                        if earlier[v] is None:
                            earlier[v] = value
            differs = [v for v in VALUES if None not in (merged[v], earlier[v]) and merged[v] != earlier[v]]
            corrected = {v for fix in fixes if fix.correction.student_id == student and fix.order < number
                         for v in fix.correction.values}
            fills = any(merged[v] is not None and earlier[v] is None for v in VALUES)
            if (differs and not accept) or corrected & set(differs):
                states[number, group[0][0]] = "waiting"
                continue
            states[number, group[0][0]] = "changed" if differs or fills else "unchanged"
            ledger[student] = {v: before[v] if merged[v] is None else merged[v] for v in VALUES}
    for fix in fixes:
        if fix.correction.student_id in ledger:
            ledger[fix.correction.student_id] = {**ledger[fix.correction.student_id], **fix.correction.values}
    return ledger, states


def merged_kind(kind, sheets, fixes=(), students=("01", "02"), large=LARGE):
    schema = {name: column.dtype for name, column in kind.row.columns().items()}
    with tempfile.TemporaryDirectory() as directory:
        parts = []
        for number, (sheet, accept) in enumerate(sheets, start=1):
            path = Path(directory) / f"{number}.parquet"
            frame = pl.DataFrame(sheet, schema={n: t for n, t in schema.items() if n in sheet[0]})
            missing = [pl.lit(None, t).alias(n) for n, t in schema.items() if n not in sheet[0] and n != "sheet_row"]
            frame.with_columns(*missing, sheet_row=pl.int_range(len(sheet), dtype=pl.Int32)).write_parquet(path)
            parts.append(Part(number, number, accept, path))
        blank = dict.fromkeys(["last_name", "first_name", "email", "usmle_id", "program", "class_year"])
        known = People([{"student_id": s, **blank} for s in students]) if kind.names_a_student else None
        result = merge_kind(kind, parts, known, list(fixes), large)
        return result.facts.frame.collect(), result.states, result.changes, result.older


@settings(max_examples=400, deadline=None)
@example(
    sheets=[([attempt()], False), ([attempt(), attempt(attempt_number=1)], False)],
    corrections=[(1, "01", {"attempt_number": None}), (2, "01", {"attempt_number": None})], large=0,
)
@given(sheets=sheets, corrections=corrections, large=st.sampled_from([0, 2, LARGE]))
def test_rows_are_merged_as_a_clerk_with_a_ledger_would_merge_them(sheets, corrections, large):
    value = {"outcome": "incomplete", "attempt_number": 9}
    fixes = [
        Fix(order, Correction(number, "attempt", student,
                              {"student_id": student, "exam": "Step 1", "taken_on": DAY.isoformat()},
                              {column: value[column] for column in columns}, "because"))
        for number, (order, student, columns) in enumerate(sorted(corrections, key=lambda c: c[0]), start=1)
    ]
    facts, states, _, older = merged_kind(ATTEMPTS, sheets, fixes, large=large)
    expected_facts, expected_states = clerk(sheets, fixes)
    assert {r["student_id"]: {v: r[v] for v in VALUES} for r in facts.to_dicts()} == expected_facts
    found = {(r["import_id"], r["sheet_row"]): r["state"] for r in states.to_dicts()}
    every = {(n, p) for n, (sheet, _) in enumerate(sheets, start=1) for p in range(len(sheet))}
    assert {row: found.get(row, "stored") for row in every} == expected_states
    assert_every_value_is_in_the_row_of_its_lineage(facts, older, sheets, fixes)


def assert_every_value_is_in_the_row_of_its_lineage(facts, older, sheets, fixes):
    """In that row, or in a repeat of it in the same sheet; a corrected value is in a correction."""
    elsewhere = {(r["student_id"], r["column"]): (r["import_id"], r["sheet_row"]) for r in older.to_dicts()}
    for fact in facts.to_dicts():
        student = fact["student_id"]
        corrected = [fix.correction.values for fix in fixes if fix.correction.student_id == student]
        for v in (v for v in VALUES if fact[v] is not None):
            if fact["correction_id"] is not None and (student, v) not in elsewhere:
                assert any(v in values for values in corrected)
                continue
            number, at = elsewhere.get((student, v), (fact["import_id"], fact["sheet_row"]))
            sheet, _ = sheets[number - 1]
            assert sheet[at]["student_id"] == student
            assert fact[v] in {row[v] for row in sheet[at:] if row["student_id"] == student}


def student(**values):
    return {"student_id": "01", "last_name": None, "first_name": None, "advisor": None, **values}


def test_a_blank_in_a_later_roster_erases_nothing():
    facts, states, *_ = merged_kind(ROSTER, [([student(advisor="Dr Osei")], False), ([student()], False)])
    assert facts["advisor"].to_list() == ["Dr Osei"]
    assert states["state"].to_list() == ["unchanged"]


def test_a_later_roster_changes_a_value_without_a_persons_consent():
    sheets = [([student(advisor="Dr Osei")], False), ([student(advisor="Dr Lind")], False)]
    facts, _, changes, _ = merged_kind(ROSTER, sheets)
    assert facts["advisor"].to_list() == ["Dr Lind"]
    assert changes.select("column", "old", "new").row(0) == ("advisor", "Dr Osei", "Dr Lind")


def test_an_id_that_now_names_another_person_waits():
    first, second = student(last_name="Abbott", first_name="Grace"), student(last_name="Kaur", first_name="Esther")
    facts, states, *_ = merged_kind(ROSTER, [([first], False), ([second], False)])
    assert facts["last_name"].to_list() == ["Abbott"]
    assert states.select("state", "rule_id").row(0) == ("waiting", "another_person")


def test_accents_case_hyphens_and_middle_names_are_the_same_person():
    first = student(last_name="O'Brien-Doe", first_name="Zoë")
    second = student(last_name="OBRIEN DOE", first_name="Zoe M.")
    _, states, *_ = merged_kind(ROSTER, [([first], False), ([second], False)])
    assert states["state"].to_list() == ["changed"]


def test_a_changed_outcome_of_a_known_sitting_waits_unless_accepted():
    two = [([attempt()], False), ([attempt(outcome="pass")], False)]
    facts, states, *_ = merged_kind(ATTEMPTS, two)
    assert facts["outcome"].to_list() == ["fail"]
    assert states.select("state", "rule_id").row(0) == ("waiting", "changed_value")
    facts, _, changes, _ = merged_kind(ATTEMPTS, [two[0], (two[1][0], True)])
    assert facts["outcome"].to_list() == ["pass"]
    assert changes.select("column", "old", "new").row(0) == ("outcome", "fail", "pass")


def test_a_record_a_person_added_stands_beside_the_sheets():
    added = Fix(1, Correction(1, "attempt", "02", {}, {
        "student_id": "02", "exam": "Step 1", "taken_on": "2026-03-01", "outcome": "pass"}, "reported by phone"))
    facts, *_ = merged_kind(ATTEMPTS, [([attempt()], False)], [added])
    assert facts.filter(student_id="02").select("outcome", "correction_id", "import_id").row(0) == ("pass", 1, None)


def test_a_later_sheet_with_another_value_than_an_added_record_waits():
    added = Fix(1, Correction(1, "attempt", "01", {}, {
        "student_id": "01", "exam": "Step 1", "taken_on": DAY.isoformat(), "outcome": "pass"}, "reported by phone"))
    later = [([attempt(student_id="02")], False), ([attempt(outcome="fail")], True)]
    facts, states, *_ = merged_kind(ATTEMPTS, later, [added])
    assert facts.filter(student_id="01")["outcome"].to_list() == ["pass"]
    assert states.filter(import_id=2).select("state", "rule_id").row(0) == ("waiting", "corrected_by_a_person")


def test_a_corrected_date_moves_the_record():
    moved = Fix(2, Correction(1, "attempt", "01",
                              {"student_id": "01", "exam": "Step 1", "taken_on": DAY.isoformat()},
                              {"taken_on": "2026-01-12"}, "typing error"))
    facts, *_ = merged_kind(ATTEMPTS, [([attempt()], False), ([attempt()], False)], [moved])
    assert facts.select("taken_on", "outcome").rows() == [(date(2026, 1, 12), "fail")]
