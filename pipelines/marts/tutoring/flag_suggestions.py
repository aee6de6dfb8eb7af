"""Suggested flags: the rules that hold on a day, the suggestions waiting for a decision, and a rule's dry run."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, assert_never

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Assessment, Student, Topic
from pipelines.contracts.readiness import FINISHED, Risk, TestDayBasis
from pipelines.contracts.retakes import GateState, Retake
from pipelines.contracts.school_facts import Facts
from pipelines.contracts.support import DryRunRow, ReturnReason, Suggestion
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.retakes.gates import gate_rules, gates
from pipelines.marts.retakes.retakes import retakes as retakes_of
from pipelines.marts.risk.expected_loss import expected_loss
from pipelines.marts.risk.risk import risk as risk_of
from pipelines.policy import Policy, rule_wordings
from pipelines.policy.support import Budget, FlagRule, FlagRuleKind

INPUTS = [
    "exam", "as_of", "band_id", "p_pass", "p_pass_low", "p_pass_high", "readiness", "evidence_on", "evidence_age_days",
    "test_on", "test_on_basis_id", "days_left", "last_outcome", "last_attempt_on", "next_assessment_due_on",
    "contact_on", "best_score", "gates_missed",
]  # fmt: skip
MATERIAL = ["band_id", "p_pass", "attempts_used", "planned_on"]
NO_DAY = 9999  # days since evidence that does not exist
PRECISION = 1_000_000  # expected losses are compared to so many parts
# A gate that is not met, as stored with the flag: a school may reword or end the rule later.
GATE_MISSED = {"rule_id": pl.String, "wording": pl.String, "has": pl.Int32, "wants": pl.Int32}
NO_GATES = pl.lit(None, pl.List(pl.Struct(GATE_MISSED)))


def suggestions(
    students: dy.DataFrame[Student], risk: dy.DataFrame[Risk], retakes: dy.DataFrame[Retake],
    assessments: dy.DataFrame[Assessment], contacts: pl.DataFrame, rules: Sequence[FlagRule], as_of: date,
    policy: Policy, topics: dy.DataFrame[Topic] | None = None,
) -> dy.DataFrame[Suggestion]:
    """One row per active student, exam and rule that holds, the largest expected loss first.

    `contacts` is student_id and `on`: flags raised, contacts and meetings. Students on leave, withdrawn or graduated,
    and exams that are passed, awaited or out of attempts, get no suggestion. `policy` sets the rhythm of
    self-assessments and the school's gates, which replace a rule's own; gates on question-bank items need `topics`.
    """
    rows = _rows(students, risk, retakes, contacts, as_of, policy)
    by_rule = []
    for rank, rule in enumerate(rules):
        of_exam = rows if rule.exam is None else rows.filter(exam=rule.exam)
        if rule.kind == FlagRuleKind.GATE:
            of_exam = _gated(of_exam, assessments, topics, rule, as_of, policy)
        else:
            of_exam = of_exam.with_columns(best_score=pl.lit(None, pl.Float64), gates_missed=NO_GATES)
        by_rule.append(of_exam.filter(_holds(rule, as_of).fill_null(False)).select(
            "student_id", "exam", rule=pl.lit(rule.id), rule_version=pl.lit(rule.version, pl.Int32),
            urgency=(-PRECISION * pl.col("expected_loss").fill_null(0)).round().cast(pl.Int32),
            inputs=_json(INPUTS), threshold=pl.lit(json.dumps(rule.threshold)),
            material=_json(MATERIAL), rank=pl.lit(rank),
        ))
    empty = Suggestion.create_empty().with_columns(rank=pl.lit(0))
    ordered = pl.concat([empty, *by_rule]).sort("urgency", "student_id", "exam", "rank").drop("rank")
    return Suggestion.validate(ordered, cast=True)


def _rows(
    students: dy.DataFrame[Student], risk: dy.DataFrame[Risk], retakes: dy.DataFrame[Retake], contacts: pl.DataFrame,
    as_of: date, policy: Policy,
) -> pl.DataFrame:
    active = students.filter(pl.col("status").fill_null("active") == "active").select("student_id", "planned_on")
    sat = retakes.select(
        "student_id", "exam", "attempts_used", "last_outcome", "last_attempt_on", "next_assessment_due_on"
    )
    met = contacts.filter(pl.col("on") <= as_of).group_by("student_id").agg(contact_on=pl.col("on").max())
    return (
        risk.filter(~pl.col("band_id").is_in(FINISHED))
        .join(active, on="student_id")
        .join(sat, on=["student_id", "exam"], how="left")
        .join(met, on="student_id", how="left")
        .join(expected_loss(risk, retakes, policy), on=["student_id", "exam"], how="left")
        .with_columns(
            next_assessment_due_on=pl.coalesce(
                "next_assessment_due_on",
                pl.col("evidence_on") + pl.duration(days=policy.rules.advice.assessment_every_days),
            )
        )
    )


def _gated(
    rows: pl.DataFrame, assessments: dy.DataFrame[Assessment], topics: dy.DataFrame[Topic] | None, rule: FlagRule,
    as_of: date, policy: Policy,
) -> pl.DataFrame:
    """The rows with `gates_missed`, the school's gates that are not met (null if all are), and `best_score` for the
    rule's own gate, which counts if the school has none for the exam."""
    if not any(gate.exam == rule.exam for gate in gate_rules(policy, as_of)):
        return _best(rows, assessments, rule, as_of).with_columns(gates_missed=NO_GATES)
    of_gates = gates(rows.select("student_id", "exam", "last_attempt_on"), assessments, as_of, policy, topics)
    wording = pl.col("rule_id").replace_strict(rule_wordings(policy), return_dtype=pl.String)
    not_met = of_gates.with_columns(wording=wording).filter(pl.col("state_id") != GateState.MET)
    missed = not_met.group_by("student_id", "exam", maintain_order=True).agg(gates_missed=pl.struct(*GATE_MISSED))
    return rows.join(missed, on=["student_id", "exam"], how="left").with_columns(
        best_score=pl.lit(rule.score, pl.Float64)
    )


