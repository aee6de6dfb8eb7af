"""Band names that earlier releases stored in overrides, evidence and suggestions, translated to ids when read."""

from typing import Any

from pipelines.contracts.readiness import Band

STORED_NAMES = {
    "At risk": Band.AT_RISK, "Borderline": Band.BORDERLINE, "Close to minimum": Band.CLOSE_TO_MINIMUM,
    "Likely ready": Band.LIKELY_READY, "Only old evidence": Band.ONLY_OLD_EVIDENCE, "No evidence": Band.NO_EVIDENCE,
    "Awaiting result": Band.AWAITING_RESULT, "Passed": Band.PASSED, "Out of attempts": Band.OUT_OF_ATTEMPTS,
}  # fmt: skip


def band_id(stored: str) -> Band:
    """The id of a band stored by name or by id. Raises ValueError for anything else."""
    return STORED_NAMES.get(stored) or Band(stored)


def with_band_ids(stored: Any) -> Any:
    """A JSON document with `band_id` instead of `band`, and ids in `bands`, at any depth; the rest unchanged."""
    if isinstance(stored, list):
        return [with_band_ids(part) for part in stored]
    if not isinstance(stored, dict):
        return stored
    translated: dict[str, Any] = {}
    for name, value in stored.items():
        if name == "band" and isinstance(value, str):
            translated["band_id"] = band_id(value).value
        elif name == "bands" and isinstance(value, list):
            translated["bands"] = [band_id(text).value for text in value]
        else:
            translated[name] = with_band_ids(value)
    return translated
