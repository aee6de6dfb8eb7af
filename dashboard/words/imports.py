"""Unusual imports in sentences."""

from typing import assert_never

from pipelines.contracts.accounts import Unusual, UnusualKind


def unusual_text(unusual: Unusual) -> str:
    """What a person should look at twice before applying an import, in one sentence."""
    match unusual.kind:
        case UnusualKind.MANY_CHANGES:
            return f"{unusual.file} changes what is known in {unusual.count:,} of its {unusual.of:,} rows."
        case UnusualKind.CLASS_MISSING:
            return f"{unusual.file} has nobody of {_class(unusual)}; the last one had {unusual.of:,}."
        case UnusualKind.CLASS_SHRINKS:
            return f"{_class(unusual)} goes from {unusual.of:,} students to {unusual.count:,}."
        case UnusualKind.SAME_EMAIL:
            return f"Student {unusual.student_id} has the e-mail of student {unusual.known_id}: are they one person?"
        case UnusualKind.SAME_USMLE_ID:
            return f"Student {unusual.student_id} has the USMLE ID of student {unusual.known_id}: are they one person?"
        case UnusualKind.SIMILAR_ID:
            return (f"The IDs {unusual.student_id} and {unusual.known_id} differ only in case, leading zeros or "
                    "separators: are they one student?")
        case UnusualKind.SAME_NAME:
            return (f"Student {unusual.student_id} has the name of student {unusual.known_id}, and nothing tells them "
                    "apart: did the ID change?")
        case unknown:
            assert_never(unknown)


def _class(unusual: Unusual) -> str:
    return f"the class of {unusual.class_year or 'no year'} {unusual.program or ''}".strip()
