"""The school's rules, and attempts that broke one, from sheet and office store to the exports, in real processes."""

import io
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from icalendar import Calendar

from pipelines.office import as_rules
from pipelines.policy.rules import SchoolAdvice
from pipelines.store.home import Home
from tests.conftest import DR_OSEI

ROSTER = (
    "student_id,last_name,program,class_year,advisor,planned_on,clerkship_starts_on\n"
    "00123,Abbott,MD,2028,Dr Osei,2027-03-01,2027-05-31\n"
)
ATTEMPTS = (
    "student_id,exam,taken_on,outcome\n"
    "00123,Step 1,2026-01-05,fail\n00123,Step 1,2026-02-05,fail\n00123,Step 1,2026-03-05,fail\n"
    "00123,Step 1,2026-04-05,fail\n"
)
WAIT = {"id": "school-wait", "exam": "Step 1", "kind": "min_wait", "days": 60, "valid_from": "2020-01-01",
        "wording": "School: 60 days", "source": "Handbook"}  # fmt: skip


@pytest.fixture
def root(cli, sheet, tmp_path):
    home = tmp_path / "home"
    three = ATTEMPTS.rsplit("00123", 1)[0]
    cli("import", sheet("roster.csv", ROSTER), sheet("attempts.csv", three), "--yes", home=home)
    return home


def exported(cli, what, home, *more):
    done = cli("export", what, "--as-of", "2026-03-10", *more, home=home)
    assert done.status == 0, done.err
    return pl.read_csv(io.StringIO(done.out), infer_schema=False)


def test_an_attempt_that_breaks_a_rule_is_stored_with_a_doubt_never_held(cli, sheet, root):
    done = cli("import", sheet("more.csv", ATTEMPTS), "--yes", "--json", home=root)
    told = done.json["sheets"][0]
    assert (done.status, told["read"], told["stored"], told["unchanged"], told["waiting"]) == (0, 4, 1, 3, 0)
    assert any("At most 3 attempts in any 12 months" in doubt for doubt in told["doubts"])
    done = cli("export", "doubts", "--as-of", "2026-05-01", home=root)
    assert pl.read_csv(io.StringIO(done.out))["attempt_number"].unique().to_list() == [4]


def test_the_schools_rules_reach_the_export_and_a_replay_uses_those_of_its_time(cli, root):
    before = exported(cli, "retakes", root).row(0, named=True)
    office = Home(root).office
    later = datetime.now(UTC) + timedelta(days=1)
    office.rules.save(as_rules([{**WAIT, "days": 400}], ["Step 1"]), SchoolAdvice(), reason="New", against=0,
                      by=DR_OSEI, at=later)  # fmt: skip
    after = exported(cli, "retakes", root).row(0, named=True)
    assert (before["earliest_on"], after["earliest_on"]) == ("2027-01-05", "2027-04-09")
    assert after["earliest_rule"] == "School: 60 days"
    assert after["state"] == "Planned before the rules allow"
    replayed = exported(cli, "retakes", root, "--revision", "1").row(0, named=True)
    assert replayed["earliest_on"] == "2027-01-05"
    told = cli("rules", "--json", home=root).json
    assert (told["version"], told["rules"][0]["wording"]) == (1, "School: 60 days")
    assert told["versions"][0]["made_by"] == "Dr Osei"


@pytest.mark.slow
def test_calendars_are_written_for_a_student_or_an_advisor(cli, root, tmp_path):
    out = tmp_path / "plan.ics"
    assert cli("calendar", "--student", "00123", "-o", out, "--as-of", "2026-11-01", home=root).status == 0
    assert {str(e["summary"]) for e in Calendar.from_ical(out.read_bytes()).walk("VEVENT")} >= {"Step 1"}
    done = cli("calendar", "--advisor", "Dr Osei", "--as-of", "2026-11-01", home=root)
    assert "SUMMARY:Abbott: Step 1" in done.out
    refused = cli("calendar", "--advisor", "Nobody", home=root)
    assert refused.status == 2
    assert "Traceback" not in refused.err
