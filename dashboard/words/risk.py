"""Reasons for a chance, and for the day it is about, in sentences made from Risk's ids and numbers."""

from typing import Any, assert_never

import polars as pl

from dashboard.words.bands import band_text
from pipelines.contracts.readiness import REASON, Reason, Risk, TestDayBasis
from pipelines.policy import Policy

DAY = "%-d %b %Y"
REASON_TYPE = pl.Struct({name: column.dtype for name, column in REASON.items()})
TEXT_OF = {"band_id": "band", "test_on_basis_id": "test_on_basis"}  # in the export, text stands in the place of the id


def risk_export(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """`export risk`: Risk in words, and the ids behind the words in the last columns."""
    ids = pl.col("reasons").list.eval(pl.element().struct.field("reason_id")).list.join("; ")
    return rows.with_columns(
        band=band_text(policy), test_on_basis=basis_text(), reasons=reasons_text(), reason_ids=ids
    ).select(*(TEXT_OF.get(name, name) for name in Risk.column_names() if name != "danger"), *TEXT_OF, "reason_ids")


# -- the day


def basis_text() -> pl.Expr:
    """Why the chance is of that day; null where there is none."""
    words = {basis: basis_words(basis) for basis in TestDayBasis}
    return pl.col("test_on_basis_id").replace_strict(words, return_dtype=pl.String)


def basis_words(basis: TestDayBasis) -> str:
    """What a test day is: the planned date, or what stands in for it."""
    match basis:
        case TestDayBasis.PLANNED_DATE:
            return "planned date"
        case TestDayBasis.AWAITED_SITTING:
            return "the sitting that awaits its result"
        case TestDayBasis.AFTER_REST:
            return "first day that the rules and the advised rest allow"
        case TestDayBasis.CLASS_WINDOW:
            return "end of the class's usual window"
        case TestDayBasis.EARLIER_CLASSES:
            return "when half of the class before had sat"
        case TestDayBasis.USUAL_DATE:
            return "usual date of the year"
        case TestDayBasis.FIRST_ALLOWED:
            return "first day that the rules allow"
        case TestDayBasis.DATE_UNKNOWN:
            return "no date known, so the as-of date"
    assert_never(basis)


def basis_word(basis: TestDayBasis) -> str:
    """How sure the day of the exam is, in a word or two: planned, sat, the class's usual one, or assumed."""
    match basis:
        case TestDayBasis.PLANNED_DATE:
            return "planned"
        case TestDayBasis.AWAITED_SITTING:
            return "sat"
        case TestDayBasis.CLASS_WINDOW | TestDayBasis.EARLIER_CLASSES | TestDayBasis.USUAL_DATE:
            return "usual date"
        case TestDayBasis.AFTER_REST | TestDayBasis.FIRST_ALLOWED | TestDayBasis.DATE_UNKNOWN:
            return "assumed"
    assert_never(basis)


# -- reasons


def reasons_text(reasons: pl.Expr | None = None) -> pl.Expr:
    """A row's reasons (those of the column `reasons`) as one text, joined by `; `."""
    each = pl.col("reasons") if reasons is None else reasons
    return each.list.eval(reason_text(pl.element())).list.join("; ")


def reason_texts(reasons: list[dict[str, Any]]) -> list[str]:
    """The sentences of one student's reasons."""
    rows = pl.Series("reason", reasons, dtype=REASON_TYPE).to_frame()
    return rows.select(reason_text(pl.col("reason"))).to_series().to_list()


def reasons_line(reasons: list[dict[str, Any]]) -> str:
    """The same as one text, joined by `; `."""
    return "; ".join(reason_texts(reasons))


def reason_text(reason: pl.Expr) -> pl.Expr:
    """The sentence of one reason: a struct of REASON."""
    reason_id = reason.struct.field("reason_id").cast(pl.Enum(Reason))
    sentences = {**_of_attempts(reason), **_of_scores(reason), **_of_time(reason)}
    return pl.coalesce(*(pl.when(reason_id == one).then(sentences[one]) for one in Reason))


def _of_attempts(reason: pl.Expr) -> dict[Reason, pl.Expr]:
    exam, attempts, limit = (reason.struct.field(name) for name in ("sat_exam", "attempts", "attempt_limit"))
    on = reason.struct.field("on").dt.strftime(DAY)
    return {
        Reason.PASSED_EXAM: pl.format("Passed {} on {}", exam, on),
        Reason.FAILED_EXAM: pl.format("Failed {} on {}", exam, on),
        Reason.RESULT_AWAITED: pl.format("Sat {} on {}, result awaited", exam, on),
        Reason.ATTEMPTS_MADE: pl.format("{} {}", attempts, _either(attempts == 1, "attempt", "attempts")),
        Reason.ATTEMPTS_USED_UP: pl.format("{} of {} attempts used", attempts, limit),
    }


def _of_scores(reason: pl.Expr) -> dict[Reason, pl.Expr]:
    instrument, days, epc, distance = (
        reason.struct.field(name) for name in ("instrument", "days", "epc", "from_low_pass")
    )
    on, size = reason.struct.field("on").dt.strftime(DAY), epc.abs()
    forms, class_forms = (reason.struct.field(name) for name in ("forms", "class_forms"))
    place = pl.when(distance == 0).then(pl.lit("inside the low-pass range")).otherwise(
        pl.format("{} {} the low-pass range", distance.abs(), _either(distance < 0, "below", "above"))
    )
    return {
        Reason.NO_SELF_ASSESSMENT: pl.lit("No self-assessment on file"),
        Reason.READINESS: pl.format("Readiness {} EPC, {}", epc, place),
        Reason.NEWEST_SCORE: pl.when(days == 0).then(pl.lit("Newest score from today")).otherwise(
            pl.format("Newest score {} d old", days)
        ),
        Reason.TREND: pl.format("{} {} EPC in {} d", _either(epc > 0, "Up", "Down"), size, days),
        Reason.RETAKE_GAIN: pl.format(
            "{} EPC gain expected since the failed attempt, from national retake rates", epc
        ),
        Reason.SCORE_DISAGREES: pl.format(
            "{} of {} is {} EPC {} what the other scores say", instrument, on, size, _either(epc < 0, "below", "above")
        ),
        Reason.SCORE_MISTYPED: pl.format(
            "{} of {} is {} EPC {} what all else says: probably mistyped, so it hardly counts; check its report",
            instrument, on, size, _either(epc < 0, "below", "above")
        ),
        Reason.MISSING_FORMS: pl.format("Lacks {} of {} forms that half of the class has", forms, class_forms),
        Reason.LATE_FORMS: pl.format("Took forms {} d {} than the class", days.abs(),
                                     _either(days > 0, "later", "earlier")),
    }  # fmt: skip


def _of_time(reason: pl.Expr) -> dict[Reason, pl.Expr]:
    days = reason.struct.field("days")
    return {
        Reason.BEYOND_SCORES: pl.format("Exam {} d after the newest score: too far ahead for scores to predict", days),
        Reason.NO_DATE_PLANNED: pl.format("No date planned, assumed to sit in {} d", days),
        Reason.SITS_TODAY: pl.lit("Sits today"),
        Reason.SITS_SOON: pl.format("Sits in {} d", days),
        Reason.DAYS_TO_IMPROVE: pl.format("{} days left to improve", days),
        Reason.DAYS_LEFT: pl.format("{} days left", days),
    }


def _either(test: pl.Expr, yes: str, no: str) -> pl.Expr:
    """One of two texts."""
    return pl.when(test).then(pl.lit(yes)).otherwise(pl.lit(no))
