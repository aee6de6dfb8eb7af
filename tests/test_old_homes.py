"""Homes made by an earlier release open with the figures and the decisions they had.

The home in the fixture was made by e4b547a (see its README). The tables below name what a later release shows
otherwise on purpose; whatever they do not name must be as it was.
"""

import io
import json
import math
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import icalendar
import polars as pl
import pytest
from typer.testing import CliRunner

from dashboard import cli
from dashboard.data.retake_exports import RETAKE_ID_COLUMNS
from pipelines.office import Office, Person
from pipelines.policy import load_policy
from pipelines.store.home import Home
from tests.conftest import AT

FIXTURE = Path(__file__).parent / "fixtures" / "home_e4b547a"
EXPECTED = FIXTURE / "expected"
AS_OF = "2026-11-28"

# By the name of an export or a document (a file in EXPECTED, without its ending):
PROGRAM = {"programme": "program", "by_programme": "by_program"}
RENAMED: dict[str, dict[str, str]] = {  # old column -> its name today
    "roster": PROGRAM, "roster.revision-3": PROGRAM, "backtest": PROGRAM, "layouts": PROGRAM,
    "office": {**PROGRAM, "band": "band_id", "computed_band": "computed_band_id", "told_at": "recorded_at",
               "told_by": "recorded_by"},
}
WINDOW_IDS = set(RETAKE_ID_COLUMNS)
RISK_IDS = {"band_id", "test_on_basis_id", "reason_ids"}
ADDED: dict[str, set[str]] = {  # columns it did not have
    "risk": RISK_IDS, "risk.revision-12": RISK_IDS, "retakes": WINDOW_IDS, "doubts": {"rule_id"},
    "rejects": {"rule_id"}, "waiting": {"rule_id"}, "waiting.revision-2": {"rule_id"},
    "layouts": {"date_order", "ignored"}, "subjects": {"p_below"},
}
# A chance is told between 0.1 and 99.9 %, and its log odds are cut nowhere before that. The shared range beside it has
# the recalibration's own interval in full (before, less of it until outcomes had decided a tenth).
# Readiness is from scores that count as far as the others bear them out, with errors of instruments and difficulty of
# forms learned here.
CHANCES = {"readiness": 1, "readiness_low": 1, "readiness_high": 1, "p_pass": 0.05, "p_pass_low": 0.085,
           "p_pass_high": 0.075}
# Figures that moved on purpose, by column: the most that one of them may.
MOVED: dict[str, dict[str, float]] = {
    "risk": CHANCES, "risk.revision-12": CHANCES,
    # Areas grow and drift as readiness does, and a newer total moves them; an interval is that of readiness and of the
    # area beside it, so one form alone no longer leaves 51 to 100 %. Forms taken in 2024 and 2025 are weighed by Step
    # 1's outline of today (`items`, at most 50 of a form).
    "subjects": {"estimate": 8, "low": 21.5, "high": 22, "priority": 5, "items": 50},
    # A past attempt is predicted by the recalibration in force, fitted without the student's tenth of the school
    # (before, without the student's whole class, the only one here with results), from scores as far as the others bear
    # them out, and with what missing forms told. Its errors are smaller.
    "backtest": {"expected_failures": 0.52, "brier": 0.025, "log_score": 0.077, "slope": 0.22, "auc": 0.015,
                 "auc_low": 0.03},
}
# Columns that say another thing now; their own test says what.
REDEFINED: dict[str, set[str]] = {"subjects": {"weak", "items_to_tell"}}
# Texts with figures in them: the words must be as they were, the numbers and their side of a range may move as above.
WITH_FIGURES = {"risk": {"reasons"}, "risk.revision-12": {"reasons"}, "retakes": {"recommended_reason"}}
# Each has a score that disagrees by 14 to 46 EPC with all else, and so hardly counts today; the figures say so.
ODD_SCORES = {"02903550", "02905607"}
AT_AN_EDGE = {"02813907"}  # readiness of 65.5, where Close to minimum begins: 65 in one and 66 in the other
NOT_COMPARED: dict[str, dict[str, set[str]]] = {  # by table and student
    **{name: {**{one: {*CHANCES, "reasons", "band"} for one in ODD_SCORES}, **{one: {"band"} for one in AT_AN_EDGE}}
       for name in ("risk", "risk.revision-12")},
    "retakes": {"02990002": {"recommended_on", "recommended_reason", "state"}},  # at best 89, today 90 %
}
# An area whose form has no total on any sheet: its 48 % stood for the whole form, for which readiness (75) does now.
LONE_AREA = ("02903550", "Biochemistry")
GROWN_AREA = ("02823018", "Genetics")  # 63 of all forms pooled, 69 since newer totals count
LONE_AREA_TODAY = {"estimate": "67.8", "low": "62.9", "high": "72.6"}
# What an exam plan and a deadline for Level 1 say since its results are known to take up to 6 weeks, not 4 to 8, and
# its self-assessment is COMSAE.
LEVEL_1_DEADLINES = {"2027-05-04": "2027-04-20", "2027-04-06": "2027-04-20", "20270504": "20270420",
                     "20270505": "20270421"}  # fmt: skip
