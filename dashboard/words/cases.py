"""Flags in sentences: what raised one, how it ended, and a message to copy to the person who raised it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dashboard.words.formats import day, days, near_day, percent
from dashboard.words.suggestions import threshold_words

BY_HAND = "by hand"


def raised(evidence: Mapping[str, Any] | None, bands: Mapping[str, str]) -> str:
    """What raised a flag, in one line: rule and version, the figures it read, the evidence's age, and the day and the
    decision with which `passline export risk` makes the same figures again. `bands` has the bands' names by id."""
    if not evidence:
        return "Raised before Passline saved the figures behind a flag."
    figures: Mapping[str, Any] = evidence.get("inputs") or next(iter(evidence.get("exams", {}).values()), {})
    rule = evidence["rule"]
    origin = "Raised by hand" if rule == BY_HAND else f"Rule {rule}, version {evidence['rule_version']}"
    parts = [origin, bands[figures["band_id"]] if figures.get("band_id") else ""]
    if figures.get("p_pass") is not None:
        parts.append(f"chance {percent(figures['p_pass'])}")
    if figures.get("evidence_age_days") is not None:
        parts.append(f"newest result {days(figures['evidence_age_days'])} old")
    if evidence.get("threshold"):
        parts.append("suggested when: " + threshold_words(evidence["threshold"], bands))
    parts.append(f"as of {day(date.fromisoformat(evidence['as_of']))}, decision {evidence['revision']}")
    return " · ".join(filter(None, parts))


def ended(row: Mapping[str, Any], name: str, as_of: date) -> str:
    """How a flag ended, in one line."""
    return f"**{name}**: {row['outcome']} · {row['closed_by']}, {near_day(row['closed_at'].date(), as_of)}"


def message(row: Mapping[str, Any], name: str) -> str:
    """A message to copy into a mail to the person who raised it; Passline sends nothing."""
    flagged, closed = day(row["flagged_at"].date()), day(row["closed_at"].date())
    return (f"You flagged {name} on {flagged}. {row['closed_by']} closed the case on {closed}. "
            f"How it ended: {row['outcome']}.")  # fmt: skip
