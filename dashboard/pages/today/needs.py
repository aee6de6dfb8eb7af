"""What Today shows: counts of each kind of need, what the next days hold, how the last import went in."""

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
    found = dict(rows.select(pl.col("need_ids").explode()).to_series().value_counts().iter_rows())
    return {str(kind): found.get(kind, 0) for kind in NeedKind}


def of_kinds(rows: pl.DataFrame, need_ids: list[str]) -> pl.DataFrame:
    """The rows with any of these needs; all of them without a choice."""
    return rows.filter(pl.col("need_ids").list.set_intersection(need_ids).list.len() > 0) if need_ids else rows


def ahead(
    figures: Figures, flags: pl.DataFrame, ids: pl.Series, as_of: date, days: int
) -> list[tuple[date, str]]:
    """What the coming days hold for these students, one line of Markdown a day and matter: tests planned, flags and
    self-assessments due."""
    mine = pl.col("student_id").is_in(ids.implode())
    soon = pl.col("on").is_between(as_of, pl.lit(as_of).dt.offset_by(f"{days}d"))
    names = named(figures.students)
    standing = figures.risk.filter(mine).with_columns(below=pl.col("band_id").is_in(AT_RISK_BANDS))
    people = enrolled(figures.students).filter(mine).select("student_id", on="planned_on")
    tests = people.join(standing.filter(pl.col("band_id") != Band.PASSED), on="student_id").filter(soon)
    due = flags.filter(state="open").filter(mine).select("student_id", on="due_on").filter(soon)
    retakers = figures.retakes.filter(mine).select("student_id", on="next_assessment_due_on").filter(soon)
    still = retakers.join(people.select("student_id"), on="student_id", how="semi")
    lines: list[tuple[date, str]] = []
    for (on, exam), sit in tests.sort("on", "exam").group_by(["on", "exam"], maintain_order=True):
        low = int(sit["below"].sum())
        who = _who(sit, names, "sit", "sits")
        lines.append((on, f"**{who} {exam}**" + (f", {low} below the line" if low and sit.height > 1 else "")))
    for frame, one, many in [(due, "flag due", "flags due"), (still, "assessment due", "assessments due")]:
        for (on,), group in frame.unique("student_id").sort("on").group_by(["on"], maintain_order=True):
            who = _name(group, names) if group.height == 1 else ""
            lines.append((on, f"{who}: {one}" if who else f"{group.height} {many}"))
    return sorted(lines, key=lambda line: line[0])


def _name(group: pl.DataFrame, names: pl.DataFrame) -> str:
    return plain(str(group.select("student_id").join(names, on="student_id")["name"][0]))


def _who(group: pl.DataFrame, names: pl.DataFrame, many: str, one: str) -> str:
    return f"{_name(group, names)} {one}" if group.height == 1 else f"{group.height} {many}"


def last_import(imports: pl.DataFrame, accounts: pl.DataFrame) -> dict[str, Any] | None:
    """The newest import in force: its sheets' counts summed, when and by whom; None before the first."""
    inside = imports.filter(pl.col("undone_at").is_null())
    if inside.is_empty():
        return None
    at: datetime = inside["imported_at"].max()  # type: ignore[assignment]
    sheets = inside.filter(imported_at=at)
    counted = accounts.filter(pl.col("import_id").is_in(sheets["import_id"].implode()))
    parts = ["read", "stored", "unchanged", "rejected", "waiting"]
    total = counted.select(pl.col(parts).sum()).row(0, named=True) if counted.height else {}
    what = sheets["file"][0] if sheets.height == 1 else f"{sheets.height} sheets"
    return {"what": what, "at": at, "by": sheets["imported_by"][0], **{p: total.get(p, 0) for p in parts}}


def account(total: dict[str, Any]) -> str:
    """`61 rows = 58 stored + 2 unchanged + **1 waiting**`: parts that are zero are left out."""
    parts = []
    for part in ["stored", "unchanged", "rejected", "waiting"]:
        if total[part]:
            words = f"{total[part]:,} {part}"
            parts.append(f"**{words}**" if part in ("rejected", "waiting") else words)
    return f"{count(total['read'], 'row')} = {' + '.join(parts) or '0'}"


def headline(rows: int, kinds: list[str], mine: bool) -> str:
    """The page's answer, with the ones it counts."""
    if not rows:
        return "Nobody needs you today" if mine else "Nobody needs anything today"
    verb = "needs" if rows == 1 else "need"
    return f"{count(rows, 'student')} {verb} {'you' if mine else 'someone'}{', most urgent first' if rows > 1 else ''}"


def dated(as_of: date) -> str:
    """`Monday 15 Feb 2027`."""
    return f"{as_of:%A} {day(as_of)}"