def _best(
    rows: pl.DataFrame, assessments: dy.DataFrame[Assessment], rule: FlagRule, as_of: date
) -> pl.DataFrame:
    """Each student's best score at the gate's instrument since the last attempt."""
    scores = assessments.filter(pl.col("taken_on") <= as_of, instrument=rule.instrument, scale=rule.scale)
    since = rows.select("student_id", "exam", "last_attempt_on").join(
        scores.select("student_id", "taken_on", "score"), on="student_id"
    ).filter(pl.col("last_attempt_on").is_null() | (pl.col("taken_on") > pl.col("last_attempt_on")))
    best = since.group_by("student_id", "exam").agg(best_score=pl.col("score").max())
    return rows.join(best, on=["student_id", "exam"], how="left")


def _holds(rule: FlagRule, as_of: date) -> pl.Expr:
    """The rule's condition; null counts as no. An unknown test day does not count as near."""
    left = pl.when(pl.col("test_on_basis_id") != TestDayBasis.DATE_UNKNOWN).then("days_left")
    match rule.kind:
        case FlagRuleKind.FEW_DAYS:
            return left.is_between(0, rule.days) & (pl.col("p_pass") < rule.chance)
        case FlagRuleKind.NO_CONTACT:
            since = pl.col("contact_on").is_null() | (pl.col("contact_on") < pl.col("last_attempt_on"))
            failed = (pl.lit(as_of) - pl.col("last_attempt_on")).dt.total_days()
            return (pl.col("last_outcome") == "fail") & (failed >= rule.days) & since
        case FlagRuleKind.BAND:
            return pl.col("band_id").is_in(rule.bands) & left.is_between(0, rule.days)
        case FlagRuleKind.GATE:
            missed = pl.col("gates_missed").is_not_null() | (pl.col("best_score").fill_null(0) < rule.score)
            return left.is_between(0, rule.days) & missed
        case FlagRuleKind.MISSED_ASSESSMENT:
            late = (pl.lit(as_of) - pl.col("next_assessment_due_on")).dt.total_days()
            is_due = pl.col("last_attempt_on").is_not_null() | left.is_between(0, rule.within_days)
            return is_due & (late > rule.days)
        case FlagRuleKind.STALE:
            return (pl.col("evidence_age_days").fill_null(NO_DAY) > rule.days) & left.is_between(0, rule.within_days)
        case unknown:
            assert_never(unknown)


def _json(names: Sequence[str]) -> pl.Expr:
    """These columns as one JSON object, days as ISO text."""
    return pl.struct(
        pl.col(n).cast(pl.String) if n.endswith("_on") or n == "as_of" else pl.col(n) for n in names
    ).struct.json_encode()


def changed(decided: dict[str, Any], current: dict[str, Any], budget: Budget) -> list[ReturnReason]:
    """The material changes since a decision; empty if there are none."""
    old, new = decided.get("p_pass"), current.get("p_pass")
    differs = {
        ReturnReason.SAT_AGAIN: decided.get("attempts_used") != current.get("attempts_used"),
        ReturnReason.BAND_CHANGED: decided.get("band_id") != current.get("band_id"),
        ReturnReason.DAY_CHANGED: decided.get("planned_on") != current.get("planned_on"),
        ReturnReason.CHANCE_CHANGED: old is not None and new is not None and abs(new - old) >= budget.material_chance,
    }
    return [reason for reason, is_so in differs.items() if is_so]


