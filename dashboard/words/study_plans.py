"""A student's plan in words: why it is for that day, and what its study blocks are about."""

from typing import assert_never

from dashboard.words.instruments import listed
from pipelines.contracts.retakes import MIXED_AREAS, PlanBasis

MIXED = "Mixed blocks, every subject"


def basis_words(basis: PlanBasis) -> str:
    """Why the plan is for its day."""
    match basis:
        case PlanBasis.SAVED_PLAN:
            return "saved plan"
        case PlanBasis.PLANNED_DATE:
            return "planned date of the roster"
        case PlanBasis.RECOMMENDED_DATE:
            return "recommended date"
        case PlanBasis.DAY_ASKED:
            return "chosen day"
        case PlanBasis.NO_DATE:
            return "no date yet"
    assert_never(basis)


def form_words(instrument: str | None, form: str | None, used: list[str]) -> str:
    """`CBSSA 31`; `COMSAE, a new form, not 107b or 110` where any form not used will do."""
    if instrument is None:
        return "no unused form known"
    if form is None:
        sat = f", not {listed(used)}" if used else ""
        return f"{instrument}, a new form{sat}"
    return f"{instrument} {form}".strip()


def area_words(area: str) -> str:
    """What a study block is about: the area's name, or every subject where no gap is known."""
    return MIXED if area == MIXED_AREAS else area
