"""Cases: what raised a flag, what was done about it, how it ended, and the hand-off sheet."""

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
RAISED_COLUMNS = ["band_id", "p_pass", "p_pass_low", "p_pass_high", "readiness", "evidence_on",
                  "evidence_age_days", "test_on", "days_left"]  # fmt: skip
HANDOFF_COLUMNS = ["name", "student_id", "email", "class_year", "advisor", "band", "p_pass", "needs", "reason",
                   "areas", "owner", "next_step", "due_on", "first_contact_on", "newest_contact_on"]  # fmt: skip


def raised_by_hand(
    figures: Figures, student_ids: list[str], build_id: str, revision: int, rules_version: int
) -> dict[str, dict[str, Any]]:
    """Evidence of flags that a person raised, by student: the day, the build, and the figures of each exam."""
    risk = figures.risk.filter(pl.col("student_id").is_in(student_ids)).select("student_id", "exam", *RAISED_COLUMNS)
    replayed_from = stamp(figures.as_of, build_id, revision, rules_version)
    evidence: dict[str, dict[str, Any]] = {}
    for row in risk.iter_rows(named=True):
        student_id, exam = row.pop("student_id"), row.pop("exam")
        of_student = evidence.setdefault(student_id, {**replayed_from, "rule": BY_HAND, "exams": {}})
        of_student["exams"][exam] = {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
    return evidence


def stamp(as_of: date, build_id: str, revision: int, rules_version: int) -> dict[str, Any]:
    """What a replay needs (`passline export risk --revision N --as-of D`): the as-of day, the build, the revision of
    what the office knew, and the version of the school's rules."""
    return {"as_of": as_of.isoformat(), "build_id": build_id, "revision": revision, "rules_version": rules_version}


def steps(facts: pl.DataFrame, flag_id: int) -> list[tuple[str, dict[str, Any] | None]]:
    """Each step of a case with its newest fact, or None; facts that are no step (outcomes, reopening) come after."""
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
        cases = f"{count(self.open, 'open case')}, {self.without:,} without contact"
        return cases if self.median_days is None else f"{cases}; {self.first_words[:1].lower()}{self.first_words[1:]}"

    @property
    def first_words(self) -> str:
        """The time to the first contact, in words."""
        if self.median_days is None:
            return "No case has had contact yet"
        return f"First contact after {self.median_days:.0f} d (median of {self.of:,})"


def contact(flags: pl.DataFrame, ids: pl.Series) -> Contact:
    """Open cases of these students, and how soon their flags led to contact."""
    rows = flags.filter(pl.col("student_id").is_in(ids.implode()))
    open_flags = rows.filter(state="open")
    waited = rows.select(
        (pl.col("first_contact_on") - pl.col("flagged_at").dt.date()).dt.total_days().clip(0).alias("d")
    )["d"].drop_nulls()
    return Contact(
        open_flags.height, open_flags["first_contact_on"].null_count(), waited.median() if len(waited) else None,  # type: ignore[arg-type]
        len(waited),
    )


def with_those_owned(ids: pl.Series, flags: pl.DataFrame, person: str) -> pl.Series:
    """These students, and every student with an open flag that this person owns."""
    owned = flags.filter(state="open", owner=person)["student_id"]
    return pl.concat([ids, owned]).unique(maintain_order=True)


CASE_STATES = ["Due", "Without contact", "Without a next step", "In hand"]


def with_states(flags: pl.DataFrame, ids: pl.Series, as_of: date) -> pl.DataFrame:
    """Open cases of these students, the longest open first, with `states`: what each case lacks, or `In hand`."""
    lacking = {
        "Due": pl.col("due_on") <= as_of, "Without contact": pl.col("first_contact_on").is_null(),
        "Without a next step": pl.col("next_step").is_null(),
    }  # fmt: skip
    states = pl.concat_list(pl.when(test.fill_null(False)).then(pl.lit(name)) for name, test in lacking.items())
    rows = flags.filter(pl.col("student_id").is_in(ids.implode()), state="open").sort("flagged_at", "flag_id")
    rows = rows.with_columns(states=states.list.drop_nulls())
    return rows.with_columns(
        states=pl.when(pl.col("states").list.len() > 0).then("states").otherwise(pl.lit(["In hand"]))
    )


def state_counts(rows: pl.DataFrame) -> dict[str, int]:
    """Cases per state; one in two states counts in both."""
    return {state: in_states(rows, [state]).height for state in CASE_STATES}


def in_states(rows: pl.DataFrame, states: list[str]) -> pl.DataFrame:
    """The cases in any of the states; all cases where `states` is empty."""
    return rows.filter(pl.col("states").list.set_intersection(states).list.len() > 0) if states else rows


CASE_COLUMNS = ["name", "reason", "areas", "owner", "next_step", "due_on", "flagged_on", "first_contact_on",
                "newest_contact_on", "email", "flagged_by", "student_id"]  # fmt: skip


def case_table(rows: pl.DataFrame, students: pl.DataFrame) -> pl.DataFrame:
    """Cases with names and e-mail, for another person to go on."""
    people = named(students).join(students.select("student_id", "email"), on="student_id")
    with_names = rows.join(people, on="student_id", how="left", maintain_order="left").with_columns(
        name=pl.coalesce("name", "student_id"), flagged_on=pl.col("flagged_at").dt.date()
    )
    return with_names.select(CASE_COLUMNS)


def since_meeting(
    figures: Figures, student_id: str, exam: str, scores: pl.DataFrame, attempts: pl.DataFrame, met_on: Any
) -> list[str]:
    """News from the sheets since the last meeting: readiness, results, attempts. Empty without a meeting."""
    if met_on is None or met_on >= figures.as_of:
        return []
    news = []
    after = pl.col("taken_on") > met_on
    if figures.risk.filter(student_id=student_id, exam=exam)["evidence_count"].sum():
        path = figures.readiness.trajectory(student_id, [met_on, figures.as_of])["mean"]
        change = f"{whole(path[0])} to {whole(path[1])} EPC ({signed(path[1] - path[0])})"
        news.append(f"Readiness {change}, both days as the model estimates them now")
    for row in scores.filter(after).sort("taken_on").iter_rows(named=True):
        form = f"{row['instrument']} {row['form'] or ''}".strip()
        news.append(f"{form} on {day(row['taken_on'])}: {row['score']:g} {row['scale']}")
    for row in attempts.filter(after).sort("taken_on").iter_rows(named=True):
        news.append(f"{row['exam']} on {day(row['taken_on'])}: {row['outcome']}")
    return news


def done_since_meeting(
    facts: pl.DataFrame, flags: pl.DataFrame, notes: pl.DataFrame, sessions: pl.DataFrame, met_on: Any, as_of: date
) -> list[str]:
    """What people did since the last meeting: flags raised and ended, other facts, notes, tutoring. Empty without a
    meeting."""
    if met_on is None or met_on >= as_of:
        return []
    events = [(row["flagged_at"].date(), f"flagged by {row['flagged_by']}: {row['reason']}")
              for row in flags.to_dicts()]  # fmt: skip
    events += [(row["happened_on"], f"{row['kind']}{': ' + row['text'] if row['text'] else ''} ({row['recorded_by']})")
               for row in facts.to_dicts()]  # fmt: skip
    events += [(row["written_at"].date(), f"note by {row['written_by']}") for row in notes.to_dicts()]
    since = [f"{what} on {day(on)}" for on, what in sorted(events) if met_on < on <= as_of]
    held = sessions.filter(pl.col("held_on") > met_on)
    attended = held.filter("attended")
    if held.height:
        missed = f", {count(held.height - attended.height, 'absence')}" if held.height > attended.height else ""
        since.append(f"Tutoring: {count(attended.height, 'session')}, {attended['hours'].sum():g} h{missed}")
    return since


def handoff(listed: pl.DataFrame, students: pl.DataFrame, flags: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Today's list as shown, to hand to another person: each student's needs and newest open flag, with contacts."""
    newest_flag = flags.filter(state="open").unique("student_id", keep="first", maintain_order=True).select(
        "student_id", "reason", "areas", "owner", "next_step", "due_on", "first_contact_on", "newest_contact_on"
    )
    people = students.select("student_id", "email", "class_year", "advisor")
    label = pl.element().replace_strict(need_labels(policy), return_dtype=pl.String)
    needs = pl.col("need_ids").list.eval(label).list.join("; ")
    rows = listed.select("student_id", "name", "band", "p_pass", needs=needs) \
        .join(people, on="student_id", how="left", maintain_order="left") \
        .join(newest_flag, on="student_id", how="left", maintain_order="left")
    return rows.select(HANDOFF_COLUMNS)


def open_cases(flags: pl.DataFrame, students: pl.DataFrame) -> pl.DataFrame:
    """`export handoff`: a row for each open flag, with contacts, reason, owner, next step; the longest open first."""
    people = named(students).join(students.select("student_id", "email", "class_year", "advisor"), on="student_id")
    columns = ["student_id", "name", "email", "class_year", "advisor", "flagged_at", "flagged_by", "reason", "areas",
               "urgency", "owner", "due_on", "next_step", "first_contact_on", "newest_contact_on"]  # fmt: skip
    return flags.filter(state="open").join(people, on="student_id", how="left").sort("flagged_at").select(columns)
