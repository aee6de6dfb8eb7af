"""Sitting columns: the columns of a tracker that hold one attempt at an exam each, and the columns of planned days."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class SittingColumns:
    """The columns of one attempt at an exam: outcome, day, score and attempt number by place, the number if the headers
    have it, and the day in the header as text."""

    exam: str
    number: int | None
    outcome_place: int | None
    date_place: int | None
    score_place: int | None
    day: str | None
    header: str
    number_place: int | None = None

    @property
    def places(self) -> list[int]:
        places = (self.outcome_place, self.date_place, self.score_place, self.number_place)
        return [p for p in places if p is not None]

    def fields(self, answered_day: str | None) -> dict[str, pl.Expr]:
        """The attempt's columns as text; the day is the row's, the answered one, or that in the header."""
        def text(place: int | None) -> pl.Expr:
            return pl.lit(None, pl.String) if place is None else pl.col(f"c{place}")

        return {
            "exam": pl.lit(self.exam),
            "taken_on": pl.coalesce(text(self.date_place), pl.lit(answered_day or self.day, pl.String)),
            "outcome": text(self.outcome_place), "scaled_score": text(self.score_place),
            "attempt_number": pl.lit(str(self.number)) if self.number else text(self.number_place),
        }

    @property
    def is_filled(self) -> pl.Expr:
        """True for a student with an outcome, or a score, of this attempt; a day alone is a plan."""
        return pl.any_horizontal(
            pl.col(f"c{p}").is_not_null() for p in (self.outcome_place, self.score_place) if p is not None)


def planned_on(plans: list[tuple[int, int | None]]) -> pl.Expr:
    """The planned day as text: of the first place that has one, and no outcome beside it yet."""
    days = [pl.col(f"c{place}") if outcome is None else
            pl.when(pl.col(f"c{outcome}").is_null()).then(pl.col(f"c{place}")) for place, outcome in plans]
    return pl.coalesce(*days)
