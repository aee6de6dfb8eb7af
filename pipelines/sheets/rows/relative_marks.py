"""Relative marks under columns of content areas: Lower, About the same or Higher, as NBME prints them in place of a
score."""

from functools import lru_cache

from pipelines.contracts.facts import ContentArea
from pipelines.sheets.headers.vocabulary import choices_of

NOT_A_MARK = {"-", "+", "="}  # under an area's name they may mean other things


def mark_of(text: str) -> str | None:
    """The relative mark that the text is, perhaps with a star."""
    return _marks().get(" ".join(text.lower().rstrip("*†‡ ").split()))


@lru_cache(maxsize=1)
def _marks() -> dict[str, str]:
    return {spelled: mark for spelled, mark in choices_of(ContentArea.relative).items() if spelled not in NOT_A_MARK}
