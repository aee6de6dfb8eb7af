"""A home whose every text was written by someone hostile: sheets and decisions, filled by production code.

`Texts` gives each field of each student its words; a harmless copy of the home differs in nothing else.
"""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pipelines.imports.area_labels import NO_AREA, place_label
from pipelines.imports.corrections import correct
from pipelines.imports.identity_queue import decide_identity
from pipelines.imports.instrument_labels import own_exam
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.office import Group, NewPlan, Person
from pipelines.policy import Policy, load_policy
from pipelines.policy.rules import Rule, SchoolAdvice
from pipelines.store.home import Home

AS_OF, AT = date(2026, 11, 22), datetime(2026, 11, 22, 9, tzinfo=UTC)
FAILED_ON, WEEK_ON = AS_OF - timedelta(60), date(2026, 11, 16)
AREAS = ["Pathology", "Physiology", "Pharmacology"]
FIELDS = [
    "student id", "last name", "first name", "email", "usmle id", "advisor", "roster file", "unused column", "form",
    "instrument", "own exam", "unknown area", "decided area", "topic", "source of topics", "tutor id", "tutor",
    "tutor area", "session area", "stranger", "stranger decided", "person", "working name", "flag reason",
    "second reason", "owner", "next step", "other next step", "what happened", "outcome", "note", "edited note",
    "other note", "note draft", "own band reason", "corrected form", "correction reason",
    "plan reason", "plan shown", "resources", "studied area", "group", "session group", "office tutor id",
    "office tutor", "office area", "consent", "mapping", "mapped header", "ignored column", "rule wording",
    "rule source", "version reason", "snooze reason", "classmate id", "classmate", "URL", "waiting file",
    "waiting column", "waiting cell",
]  # fmt: skip
# Only in tables, charts, files, links or fields of a form, which draw text and no Markdown.
NOT_IN_SENTENCES = {
    "email", "usmle id", "form", "topic", "source of topics", "studied area", "version reason", "snooze reason",
    "resources", "waiting cell", "tutor area", "office area", "note draft", "tutor id", "unused column",
    "office tutor id", "classmate id", "waiting file",
}  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """What stands in each field of each student: the student's string, the field's name and the student's number."""

    strings: list[str]

    def of(self, student: int, field: str) -> str:
        return f"{self.strings[student]} {field.replace(' ', '')}{student:02}".lstrip(" ")

    def number(self) -> range:
        return range(len(self.strings))


def fill(home: Home, texts: Texts, folder: Path) -> None:
    """Import the sheets, then make every kind of decision on each student."""
    policy = load_policy()
    for student in texts.number():  # first, while the home is small: each of these builds it anew
        signed = {"by": Person(texts.of(student, "person")), "at": AT}
        place_label(home, policy, label=texts.of(student, "decided area"), area=NO_AREA, **signed)
        own_exam(home, policy, label=texts.of(student, "own exam"), **signed)
    for step, sheets in enumerate([_rosters(texts), _results(texts)]):
        uploads = [_upload(folder, f"{step}-{at}.csv", *sheet) for at, sheet in enumerate(sheets)]
        by, at = Person(texts.of(0, "person")), AT + timedelta(hours=step)
        preview = plan_import(home, uploads, policy, accept_changes=True, at=at)
        assert [(one.file, one.refused) for one in preview.sheets if one.refused] == []
        apply_import(home, preview, policy, by=by, at=at)
    for student in texts.number():
        _case(home, texts, student)
        _plans(home, texts, student)
        _settings(home, texts, student)
        _corrections(home, policy, texts, student)
    rules = [_rule(texts, student) for student in texts.number()]
    home.office.rules.save(rules, SchoolAdvice(), reason=texts.of(0, "version reason"), against=0,
                           by=Person(texts.of(0, "person")), at=AT)  # fmt: skip
    home.office.suggestions.switch_rule("at-risk", on=True, by=Person(texts.of(0, "person")), at=AT)


def waiting_sheet(texts: Texts, student: int, folder: Path) -> Path:
    """A sheet to upload: a file name, a column and a cell in hostile words, with rows and questions that wait; beside
    ordinary rows, since IDs over several lines in each row read as stray quotation marks."""
    name = "".join(" " if c in '/\\\n\r"' else c for c in texts.of(student, "waiting file"))
    rows = [[texts.of(student, "student id"), "CBSSA", "30", "2026-10-03", "57", "61", "62"],
            [texts.of(student, "waiting cell"), "CBSSA", "30", "2026-10-04", "58", "63", "64"],
            *([f"plain{n}", "CBSSA", "30", "2026-10-04", "58", "63", "64"] for n in range(3))]  # fmt: skip
    header = ["student_id", "instrument", "form", "taken_on", "score", texts.of(student, "waiting column"), "mock"]
    path = folder / f"{name}.csv"
    _write(path, header, rows)
    return path


