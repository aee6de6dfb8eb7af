"""What raised a flag, how it ended, and words to copy to whoever raised it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dashboard.words.formats import day, days, near_day, percent
from dashboard.words.suggestions import threshold_words

BY_HAND = "by hand"


def raised(evidence: Mapping[str, Any] | None, bands: Mapping[str, str]) -> str:
    """One line: rule and version, the figures it read, the evidence's age, and the day and decision for a replay;
    `bands` has the bands' names by id."""
    if not evidence:
        return "Raised before evidence was kept."
    seen: Mapping[str, Any] = evidence.get("inputs") or next(iter(evidence.get("exams", {}).values()), {})
    rule = evidence["rule"]
    who = "Raised by hand" if rule == BY_HAND else f"Rule {rule}, version {evidence['rule_version']}"
    parts = [who, bands[seen["band_id"]] if seen.get("band_id") else ""]
    if seen.get("p_pass") is not None:
        parts.append(f"chance {percent(seen['p_pass'])}")
    if seen.get("evidence_age_days") is not None:
        parts.append(f"newest result {days(seen['evidence_age_days'])} old")
    if evidence.get("threshold"):
        parts.append("when " + threshold_words(evidence["threshold"], bands))
    parts.append(f"as of {day(date.fromisoformat(evidence['as_of']))}, decision {evidence['revision']}")
    return " · ".join(filter(None, parts))


def ended(row: Mapping[str, Any], name: str, as_of: date) -> str:
    """How a flag ended, in one line."""
    return f"**{name}**: {row['outcome']} · {row['closed_by']}, {near_day(row['closed_at'].date(), as_of)}"


def message(row: Mapping[str, Any], name: str) -> str:
    """Words to copy into a mail to whoever raised it; nothing is sent by Passline."""
    flagged, closed = day(row["flagged_at"].date()), day(row["closed_at"].date())
    return (f"You flagged {name} on {flagged}. {row['closed_by']} closed the case on {closed}. "
            f"How it ended: {row['outcome']}.")  # fmt: skip
