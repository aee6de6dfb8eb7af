"""One student as the page shows them: the fan chart's frames, the attempts' words, the scores' lineage."""

from datetime import date, timedelta

import polars as pl

from dashboard.charts.theme import OUTCOMES, count, day, near_day

SHOWN_DAYS = 540
LIKELY = 1.2816  # standard errors to either side of an 80 % interval


def fan_scores(observations: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One student's scores on the EPC scale of the last 18 months, oldest first, with 80 % intervals.

    `wide` and `phone` are the labels to draw on a wide and a narrow chart: crowded ones are left empty, newest kept.
    """
    first = as_of - timedelta(days=SHOWN_DAYS)
    scores = (
        observations.filter(pl.col("taken_on").is_between(first, as_of))
        .sort("taken_on", "instrument", "form")
        .select(
            "taken_on", "epc", "instrument", "form", "anchor", "printed_probability",
            low=pl.col("epc") - LIKELY * pl.col("se"), high=pl.col("epc") + LIKELY * pl.col("se"),
            label=pl.concat_str("instrument", "form", separator=" ").str.strip_chars(),
            age_days=(pl.lit(as_of) - pl.col("taken_on")).dt.total_days(),
        )
    )  # fmt: skip
    return scores.with_columns(
        wide=pl.Series(_uncrowded(scores, across=0.11), dtype=pl.String),
        phone=pl.Series(_uncrowded(scores, across=0.24), dtype=pl.String),
    )


def _uncrowded(scores: pl.DataFrame, across: float, up: float = 6.0) -> list[str]:
    """Labels, newest first choice, none within `across` of the span and `up` points of one already placed."""
    days, tops, labels = (scores.get_column(c).to_list() for c in ["taken_on", "high", "label"])
    if not days:
        return []
    span = max((days[-1] - days[0]).days * 1.15, 30)
    placed: list[tuple[date, float]] = []
    kept = [""] * len(days)
    for i in reversed(range(len(days))):
        if all(abs((days[i] - d).days) > across * span or abs(tops[i] - t) > up for d, t in placed):
            kept[i] = labels[i]
            placed.append((days[i], tops[i]))
    return kept


def fan_days(scores: pl.DataFrame, as_of: date, test_on: date | None) -> list[date]:
    """The days the readiness line is drawn on: from just before the first score to just after the exam."""
    first = scores.get_column("taken_on").min() if scores.height else None
    start = min(first, as_of) - timedelta(days=10) if isinstance(first, date) else as_of - timedelta(days=60)
    exam = test_on if test_on and as_of < test_on <= as_of + timedelta(days=SHOWN_DAYS) else as_of
    end = exam + timedelta(days=max(14, (exam - start).days // 7))
    span = (end - start).days
    step = max(span // 80, 1)
    return sorted({start + timedelta(days=n) for n in range(0, span + 1, step)} | {as_of, end})


def fan_events(
    attempts: pl.DataFrame, as_of: date, test_on: date | None, basis: str | None, days: list[date]
) -> pl.DataFrame:
    """Rules across the chart: each attempt, today, the day of the exam; `row` keeps labels apart."""
    events: list[tuple[date, str, str]] = [(as_of, "today", "today")]
    words = {"pass": "passed", "fail": "failed", "incomplete": "incomplete", "pending": "awaiting result"}
    for on, outcome in attempts.select("taken_on", "outcome").iter_rows():
        glyph = OUTCOMES.get(outcome, "·")
        events.append((on, outcome, f"{glyph} {words.get(outcome, outcome)} {near_day(on, as_of)}"))
    if test_on is not None and test_on > as_of:
        word = "planned" if basis and basis.startswith("planned") else "usual date"
        events.append((test_on, "planned", f"{word} {near_day(test_on, as_of)}"))
    inside = sorted(e for e in events if days[0] <= e[0] <= days[-1])
    span = max((days[-1] - days[0]).days, 1)
    places = [((on - days[0]).days / span, label) for on, _, label in inside]
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
            (line, side) for line in range(len(places)) for side, (a, b) in inside.items()
            if all(line != other or b <= c or a >= d for other, c, d in placed)
        ]
        line, side = free[0]
        placed.append((line, *spans[side]))
        found.append((line, side))
    return found


def attempts_table(attempts: pl.DataFrame) -> pl.DataFrame:
    """Attempts newest first, with the outcome's mark."""
    return attempts.sort("taken_on", descending=True).select(
        Exam="exam", Date="taken_on",
        Outcome=pl.format("{} {}", pl.col("outcome").replace_strict(OUTCOMES, default="·"), "outcome"),
        Distance=pl.col("distance").fill_null("—"),
    )  # fmt: skip


def retake_sentence(retake: dict[str, object] | None, as_of: date) -> str:
    """Attempts left, the first day allowed and its rule, the last useful day and its rule."""
    if retake is None:
        return "No attempt yet."
    left = retake["attempts_left"]
    parts = [count(int(str(left)), "attempt") + " left" if left is not None else ""]
    earliest, latest = retake["earliest_on"], retake["latest_on"]
    if isinstance(earliest, date):
        parts.append(f"may sit from {near_day(earliest, as_of)} ({_lower(str(retake['earliest_rule']))})")
    else:
        parts.append(str(retake["earliest_rule"]))
    if isinstance(latest, date):
        parts.append(f"sit by {day(latest)} ({_lower(str(retake['latest_rule']))})")
    return " · ".join(p for p in parts if p)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[:2] != text[:2].upper() else text


def reasons(text: str) -> list[tuple[str, str]]:
    """Each reason and its effect in points ("" where none is given), from "a (−34); b (+8)"."""
    found = []
    for reason in filter(None, (r.strip() for r in text.split(";"))):
        words, _, tail = reason.rpartition(" (")
        effect = tail.rstrip(")").removesuffix(" points").removesuffix(" pts").removesuffix(" point")
        number = effect.replace("−", "-").lstrip("+-")
        found.append((words, effect) if words and number.isdigit() else (reason, ""))
    return found