def pending(
    found: dy.DataFrame[Suggestion], decisions: pl.DataFrame, advisors: pl.DataFrame, flagged: pl.Series, as_of: date,
    budget: Budget, most: int | None = None,
) -> pl.DataFrame:
    """Suggestions that wait for a decision, one row a student, most urgent first: student_id, exam, advisor, rules,
    versions, inputs, thresholds, materials (lists), and `shown`: within the advisor's weekly budget. At most `most`
    students, the first.

    For a suggestion that was put off before, returned_ids is why it returns (ReturnReason), snoozed_until and
    put_off_reason are the earlier decision, and material_before (JSON) the facts then; else they are empty.
    `decisions` are newest first; `advisors` is student_id and advisor; `flagged` students have an open flag and are
    left out.
    """
    newest = {(r["student_id"], r["rule"]): r for r in reversed(decisions.to_dicts())}
    stands: dict[str, dict[str, Any]] = {}
    names = dict(advisors.join(found.select("student_id").unique(), on="student_id", how="semi").iter_rows())
    for row in found.filter(~pl.col("student_id").is_in(flagged.implode())).iter_rows(named=True):
        decided = newest.get((row["student_id"], row["rule"]))
        returned = _returned(row, decided, as_of, budget) if decided else []
        if decided and not returned:
            continue
        held = stands.setdefault(row["student_id"], {
            "student_id": row["student_id"], "exam": row["exam"], "advisor": names.get(row["student_id"]) or "",
            **{name: [] for name in LISTS}, **_put_off(decided), "returned_ids": returned,
        })
        for name, value in zip(LISTS, ("rule", "rule_version", "inputs", "threshold", "material"), strict=True):
            held[name].append(row[value])
    rows = pl.DataFrame(list(stands.values()), schema=PENDING).head(len(stands) if most is None else most)
    used = _used(decisions, as_of, budget)
    left = pl.lit(budget.per_advisor) - pl.col("advisor").replace_strict(used, default=0, return_dtype=pl.Int64)
    return rows.with_columns(shown=pl.int_range(pl.len()).over("advisor") < left)


def _returned(row: dict[str, Any], decided: dict[str, Any], as_of: date, budget: Budget) -> list[ReturnReason]:
    """Why a suggestion returns after a decision; empty while it does not."""
    if decided["action"] == "snooze":
        return [] if decided["until_on"] > as_of else [ReturnReason.SNOOZE_OVER]
    return changed(decided["material"], json.loads(row["material"]), budget)


def _put_off(decided: dict[str, Any] | None) -> dict[str, Any]:
    if decided is None:
        return {"snoozed_until": None, "put_off_reason": None, "material_before": None}
    return {"snoozed_until": decided["until_on"], "put_off_reason": decided["reason"],
            "material_before": json.dumps(decided["material"])}  # fmt: skip


LISTS = ["rules", "versions", "inputs", "thresholds", "materials"]
PENDING: dict[str, Any] = {
    "student_id": pl.String, "exam": pl.String, "advisor": pl.String,
    **{name: pl.List(pl.Int64 if name == "versions" else pl.String) for name in LISTS},
    "returned_ids": pl.List(pl.String), "snoozed_until": pl.Date, "put_off_reason": pl.String,
    "material_before": pl.String,
}


def _used(decisions: pl.DataFrame, as_of: date, budget: Budget) -> dict[str, int]:
    """The number of students that each advisor decided on in the budget's days."""
    since = as_of - timedelta(days=budget.in_days)
    recent = decisions.filter(pl.col("decided_at").dt.date() > since)
    return dict(recent.group_by("advisor").agg(pl.col("student_id").n_unique()).iter_rows())


