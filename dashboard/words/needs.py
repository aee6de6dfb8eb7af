"""Needs in sentences: why a student comes up today, from the need's id and the figures behind it.

A `row` is a contract Need with the columns of its contract Risk beside it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, assert_never

from dashboard.words import last_attempt
from dashboard.words.after_failure import DISTANCES
from dashboard.words.formats import count, near_day, whole, whole_range
from dashboard.words.markdown import plain
from dashboard.words.risk import reason_texts
from pipelines.contracts.needs import NeedKind
from pipelines.contracts.readiness import Reason
from pipelines.policy import Policy
from pipelines.policy.readiness import LowPass

BESIDE = (Reason.READINESS, Reason.SITS_SOON, Reason.DAYS_TO_IMPROVE)  # shown elsewhere in the row
STEPS_NAMED = 2  # a list of ten overdue steps is not read


def need_labels(policy: Policy) -> dict[str, str]:
    """Each kind of need in a few words, by its id, most urgent first; a band is called as policy calls it."""
    return {str(kind): need_label(kind, policy) for kind in NeedKind}


def need_label(need_id: str, policy: Policy) -> str:
    """The kind of need in a few words: `No flag since failing`."""
    match NeedKind(need_id):
        case NeedKind.NO_DATE_FITS:
            return "No date fits"
        case NeedKind.DATE_BREAKS_RULE:
            return "Date breaks a rule"
        case NeedKind.LAST_ALLOWED:
            return last_attempt.WORD
        case NeedKind.FLAG_DUE:
            return "Flag due"
        case NeedKind.NO_CONTACT:
            return "No contact"
        case NeedKind.SITS_SOON:
            return "Sits soon"
        case NeedKind.NEW_BAND:
            return "New band"
        case NeedKind.NO_FLAG_SINCE_FAILING:
            return "No flag since failing"
        case NeedKind.STEP_OVERDUE:
            return "Step overdue"
        case NeedKind.NEW_RESULT:
            return "New result"
        case NeedKind.SELF_ASSESSMENT_OVERDUE:
            return "Self-assessment overdue"
        case (NeedKind.AT_RISK | NeedKind.BORDERLINE | NeedKind.AWAITING_RESULT | NeedKind.ONLY_OLD_EVIDENCE
              | NeedKind.NO_EVIDENCE) as band:  # fmt: skip
            return policy.readiness.band_names[band]
        case unknown:
            assert_never(unknown)


def when(row: Mapping[str, Any], need_id: str, as_of: date) -> str:
    """How pressing, beside the label: `overdue 3 d`, `in 14 d`."""
    match NeedKind(need_id):
        case NeedKind.FLAG_DUE:
            late = (as_of - row["flag_due_on"]).days
            return f"overdue {late} d" if late else "today"
        case NeedKind.NO_CONTACT:
            return f"{(as_of - row['no_contact_since']).days} d"
        case NeedKind.NO_FLAG_SINCE_FAILING:
            return f"{(as_of - row['failed_on']).days} d"
        case NeedKind.STEP_OVERDUE:
            return f"{(as_of - row['step_due_on']).days} d"
        case NeedKind.SELF_ASSESSMENT_OVERDUE:
            return f"{(as_of - row['next_assessment_due_on']).days} d"
        case NeedKind.SITS_SOON:
            return f"in {(row['planned_on'] - as_of).days} d"
        case (NeedKind.NEW_BAND | NeedKind.AT_RISK | NeedKind.BORDERLINE | NeedKind.NEW_RESULT | NeedKind.NO_DATE_FITS
              | NeedKind.DATE_BREAKS_RULE | NeedKind.LAST_ALLOWED | NeedKind.AWAITING_RESULT
              | NeedKind.ONLY_OLD_EVIDENCE | NeedKind.NO_EVIDENCE):  # fmt: skip
            if row["planned_on"] and row["planned_on"] >= as_of:
                return f"sits in {(row['planned_on'] - as_of).days} d"
            return "no date planned"
        case unknown:
            assert_never(unknown)


def taken_up(row: Mapping[str, Any], need_id: str, as_of: date) -> str:
    """`flagged for 29 Nov` where an open flag is not the need itself."""
    if not row["flags_open"] or need_id in (NeedKind.FLAG_DUE, NeedKind.NO_CONTACT):
        return ""
    return f"flagged for {near_day(row['flag_due_on'], as_of)}" if row["flag_due_on"] else "flagged"


def why(row: Mapping[str, Any], need_id: str, as_of: date, policy: Policy) -> str:
    """The need in one sentence of Markdown: what happened, and the figures behind it."""
    standing, owner = _readiness(row, policy.readiness.low_pass), plain(row["flag_owner"] or "")
    failed, planned, sat = (near_day(row[day], as_of) for day in ("failed_on", "planned_on", "last_attempt_on"))
    match NeedKind(need_id):
        case NeedKind.NO_DATE_FITS | NeedKind.DATE_BREAKS_RULE:
            return f"**{plain(row['conflict'])}**; {standing}."
        case NeedKind.LAST_ALLOWED:
            return f"**The next attempt at {row['exam']} is the last allowed**; {standing}."
        case NeedKind.FLAG_DUE:
            return f"**Flag due {near_day(row['flag_due_on'], as_of)}** with {owner}; {standing}."
        case NeedKind.NO_CONTACT:
            return f"**No contact since {near_day(row['no_contact_since'], as_of)}**, {owner}; {standing}."
        case NeedKind.NEW_BAND:
            now, before = (policy.readiness.band_names[row[band]] for band in ("band_id", "band_before_id"))
            return f"**{now} now**, was {before}; {standing}."
        case NeedKind.NEW_RESULT:
            return f"**New result of {near_day(row['evidence_on'], as_of)}** since the flag; {standing}."
        case NeedKind.NO_FLAG_SINCE_FAILING:
            report = f"; report: {DISTANCES[row['distance']]}" if row["distance"] else ""
            left = count(row["attempts_left"], "attempt")
            return f"Failed {row['exam']} on {failed}, **no flag since**{report}; {left} left."
        case NeedKind.STEP_OVERDUE:
            return f"Failed {row['exam']} on {failed}; **overdue: {_steps(row['step_ids'], policy)}**."
        case NeedKind.SELF_ASSESSMENT_OVERDUE:
            due = near_day(row["next_assessment_due_on"], as_of)
            standing = _readiness(row, policy.readiness.low_pass, _other_reason(row))
            return f"Self-assessment **was due on {due}**; {standing}."
        case NeedKind.AWAITING_RESULT:
            return f"Sat {row['exam']} on {sat}, result not in; **{planned} is still planned**."
        case NeedKind.SITS_SOON:
            other = _other_reason(row) if row["readiness"] is None else ""
            return f"Sits {row['exam']} on **{planned}**; {_readiness(row, policy.readiness.low_pass, other)}."
        case NeedKind.AT_RISK | NeedKind.BORDERLINE | NeedKind.ONLY_OLD_EVIDENCE | NeedKind.NO_EVIDENCE:
            sentence = _readiness(row, policy.readiness.low_pass, _failure(row, as_of) or _other_reason(row))
            return f"{sentence[:1].upper()}{sentence[1:]}."
        case unknown:
            assert_never(unknown)


def _readiness(row: Mapping[str, Any], low_pass: LowPass, other: str = "") -> str:
    """Readiness with its interval against the low-pass range, and what else matters; that alone without readiness."""
    if other[1:2].islower():  # not CBSE, CBSSA
        other = f"{other[:1].lower()}{other[1:]}"
    if row["readiness"] is None:
        return other or "no self-assessment on file"
    short = round(low_pass.low) - round(row["readiness"])
    place = f"{whole(short)} below the low-pass range" if short > 0 else "in the low-pass range"
    if round(row["readiness"]) > low_pass.high:
        place = "above the low-pass range"
    interval = whole_range(row["readiness_low"], row["readiness_high"])
    sentence = f"readiness **{whole(row['readiness'])} EPC** ({interval}), {place}"
    return f"{sentence}; {other}" if other else sentence


def _other_reason(row: Mapping[str, Any]) -> str:
    """The strongest of the model's reasons that says neither where readiness lies nor how much time is left."""
    others = [reason for reason in row["reasons"] if reason["reason_id"] not in BESIDE]
    return plain(reason_texts(others[:1])[0]) if others else ""


def _failure(row: Mapping[str, Any], as_of: date) -> str:
    if not row["failed_on"]:
        return ""
    failed = f"failed on {near_day(row['failed_on'], as_of)}"
    return f"**{failed}, no flag since**" if NeedKind.NO_FLAG_SINCE_FAILING in row["need_ids"] else failed


def _steps(step_ids: list[str], policy: Policy) -> str:
    """The first overdue steps by name, and how many more: `student contacted, rotations delayed and 6 more`."""
    texts = {step.id: step.text.lower() for step in policy.plans.steps}
    named = ", ".join(texts[step_id] for step_id in step_ids[:STEPS_NAMED])
    more = len(step_ids) - STEPS_NAMED
    return f"{named} and {more} more" if more > 0 else named
