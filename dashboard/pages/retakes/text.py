"""Retakers as rows of the timeline and the table, their counts by state, and the page's headline."""

from datetime import date, timedelta

import polars as pl

from dashboard.data.figures import Figures
from dashboard.data.roster import enrolled, named
from dashboard.pages.retakes.columns import WINDOWS
from dashboard.words import last_attempt
from dashboard.words.formats import count
from dashboard.words.windows import STATE_WORDS, with_words
from pipelines.contracts.retakes import CLOSED_STATES, CONTRADICTIONS, WindowState

ORDER = [
    *CONTRADICTIONS, WindowState.AWAITING_RESULT, WindowState.NO_DATE_PLANNED, WindowState.TARGET_NOT_REACHED,
    WindowState.FITS, *CLOSED_STATES,
]  # fmt: skip
RANK = {str(state): rank for rank, state in enumerate(ORDER)}
NEXT_ATTEMPTS = {
    "1": "1st attempt", "2": "2nd attempt", "3": "3rd attempt", "4": "4th attempt", "later": "Later",
    "last": last_attempt.WORD,
}  # fmt: skip
# Links saved before the ids existed have the words.
STATE_IDS = {words: str(state) for state, words in STATE_WORDS.items()}
ATTEMPT_IDS = {words: attempt for attempt, words in NEXT_ATTEMPTS.items()}
DRAWN_LIMIT = 40
AHEAD_DAYS = 365


def state_label(state_id: str) -> str:
    """The state in words, with a mark where a date contradicts a rule."""
    words = STATE_WORDS[WindowState(state_id)]
    return f"⚠ {words}" if state_id in CONTRADICTIONS else words


def in_order(retakes: pl.DataFrame) -> pl.DataFrame:
    """Contradictions first, then by the nearest deadline; students without one come last."""
    rank = pl.col("state_id").replace_strict(RANK, return_dtype=pl.Int32)
    return (
        retakes.with_columns(contradiction=rank.clip(0, len(CONTRADICTIONS)))
        .sort("contradiction", "latest_on", rank, "name", nulls_last=True)
        .drop("contradiction")
    )


def state_counts(retakes: pl.DataFrame) -> dict[str, int]:
    """How many in each state, the most pressing state first."""
    counts = dict(retakes.group_by("state_id").len().iter_rows())
    return {str(state): counts[state] for state in ORDER if state in counts}


def attempt_counts(retakes: pl.DataFrame) -> dict[str, int]:
    """How many students face which attempt next (ids of NEXT_ATTEMPTS); the last allowed one counts by itself."""
    counts = dict(retakes.select(_next_attempt()).to_series().value_counts().iter_rows())
    return {one: counts[one] for one in NEXT_ATTEMPTS if one in counts}


def of_attempts(retakes: pl.DataFrame, attempts: list[str]) -> pl.DataFrame:
    """The rows of students who face one of these attempts next; all rows where `attempts` is empty."""
    return retakes.filter(_next_attempt().is_in(attempts)) if attempts else retakes


def _next_attempt() -> pl.Expr:
    nth = pl.col("attempts_used") + 1
    named = pl.when(nth <= 4).then(nth.cast(pl.String)).otherwise(pl.lit("later"))
    return pl.when("last_allowed").then(pl.lit("last")).otherwise(named)


def claim(retakes: pl.DataFrame, noun: str = "retaker") -> str:
    """The page's headline: how many dates contradict a rule, how many are missing, of how many rows."""
    total = count(retakes.height, noun)
    wrong = retakes.filter(pl.col("state_id").is_in(CONTRADICTIONS)).height
    undated = retakes.filter(state_id=WindowState.NO_DATE_PLANNED).height
    verb = "has" if retakes.height == 1 else "have"
    first = (
        f"{wrong} of {total} {verb} dates that contradict a rule" if wrong else f"None of {total} contradicts a rule"
    )
    if not undated:
        return first
    return f"{first}; {undated} {'has' if undated == 1 else 'have'} no date planned"


