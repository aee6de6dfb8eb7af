"""Exports are an interface: their names are kept, documented, and written with a header even when empty."""

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest

from dashboard.data.exports import EXPORTS, FLAG_COLUMNS, HELD_COLUMNS, write_export
from dashboard.data.needs import EXPORT_COLUMNS as NEED_COLUMNS
from dashboard.data.retake_exports import DOUBT_COLUMNS, RETAKE_COLUMNS
from dashboard.words.held_rows import RULES, rule_words
from dashboard.words.needs import need_labels
from pipelines.contracts import readiness
from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.kinds import KINDS
from pipelines.contracts.subjects import SubjectEstimate
from pipelines.policy import load_policy

DOCS = (Path(__file__).parent.parent / "docs" / "exports.md").read_text(encoding="utf-8")
PROMISED = {
    "risk": "student_id, exam, as_of, evidence_on, evidence_age_days, evidence_count, readiness, readiness_low, "
    "readiness_high, p_pass, p_pass_low, p_pass_high, band, reasons, test_on, test_on_basis, days_left, "
    "printed_probability, band_id, test_on_basis_id, reason_ids",
    "retakes": "student_id, exam, attempts_used, attempts_left, last_attempt_on, earliest_on, earliest_rule, "
    "latest_on, latest_rule, recommended_on, next_assessment_due_on, latest_safe_on, planned_on, last_outcome, state, "
    "recommended_reason, last_allowed, eligibility_starts_on, eligibility_ends_on, extended_until_on, "
    "clerkship_starts_on, gates, gates_state, conflict, resolve, state_id, earliest_bar_id, earliest_rule_id, "
    "latest_rule_id",
    "subjects": "student_id, axis, area, estimate, low, high, forms, items, weight, weak, priority",
    "doubts": "student_id, exam, taken_on, attempt_number, rule, rule_id",
    "needs": "student_id, exam, need_id, need, urgency",
    "flags": "student_id, flagged_at, flagged_by, reason, areas, urgency, owner, due_on, state",
    "handoff": "student_id, name, email, class_year, advisor, flagged_at, flagged_by, reason, areas, urgency, owner, "
    "due_on, next_step, first_contact_on, newest_contact_on",
    "undated_scores": "student_id, instrument, form, label, score",
    "rejects": "file, sheet_row, rule, reason, text, rule_id",
    "waiting": "file, sheet_row, rule, reason, text, rule_id",
}
ROSTER = "student_id,last_name,program,class_year,exam_track\n00123,=cmd(),MD,2028,\n00124,Zoë,DO,2028,both\n"


@pytest.mark.parametrize("what", [
    what if what in ("risk", "rejects") else pytest.param(what, marks=pytest.mark.slow) for what in EXPORTS])
def test_an_empty_list_exports_its_header_with_status_0(cli, tmp_path, what):
    done = cli("export", what, home=tmp_path / "home")
    assert done.status == 0, done.err
    names = done.out.strip().split(",")
    assert pl.read_csv(io.StringIO(done.out)).is_empty()
    promised = PROMISED.get(what, ", ".join(KINDS[what].columns) if what in KINDS else "").split(", ")
    assert names[: len(promised)] == promised


@pytest.mark.parametrize(("heading", "columns"), [
    ("risk", [*PROMISED["risk"].split(", "), *readiness.Band, *readiness.TestDayBasis, *readiness.Reason]),
    ("retakes", RETAKE_COLUMNS), ("subjects", list(SubjectEstimate.columns())),
    ("doubts", DOUBT_COLUMNS),
    ("needs", NEED_COLUMNS), ("flags", FLAG_COLUMNS), ("rejects, waiting", HELD_COLUMNS),
])
def test_every_exported_column_is_documented(heading, columns):
    section = DOCS.split(f"## {heading}\n")[1].split("\n## ")[0]
    assert [column for column in columns if column not in section] == []


def test_risk_has_a_row_per_student_and_exam_of_the_track_those_without_evidence_included(cli, sheet, tmp_path):
    home = tmp_path / "home"
    cli("import", sheet("roster.csv", ROSTER), "--yes", home=home)
    rows = pl.read_csv(io.StringIO(cli("export", "risk", home=home).out), infer_schema=False)
    assert rows.select("student_id", "exam", "evidence_count", "p_pass").sort("student_id", "exam").rows() == [
        ("00123", "Step 1", "0", None), ("00124", "Level 1", "0", None), ("00124", "Step 1", "0", None)]


