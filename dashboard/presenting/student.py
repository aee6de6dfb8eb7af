"""One student as the page shows them: the fan chart's frames, the attempts' words, the scores' lineage."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from dashboard.charts.theme import (
    NONE,
    OUTCOMES,
    count,
    day,
    days,
    near_day,
    percent,
    percent_range,
    whole,
    whole_range,
)
from dashboard.whatif import Figures
from pipelines.marts.risk import reasons_of
from pipelines.marts.sittings import UNKNOWN
from pipelines.policy.readiness import LowPass

SHOWN_DAYS = 540
TWO_READINGS = (
    "The range is what all students share: the reading of the curve (a model assumption, not NBME's), instruments, the "
    "class, and how far the school's own outcomes have decided."
)
PRINTED = "As printed on the newest report that has one: of passing within a week of it."
LIKELY = 1.2816  # standard errors to either side of an 80 % interval


def fan_scores(observations: pl.DataFrame, as_of: date, test_on: date | None = None) -> pl.DataFrame:
    """One student's scores on the EPC scale of the last 18 months, oldest first, with 80 % intervals; where there is
    none in them, of the 18 months up to the newest score.

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
            age_days=(pl.lit(as_of) - pl.col("taken_on")).dt.total_days(),
        )
    )  # fmt: skip
    until = max(as_of, test_on or as_of)
    return scores.with_columns(
        wide=pl.Series(_uncrowded(scores, until, across=0.1), dtype=pl.String),
        phone=pl.Series(_uncrowded(scores, until, across=0.22), dtype=pl.String),
    )


