"""Cases as shown: what raised a flag, what was done, how it ended, and the hand-off sheet."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from dashboard.data.figures import Figures
from dashboard.data.roster import named
from dashboard.words.cases import BY_HAND
from dashboard.words.formats import count, day, signed, whole
from dashboard.words.needs import need_labels
from pipelines.policy import Policy

STEPS = ["contacted", "met", "plan agreed", "tutoring"]
EVIDENCE_COLUMNS = ["band_id", "p_pass", "p_pass_low", "p_pass_high", "readiness", "evidence_on", "evidence_age_days",
                    "test_on", "days_left"]  # fmt: skip
HANDOFF = {
    "name": "Student", "student_id": "ID", "email": "E-mail", "class_year": "Class", "advisor": "Advisor",
    "band": "Band", "p_pass": "Chance of passing", "needs": "Why on the list", "reason": "Flag", "areas": "Areas",
    "owner": "Owner", "next_step": "Next step", "due_on": "Due", "first_contact_on": "First contact",
    "newest_contact_on": "Newest contact",
}  # fmt: skip


def raised_by_hand(
    figures: Figures, student_ids: list[str], build_id: str, revision: int, rules_version: int
) -> dict[str, dict[str, Any]]:
    """The evidence of a flag raised by hand, by student: the day, the build and the figures of each exam."""
    rows = figures.risk.filter(pl.col("student_id").is_in(student_ids)).select("student_id", "exam", *EVIDENCE_COLUMNS)
    origin = stamp(figures.as_of, build_id, revision, rules_version)
    evidence: dict[str, dict[str, Any]] = {}
    for row in rows.iter_rows(named=True):
        student_id, exam = row.pop("student_id"), row.pop("exam")
        of_student = evidence.setdefault(student_id, {**origin, "rule": BY_HAND, "exams": {}})
        of_student["exams"][exam] = {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
    return evidence


def stamp(as_of: date, build_id: str, revision: int, rules_version: int) -> dict[str, Any]:
    """What a replay needs (`passline export risk --revision N --as-of DAY`): the day, the build, the revision and the
    version of the school's rules."""
    return {"as_of": as_of.isoformat(), "build_id": build_id, "revision": revision, "rules_version": rules_version}


def steps(facts: pl.DataFrame, flag_id: int) -> list[tuple[str, dict[str, Any] | None]]:
    """Each step of a case with its newest fact, or None; then facts that are not steps (outcome, reopening)."""
    rows = facts.filter(flag_id=flag_id).to_dicts()
    newest = {row["kind"]: row for row in rows}
    return [(kind, newest.get(kind)) for kind in STEPS] + [(k, r) for k, r in newest.items() if k not in STEPS]


@dataclass(frozen=True)
class Contact:
    """Open cases, those without contact, and the median days to the first contact with its denominator."""

    open: int
    without: int
    median_days: float | None
    of: int

    @property
    def words(self) -> str:
        """The sentence beside the headline of Today; empty without any case."""
        if not self.open and not self.of:
            return ""
        open_cases = f"{count(self.open, 'open case')}, {self.without:,} without contact"
        if self.median_days is None:
            return open_cases
        return f"{open_cases}; {self.first_words[:1].lower()}{self.first_words[1:]}"

    @property
    def first_words(self) -> str:
        """The time to the first contact, in words."""
        if self.median_days is None:
            return "No case has had contact yet"
        return f"First contact after {self.median_days:.0f} d (median of {self.of:,})"


def contact(flags: pl.DataFrame, ids: pl.Series) -> Contact:
    """How soon these students' flags led to contact."""
    theirs = flags.filter(pl.col("student_id").is_in(ids.implode()))
    open_flags = theirs.filter(state="open")
    waited = theirs.select(
        (pl.col("first_contact_on") - pl.col("flagged_at").dt.date()).dt.total_days().clip(0).alias("d")
    )["d"].drop_nulls()
    return Contact(
        open_flags.height, open_flags["first_contact_on"].null_count(), waited.median() if len(waited) else None,  # type: ignore[arg-type]
        len(waited),
    )


def with_those_owned(ids: pl.Series, flags: pl.DataFrame, person: str) -> pl.Series:
    """These students, and those with an open flag owned by this person."""
    owned = flags.filter(state="open", owner=person)["student_id"]
    return pl.concat([ids, owned]).unique(maintain_order=True)


CASE_STATES = ["Due", "Without contact", "Without a next step", "In hand"]
CASE_DATES = ["Due", "Flagged", "First contact", "Newest contact"]


def with_states(flags: pl.DataFrame, ids: pl.Series, as_of: date) -> pl.DataFrame:
    """Open cases of these students, the oldest first, with `states`: what each lacks, or In hand."""
    tests = {
        "Due": pl.col("due_on") <= as_of, "Without contact": pl.col("first_contact_on").is_null(),
        "Without a next step": pl.col("next_step").is_null(),
    }  # fmt: skip
    lacks = pl.concat_list(pl.when(test.fill_null(False)).then(pl.lit(name)) for name, test in tests.items())
    rows = flags.filter(pl.col("student_id").is_in(ids.implode()), state="open").sort("flagged_at", "flag_id")
    rows = rows.with_columns(states=lacks.list.drop_nulls())
    return rows.with_columns(
        states=pl.when(pl.col("states").list.len() > 0).then("states").otherwise(pl.lit(["In hand"]))
    )


