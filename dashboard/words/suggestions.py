"""Suggested flags in sentences: why a rule suggests one, its threshold, and why a postponed one returns."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, assert_never

from dashboard.words.formats import percent
from pipelines.contracts.support import ReturnReason
from pipelines.policy.support import FlagRuleKind

Names = Mapping[str, str]  # of bands, by id


def whys(row: Mapping[str, Any], bands: Names) -> list[str]:
    """Why each rule suggests a flag for a student; `row` is one of flag_suggestions.pending."""
    return [why(json.loads(threshold), json.loads(inputs), bands)
            for threshold, inputs in zip(row["thresholds"], row["inputs"], strict=True)]  # fmt: skip


def why(threshold: Mapping[str, Any], inputs: Mapping[str, Any], bands: Names) -> str:
    """One sentence: what the rule found, `At risk 20 d before the exam`."""
    before = f"{inputs['days_left']} d before the exam"
    match FlagRuleKind(threshold["kind"]):
        case FlagRuleKind.FEW_DAYS:
            return f"Chance {percent(inputs['p_pass'])} {before}"
        case FlagRuleKind.NO_CONTACT:
            return f"Failed {inputs['exam']} {_days_since('last_attempt_on', inputs)} d ago, no contact since"
        case FlagRuleKind.BAND:
            return f"{bands[inputs['band_id']]} {before}"
        case FlagRuleKind.GATE:
            return f"{_gate(threshold, inputs)} {before}"
        case FlagRuleKind.MISSED_ASSESSMENT:
            return f"Self-assessment {_days_since('next_assessment_due_on', inputs)} d overdue"
        case FlagRuleKind.STALE:
            age = inputs["evidence_age_days"]
            return f"{'No result on file' if age is None else f'Newest result {age} d old'}, {before}"
        case unknown:
            assert_never(unknown)


def _gate(threshold: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """The school's unmet gates, else the rule's own."""
    if missed := inputs["gates_missed"]:
        gates = "; ".join(f"{gate['wording']} ({gate['has']} of {gate['wants']})" for gate in missed)
        return f"Gate not met: {gates},"
    best = inputs["best_score"]
    best_text = "none on file" if best is None else f"{best:.0f}"
    return f"{threshold['instrument']} gate of {threshold['score']:.0f}: best is {best_text}"


def _days_since(name: str, inputs: Mapping[str, Any]) -> int:
    return (date.fromisoformat(inputs["as_of"]) - date.fromisoformat(inputs[name])).days


def hits(failed: int, suggested: int) -> str:
    """How a rule did: `of 98 it points at in past classes 12 failed`."""
    if not suggested:
        return "not tried on a past class yet"
    return f"of {suggested:,} it points at in past classes {failed:,} failed"


def threshold_words(threshold: Mapping[str, Any], bands: Names) -> str:
    """When a rule suggests a flag: `At risk, at most 120 d before the exam`."""
    days, within = threshold.get("days"), threshold.get("within_days")
    before = f"at most {within or days} d before {threshold.get('exam', 'the exam')}"
    match FlagRuleKind(threshold["kind"]):
        case FlagRuleKind.FEW_DAYS:
            return f"the chance is under {percent(threshold['chance'])}, {before}"
        case FlagRuleKind.NO_CONTACT:
            return f"no contact {days} d or more after the failure"
        case FlagRuleKind.BAND:
            return f"{' or '.join(bands[band_id] for band_id in threshold['bands'])}, {before}"
        case FlagRuleKind.GATE:
            scale = "" if threshold["scale"] == threshold["instrument"] else f" {threshold['scale']}"
            return f"{threshold['instrument']} is under {threshold['score']:g}{scale}, {before}"
        case FlagRuleKind.MISSED_ASSESSMENT:
            limit = f", and {before} or after a failure" if within else ""
            return f"a self-assessment is more than {days} d overdue{limit}"
        case FlagRuleKind.STALE:
            return f"the newest result is over {days} d old, {before}"
        case unknown:
            assert_never(unknown)


def returned(row: Mapping[str, Any], bands: Names) -> str:
    """Why a postponed suggestion is back; empty for one that was never postponed. `row` as in `whys`."""
    before, today = json.loads(row["material_before"] or "{}"), json.loads(row["materials"][0])
    return "; ".join(_return(ReturnReason(reason), row, before, today, bands) for reason in row["returned_ids"])


def _return(
    reason: ReturnReason, row: Mapping[str, Any], before: Mapping[str, Any], today: Mapping[str, Any], bands: Names
) -> str:
    match reason:
        case ReturnReason.SNOOZE_OVER:
            return f"snoozed until {row['snoozed_until']}: {row['put_off_reason']}"
        case ReturnReason.SAT_AGAIN:
            return "sat again"
        case ReturnReason.BAND_CHANGED:
            band, was = (bands[at["band_id"]] if at.get("band_id") else "without a band" for at in (today, before))
            return f"now {band}, was {was}"
        case ReturnReason.DAY_CHANGED:
            day, was = (at.get("planned_on") or "no day" for at in (today, before))
            return f"planned for {day}, was {was}"
        case ReturnReason.CHANCE_CHANGED:
            return f"chance {percent(today['p_pass'])}, was {percent(before['p_pass'])}"
        case unknown:
            assert_never(unknown)