def fan_key(scores: pl.DataFrame, older: int) -> str:
    """The caption's key: the marks of the instruments that are drawn, what filled and hollow mean, and how many scores
    are older than what is drawn."""
    drawn = scores.get_column("instrument").unique().to_list()
    glyphs = {"CBSSA": "●", "CBSE": "■", "UWSA": "△", "Free 120": "◇"}
    marks = [f"{glyph} {name}" for name, glyph in glyphs.items() if name in drawn]
    marks += [f"✚ {name}" for name in sorted(set(drawn) - set(glyphs))]
    filled = (
        "filled = equated NBME form, hollow = converted scale" if scores.get_column("anchor").n_unique() > 1 else ""
    )
    return " · ".join(filter(None, [
        "EPC over time", "line = readiness, shades = 50 % and 80 %, dashed = forecast", " ".join(marks), filled,
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


def story_end(risk: dict[str, Any], attempts: pl.DataFrame, as_of: date) -> date:
    """The day up to which scores are told: today, or the day of the pass."""
    passed = attempts.filter(outcome="pass").get_column("taken_on").max()
    return passed if risk["band"] == "Passed" and isinstance(passed, date) else as_of


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
    attempts: pl.DataFrame, as_of: date, test_on: date | None, basis: str | None, drawn: list[date]
) -> pl.DataFrame:
    """Rules across the chart: each attempt, today, the day of the exam; `row` keeps labels apart."""
    passed = "pass" in attempts.get_column("outcome").to_list()
    events: list[tuple[date, str, str]] = [] if passed else [(as_of, "today", "today")]
    words = {"pass": "passed", "fail": "failed", "incomplete": "incomplete", "pending": "awaiting result"}
    for on, outcome in attempts.select("taken_on", "outcome").iter_rows():
        glyph = OUTCOMES.get(outcome, "·")
        events.append((on, outcome, f"{glyph} {words.get(outcome, outcome)} {near_day(on, as_of)}"))
    if test_on is not None and test_on > as_of:
        events.append((test_on, "planned", f"{basis_word(basis)} {near_day(test_on, as_of)}"))
    inside = sorted(e for e in events if drawn[0] <= e[0] <= drawn[-1])
    span = max((drawn[-1] - drawn[0]).days, 1)
    places = [((on - drawn[0]).days / span, label) for on, _, label in inside]
    wide, phone = _lines(places, 770), _lines(places, 330)
    return pl.DataFrame({
        "day": [e[0] for e in inside], "kind": [e[1] for e in inside], "label": [e[2] for e in inside],
        "wide": [line for line, _ in wide], "wide_side": [side for _, side in wide],
        "phone": [line for line, _ in phone], "phone_side": [side for _, side in phone],
    }, schema_overrides={"wide": pl.Int32, "phone": pl.Int32})  # fmt: skip


def basis_word(basis: str | None) -> str:
    """How sure the day of the exam is, in a word or two: planned, sat, the class's usual one, or assumed."""
    if basis and "sitting" in basis:
        return "sat"
    if basis and basis.startswith("planned"):
        return "planned"
    return "usual date" if basis and "usual" in basis else "assumed"


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


def attempts_table(attempts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Attempts newest first, with the outcome's mark."""
    rows = attempts.sort("taken_on", descending=True)
    return rows.select(
        Exam="exam", Date=pl.Series([day(on) for on in rows.get_column("taken_on")], dtype=pl.String),
        Outcome=pl.format("{} {}", pl.col("outcome").replace_strict(OUTCOMES, default="·"), "outcome"),
        Distance=pl.col("distance").fill_null("—"),
    )  # fmt: skip


def retake_sentence(retake: dict[str, object] | None, as_of: date) -> str:
    """Attempts left, the first day allowed, the last useful ones (results in 4 weeks, in 8), and the rules behind."""
    if retake is None:
        return "No attempt yet."
    left = retake["attempts_left"]
    earliest, latest = retake["earliest_on"], retake["latest_on"]
    parts = [count(int(str(left)), "attempt") + " left" if earliest is not None and left is not None else ""]
    if isinstance(earliest, date):
        parts.append(f"may sit from {near_day(earliest, as_of)} ({_lower(str(retake['earliest_rule']))})")
    else:
        parts.append(str(retake["earliest_rule"]))
    if isinstance(latest, date):
        safe = retake["latest_safe_on"]
        to_be_safe = f", by {day(safe)} to be safe" if isinstance(safe, date) and safe != latest else ""
        parts.append(f"sit by {day(latest)}{to_be_safe} ({_lower(str(retake['latest_rule']))})")
    return " · ".join(p for p in parts if p)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[:2] != text[:2].upper() else text


def reasons(figures: Figures, student: pl.DataFrame, risk: dict[str, Any]) -> list[tuple[str, float | None]]:
    """Each reason, strongest first, with its effect in points of chance; no effect where it is a state.

    The whole class is asked only where the student is taken to sit on the class's usual date.
    """
    by_class = "class" in (risk["test_on_basis"] or "")
    year = pl.col("class_year").eq_missing(pl.lit(student.item(0, "class_year")))
    why = reasons_of(
        figures.students.filter(year) if by_class else student, figures.attempts, figures.observations,
        figures.readiness, figures.as_of, figures.policy, **figures.gate_facts,
    ).filter(student_id=risk["student_id"], exam=risk["exam"])  # fmt: skip
    return [
        (row["reason"], None if row["effect"] is None else 100 * row["effect"]) for row in why.iter_rows(named=True)
    ]


def lineage(scores: pl.DataFrame, imports: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """Scores as stored, each with the file, row, person and time of its newest value."""
    if scores.is_empty():
        return scores
    rows = _signed(scores, imports, corrections)
    return rows.sort("taken_on", descending=True).select(
        Taken="taken_on", Score=pl.concat_str("instrument", "form", separator=" ").str.strip_chars(),
        Value="score", Scale="scale", Printed="printed_probability",
        How=pl.concat_str("pacing", pl.when(pl.col("repeat") == "yes").then(pl.lit("seen before")),
                          separator=", ", ignore_nulls=True),
        **SOURCE,
    )  # fmt: skip


def record_lineage(records: pl.DataFrame, imports: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """Everything else the sheets say of a student, in words, each with the file, row, person and time."""
    rows = _signed(records, imports, corrections)
    return rows.select(Day="said_of", What="what", Says="says", **SOURCE)


SOURCE = {
    "From": pl.when(pl.col("correction_id").is_not_null()).then(pl.lit("entered here")).otherwise("file"),
    "Row": pl.when(pl.col("correction_id").is_null()).then("sheet_row"),
    "By": pl.coalesce("made_by", "imported_by"), "At": pl.coalesce("made_at", "imported_at"),
}  # fmt: skip


def _signed(rows: pl.DataFrame, imports: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """The rows with who imported or corrected them, and when."""
    sheets = imports.select(pl.col("import_id").cast(pl.Int32), "imported_by", "imported_at")
    people = corrections.select(pl.col("correction_id").cast(pl.Int32), "made_by", "made_at")
    signed = rows.join(sheets, on="import_id", how="left", maintain_order="left")
    return signed.join(people, on="correction_id", how="left", maintain_order="left")


def facts_line(student: dict[str, object], exam: str) -> str:
    """`20280199 · class of 2028 · MD · Step 1 · Dr Osei`, and the status where it is not active."""
    year, status = student["class_year"], student["status"]
    parts = [student["student_id"], year and f"class of {year}", student["programme"], exam, student["advisor"],
             f"on {status}" if status == "leave" else status if status not in (None, "active") else None]  # fmt: skip
    return " · ".join(str(p) for p in parts if p)


def fan_claim(path: pl.DataFrame, risk: dict[str, object], chance: str) -> str:
    """What the fan says of the day of the exam, no more than it does."""
    on = risk["test_on"]
    if risk["band"] in ("Passed", "Out of attempts"):
        return f"{risk['exam']}: {str(risk['band']).lower()}"
    if path.is_empty() or not isinstance(on, date) or risk["p_pass"] is None:
        return "No recent score to judge by"
    if risk["band"] == "Awaiting result":
        return f"Sat on {day(on)}, result awaited: {chance} chance of a pass"
    if on not in path.get_column("day").to_list():
        return f"{chance} chance of passing on {day(on)}"
    mean = path.filter(pl.col("day") == on).item(0, "mean")
    if risk["test_on_basis"] == UNKNOWN:
        return f"No date planned; today, at {mean:.0f} EPC: {chance} chance of passing"
    return f"On {day(on)} readiness is expected at {mean:.0f} EPC: {chance} chance of passing"


@dataclass(frozen=True)
class Metric:
    """One figure of the page's first row: its value, what stands in the chip and beside it, and where it comes from."""

    label: str
    value: str
    chip: str
    beside: str | None = None
    help: str | None = None


def metrics(risk: dict[str, Any], scores: pl.DataFrame, low_pass: LowPass, as_of: date) -> list[Metric]:
    """Chance on the day, readiness, NBME's printed probability, days left. Missing is a dash, never zero."""
    seen, on, age = risk["readiness"] is not None, risk["test_on"], risk["evidence_age_days"]
    printed = scores.filter(pl.col("printed_probability").is_not_null()).head(1).to_dicts()
    chance = percent_range(risk["p_pass_low"], risk["p_pass_high"]) if risk["p_pass"] is not None else risk["band"]
    if printed:
        newest = printed[0]
        report = Metric(
            "NBME’s printed probability", percent(newest["printed_probability"]),
            f"{newest['instrument']} {newest['form'] or ''}".strip(), near_day(newest["taken_on"], as_of), PRINTED,
        )  # fmt: skip
    else:
        report = Metric("NBME’s printed probability", NONE, "not on any sheet", None, PRINTED)
    unknown, word = risk["test_on_basis"] == UNKNOWN, basis_word(risk["test_on_basis"])
    sits = f"{word} {near_day(on, as_of)}" if on else None
    if unknown:
        sits = "were it today" if risk["p_pass"] is not None else None
    basis = f"On {day(on)}: {risk['test_on_basis']}. " if on else ""
    age_said = "no result yet" if age is None else f"newest result {days(age)} old" if age else "newest result today"
    return [
        Metric("Chance of passing on the day", percent(risk["p_pass"]), chance, sits, basis + TWO_READINGS),
        Metric("Readiness today", f"{whole(risk['readiness'])} EPC" if seen else NONE,
               whole_range(risk["readiness_low"], risk["readiness_high"]) if seen else "no score yet",
               f"low-pass {low_pass.low:.0f}–{low_pass.high:.0f}",
               "With its 80 % interval, from all scores on the EPC scale."),
        report,
        Metric("Days to the exam", NONE if unknown else whole(risk["days_left"]), age_said,
               "no date planned" if on and word not in ("planned", "sat") else None),
    ]  # fmt: skip
