"""The rows and sentences of the Student page: first row of figures, attempts, reasons, and where scores come from."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from dashboard.words.bands import OUTCOMES
from dashboard.words.formats import NONE, count, day, days, near_day, percent, percent_range, whole, whole_range
from dashboard.words.glossary import help_for, name_of
from dashboard.words.instruments import equated, listed, made_for
from dashboard.words.markdown import plain
from dashboard.words.risk import basis_word, basis_words, reason_texts
from pipelines.contracts.readiness import Band, TestDayBasis
from pipelines.policy import Policy


def story_end(risk: dict[str, Any], attempts: pl.DataFrame, as_of: date) -> date:
    """The last day of the score chart: today, or the day of the pass."""
    passed = attempts.filter(outcome="pass").get_column("taken_on").max()
    return passed if risk["band_id"] == Band.PASSED and isinstance(passed, date) else as_of


def attempts_table(attempts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The rows of ATTEMPTS, each outcome with its mark."""
    rows = attempts.sort("taken_on", descending=True)
    return rows.select(
        "exam", pl.col("distance").fill_null("—"),
        date=pl.Series([day(on) for on in rows.get_column("taken_on")], dtype=pl.String),
        outcome=pl.format("{} {}", pl.col("outcome").replace_strict(OUTCOMES, default="·"), "outcome"),
    )  # fmt: skip


def retake_sentence(retake: dict[str, object] | None, as_of: date) -> str:
    """Attempts left, the first day allowed, the last days (usual and late result), and the rules that set them."""
    if retake is None:
        return "No attempt yet."
    left = retake["attempts_left"]
    earliest, latest = retake["earliest_on"], retake["latest_on"]
    parts = [count(int(str(left)), "attempt") + " left" if earliest is not None and left is not None else ""]
    if isinstance(earliest, date):
        parts.append(f"may take the exam from {near_day(earliest, as_of)} ({_lower(str(retake['earliest_rule']))})")
    else:
        parts.append(str(retake["earliest_rule"]))
    if isinstance(latest, date):
        safe = retake["latest_safe_on"]
        to_be_safe = f", by {day(safe)} to be safe" if isinstance(safe, date) and safe != latest else ""
        parts.append(f"no later than {day(latest)}{to_be_safe} ({_lower(str(retake['latest_rule']))})")
    return " · ".join(p for p in parts if p)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[:2] != text[:2].upper() else text


def reasons(risk: dict[str, Any]) -> list[tuple[str, float | None]]:
    """Each reason, strongest first, with its effect in points of chance; no effect where it is a state."""
    effects = [None if why["effect"] is None else 100 * why["effect"] for why in risk["reasons"]]
    return list(zip(reason_texts(risk["reasons"]), effects, strict=True))


