"""Retakers as the timeline and the table show them."""

from datetime import date, timedelta

import polars as pl

from dashboard.data.figures import Figures
from dashboard.data.roster import enrolled, named
from dashboard.words import last_attempt
from dashboard.words.formats import count

DONE = ["Passed", "Out of attempts"]
CONTRADICTIONS = ["No date fits", "Planned before the rules allow", "Result would be late"]
ORDER = [*CONTRADICTIONS, "Awaiting result", "No date planned", "Target not reached in window", "Fits", *DONE]
LAST = last_attempt.WORD
NTH = {1: "1st attempt", 2: "2nd attempt", 3: "3rd attempt", 4: "4th attempt"}
DRAWN = 40
AHEAD_DAYS = 365


def warns(state: str) -> bool:
    """True for states in which a date contradicts a rule."""
    return state in CONTRADICTIONS


def in_order(retakes: pl.DataFrame) -> pl.DataFrame:
    """Contradictions first, then by the nearest deadline; students without one come last."""
    rank = pl.col("state").replace_strict(ORDER, list(range(len(ORDER))), default=len(ORDER) - 3, return_dtype=pl.Int32)
    return (
        retakes.with_columns(contradiction=rank.clip(0, len(CONTRADICTIONS)))
        .sort("contradiction", "latest_on", rank, "name", nulls_last=True)
        .drop("contradiction")
    )


def state_counts(retakes: pl.DataFrame) -> dict[str, int]:
    """How many in each state, the most pressing state first."""
    counts = dict(retakes.group_by("state").len().iter_rows())
    known = [s for s in ORDER if s in counts]
    return {s: counts[s] for s in known + sorted(set(counts) - set(known))}


def attempt_counts(retakes: pl.DataFrame) -> dict[str, int]:
    """How many have which attempt before them; the last allowed one is a word of its own."""
    counts = dict(retakes.select(_next_attempt()).to_series().value_counts().iter_rows())
    return dict(sorted(counts.items()))


def of_attempts(retakes: pl.DataFrame, words: list[str]) -> pl.DataFrame:
    """The rows with one of these attempts before them; all of them where none is asked."""
    return retakes.filter(_next_attempt().is_in(words)) if words else retakes


def _next_attempt() -> pl.Expr:
    nth = (pl.col("attempts_used") + 1).replace_strict(NTH, default="Later", return_dtype=pl.String)
    return pl.when("last_allowed").then(pl.lit(LAST)).otherwise(nth)


def claim(retakes: pl.DataFrame, noun: str = "retaker") -> str:
    """Who contradicts a rule and who has no date, of how many."""
    total = count(retakes.height, noun)
    wrong = retakes.filter(pl.col("state").is_in(CONTRADICTIONS)).height
    undated = retakes.filter(pl.col("state") == "No date planned").height
    verb = "has" if retakes.height == 1 else "have"
    first = (
        f"{wrong} of {total} {verb} dates that contradict a rule" if wrong else f"None of {total} contradicts a rule"
    )
    if not undated:
        return first
    return f"{first}; {undated} {'has' if undated == 1 else 'have'} no date planned"


def bars(retakes: pl.DataFrame, as_of: date, drawn: int = DRAWN) -> pl.DataFrame:
    """The first rows as the timeline draws them: one row a student and exam, dates beyond the year ahead cut. Those
    passed or out of attempts have nothing to draw and are left out.

    `solid_from`..`solid_to` is allowed even if the result takes 8 weeks, ..`pale_to` only if it takes 4; without a
    deadline the bar is open to the right. `misfit_from`..`misfit_to` runs from the deadline to the first allowed day.
    """
    ahead = retakes.filter(~pl.col("state").is_in(DONE)).head(drawn)
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
    warn = pl.col("state").is_in(CONTRADICTIONS)
    late = pl.min_horizontal(last, pl.lit(end))
    rows = ahead.with_columns(
        label=pl.when(warn).then(pl.format("⚠ {}", name)).otherwise(name),
        word=pl.when(warn).then(pl.format("⚠ {}", "state")).when(pl.col("state") != "Fits").then(pl.col("state")),
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
    """The table's and the file's columns, in the page's words."""
    return retakes.select(
        ID="student_id", Student="name", Exam="exam", Used="attempts_used", Left="attempts_left", State="state",
        Note=last_attempt.mark(),
        **{"May sit from": "earliest_on", "Binding rule": "earliest_rule", "Latest": "latest_on",
           "Deadline from": "latest_rule", "Recommended": "recommended_on", "Planned": "planned_on",
           "Assessment due": "next_assessment_due_on", "Last attempt": "last_attempt_on", "Conflict": "conflict",
           "Would resolve it": "resolve", "Latest to be safe": "latest_safe_on",
           "Eligible until": "eligibility_ends_on", "With extension": "extended_until_on", "Gates": "gates",
           "Recommended because": "recommended_reason"},
    )  # fmt: skip


def named_rows(figures: Figures, passed: bool = False, first: bool = False) -> pl.DataFrame:
    """Windows with `name`, of students still enrolled: retakers', or first-timers' where asked; those passed or out of
    attempts only where asked for."""
    rows: pl.DataFrame = figures.first_sittings if first else figures.retakes
    rows = rows.join(enrolled(figures.students).select("student_id"), on="student_id", how="semi")
    rows = rows.join(named(figures.students), on="student_id", how="left")
    return rows if passed else rows.filter(~pl.col("state").is_in(DONE))


def told_conflicts(retakes: pl.DataFrame, most: int = 4) -> tuple[list[tuple[str, str, str, str]], int]:
    """Name, state, what contradicts, and what would resolve it, of the first contradictions; and how many more."""
    found = retakes.filter(pl.col("conflict").is_not_null()).select("name", "state", "conflict", "resolve")
    return found.head(most).rows(), max(found.height - most, 0)


def suggested_reason(rows: pl.DataFrame) -> str:
    """What the selection has in common, to start the flag's reason with."""
    states = rows.get_column("state").unique().to_list()
    return f"Retaking: {states[0][:1].lower()}{states[0][1:]}." if len(states) == 1 else "Retaking."
