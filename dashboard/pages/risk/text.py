"""The class on one day: rows for the chart and the table, counts by band, and past classes to compare with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from dashboard.data.roster import named
from dashboard.pages.risk.columns import CLASS
from dashboard.words.bands import band_text, chips
from dashboard.words.formats import count, percent, percent_range, whole_range
from dashboard.words.last_attempt import LAST_ALLOWED
from dashboard.words.risk import reasons_line, reasons_text
from pipelines.contracts.readiness import SCORED_BANDS, WITHOUT_RECENT_EVIDENCE, Band, Reason
from pipelines.policy import Policy
from pipelines.policy.base_rates import BaseRate
from pipelines.policy.readiness import LowPass

TABLE_LIMIT = 1000
CLASSES_COMPARED = 4
ORDER = [*SCORED_BANDS, *WITHOUT_RECENT_EVIDENCE, Band.AWAITING_RESULT, Band.OUT_OF_ATTEMPTS, Band.PASSED]


def standing(students: pl.DataFrame, risk: pl.DataFrame, retakes: pl.DataFrame, whole_school: bool) -> pl.DataFrame:
    """Risk rows with names and `last_allowed`, the likeliest to fail first, those without any evidence among them where
    their class has it; then the others without a chance, by state.

    Withdrawn students are absent; graduated ones appear only in their own class.
    """
    left_out = ["withdrawn", "graduated"] if whole_school else ["withdrawn"]
    people = students.filter(~pl.col("status").fill_null("active").is_in(left_out))
    people = people.select("student_id", "class_year", "advisor", "status", "planned_on", "program")
    rank = pl.col("band_id").replace_strict(ORDER, range(len(ORDER)), return_dtype=pl.Int32)
    state = pl.when(pl.col("danger").is_null()).then(rank).otherwise(0)
    last = retakes.select("student_id", "exam", "last_allowed")
    return (
        risk.join(people, on="student_id")
        .join(named(students), on="student_id")
        .join(last, on=["student_id", "exam"], how="left").with_columns(pl.col("last_allowed").fill_null(False))
        .sort(state, -pl.col("danger"), "readiness", "student_id", nulls_last=True)
    )


def band_counts(rows: pl.DataFrame) -> dict[str, int]:
    """Rows per band or state, most danger first; and those before their last allowed attempt, whatever their band."""
    counts = dict(rows["band_id"].value_counts().iter_rows())
    return {**{band.value: counts.get(band, 0) for band in ORDER}, LAST_ALLOWED: rows["last_allowed"].sum()}


def chosen(rows: pl.DataFrame, band_ids: list[str]) -> pl.DataFrame:
    """Rows of any of these bands and states; all where none is chosen."""
    last = pl.col("last_allowed") & (LAST_ALLOWED in band_ids)
    return rows.filter(pl.col("band_id").is_in(band_ids) | last) if band_ids else rows


def plotted(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with a band and readiness, weakest first, with the columns the strip draws."""
    return rows.filter(pl.col("band_id").is_in(SCORED_BANDS)).sort("readiness", "student_id").select(
        "student_id", "name", "band_id", "readiness", "readiness_low", "readiness_high",
        "p_pass", "p_pass_low", "p_pass_high", "test_on", "reasons",
    )  # fmt: skip


def within(rows: pl.DataFrame, drawn: pl.DataFrame, selection: Mapping[str, Any]) -> pl.DataFrame:
    """The rows a drag or a click on the strip leaves: `brush` on rank or epc, `pick` on student_id."""
    brush, picked = selection.get("brush") or {}, selection.get("pick") or []
    if picked:
        return rows.filter(pl.col("student_id").is_in([p["student_id"] for p in picked]))
    if span := brush.get("rank"):
        first, last = max(0, round(span[0] - 1)), max(0, round(span[1]))
        return rows.join(drawn[first:last].select("student_id"), on="student_id", how="semi")
    if span := brush.get("left"):
        inside = drawn.filter(pl.col("readiness").round().is_between(span[0], span[1]))
        return rows.join(inside.select("student_id"), on="student_id", how="semi")
    return rows


def reach(drawn: pl.DataFrame, low_pass: LowPass) -> str:
    """The chart's headline, with its denominator: whose interval reaches the low-pass range."""
    if drawn.is_empty():
        return "Nobody here has a result recent enough to draw"
    reaching = drawn.filter(pl.col("readiness_low").round() <= low_pass.high).height
    has = "interval reaches" if reaching == 1 else "intervals reach"
    return f"{reaching:,} of {count(drawn.height, 'student')}’ {has} into the low-pass range or below it".replace(
        "1 student’", "1 student’s"
    )