def state_counts(rows: pl.DataFrame) -> dict[str, int]:
    """Cases per state; one in two states counts in both."""
    return {state: in_states(rows, [state]).height for state in CASE_STATES}


def in_states(rows: pl.DataFrame, states: list[str]) -> pl.DataFrame:
    """The cases in any of these states; all where no state is chosen."""
    return rows.filter(pl.col("states").list.set_intersection(states).list.len() > 0) if states else rows


CASE_COLUMNS = {
    "name": "Student", "reason": "Reason", "areas": "Areas", "owner": "Owner", "next_step": "Next step",
    "due_on": "Due", "flagged_on": "Flagged", "first_contact_on": "First contact",
    "newest_contact_on": "Newest contact", "email": "E-mail", "flagged_by": "Flagged by", "student_id": "ID",
}  # fmt: skip


def case_table(rows: pl.DataFrame, students: pl.DataFrame) -> pl.DataFrame:
    """The table of cases as shown and exported: contact, reasons, owner and next step."""
    people = named(students).join(students.select("student_id", "email"), on="student_id")
    with_names = rows.join(people, on="student_id", how="left", maintain_order="left").with_columns(
        name=pl.coalesce("name", "student_id"), flagged_on=pl.col("flagged_at").dt.date()
    )
    return with_names.select(pl.col(name).alias(title) for name, title in CASE_COLUMNS.items())


def since_meeting(
    figures: Figures, student_id: str, exam: str, scores: pl.DataFrame, attempts: pl.DataFrame, met_on: Any
) -> list[str]:
    """What is new on sheets since the last meeting: readiness, results, attempts. Empty without a meeting."""
    if met_on is None or met_on >= figures.as_of:
        return []
    news = []
    after = pl.col("taken_on") > met_on
    if figures.risk.filter(student_id=student_id, exam=exam)["evidence_count"].sum():
        path = figures.readiness.trajectory(student_id, [met_on, figures.as_of])["mean"]
        change = f"{whole(path[0])} to {whole(path[1])} EPC ({signed(path[1] - path[0])})"
        news.append(f"Readiness {change}, as the model estimates both days now")
    for row in scores.filter(after).sort("taken_on").iter_rows(named=True):
        form = f"{row['instrument']} {row['form'] or ''}".strip()
        news.append(f"{form} on {day(row['taken_on'])}: {row['score']:g} {row['scale']}")
    for row in attempts.filter(after).sort("taken_on").iter_rows(named=True):
        news.append(f"{row['exam']} on {day(row['taken_on'])}: {row['outcome']}")
    return news


def done_since_meeting(
    facts: pl.DataFrame, flags: pl.DataFrame, notes: pl.DataFrame, sessions: pl.DataFrame, met_on: Any, as_of: date
) -> list[str]:
    """What people did since the last meeting: flags raised and ended, other facts, notes, tutoring. Empty without."""
    if met_on is None or met_on >= as_of:
        return []
    events = [(row["flagged_at"].date(), f"flagged by {row['flagged_by']}: {row['reason']}")
              for row in flags.to_dicts()]
    events += [(row["happened_on"], f"{row['kind']}{': ' + row['text'] if row['text'] else ''} ({row['recorded_by']})")
               for row in facts.to_dicts()]
    events += [(row["written_at"].date(), f"note by {row['written_by']}") for row in notes.to_dicts()]
    since = [f"{what} on {day(on)}" for on, what in sorted(events) if met_on < on <= as_of]
    held = sessions.filter(pl.col("held_on") > met_on)
    attended = held.filter("attended")
    if held.height:
        absences = f", {count(held.height - attended.height, 'absence')}" if held.height > attended.height else ""
        since.append(f"Tutoring: {count(attended.height, 'session')}, {attended['hours'].sum():g} h{absences}")
    return since


def handoff(listed: pl.DataFrame, students: pl.DataFrame, flags: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The hand-off sheet: the list as shown, with contact, reasons, owner and next step of each newest open flag."""
    case = flags.filter(state="open").unique("student_id", keep="first", maintain_order=True).select(
        "student_id", "reason", "areas", "owner", "next_step", "due_on", "first_contact_on", "newest_contact_on"
    )
    people = students.select("student_id", "email", "class_year", "advisor")
    label = pl.element().replace_strict(need_labels(policy), return_dtype=pl.String)
    needs = pl.col("need_ids").list.eval(label).list.join("; ")
    rows = listed.select("student_id", "name", "band", "p_pass", needs=needs) \
        .join(people, on="student_id", how="left", maintain_order="left") \
        .join(case, on="student_id", how="left", maintain_order="left")
    return rows.select(pl.col(name).alias(title) for name, title in HANDOFF.items())


def open_cases(flags: pl.DataFrame, students: pl.DataFrame) -> pl.DataFrame:
    """`export handoff`: one row per open flag with contact, reasons, owner and next step, the oldest first."""
    people = named(students).join(students.select("student_id", "email", "class_year", "advisor"), on="student_id")
    columns = ["student_id", "name", "email", "class_year", "advisor", "flagged_at", "flagged_by", "reason", "areas",
               "urgency", "owner", "due_on", "next_step", "first_contact_on", "newest_contact_on"]  # fmt: skip
    return flags.filter(state="open").join(people, on="student_id", how="left").sort("flagged_at").select(columns)