LEVEL_1_STUDENT = "Okafor\\, Ije: self-assessment due ("
NEW_AREAS = {"Osteopathic Principles, Practice & Manipulative Treatment"}
NEW_LAYOUTS = {"Banner test scores", "NBME question list"}
RISK_WORDS = {
    "EPC expected of studying anew since the failure, by national rates":
        "EPC gain expected since the failed attempt, from national retake rates",
    "No date planned, taken to sit in ": "No date planned, assumed to sit in ",
    "no date known, so the day asked": "no date known, so the as-of date",
}  # fmt: skip
REWORDED: dict[str, dict[str, str]] = {  # a whole text -> how it reads today
    "layouts": {
        "USMLE results for a school's students":
            "USMLE results for a school's students: the older file, and that of MyIntealth (Exam Type, Pass / Fail)",
    },
    "office": {
        "programme": "program", "At risk": "at_risk", "Borderline": "borderline",
        "Close to minimum": "close_to_minimum", "Likely ready": "likely_ready",
        "programme = MD; advisor = Dr Osei; planned_on = 2027-02-08":
            "program = MD; advisor = Dr Osei; planned_on = 2027-02-08",
        "last_name = Cheng; first_name = Camila; programme = MD; class_year = 2029":
            "last_name = Cheng; first_name = Camila; program = MD; class_year = 2029",
    },
    "backtest": {  # the source of the bands
        "At risk below 58, Borderline below 66, Close to minimum below 73, else Likely ready; decided by Passline's "
        "founders, until a school decides, 20 Nov 2026; NBME's own four readings of a result: <= 57, 58-65, 66-72, "
        ">= 73 [copy]":
            "At risk below 58, Borderline below 66, Close to minimum below 73, else Likely ready; decided by "
            "Passline's founders, until a school decides, 20 Nov 2026; NBME's four descriptions of a result: "
            "57 or less, 58-65, 66-72, 73 or more (copy)",
    },
}  # fmt: skip

REWORDED_PARTS: dict[str, dict[str, str]] = {  # a part of a sentence -> how it reads today
    "retakes": {
        "Not before 21 Dec 2026 (School: CBSSA or CBSE of 65 within 60 days), yet by 23 Nov 2026 (School: result "
        "before the clerkship (clerkship of 21 Dec 2026))":
            "The first day allowed, 21 Dec 2026 (School: CBSSA or CBSE of 65 within 60 days), is too late for “School: "
            "result before the clerkship” (clerkship on 21 Dec 2026): results take 28 days, so the last day is 23 Nov "
            "2026",
        "No day left: from 21 Dec 2026 with 3 months of rest, and by 23 Nov 2026":
            "No day left: the first possible day with 3 months of rest is 21 Dec 2026, the last 23 Nov 2026",
        "(clerkship of ": "(clerkship on ",
        "Not reached in the window: expected at best ": "Target not reached in the window: the best chance is ",
        "First day of the window with 90 % or more expected": "First day of the window with a chance of 90 % or more",
    },
    # At a chance of 99.9 %, where log odds are not cut any more, a date in sight tells a little more than a new score.
    "risk": {**RISK_WORDS, "Readiness 71 EPC, 3 above the low-pass range; Newest score 5 d old":
             "Readiness 71 EPC, 3 above the low-pass range; No date planned, assumed to sit in 81 d"},
    "risk.revision-12": RISK_WORDS,
    "waiting": {"no ID that a roster knows: say who it is in": "no ID that is on a roster: choose its student in"},
}  # fmt: skip