def table(
    rows: pl.DataFrame, observations: pl.DataFrame, flags: pl.DataFrame, overrides: pl.DataFrame, policy: Policy
) -> pl.DataFrame:
    """The rows of CLASS: bands as chips, ranges as text, scores as a list in order of date."""
    shown = rows.select("student_id")
    scores = (
        observations.join(shown, on="student_id", how="semi")
        .sort("taken_on").group_by("student_id", maintain_order=True).agg(scores=pl.col("epc").round(0).tail(12))
    )  # fmt: skip
    flagged = flags.filter(state="open").group_by("student_id").agg(flag_owner=pl.col("owner").first())
    own = overrides.select(
        "student_id", "exam",
        own_band=pl.format("{} until {}", band_text(policy), pl.col("expires_on").dt.strftime("%-d %b %Y")),
    ).unique(["student_id", "exam"], keep="first", maintain_order=True)
    marks = chips(policy)
    chip = pl.col("band_id").replace_strict(marks, return_dtype=pl.String)
    chance = [percent_range(*r).removesuffix(" %") for r in rows.select("p_pass_low", "p_pass_high").rows()]
    epc = [whole_range(*r) for r in rows.select("readiness_low", "readiness_high").rows()]
    return (
        rows.with_columns(
            chips=pl.concat_list(
                chip, pl.when("last_allowed").then(pl.lit(marks[LAST_ALLOWED]))
            ).list.drop_nulls(),
            readiness=pl.col("readiness").round(0),
            chance=pl.Series([percent(p) for p in rows["p_pass"]], dtype=pl.String),
            readiness_range=pl.Series(epc, dtype=pl.String), chance_range=pl.Series(chance, dtype=pl.String),
            days_left=pl.when(pl.col("planned_on") == pl.col("test_on")).then("days_left"),
            chance_bar=(pl.col("p_pass") * 100).round(0), reasons=_others_first(),
            name=pl.when(pl.col("status") == "leave").then(pl.col("name") + " · on leave").otherwise("name"),
        )
        .join(scores, on="student_id", how="left", maintain_order="left")
        .join(flagged, on="student_id", how="left", maintain_order="left")
        .join(own, on=["student_id", "exam"], how="left", maintain_order="left")
        .select(column.name for column in CLASS.columns)
    )  # fmt: skip


def _others_first() -> pl.Expr:
    """The reasons with readiness last: the table has a column for it."""
    is_readiness = pl.element().struct.field("reason_id") == Reason.READINESS
    parts = (pl.col("reasons").list.eval(pl.element().filter(test)) for test in (~is_readiness, is_readiness))
    return reasons_text(pl.concat_list(*parts))


@dataclass(frozen=True)
class Observed:
    """First attempts of one class that have a result."""

    class_year: int
    passed: int
    sat: int

    @property
    def rate(self) -> float:
        return self.passed / self.sat

    @property
    def of(self) -> str:
        return f"{self.passed:,} of {self.sat:,}"


def observed(
    students: pl.DataFrame, attempts: pl.DataFrame, exam: str, before: int | None, as_of: date, smallest_group: int
) -> list[Observed]:
    """First attempts of each class older than `before`, newest first.

    A class counts once at least half of it, and `smallest_group` students, have sat. Students who left are included.
    """
    older = students.filter(pl.col("class_year") < (before or 9999)).select("student_id", "class_year")
    first = (
        attempts.filter(pl.col("taken_on") <= as_of, exam=exam)
        .group_by("student_id").agg(pl.col("outcome").sort_by("taken_on").first())
        .filter(pl.col("outcome").is_in(["pass", "fail"]))
        .join(older, on="student_id")
    )  # fmt: skip
    classes = first.group_by("class_year").agg(
        passed=(pl.col("outcome") == "pass").sum(), sat=pl.len()
    ).join(older.group_by("class_year").agg(size=pl.len()), on="class_year")  # fmt: skip
    past = classes.filter(pl.col("sat") >= smallest_group, pl.col("sat") * 2 >= pl.col("size"))
    return [Observed(*row) for row in past.drop("size").sort("class_year", descending=True).iter_rows()]


def compared(older: list[Observed], national: str | None) -> str:
    """Pass rates of older classes and the nation: `2027 93 %, 2026 92 %; US MD first takers 93 % (2025)`."""
    classes = ", ".join(f"{c.class_year} {percent(c.rate)}" for c in older[1:CLASSES_COMPARED])
    return "; ".join(part for part in (classes, national) if part)


def national(rates: list[BaseRate], exam: str, rows: pl.DataFrame) -> str | None:
    """The newest national pass rate for most of these students' program: `US MD first takers 93 % (2025)`."""
    program = rows["program"].fill_null("MD").value_counts(sort=True)["program"][0]
    matching = [r for r in rates if r.exam == exam and r.first and r.program == program]
    newest = max(matching, key=lambda r: r.year, default=None)
    return f"{newest.group} {newest.pass_percent:.0f} % ({newest.year})" if newest else None


def suggested_reason(rows: pl.DataFrame, policy: Policy) -> str:
    """A draft of the flag's reason: one student's reasons, or the bands and readiness of several."""
    if rows.height == 1:
        return reasons_line(rows["reasons"][0].to_list())
    bands = [policy.readiness.band_names[band_id] for band_id in ORDER if band_id in rows["band_id"]]
    readiness = rows["readiness"].drop_nulls().round()
    span = whole_range(readiness.min(), readiness.max())  # type: ignore[arg-type]
    return f"{' or '.join(bands).capitalize()}{f', readiness {span} EPC' if readiness.len() else ''}"
