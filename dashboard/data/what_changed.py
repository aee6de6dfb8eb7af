"""What would change a chance, in words: one more score, another day, a delay of the weakest, and recent changes."""

from datetime import timedelta
from typing import Any

import polars as pl

from dashboard.data.figures import Figures
from dashboard.data.roster import named
from dashboard.words.bands import band_text
from dashboard.words.formats import day, percent, percent_range
from dashboard.words.risk import reasons_text
from pipelines.contracts.readiness import FINISHED, Risk
from pipelines.marts.risk.risk import chance_by_date, expected_to_pass
from pipelines.marts.risk.what_changed import MAX_EPC, delayed, movers, next_score

MOVERS_LIMIT = 10


def further_score(figures: Figures, risk: dict[str, Any]) -> list[str]:
    """`69–88: Close to minimum, 96–99 %`, one for each band that a score today could lead to; and which scores would
    look mistyped."""
    names, steps = figures.policy.readiness.band_names, next_score(risk, figures.readiness, figures.policy)
    lines = [
        f"{s.low}–{s.high}: {names[s.band]}{' (as now)' if s.band == risk['band_id'] else ''}, "
        f"{percent_range(s.p_low, s.p_high) if round(s.p_low, 2) != round(s.p_high, 2) else percent(s.p_low)}"
        for s in steps
    ]
    ends = [f"below {steps[0].low}"] * (steps[0].low > 0) + [f"above {steps[-1].high}"] * (steps[-1].high < MAX_EPC) \
        if steps else []
    return [*lines, f"{' or '.join(ends).capitalize()}: would look mistyped, and hardly count"] if ends else lines


def dates(figures: Figures, risk: dict[str, Any]) -> pl.DataFrame:
    """The chance by test date, weekly from the first day that the rules allow (from `as_of`, where an earlier day is
    planned); no rows for a student who has finished."""
    if risk["p_pass"] is None or risk["band_id"] in FINISHED:
        return pl.DataFrame()
    row = figures.retakes.filter(student_id=risk["student_id"], exam=risk["exam"])
    allowed = row["earliest_on"].item() if row.height else None
    first = figures.as_of if allowed is None or risk["test_on"] < allowed else allowed
    ahead = max(figures.policy.readiness.what_if.date_days, (risk["test_on"] - first).days + 14)
    days = [first + timedelta(days=n) for n in range(0, ahead + 1, 7)]
    return chance_by_date(risk["student_id"], risk["exam"], figures.readiness, days, figures.policy)


def dates_claim(path: pl.DataFrame) -> str:
    """The first and the last day of the chart, with their chances."""
    first, last = path.row(0, named=True), path.row(-1, named=True)
    return f"Sitting on {day(first['day'])} {percent(first['p_pass'])}, on {day(last['day'])} {percent(last['p_pass'])}"


def delays(figures: Figures, rows: pl.DataFrame) -> list[str]:
    """`If the weakest 10 sit 42 days later: 93 % expected to pass, as planned 91 %.`"""
    what_if = figures.policy.readiness.what_if
    plain = Risk.cast(rows)
    now = expected_to_pass(plain)
    ahead = plain.filter(pl.col("p_pass").is_not_null(), pl.col("test_on") >= figures.as_of).height
    sentences = []
    for weakest in [n for n in what_if.weakest if n <= ahead]:
        then = delayed(plain, weakest, what_if.delay_days, figures.readiness)
        sentences.append(
            f"If the weakest {weakest} sit {what_if.delay_days} days later: {100 * then.expected:.1f} % expected "
            f"to pass ({percent_range(then.low, then.high)}), as planned {100 * now.expected:.1f} %."
        )
    return sentences


def moved(figures: Figures, earlier: Figures, rows: pl.DataFrame) -> pl.DataFrame:
    """Who among these rows moved most since the earlier day: chances as text, with names, band and reasons."""
    changes = movers(earlier.risk, Risk.cast(rows), MOVERS_LIMIT)
    return changes.join(named(figures.students), on="student_id", maintain_order="left").select(
        "name", was=pl.Series([percent(p) for p in changes["was"]], dtype=pl.String),
        now=pl.Series([percent(p) for p in changes["p_pass"]], dtype=pl.String),
        band=band_text(figures.policy), reasons=reasons_text(), student_id="student_id",
    )  # fmt: skip