EXPORTS = sorted(path.stem for path in EXPECTED.glob("*.csv"))
# What a back-test says in words of the fit in force, whose figures moved; "Policy" is a digest of all of it.
FITTED = ("Growth", "Recalibration", "Offset", "Scale")
DOCUMENTS = {
    "imports": [], "decisions": [], "rules": [], "layouts": [], "areas": [], "backtest": ["--as-of", AS_OF]
}  # fmt: skip
CALENDARS = ["--student 02933897", "--student 02806696", "--advisor Dr Osei"]


def office_reads(office: Office) -> dict[str, Any]:
    """All that people decided, as the office reads it back."""
    students = sorted(set(office.flags.rows()["student_id"]))
    flags = office.flags.rows()["flag_id"].sort()
    weeks = sorted(set(office.tutoring.approved()["week_on"]))
    everyone = [Person("Dr Osei"), Person("Dr Lindqvist"), Person("Dr Marchetti")]
    frames = {
        "flags": office.flags.rows(),
        "facts": office.cases.facts(),
        "corrections": office.ledger.corrections(),
        "suggestion decisions": office.suggestions.decisions(),
        "rule switches": office.suggestions.rule_switches(),
        "overrides": office.overrides.rows(AT.date()),
        "retake plans": office.exam_plans.saved(),
        "steps": office.exam_plans.steps(),
        "study days": office.exam_plans.studied(),
        "tutor terms": office.tutoring.tutor_terms(),
        "tutors off": office.tutoring.times_off(),
        "sessions": office.tutoring.sessions_logged(),
        "approved": office.tutoring.approved(),
        "mentors": office.tutoring.mentors(),
        **{f"reasons of flag {flag}": office.flags.reasons(flag) for flag in flags},
        **{f"plans of flag {flag}": office.cases.next_steps(flag) for flag in flags},
        **{f"notes on {student}": office.notes.rows(student) for student in students},
        **{f"history of notes on {student}": office.notes.history(student) for student in students},
        **{f"locks of {week}": office.tutoring.locks(week) for week in weeks},
        **{f"endings for {person.name}": office.cases.endings(person.name) for person in everyone},
    }
    drafts = {
        f"{place}, {person.name}": office.notes.draft(place, person.name)
        for place in ("note 02823018", "note 02933897", "plan 2 at 3") for person in everyone
    }
    versions = {str(version): vars(office.rules.current(version=version)) for version in range(1, 5)}
    decided = {
        **{name: rows.to_dicts() for name, rows in frames.items()},
        "drafts": drafts,
        "layouts": office.layouts.saved(),
        "groups": office.groups.saved(),
        "rule versions": versions,
        "imports in force": office.ledger.in_force().imports,
        "corrections in force": office.ledger.in_force().corrections,
    }
    return json.loads(json.dumps(decided, default=_plain))


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return vars(value) if hasattr(value, "__dict__") else str(value)