def dry_run(
    facts: Facts, assessments: dy.DataFrame[Assessment], rules: Sequence[FlagRule], as_of: date, policy: Policy
) -> dy.DataFrame[DryRunRow]:
    """What each rule would have suggested in each past class, on days before and after its usual first sitting; a
    suggestion counts for the sitting that came next.

    Facts dated after each of these days are not used, except the day of the next sitting, which stands for the planned
    date. The office's flags and contacts are not used: a dry run tests the rule, not the office; and a rule on chances
    is tested on those of the day, whether or not pages show them. A class counts as past if at least half of it has a
    result. In a school with more students than policy's `most_students`, that many are drawn with a fixed seed and
    counted; `per_advisor_week` is scaled up to the whole school.
    """
    facts, share = _drawn(facts, policy)
    students = facts.students
    decided = _sittings(facts, as_of)
    rows = []
    for (class_year,), of_class in decided.group_by("class_year", maintain_order=True):
        first = of_class.unique(["student_id", "exam"], keep="first", maintain_order=True)
        if first["student_id"].n_unique() * 2 < students.filter(class_year=class_year).height:
            continue
        usual: date = first["sat_on"].sort()[first.height // 2]
        looks = [usual - timedelta(days=d) for d in sorted(policy.support.dry_run.days_before, reverse=True)]
        suggested = [_look(facts, assessments, of_class, rules, day, policy) for day in looks if day <= as_of]
        rows += _counted(pl.concat(suggested), of_class, rules, class_year, looks, share)
    return DryRunRow.validate(pl.DataFrame(rows, schema=DryRunRow.create_empty().schema), cast=True)


def _drawn(facts: Facts, policy: Policy) -> tuple[Facts, float]:
    """The facts of all students, or in a large school of those drawn; and the share of students that they are."""
    ids, most = facts.students["student_id"].unique().sort(), policy.support.dry_run.most_students
    return (facts.of(ids.sample(most, seed=0)), most / len(ids)) if len(ids) > most else (facts, 1.0)


def hit_rates(dry: pl.DataFrame) -> dict[str, tuple[int, int]]:
    """Of each rule, over all past classes: how many it suggested who then failed, and how many it suggested."""
    totals = dry.group_by("rule").agg(pl.col("caught", "suggested").sum())
    return {rule: (caught, suggested) for rule, caught, suggested in totals.rows()}


def expected_failures(risk: pl.DataFrame) -> float:
    """How many of these students (contract Risk) are expected to fail."""
    return float(risk["danger"].fill_null(0.0).sum())


def _sittings(facts: Facts, as_of: date) -> pl.DataFrame:
    """Sittings with a result, by class and day: student_id, exam, class_year, advisor, sat_on, outcome."""
    return (
        facts.attempts.filter(pl.col("taken_on") <= as_of, pl.col("outcome").is_in(["pass", "fail"]))
        .select("student_id", "exam", "outcome", sat_on="taken_on")
        .join(facts.students.select("student_id", "class_year", "advisor").drop_nulls("class_year"), on="student_id")
        .sort("class_year", "sat_on", "student_id", "exam")
    )


def _look(
    facts: Facts, assessments: dy.DataFrame[Assessment], of_class: pl.DataFrame, rules: Sequence[FlagRule], day: date,
    policy: Policy,
) -> pl.DataFrame:
    """The suggestions of the rules for a class on a day, with the day of the next sitting."""
    coming = of_class.filter(pl.col("sat_on") > day).unique(["student_id", "exam"], keep="first", maintain_order=True)
    planned = coming.group_by("student_id").agg(planned_on=pl.col("sat_on").min())
    students = facts.students.drop("planned_on").with_columns(status=pl.lit("active")).join(
        planned, on="student_id", how="left", maintain_order="left"
    )
    facts = facts.without_gates().with_students(students)
    readiness = fit_readiness(facts, day, policy, with_verdicts=False)
    ours = facts.with_students(students.join(of_class.select("student_id").unique(), on="student_id", how="semi"))
    nobody = pl.DataFrame(schema={"student_id": pl.String, "on": pl.Date})
    risk = risk_of(ours, readiness, day, policy)
    sat = retakes_of(ours, readiness, day, policy)
    suggested = suggestions(ours.students, risk, sat, assessments, nobody, rules, day, policy)
    return suggested.select("student_id", "exam", "rule", day=pl.lit(day)).join(
        coming.select("student_id", "exam", "sat_on"), on=["student_id", "exam"]
    )


def _counted(
    suggested: pl.DataFrame, of_class: pl.DataFrame, rules: Sequence[FlagRule], class_year: Any, looks: list[date],
    share: float,
) -> list[dict[str, Any]]:
    sitting = ["student_id", "exam", "sat_on"]
    firsts = suggested.group_by(*sitting, "rule").agg(pl.col("day").min()).join(of_class, on=sitting)
    days = (pl.col("sat_on") - pl.col("day")).dt.total_days()
    weeks = max(1.0, (looks[-1] - looks[0]).days / 7 / max(1, len(looks) - 1)) if len(looks) > 1 else 1.0
    rows = []
    for rule in rules:
        of_rule = firsts.filter(rule=rule.id)
        new = of_rule.group_by("advisor", "day").len()["len"].max()
        rows.append({
            "rule": rule.id, "class_year": class_year, "sittings": of_class.height,
            "failed": of_class.filter(outcome="fail").height, "suggested": of_rule.height,
            "caught": of_rule.filter(outcome="fail").height,
            "days_before": of_rule.select(days.median().cast(pl.Int32)).item(),
            "per_advisor_week": float(new or 0) / weeks / share,  # type: ignore[arg-type]
        })
    return rows
