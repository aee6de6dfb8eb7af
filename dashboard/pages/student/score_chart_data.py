"""The score chart of one student: its data, its title and its caption."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from dashboard.words.bands import OUTCOMES
from dashboard.words.formats import count, day, near_day
from dashboard.words.instruments import glyph
from dashboard.words.risk import basis_word
from pipelines.contracts.readiness import CLOSED, Band, TestDayBasis
from pipelines.policy.instruments import Instrument

Instruments = Mapping[str, Instrument]
SHOWN_DAYS = 540
LIKELY = 1.2816  # standard errors to either side of an 80 % interval


def fan_scores(
    observations: pl.DataFrame, as_of: date, instruments: Instruments, test_on: date | None = None
) -> pl.DataFrame:
    """One student's scores on the EPC scale of the last 18 months, oldest first, with 80 % intervals and the shape of
    their instrument's mark; where there is none in them, of the 18 months up to the newest score.

    `wide` and `phone` are the labels to draw on a wide and a narrow chart: crowded ones are left empty, newest kept.
    """
    known = observations.filter(pl.col("taken_on") <= as_of)
    newest = known.get_column("taken_on").max()
    span = timedelta(days=SHOWN_DAYS)
    first = (newest if isinstance(newest, date) and newest < as_of - span else as_of) - span
    scores = (
        known.filter(pl.col("taken_on") >= first)
        .sort("taken_on", "instrument", "form")
        .select(
            "taken_on", "epc", "instrument", "form", "anchor", "printed_probability",
            low=pl.col("epc") - LIKELY * pl.col("se"), high=pl.col("epc") + LIKELY * pl.col("se"),
            label=pl.concat_str("instrument", "form", separator=" ").str.strip_chars(),
            shape=pl.col("instrument").replace_strict(
                {name: i.shape for name, i in instruments.items()}, return_dtype=pl.String
            ),
            age_days=(pl.lit(as_of) - pl.col("taken_on")).dt.total_days(),
        )
    )  # fmt: skip
    until = max(as_of, test_on or as_of)
    return scores.with_columns(
        wide=pl.Series(_uncrowded(scores, until, across=0.1), dtype=pl.String),
        phone=pl.Series(_uncrowded(scores, until, across=0.22), dtype=pl.String),
    )


def fan_key(scores: pl.DataFrame, older: int, instruments: Instruments) -> str:
    """The caption's key: the marks of the instruments that are drawn, what filled and hollow mean, and how many scores
    are older than what is drawn."""
    drawn = scores.get_column("instrument").unique().to_list()
    marks = [f"{glyph(i)} {i.name}" for i in instruments.values() if i.name in drawn]
    both = scores.get_column("anchor").n_unique() > 1
    filled = "filled = NBME form, hollow = converted from another scale" if both else ""
    return " · ".join(filter(None, [
        "Scores on the EPC scale", "line = readiness, shaded = its 50 % and 80 % intervals, dashed = forecast",
        " ".join(marks), filled,
        "bar = 80 % interval of one score",
        f"{count(older, 'older score')} in the table below" if older else "",
    ]))  # fmt: skip


def _uncrowded(scores: pl.DataFrame, until: date, across: float, up: float = 6.0) -> list[str]:
    """Labels, newest first choice, none within `across` of the span and `up` points of one already placed."""
    dated, tops, labels = (scores.get_column(c).to_list() for c in ["taken_on", "high", "label"])
    if not dated:
        return []
    span = max((until - dated[0]).days * 1.15, 30)
    placed: list[tuple[date, float]] = []
    kept = [""] * len(dated)
    for i in reversed(range(len(dated))):
        if all(abs((dated[i] - d).days) > across * span or abs(tops[i] - t) > up for d, t in placed):
            kept[i] = labels[i]
            placed.append((dated[i], tops[i]))
    return kept


def fan_days(scores: pl.DataFrame, as_of: date, test_on: date | None) -> list[date]:
    """The days the readiness line is drawn on: from just before the first score to just after the exam."""
    first = scores.get_column("taken_on").min() if scores.height else None
    start = min(first, as_of) - timedelta(days=10) if isinstance(first, date) else as_of - timedelta(days=60)
    exam = test_on if test_on and as_of < test_on <= as_of + timedelta(days=SHOWN_DAYS) else as_of
    end = exam + timedelta(days=max(14, (exam - start).days // 7))
    span = (end - start).days
    step = max(span // 80, 1)
    return sorted({start + timedelta(days=n) for n in range(0, span + 1, step)} | {as_of, exam, end})


def fan_events(
    attempts: pl.DataFrame, as_of: date, test_on: date | None, basis_id: str | None, drawn: list[date]
) -> pl.DataFrame:
    """Rules across the chart: each attempt, today, the day of the exam; `row` keeps labels apart."""
    passed = "pass" in attempts.get_column("outcome").to_list()
    events: list[tuple[date, str, str]] = [] if passed else [(as_of, "today", "today")]
    words = {"pass": "passed", "fail": "failed", "incomplete": "incomplete", "pending": "awaiting result"}
    for on, outcome in attempts.select("taken_on", "outcome").iter_rows():
        glyph = OUTCOMES.get(outcome, "·")
        events.append((on, outcome, f"{glyph} {words.get(outcome, outcome)} {near_day(on, as_of)}"))
    if test_on is not None and basis_id is not None and test_on > as_of:
        events.append((test_on, "planned", f"{basis_word(TestDayBasis(basis_id))} {near_day(test_on, as_of)}"))
    inside = sorted(e for e in events if drawn[0] <= e[0] <= drawn[-1])
    span = max((drawn[-1] - drawn[0]).days, 1)
    places = [((on - drawn[0]).days / span, label) for on, _, label in inside]
    wide, phone = _lines(places, 770), _lines(places, 330)
    return pl.DataFrame({
        "day": [e[0] for e in inside], "kind": [e[1] for e in inside], "label": [e[2] for e in inside],
        "wide": [line for line, _ in wide], "wide_side": [side for _, side in wide],
        "phone": [line for line, _ in phone], "phone_side": [side for _, side in phone],
    }, schema_overrides={"wide": pl.Int32, "phone": pl.Int32})  # fmt: skip


def _lines(places: list[tuple[float, str]], width: int) -> list[tuple[int, str]]:
    """For each label at 0..1 of a chart `width` pixels wide: the lowest line it fits on, and the side of its rule."""
    placed: list[tuple[int, float, float]] = []
    found = []
    for at, label in places:
        size, x = 6.4 * len(label) + 8, at * width
        spans = {side: (x - size, x) if side == "right" else (x, x + size) for side in ("right", "left")}
        inside = {s: (a, b) for s, (a, b) in spans.items() if a >= -12 and b <= width + 8} or spans
        free = [
            (line, side)
            for line in range(len(places))
            for side, (a, b) in inside.items()
            if all(line != other or b <= c or a >= d for other, c, d in placed)
        ]
        line, side = free[0]
        placed.append((line, *spans[side]))
        found.append((line, side))
    return found


def fan_claim(path: pl.DataFrame, risk: dict[str, Any], chance: str, bands: Mapping[str, str]) -> str:
    """The chart's title: the chance on the day of the exam; `bands` has the bands' names by id."""
    on = risk["test_on"]
    if risk["band_id"] in CLOSED:
        return f"{risk['exam']}: {bands[risk['band_id']].lower()}"
    if path.is_empty() or not isinstance(on, date) or risk["p_pass"] is None:
        return "No recent score to estimate from"
    if risk["band_id"] == Band.AWAITING_RESULT:
        return f"Sat on {day(on)}, result awaited: {chance} chance of a pass"
    if on not in path.get_column("day").to_list():
        return f"{chance} chance of passing on {day(on)}"
    mean = path.filter(pl.col("day") == on).item(0, "mean")
    if risk["test_on_basis_id"] == TestDayBasis.DATE_UNKNOWN:
        return f"No date planned; today, at {mean:.0f} EPC: {chance} chance of passing"
    return f"On {day(on)} readiness is expected at {mean:.0f} EPC: {chance} chance of passing"