def run(home: Path, *arguments: str) -> str:
    done = CliRunner().invoke(cli.app, [*arguments, "--home", str(home)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def exported(home: Path, name: str) -> list[dict[str, Any]]:
    """The rows of an export; `risk.revision-12` is that of an earlier decision."""
    what, _, revision = name.partition(".revision-")
    more = ["--revision", revision] if revision else []
    text = run(home, "export", what, "--as-of", AS_OF, *more)
    return pl.read_csv(io.StringIO(text), infer_schema=False).to_dicts()


def document(home: Path, name: str) -> Any:
    found = json.loads(run(home, name, "--json", *DOCUMENTS[name]))
    in_force = found.get("in_force", {})
    for one in [key for key in in_force if key.startswith(("Policy", *FITTED))]:
        del in_force[one]
    if name == "areas":
        found["areas"] = [one for one in found["areas"] if one["area"] not in NEW_AREAS]
    if name == "backtest":
        found = with_bins_added_up(found)
    if name == "layouts":
        found["layouts"] = [one for one in found["layouts"] if one["name"] not in NEW_LAYOUTS]
    return found


def with_bins_added_up(backtest: Any) -> Any:
    """The bins of chances hold other attempts since the chances moved, but together as many as before."""
    for forecast in backtest["forecasts"]:
        bins = forecast["reliability"]
        forecast["reliability"] = {name: sum(one[name] for one in bins) for name in ("attempts", "passed")}
    return backtest


def accounts(home: Path) -> list[dict[str, Any]]:
    """Every sheet's account as it stands in the current warehouse: it moves with later sheets and decisions."""
    run(home, "export", "roster")  # opens the home, which builds its warehouse where that is missing or older
    build = Home(home).current()
    assert build is not None
    with duckdb.connect(str(build.path), read_only=True) as warehouse:
        rows = warehouse.sql("FROM import_account ORDER BY import_id").pl().to_dicts()
    return json.loads(json.dumps(rows, default=str))


def calendar(home: Path, whose: str) -> list[dict[str, str]]:
    """The events of a calendar file, without what follows from the moment it was written."""
    option, _, name = whose.partition(" ")
    run(home, "calendar", option, name, "--as-of", AS_OF, "-o", str(home / "plan.ics"))
    events = icalendar.Calendar.from_ical((home / "plan.ics").read_bytes()).walk("VEVENT")
    kept = ["UID", "DTSTART", "DTEND", "SUMMARY", "STATUS"]
    return [{name: event[name].to_ical().decode() for name in kept if name in event} for event in events]


def expected(name: str) -> Any:
    """What the old release wrote, with the names and words of today."""
    path = EXPECTED / f"{name}.csv"
    if name == "backtest":
        return as_today(name, with_bins_added_up(read_document(name)))
    if path.exists():
        return as_today(name, pl.read_csv(path, infer_schema=False).to_dicts())
    return as_today(name, read_document(name))


def read_document(name: str) -> Any:
    found = json.loads((EXPECTED / f"{name}.json").read_text(encoding="utf-8"))
    if name == "backtest":
        found["in_force"] = {key: text for key, text in found["in_force"].items() if not key.startswith(FITTED)}
    return found


def as_today(name: str, old: Any) -> Any:
    if isinstance(old, dict):
        renamed = RENAMED.get(name, {})
        old = lone_area_as_today(name, level_1_as_today(name, old))
        return {renamed.get(key, key): as_today(name, value) for key, value in old.items()}
    if isinstance(old, list):
        return [as_today(name, one) for one in old]
    return text_as_today(name, old) if isinstance(old, str) else old


def level_1_as_today(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row of `retakes` or an event of a calendar with the deadline, or the self-assessment, of Level 1 today."""
    deadline = row.get("exam") == "Level 1" if name == "retakes" else "sit Level 1" in row.get("SUMMARY", "")
    if name in ("retakes", "calendars") and deadline:
        row = {column: LEVEL_1_DEADLINES.get(value, value) for column, value in row.items()}
    if name == "calendars" and row.get("SUMMARY", "").startswith(LEVEL_1_STUDENT):
        row = {**row, "SUMMARY": f"{LEVEL_1_STUDENT}COMSAE\\, a new form\\, not 110 or 111)"}
    return row


def lone_area_as_today(name: str, row: dict[str, Any]) -> dict[str, Any]:
    is_it = name == "subjects" and (row["student_id"], row["area"]) == LONE_AREA
    return row | LONE_AREA_TODAY if is_it else row


def text_as_today(name: str, old: str) -> str:
    text = REWORDED.get(name, {}).get(old, old)
    for part, today in REWORDED_PARTS.get(name, {}).items():
        text = text.replace(part, today)
    return text


def differences(name: str, old: Any, new: Any, where: str = "") -> list[str]:
    """Where two documents differ, but for the columns added since: numbers to 1e-9, all else exactly."""
    if isinstance(old, dict) and isinstance(new, dict):
        left_out = NOT_COMPARED.get(name, {}).get(old.get("student_id", ""), set())
        old, new = ({key: value for key, value in row.items() if key not in left_out} for row in (old, new))
        keys = [*old, *(key for key in new if key not in old and key not in ADDED.get(name, set()))]
        lost = [f"{where}.{key}: in one only" for key in keys if key not in old or key not in new]
        both = [key for key in keys if key in old and key in new]
        return lost + [line for key in both for line in differences(name, old[key], new[key], f"{where}.{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [line for place, (a, b) in pairs for line in differences(name, a, b, f"{where}[{place}]")]
    column = where.rpartition(".")[2]
    is_same = old == new or is_close(old, new, MOVED.get(name, {}).get(column, 0))
    is_same = is_same or column in REDEFINED.get(name, ())
    is_same = is_same or (column in WITH_FIGURES.get(name, ()) and without_figures(old) == without_figures(new))
    return [] if is_same else [f"{where}: {old!r}, now {new!r}"]


def without_figures(text: str) -> str:
    return re.sub(r"\d+", "0", re.sub(r"inside|\d+ (below|above)", "by", text))


def is_close(old: Any, new: Any, moved: float = 0) -> bool:
    """True for two decimal numbers, as such or as text, that are equal to 1e-9, or as near as they may have moved."""
    if moved and None not in (old, new):
        return abs(float(old) - float(new)) <= moved
    if not (is_decimal(old) and is_decimal(new)):
        return False
    return math.isclose(float(old), float(new), rel_tol=1e-9, abs_tol=1e-9)


def is_decimal(value: Any) -> bool:
    if isinstance(value, float):
        return True
    try:
        return isinstance(value, str) and not value.isdigit() and math.isfinite(float(value))
    except ValueError:
        return False


def table_differences(name: str, home: Path) -> list[str]:
    """Where an export differs, whatever the order of its rows."""
    old, new = expected(name), exported(home, name)
    columns = list(old[0])
    if new and [column for column in new[0] if column in columns] != columns:
        return [f"{name}: columns {list(new[0])}, expected {columns} in this order"]
    return differences(name, *(sorted(rows, key=lambda row: _place(row, columns)) for rows in (old, new)))


def _place(row: dict[str, Any], columns: list[str]) -> list[str]:
    """Texts before decimals: two decimals that differ in the last digit leave a row where it was."""
    cells = [row.get(column) or "" for column in columns]
    return sorted(cells, key=is_decimal)


def unpacked(into: Path) -> Path:
    with zipfile.ZipFile(FIXTURE.with_suffix(".zip")) as packed:
        packed.extractall(into)
    return into


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The old home, shared by the tests that only read."""
    return unpacked(tmp_path_factory.mktemp("old") / "home")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The old home, to do with as a test likes."""
    return unpacked(tmp_path / "home")


@pytest.mark.parametrize("name", EXPORTS)
def test_an_old_home_exports_what_it_exported(opened, name):
    assert table_differences(name, opened) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_old_home_lists_the_same_imports_decisions_rules_and_forecasts(opened, name):
    assert differences(name, expected(name), document(opened, name)) == []


def test_an_area_of_an_old_home_is_weak_by_its_chance_and_seldom_the_opposite_of_what_it_was(opened):
    key = ["student_id", "axis", "area"]
    old, new = (pl.DataFrame(rows) for rows in (expected("subjects"), exported(opened, "subjects")))
    p_below = pl.col("p_below").cast(pl.Float64)
    by_chance = pl.when(p_below >= 0.8).then(pl.lit("true")).when(p_below <= 0.2).then(pl.lit("false"))
    sure = new.filter((p_below - 0.8).abs() > 0.0005, (p_below - 0.2).abs() > 0.0005)  # it is rounded to 3 digits
    assert sure.height > new.height - 5
    assert sure.select(pl.col("weak").eq_missing(by_chance)).to_series().all()
    opposite = old.join(new, on=key, suffix="_today").filter(pl.col("weak") != pl.col("weak_today"))
    assert opposite.select("student_id", "area").rows() == [GROWN_AREA]


def test_each_sheet_of_an_old_home_has_the_same_account(opened):
    rows = accounts(opened)
    assert differences("accounts", expected("accounts"), rows) == []
    assert all(r["read"] == r["stored"] + r["unchanged"] + r["rejected"] + r["waiting"] for r in rows)


def test_every_decision_of_an_old_home_reads_back(opened):
    assert differences("office", expected("office"), office_reads(Home(opened).office)) == []


def test_the_next_calendar_takes_back_what_an_older_one_held(mine):
    made = {whose: calendar(mine, whose) for whose in CALENDARS}
    old = expected("calendars")
    assert differences("calendars", without_blocks(old), without_blocks(made)) == []
    assert "CANCELLED" in [event["STATUS"] for event in made[CALENDARS[0]]]


def test_a_calendar_holds_an_older_ones_study_blocks_under_their_uids_in_today_s_order_of_areas(mine):
    for whose in CALENDARS:
        old, new = blocks(expected("calendars")[whose]), blocks(calendar(mine, whose))
        assert {event["UID"] for event in old} == {event["UID"] for event in new}
        assert first_and_last_day(old) == first_and_last_day(new)


def without_blocks(calendars: dict[str, list[dict[str, str]]]) -> dict[str, list[dict[str, str]]]:
    return {whose: [event for event in events if not is_block(event)] for whose, events in calendars.items()}


def blocks(events: list[dict[str, str]]) -> list[dict[str, str]]:
    return [event for event in events if is_block(event)]


def is_block(event: dict[str, str]) -> bool:
    """A study block in the plan, or one that the newer file cancels: its title is the name of one or more areas."""
    title = event["SUMMARY"].removeprefix("Cancelled: ").replace("\\,", ",")
    return title in {area.name for area in load_policy().blueprint.areas}


def first_and_last_day(events: list[dict[str, str]]) -> tuple[str, str] | None:
    planned = [event for event in events if event["STATUS"] == "CONFIRMED"]
    return (min(e["DTSTART"] for e in planned), max(e["DTEND"] for e in planned)) if planned else None


def test_an_old_home_without_its_warehouse_and_typed_rows_is_built_anew_with_the_same_figures(mine):
    for directory in ("warehouse", "rows"):
        shutil.rmtree(mine / directory)
    assert [line for name in EXPORTS for line in table_differences(name, mine)] == []
    assert differences("accounts", expected("accounts"), accounts(mine)) == []


def test_a_build_of_an_older_version_is_built_anew_when_it_is_opened(mine):
    home = Home(mine)
    for build in home.warehouse.glob("build-*.duckdb"):
        build.unlink()
    older = f"{home.office.ledger.state().revision:06d}-0a1b2c3d-v4"
    home.build_path(older).write_bytes(b"what version 4 wrote")
    assert home.office.ledger.make_current(revision=home.office.ledger.state().revision, build_id=older, at=AT)
    assert [line for name in ("risk", "roster", "waiting") for line in table_differences(name, mine)] == []
    assert home.office.ledger.state().build_id != older


def test_an_import_that_was_undone_long_ago_can_be_put_back(mine):
    before = len(exported(mine, "assessments"))
    undone = [row for row in expected("imports")["imports"] if row["undone_at"]]
    assert [row["file"] for row in undone] == ["wrong_class.csv"]
    run(mine, "redo", str(undone[0]["import_id"]))
    assert len(exported(mine, "assessments")) == before + undone[0]["stored"]


def test_sheets_with_the_old_column_are_in_already(mine, tmp_path):
    roster = next(row for row in Home(mine).office.ledger.imports().to_dicts() if row["file"] == "roster.csv")
    again = tmp_path / "roster.csv"
    shutil.copyfile(mine / "sheets" / roster["sha256"], again)
    assert "program" in again.read_text(encoding="utf-8").splitlines()[0]
    sheet = json.loads(run(mine, "import", str(again), "--yes", "--json"))["sheets"][0]
    assert (sheet["import_id"], sheet["stored"], sheet["rejected"]) == (roster["import_id"], 0, 0)