def lineage(scores: pl.DataFrame, imports: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """The rows of SCORES: as stored, each with the file, row, person and time of its newest value."""
    rows = _signed(scores, imports, corrections)
    return rows.sort("taken_on", descending=True).select(
        "taken_on", "score", "scale", "printed_probability",
        form=pl.concat_str("instrument", "form", separator=" ").str.strip_chars(),
        how=pl.concat_str("pacing", pl.when(pl.col("repeat") == "yes").then(pl.lit("seen before")),
                          separator=", ", ignore_nulls=True),
        **SOURCE,
    )  # fmt: skip


def record_lineage(records: pl.DataFrame, imports: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """The rows of RECORDS: all that sheets say of a student beside scores, with the file, row, person and time."""
    rows = _signed(records, imports, corrections)
    return rows.select("what", "says", day="said_of", **SOURCE)


SOURCE = {
    "source": pl.when(pl.col("correction_id").is_not_null()).then(pl.lit("entered here")).otherwise("file"),
    "sheet_row": pl.when(pl.col("correction_id").is_null()).then("sheet_row"),
    "by": pl.coalesce("made_by", "imported_by"), "at": pl.coalesce("made_at", "imported_at"),
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
    parts = [student["student_id"], year and f"class of {year}", student["program"], exam, student["advisor"],
             f"on {status}" if status == "leave" else status if status not in (None, "active") else None]  # fmt: skip
    return " · ".join(str(p) for p in parts if p)


NO_RESULTS = "no results of this school yet"


@dataclass(frozen=True)
class Metric:
    """One figure of the page's first row: its value, the chip, the text beside it, and its help; all are Markdown."""

    label: str
    value: str
    chip: str
    beside: str | None = None
    help: str | None = None


def metrics(
    risk: dict[str, Any], scores: pl.DataFrame, policy: Policy, as_of: date, *, has_results: bool
) -> list[Metric]:
    """Chance of passing, readiness, what the newest report says, days left. A missing one is a dash, never zero.

    Without results of this school the chance's range is the headline: its middle is then a guess.
    """
    has_readiness, on, age = risk["readiness"] is not None, risk["test_on"], risk["evidence_age_days"]
    about = policy.readiness.curves.refit.exam
    whose = "" if risk["exam"] == about else f"{about}’s "
    band, low_pass = policy.readiness.band_names[risk["band_id"]], policy.readiness.low_pass
    chance, spread = percent(risk["p_pass"]), band
    if risk["p_pass"] is not None:
        spread = percent_range(risk["p_pass_low"], risk["p_pass_high"])
        if not has_results:
            chance, spread = spread, NO_RESULTS
    day_basis = TestDayBasis(risk["test_on_basis_id"]) if on else None
    unknown = day_basis == TestDayBasis.DATE_UNKNOWN
    sits = f"{basis_word(day_basis)} {near_day(on, as_of)}" if day_basis else None
    if unknown:
        sits = "if it were today" if risk["p_pass"] is not None else None
    basis = f"On {day(on)}: {basis_words(day_basis)}. " if day_basis else ""
    nobody_planned = day_basis not in (None, TestDayBasis.PLANNED_DATE, TestDayBasis.AWAITED_SITTING)
    age_text = "no result yet" if age is None else f"newest result {days(age)} old" if age else "newest result today"
    return [
        Metric(name_of("p_pass"), chance, spread, sits, basis + help_for("p_pass")),
        Metric("Readiness today", f"{whole(risk['readiness'])} EPC" if has_readiness else NONE,
               whole_range(risk["readiness_low"], risk["readiness_high"]) if has_readiness else "no score yet",
               f"{whose}low-pass {low_pass.low:.0f}–{low_pass.high:.0f}",
               help_for("readiness")),
        report(risk["exam"], scores, policy, as_of),
        Metric("Days to the exam", NONE if unknown else whole(risk["days_left"]), age_text,
               "no date planned" if nobody_planned else None),
    ]  # fmt: skip


def report(exam: str, scores: pl.DataFrame, policy: Policy, as_of: date) -> Metric:
    """NBME's newest printed probability where the exam is the one it is about; else the newest score of a
    self-assessment made for the exam."""
    made = made_for(exam, policy)
    if set(made) & set(equated(policy)):
        name, help = name_of("printed_probability"), help_for("printed_probability")
        rows = scores.filter(pl.col("printed_probability").is_not_null(), pl.col("instrument").is_in(equated(policy)))
        value = [percent(p) for p in rows["printed_probability"].head(1)]
    else:
        about = policy.readiness.curves.refit.exam
        name, help = f"Newest {listed(made)}", f"As reported. NBME’s printed probability is about {about} alone."
        rows = scores.filter(pl.col("instrument").is_in(made)).sort("taken_on", descending=True)
        value = [f"{score:g}" for score in rows["score"].head(1)]
    if not value:
        return Metric(name, NONE, "not on any sheet", None, help)
    newest = rows.row(0, named=True)
    form = plain(f"{newest['instrument']} {newest['form'] or ''}")
    return Metric(name, value[0], form, near_day(newest["taken_on"], as_of), help)
