"""What Today shows: counts of each kind of need, the events of the next days, the counts of the last import."""

from datetime import date, datetime
from typing import Any

import polars as pl

from dashboard.data.figures import Figures
from dashboard.data.roster import enrolled, named
from dashboard.words.formats import count, day
from dashboard.words.markdown import plain
from pipelines.contracts.needs import NeedKind
from pipelines.contracts.readiness import AT_RISK_BANDS, Band


def counts(rows: pl.DataFrame) -> dict[str, int]:
    """Students per kind of need, by its id; a student with two kinds counts in both."""
    students = dict(rows.select(pl.col("need_ids").explode()).to_series().value_counts().iter_rows())
    return {str(kind): students.get(kind, 0) for kind in NeedKind}


def of_kinds(rows: pl.DataFrame, need_ids: list[str]) -> pl.DataFrame:
    """The rows with any of these needs; all rows where `need_ids` is empty."""
    return rows.filter(pl.col("need_ids").list.set_intersection(need_ids).list.len() > 0) if need_ids else rows


def ahead(
    figures: Figures, flags: pl.DataFrame, ids: pl.Series, as_of: date, days: int
) -> list[tuple[date, str]]:
    """Events of the coming days for these students, each a day and a line of Markdown: exams planned, flags and
    self-assessments due."""
    is_listed = pl.col("student_id").is_in(ids.implode())
    soon = pl.col("on").is_between(as_of, pl.lit(as_of).dt.offset_by(f"{days}d"))
    names = named(figures.students)
    risk = figures.risk.filter(is_listed).with_columns(at_risk=pl.col("band_id").is_in(AT_RISK_BANDS))
    people = enrolled(figures.students).filter(is_listed).select("student_id", on="planned_on")
    tests = people.join(risk.filter(pl.col("band_id") != Band.PASSED), on="student_id").filter(soon)
    due = flags.filter(state="open").filter(is_listed).select("student_id", on="due_on").filter(soon)
    retakers = figures.retakes.filter(is_listed).select("student_id", on="next_assessment_due_on").filter(soon)
    to_assess = retakers.join(people.select("student_id"), on="student_id", how="semi")
    lines: list[tuple[date, str]] = []
    for (on, exam), sit in tests.sort("on", "exam").group_by(["on", "exam"], maintain_order=True):
        at_risk = int(sit["at_risk"].sum())
        subject = _subject(sit, names, "sit", "sits")
        noted = f", {at_risk} at risk or borderline" if at_risk and sit.height > 1 else ""
        lines.append((on, f"**{subject} {exam}**{noted}"))
    for frame, one, many in [(due, "flag due", "flags due"), (to_assess, "assessment due", "assessments due")]:
        for (on,), group in frame.unique("student_id").sort("on").group_by(["on"], maintain_order=True):
            alone = group.height == 1
            lines.append((on, f"{_name(group, names)}: {one}" if alone else f"{group.height} {many}"))
    return sorted(lines, key=lambda line: line[0])


def _name(group: pl.DataFrame, names: pl.DataFrame) -> str:
    return plain(str(group.select("student_id").join(names, on="student_id")["name"][0]))


def _subject(group: pl.DataFrame, names: pl.DataFrame, many: str, one: str) -> str:
    return f"{_name(group, names)} {one}" if group.height == 1 else f"{group.height} {many}"


def last_import(imports: pl.DataFrame, accounts: pl.DataFrame) -> dict[str, Any] | None:
    """The newest import in force: its sheets' row counts summed, its time and person; None before the first."""
    in_force = imports.filter(pl.col("undone_at").is_null())
    if in_force.is_empty():
        return None
    at: datetime = in_force["imported_at"].max()  # type: ignore[assignment]
    sheets = in_force.filter(imported_at=at)
    counted = accounts.filter(pl.col("import_id").is_in(sheets["import_id"].implode()))
    parts = ["read", "stored", "unchanged", "rejected", "waiting"]
    total = counted.select(pl.col(parts).sum()).row(0, named=True) if counted.height else {}
    what = sheets["file"][0] if sheets.height == 1 else f"{sheets.height} sheets"
    return {"what": what, "at": at, "by": sheets["imported_by"][0], **{p: total.get(p, 0) for p in parts}}


def account(total: dict[str, Any]) -> str:
    """What became of an import's rows, `61 rows = 58 stored + 2 unchanged + **1 waiting**`, without parts of zero."""
    parts = []
    for part in ["stored", "unchanged", "rejected", "waiting"]:
        if total[part]:
            words = f"{total[part]:,} {part}"
            parts.append(f"**{words}**" if part in ("rejected", "waiting") else words)
    return f"{count(total['read'], 'row')} = {' + '.join(parts) or '0'}"


def headline(rows: int, only_mine: bool) -> str:
    """The page's headline: how many students need someone, or the advisor."""
    if not rows:
        return "Nobody needs you today" if only_mine else "Nobody needs anything today"
    helper = "you" if only_mine else "someone"
    return f"1 student needs {helper}" if rows == 1 else f"{count(rows, 'student')} need {helper}, most urgent first"


def dated(as_of: date) -> str:
    """`Monday 15 Feb 2027`."""
    return f"{as_of:%A} {day(as_of)}"