def _write(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def _upload(folder: Path, path: str, name: str, header: list[str], rows: list[list[object]]) -> Upload:
    return Upload(name, _write(folder / path, header, rows))


Sheet = tuple[str, list[str], list[list[object]]]


def _rosters(texts: Texts) -> list[Sheet]:
    """A roster for each student, which has a column that nobody knows."""
    header = ["student_id", "last_name", "first_name", "email", "usmle_id", "advisor", "program", "class_year",
              "planned_on", "clerkship_starts_on"]  # fmt: skip
    words = ["student id", "last name", "first name", "email", "usmle id", "advisor"]
    dates = [AS_OF + timedelta(40), AS_OF + timedelta(140)]
    mate = ["classmate id", "classmate", *words[2:]]  # flagged for nothing, so that a rule suggests it
    return [(f"{texts.of(s, 'roster file')}.csv", [*header, texts.of(s, "unused column")],
             [[*(texts.of(s, word) for word in whose), "MD", 2028, *dates, "x"] for whose in (words, mate)])
            for s in texts.number()]  # fmt: skip


def _results(texts: Texts) -> list[Sheet]:
    """Scores, attempts, areas, topics, tutors and sessions of every student, and rows that wait."""
    every, ids = texts.number(), [texts.of(s, "student id") for s in texts.number()]
    scores = [[ids[s], instrument, texts.of(s, "form"), AS_OF - timedelta(ago), score, 0.41]
              for s in every for instrument, ago, score in [
                  ("CBSSA", 9, 50), ("CBSSA", 100, 47), (texts.of(s, "instrument"), 20, 55),
                  (texts.of(s, "own exam"), 25, 56)]]  # fmt: skip
    scores += [[texts.of(s, "classmate id"), "CBSSA", "30", AS_OF - timedelta(9), 45, None] for s in every]
    areas = [[ids[s], "CBSSA", texts.of(s, "form"), AS_OF - timedelta(9), area, 8, 30] for s in every
             for area in [*AREAS, texts.of(s, "unknown area"), texts.of(s, "decided area")]]  # fmt: skip
    strangers = [[texts.of(s, word), "Ann", "CBSSA", "29", AS_OF - timedelta(12), 51]
                 for s in every for word in ("stranger", "stranger decided")]  # fmt: skip
    sessions = [[ids[s], texts.of(s, "tutor id"), AS_OF - timedelta(8), 1, texts.of(s, "session area")] for s in every]
    tutors = [[texts.of(s, "tutor id"), texts.of(s, "tutor"), f"Pathology; {texts.of(s, 'tutor area')}", 4]
              for s in every]  # fmt: skip
    topics = [[ids[s], texts.of(s, "topic"), 20, 9, texts.of(s, "source of topics"), AS_OF - timedelta(5), "misread"]
              for s in every]  # fmt: skip
    return [
        ("scores.csv", ["student_id", "instrument", "form", "taken_on", "score", "printed_probability"], scores),
        ("attempts.csv", ["student_id", "exam", "taken_on", "outcome", "distance"],
         [[i, "Step 1", FAILED_ON, "fail", "far"] for i in ids]),
        ("areas.csv", ["student_id", "instrument", "form", "taken_on", "area", "correct", "items"], areas),
        ("strangers.csv", ["last name", "first name", "instrument", "form", "taken_on", "score"], strangers),
        ("tutors.csv", ["tutor_id", "name", "areas", "hours_per_week"], tutors),
        ("sessions.csv", ["student_id", "tutor_id", "held_on", "hours", "area"], sessions),
        ("topics.csv", ["student_id", "topic", "items", "missed", "source", "seen_on", "error_type"], topics),
        ("self.csv", ["student_id", "exam", "taken_on", "confidence", "knowledge", "anxiety", "resources"],
         [[i, "Step 1", FAILED_ON, 5, "yes", "no", 9] for i in ids]),
    ]  # fmt: skip


def _case(home: Home, texts: Texts, student: int) -> None:
    """An open flag with two reasons and two plans at once, an ended one, notes at once, a draft, and an own band."""
    office, by = home.office, Person(texts.of(student, "person"))
    id, owner, signed = texts.of(student, "student id"), texts.of(student, "owner"), {"by": by, "at": AT}
    for field, areas in [("outcome", []), ("flag reason", AREAS[:1]), ("second reason", AREAS[:1])]:
        flagged_by = Person(texts.of(student, "working name" if field == "outcome" else "person"))
        office.flags.raise_flags([id], reason=texts.of(student, field), areas=areas, urgency="today", owner=owner,
                                 due_on=AS_OF, by=flagged_by, at=AT)  # fmt: skip
        if field == "outcome":
            ended = office.flags.open_of([id])["flag_id"][0]
            office.cases.close(ended, outcome=texts.of(student, "outcome"), by=Person("Dr Lin"), at=AT)
    flag = office.flags.open_of([id])["flag_id"][0]
    for field in ("next step", "other next step"):
        office.cases.set_next_step(flag, next_step=texts.of(student, field), owner=owner, due_on=AS_OF, against=0,
                                   **signed)  # fmt: skip
    office.cases.add_fact(flag, kind="met", happened_on=AS_OF, text=texts.of(student, "what happened"), **signed)
    note = office.notes.add(id, text=texts.of(student, "note"), visibility="team", **signed)
    for field in ("edited note", "other note"):
        office.notes.edit(note, against=1, text=texts.of(student, field), visibility="team", **signed)
    office.notes.save_draft(f"student {id}", texts.of(student, "note draft"),
                            by=Person(texts.of(student, "working name")), at=AT)  # fmt: skip
    office.overrides.set_band(id, "Step 1", band_id="at_risk", computed_band_id="no_evidence",
                              reason=texts.of(student, "own band reason"), expires_on=AS_OF + timedelta(30), **signed)


def _plans(home: Home, texts: Texts, student: int) -> None:
    """An exam plan, study days, a group, a session, a locked and an approved pair, a tutor, a mentor, a snooze."""
    office, by, id = home.office, Person(texts.of(student, "person")), texts.of(student, "student id")
    tutor, signed = texts.of(student, "tutor id"), {"by": by, "at": AT}
    plan = NewPlan(id, "Step 1", AS_OF + timedelta(60), AS_OF, texts.of(student, "plan reason"),
                   texts.of(student, "plan shown"), [texts.of(student, "resources")], 0)  # fmt: skip
    office.exam_plans.save(plan, **signed)
    office.exam_plans.record_study(id, "Step 1", texts.of(student, "studied area"), 2, AS_OF, **signed)
    office.exam_plans.record_step(id, "Step 1", FAILED_ON, "contact", "yes", **signed)
    office.groups.save(texts.of(student, "group"), "discipline", [Group(AREAS[:2], [id])], **signed)
    office.tutoring.set_tutor(texts.of(student, "office tutor id"), name=texts.of(student, "office tutor"), areas=[
        "Pathology", texts.of(student, "office area")], hours_per_week=5, max_students=4, **signed)  # fmt: skip
    office.tutoring.add_time_off(tutor, AS_OF + timedelta(3), AS_OF + timedelta(4), **signed)
    office.tutoring.log_session({id: True}, tutor_id=tutor, held_on=AS_OF - timedelta(2), hours=1, areas=AREAS[:1],
                                group=texts.of(student, "session group"), **signed)  # fmt: skip
    office.tutoring.lock_pair(WEEK_ON, id, tutor, area="Pathology", hours=1, **signed)
    office.tutoring.opt_in_mentor(id, consent=texts.of(student, "consent"), **signed)
    office.suggestions.put_off(
        texts.of(student, "classmate id"), action="snooze", rule="few-days", rule_version=1, advisor="", material={},
        reason=texts.of(student, "snooze reason"), until_on=AS_OF + timedelta(9), **signed,
    )


def _settings(home: Home, texts: Texts, student: int) -> None:
    """A saved mapping and an ignored column."""
    signed = {"by": Person(texts.of(student, "person")), "at": AT}
    home.office.layouts.save({"name": texts.of(student, "mapping"), "kind": "assessments",
                              "headers": [texts.of(student, "mapped header")], "columns": {}}, **signed)  # fmt: skip
    home.office.ignored_columns.ignore(texts.of(student, "ignored column"), **signed)


def _corrections(home: Home, policy: Policy, texts: Texts, student: int) -> None:
    """A score that a person added, and a decision on a stranger."""
    id, signed = texts.of(student, "student id"), {"by": Person(texts.of(student, "person")), "at": AT}
    correct(home, policy, fact="assessment", student_id=id, key={}, reason=texts.of(student, "correction reason"),
            values={"student_id": id, "instrument": "CBSSA", "form": texts.of(student, "corrected form"),
                    "taken_on": "2026-11-01", "score": 52, "scale": "EPC"}, **signed)  # fmt: skip
    identity = {"last_name": texts.of(student, "stranger decided"), "first_name": "Ann"}
    decide_identity(home, policy, identity=identity, student_id=id, **signed)


def _rule(texts: Texts, student: int) -> Rule:
    """A gate whose wording every retaker's window names."""
    return Rule(id=f"school-{student}", exam="Step 1", kind="gate", n=1, days=14, scale="EPC", at_least=60,
                instruments=["CBSSA"], valid_from=date(2026, 7, 1), school=True,
                wording=texts.of(student, "rule wording"), source=texts.of(student, "rule source"))  # fmt: skip