def test_needs_are_a_row_a_student_and_need_in_the_order_of_today(cli, sheet, tmp_path):
    home = tmp_path / "home"
    roster = ROSTER.replace("exam_track", "exam_track,planned_on").replace("2028,\n", "2028,,2026-02-20\n").replace(
        "both\n", "both,2026-03-20\n")  # fmt: skip
    attempts = "student_id,exam,taken_on,outcome\n00124,Level 1,2026-01-20,fail\n"
    cli("import", sheet("roster.csv", roster), sheet("attempts.csv", attempts), "--yes", home=home)
    rows = pl.read_csv(io.StringIO(cli("export", "needs", "--as-of", "2026-02-15", home=home).out),
                       infer_schema=False)  # fmt: skip
    assert rows.select("student_id", "exam", "need_id", "need", "urgency").rows() == [
        ("00123", "Step 1", "sits_soon", "Sits soon", "1"),
        ("00123", "Step 1", "no_evidence", "No evidence", "1"),
        ("00124", "Level 1", "no_flag_since_failing", "No flag since failing", "2"),
        ("00124", "Level 1", "step_overdue", "Step overdue", "2"),
        ("00124", "Level 1", "self_assessment_overdue", "Self-assessment overdue", "2"),
        ("00124", "Level 1", "no_evidence", "No evidence", "2"),
    ]


def test_every_need_id_is_documented_with_its_text():
    section = DOCS.split("## needs\n")[1].split("\n## ")[0]
    assert [kind for kind, label in need_labels(load_policy()).items() if f"{kind} ({label})" not in section] == []


def test_the_help_of_export_names_every_list(cli, tmp_path):
    shown = " ".join(cli("export", "--help", home=tmp_path / "home").out.replace("│", " ").split())
    assert [what for what in EXPORTS if what not in KINDS and what not in shown] == []


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_ids_stay_text_in_every_format(cli, sheet, tmp_path, form):
    home, out = tmp_path / "home", tmp_path / f"roster.{form}"
    cli("import", sheet("roster.csv", ROSTER), "--yes", home=home)
    assert cli("export", "roster", "-o", out, home=home).status == 0
    readers = {"csv": lambda p: pl.read_csv(p, infer_schema=False), "xlsx": pl.read_excel, "parquet": pl.read_parquet}
    assert readers[form](out)["student_id"].to_list() == ["00123", "00124"]


def test_an_unknown_export_is_one_sentence_and_status_2(cli, tmp_path):
    done = cli("export", "shoes", home=tmp_path / "home")
    assert done.status == 2
    assert "There is no export 'shoes'" in done.err
    assert "Traceback" not in done.err


def test_a_formula_in_an_xlsx_is_text(tmp_path):
    rows = pl.DataFrame({"name": ["=1+1", "-5", "B+"]})
    write_export(rows, tmp_path / "a.xlsx", None)
    assert pl.read_excel(tmp_path / "a.xlsx")["name"].to_list() == ["=1+1", "-5", "B+"]


HOSTILE_NAMES = ["=HYPERLINK(\"https://evil.example\")", "https://evil.example", "internal:a!A1",
                 "{=1+1}", "+1+cmd|' /C calc'!A0", "file:///etc/passwd"]  # fmt: skip


def test_no_text_in_an_xlsx_is_a_link_or_a_formula(cli, sheet, tmp_path):
    cells = [name.replace('"', '""') for name in HOSTILE_NAMES]
    roster = "student_id,last_name,class_year\n" + "".join(f'{n},"{cell}",2028\n' for n, cell in enumerate(cells, 100))
    cli("import", sheet("roster.csv", roster), "--yes", home=tmp_path / "home")
    out = tmp_path / "roster.xlsx"
    assert cli("export", "roster", "-o", out, home=tmp_path / "home").status == 0
    assert pl.read_excel(out)["last_name"].to_list() == HOSTILE_NAMES
    with zipfile.ZipFile(out) as parts:
        xml = {name: parts.read(name).decode() for name in parts.namelist() if "worksheets" in name}
    assert not any("<f>" in text or "hyperlink" in text.lower() for text in xml.values())
    assert [name for name in xml if name.endswith(".rels") and "hyperlink" in xml[name]] == []


def test_every_rule_that_holds_a_row_has_words_and_an_unknown_one_fails_loudly():
    assert set(RULES) == set(HeldRule)
    assert rule_words("not_a_date", "taken_on") == "not a date:taken_on"
    assert rule_words("unknown_student", None) == "unknown student"
    with pytest.raises(ValueError, match="hunch"):
        rule_words("hunch", None)


def test_every_rule_that_holds_a_row_is_documented():
    sheets = (Path(__file__).parent.parent / "docs" / "sheets.md").read_text(encoding="utf-8")
    assert [rule for rule in RULES.values() if f"`{rule}" not in sheets] == []


def test_held_rows_carry_the_rule_in_words_with_its_column_and_its_id_last(cli, sheet, tmp_path):
    home = tmp_path / "home"
    attempts = "student_id,exam,taken_on,outcome\n00123,Step 1,soon,fail\n00999,Step 1,2026-10-01,fail\n"
    cli("import", sheet("roster.csv", ROSTER), sheet("attempts.csv", attempts), "--yes", home=home)
    for what, held in {"rejects": ("not a date:taken_on", "not_a_date"),
                       "waiting": ("unknown student", "unknown_student")}.items():  # fmt: skip
        rows = pl.read_csv(io.StringIO(cli("export", what, home=home).out), infer_schema=False)
        assert rows.columns[-1] == "rule_id"
        assert rows.select("rule", "rule_id").rows() == [held]
