"""Bands as releases before the ids stored them: by name, in overrides, in a flag's evidence and beside a suggestion."""

from typing import Any

from pipelines.contracts.readiness import Band

STORED_NAMES = {
    "At risk": Band.AT_RISK, "Borderline": Band.BORDERLINE, "Close to minimum": Band.CLOSE_TO_MINIMUM,
    "Likely ready": Band.LIKELY_READY, "Only old evidence": Band.ONLY_OLD_EVIDENCE, "No evidence": Band.NO_EVIDENCE,
    "Awaiting result": Band.AWAITING_RESULT, "Passed": Band.PASSED, "Out of attempts": Band.OUT_OF_ATTEMPTS,
}  # fmt: skip


def band_id(stored: str) -> Band:
    """The id of a band stored by name or id. Raises ValueError for what is neither."""
    return STORED_NAMES.get(stored) or Band(stored)


def with_band_ids(stored: Any) -> Any:
    """A JSON document with `band_id` in the place of `band`, and ids in `bands`, at any depth; the rest as it is."""
    if isinstance(stored, list):
        return [with_band_ids(part) for part in stored]
    if not isinstance(stored, dict):
        return stored
    found: dict[str, Any] = {}
    for name, value in stored.items():
        if name == "band" and isinstance(value, str):
            found["band_id"] = band_id(value).value
        elif name == "bands" and isinstance(value, list):
            found["bands"] = [band_id(text).value for text in value]
        else:
            found[name] = with_band_ids(value)
    return found
