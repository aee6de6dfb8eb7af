"""Tutoring effects in words."""

from typing import assert_never

from pipelines.contracts.support import EffectOf, EffectVerdict


def effect_of(of: str, name: str) -> str:
    """Whose gain it is; `name` is the area, or what the tutor is called."""
    match EffectOf(of):
        case EffectOf.ALL:
            return "Everyone tutored"
        case EffectOf.JUST_MISSED:
            return "Those who just missed hours"
        case EffectOf.DIFFERENCE:
            return "Tutored less just missed"
        case EffectOf.AREA:
            return f"Area: {name}"
        case EffectOf.TUTOR:
            return f"Tutor: {name}"
        case unknown:
            assert_never(unknown)


def verdict(verdict_id: str) -> str:
    """What the interval says: `more than expected`."""
    match EffectVerdict(verdict_id):
        case EffectVerdict.CANNOT_TELL:
            return "can't tell"
        case EffectVerdict.MORE_THAN_EXPECTED:
            return "more than expected"
        case EffectVerdict.LESS_THAN_EXPECTED:
            return "less than expected"
        case unknown:
            assert_never(unknown)