def bars(retakes: pl.DataFrame, as_of: date, drawn: int = DRAWN_LIMIT) -> pl.DataFrame:
    """The first rows as the timeline draws them: one row a student and exam, dates beyond the year ahead cut. Those
    passed or out of attempts have nothing to draw and are left out.

    `solid_from`..`solid_to` is allowed even if the result takes its longest, ..`pale_to` only if it takes its usual
    time; without a deadline the bar is open to the right. `misfit_from`..`misfit_to` runs from the deadline to the
    first allowed day.
    """
    ahead = retakes.filter(~pl.col("state_id").is_in(CLOSED_STATES)).head(drawn)
    end = _horizon(ahead, as_of)
    cut = {c: pl.when(pl.col(c) <= end).then(pl.col(c)) for c in ["recommended_on", "next_assessment_due_on"]}
    plan = pl.col("planned_on").is_between(as_of, end) & (
        pl.col("planned_on") > pl.col("last_attempt_on")).fill_null(True)
    cut["planned_on"] = pl.when(plan).then(pl.col("planned_on"))
    first, last = pl.col("earliest_on"), pl.col("latest_on").fill_null(end)
    fits = first.is_not_null() & (first <= last) & (first <= end)
    safe = pl.min_horizontal(pl.col("latest_safe_on").fill_null(end), pl.lit(end))
    used = pl.format("{} of {}", "attempts_used", pl.col("attempts_used") + pl.col("attempts_left"))
    name = pl.format("{} ({})", "name", pl.when("last_allowed").then(pl.format("{}, last!", used)).otherwise(used))
    warn = pl.col("state_id").is_in(CONTRADICTIONS)
    late = pl.min_horizontal(last, pl.lit(end))
    rows = ahead.with_columns(
        label=pl.when(warn).then(pl.format("⚠ {}", name)).otherwise(name),
        word=pl.when(warn).then(pl.format("⚠ {}", "state")).when(pl.col("state_id") != WindowState.FITS).then("state"),
        warn=warn,
        solid_from=pl.when(fits & (first <= safe)).then(first),
        solid_to=pl.when(fits & (first <= safe)).then(safe),
        pale_from=pl.when(fits & (safe < late)).then(pl.max_horizontal(first, safe)),
        pale_to=pl.when(fits & (safe < late)).then(late),
        deadline=pl.when(pl.col("latest_on") <= end).then(pl.col("latest_on")),
        misfit_from=pl.when(first > pl.col("latest_on")).then(pl.min_horizontal("latest_on", pl.lit(end))),
        misfit_to=pl.when(first > pl.col("latest_on")).then(pl.min_horizontal("earliest_on", pl.lit(end))),
        **cut,
    )  # fmt: skip
    for apart in ("exam", "student_id"):  # two exams of one student, then two students of one name
        twice = pl.col("label").is_duplicated()
        rows = rows.with_columns(label=pl.when(twice).then(pl.format("{} · {}", "label", apart)).otherwise("label"))
    return rows


def _horizon(retakes: pl.DataFrame, as_of: date) -> date:
    """A month past the last date that is drawn, at least four and at most twelve months ahead."""
    dates = [d for c in ["latest_on", "planned_on", "recommended_on", "earliest_on"] for d in retakes[c].drop_nulls()]
    last = max([as_of + timedelta(days=90), *(d for d in dates if (d - as_of).days <= AHEAD_DAYS)])
    return min(last + timedelta(days=30), as_of + timedelta(days=AHEAD_DAYS))


def table(retakes: pl.DataFrame) -> pl.DataFrame:
    """The rows of WINDOWS."""
    return retakes.with_columns(note=last_attempt.mark()).select(column.name for column in WINDOWS.columns)


def named_rows(figures: Figures, passed: bool = False, first: bool = False) -> pl.DataFrame:
    """Windows in words with `name`, of enrolled students: of retakers, or with `first` of first-timers; those who
    passed or are out of attempts only with `passed`."""
    rows: pl.DataFrame = figures.first_sittings if first else figures.retakes
    rows = rows.join(enrolled(figures.students).select("student_id"), on="student_id", how="semi")
    rows = rows.join(named(figures.students), on="student_id", how="left")
    rows = rows if passed else rows.filter(~pl.col("state_id").is_in(CLOSED_STATES))
    return with_words(rows, figures.policy)


def first_conflicts(retakes: pl.DataFrame, most: int = 4) -> tuple[list[tuple[str, str, str, str]], int]:
    """Name, state, conflict and remedy of the first contradictions; and how many more there are."""
    conflicts = retakes.filter(pl.col("conflict_id").is_not_null()).select("name", "state", "conflict", "resolve")
    return conflicts.head(most).rows(), max(conflicts.height - most, 0)


def suggested_reason(rows: pl.DataFrame) -> str:
    """A draft of the flag's reason: what the selected rows have in common."""
    states = rows.get_column("state_id").unique().to_list()
    if len(states) != 1:
        return "Retaking."
    words = STATE_WORDS[WindowState(states[0])]
    return f"Retaking: {words[:1].lower()}{words[1:]}."
