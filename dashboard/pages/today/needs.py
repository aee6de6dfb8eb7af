"""Who needs something today and why, most urgent first; what the next days hold; how the last import went in.

A student comes up once, with every kind of reason that holds; the first of KINDS leads.
"""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from dashboard.data.figures import Figures
from dashboard.data.roster import enrolled, named
from dashboard.words.bands import band_text
from dashboard.words.formats import count, day, near_day, whole, whole_range
from dashboard.words.markdown import plain
from dashboard.words.risk import reason_texts
from pipelines.contracts.readiness import AT_RISK_BANDS, STATES, WITHOUT_RECENT_EVIDENCE, Band, Reason
from pipelines.marts.retakes.after_failure import failure_steps
from pipelines.policy.readiness import LowPass, Today
from pipelines.policy.support import Contact

KINDS = ["Flag due", "No contact", "Sits soon", "New band", "At risk", "No flag since failing", "Step overdue",
         "Borderline", "New result", "Self-assessment overdue", "Awaiting result",
         "Only old evidence", "No evidence"]  # fmt: skip
KINDS_OF = {Band.AT_RISK: "At risk", Band.BORDERLINE: "Borderline", Band.AWAITING_RESULT: "Awaiting result",
            Band.ONLY_OLD_EVIDENCE: "Only old evidence", Band.NO_EVIDENCE: "No evidence"}  # fmt: skip
NO_FLAG = "No flag since failing"
NAMED = 2  # overdue steps told by name; a list of ten is not read
DISTANCES = {"near": "near the standard", "middle": "middle distance", "far": "far from the standard"}
STANDS = [*AT_RISK_BANDS, *WITHOUT_RECENT_EVIDENCE]


def overdue_steps(figures: Figures, told: pl.DataFrame) -> pl.DataFrame:
    """student_id, exam, steps_overdue (the first two in words, and how many more) and step_due_on (the oldest) of
    failures not long past; `told` is what the office recorded."""
    since = figures.as_of - timedelta(days=figures.policy.advice.steps_surface_days)
    steps = failure_steps(figures.attempts, told, figures.as_of, figures.policy)
    late = steps.filter(pl.col("failed_on") >= since, state="overdue")
    more = pl.when(pl.len() > NAMED).then(pl.format(" and {} more", pl.len() - NAMED)).otherwise(pl.lit(""))
    named = pl.col("text").str.to_lowercase().head(NAMED).str.join(", ")
    return late.group_by("student_id", "exam", maintain_order=True).agg(
        steps_overdue=pl.concat_str(named, more), step_due_on=pl.col("due_on").min()
    )


def needs(
    figures: Figures, flags: pl.DataFrame, ids: pl.Series, as_of: date, policy: Today, contact: Contact,
    before: pl.DataFrame, steps: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per enrolled student of `ids` who needs something: `kinds` in order of KINDS, `urgency` within the first,
    after those whom an open flag has taken up already.

    `before` is student_id, exam and band_id some days ago; a new band is a worse one than then, where both rest on
    recent evidence: a first result, or one after a long silence, is no fall. Of a student who sits two exams the more
    urgent one is told. Withdrawn and graduated students are absent.
    """
    flagged_on = pl.col("flagged_at").dt.date()
    open_flags = flags.filter(state="open").sort("due_on").group_by("student_id").agg(
        flag_due_on=pl.col("due_on").first(), flag_owner=pl.col("owner").first(), flags_open=pl.len(),
        no_contact_since=flagged_on.filter(pl.col("first_contact_on").is_null()).min(), open_since=flagged_on.min(),
    )  # fmt: skip
    newest_flag = flags.group_by("student_id").agg(flagged_on=pl.col("flagged_at").cast(pl.Date).max())
    failed = figures.retakes.filter(last_outcome="fail").select(
        "student_id", "exam", "attempts_used", "attempts_left", failed_on="last_attempt_on"
    )
    reports = figures.attempts.select("student_id", "exam", "distance", failed_on="taken_on")
    failed = failed.join(reports, on=["student_id", "exam", "failed_on"], how="left")
    sitting = figures.retakes.select("student_id", "exam", "last_attempt_on", "last_allowed", "next_assessment_due_on")
    none = pl.DataFrame(schema={"student_id": pl.String, "exam": pl.String, "steps_overdue": pl.String,
                                "step_due_on": pl.Date})  # fmt: skip
    people = enrolled(figures.students).filter(pl.col("student_id").is_in(ids.implode()))
    people = people.select("student_id", "last_name", "first_name", "status", "planned_on")
    rows = (
        people.join(figures.risk.with_columns(band=band_text(figures.policy)), on="student_id")
        .join(failed, on=["student_id", "exam"], how="left")
        .join(sitting, on=["student_id", "exam"], how="left")
        .join(none if steps is None else steps, on=["student_id", "exam"], how="left")
        .join(open_flags, on="student_id", how="left")
        .join(newest_flag, on="student_id", how="left")
        .join(_before(before, figures), on=["student_id", "exam"], how="left")
    )
    band, was, left = pl.col("band_id"), pl.col("band_id_before"), pl.col("days_left")
    ahead = (pl.col("planned_on") - pl.lit(as_of)).dt.total_days()
    untouched = (pl.lit(as_of) - pl.col("no_contact_since")).dt.total_days()
    fresh = (pl.lit(as_of) - pl.col("evidence_on")).dt.total_days() < contact.new_evidence_days
    holds = {
        "Flag due": pl.col("flag_due_on") <= as_of,
        "No contact": untouched >= contact.within_days,
        "New band": band.is_in(AT_RISK_BANDS) & (was != band) & ~was.is_in(STATES)
        & ~((band == Band.BORDERLINE) & (was == Band.AT_RISK)),
        "New result": pl.col("flags_open").is_not_null() & fresh & (pl.col("evidence_on") >= pl.col("open_since")),
        "No flag since failing": pl.col("failed_on").is_not_null()
        & (pl.col("flagged_on").is_null() | (pl.col("flagged_on") < pl.col("failed_on"))),
        "Step overdue": pl.col("step_due_on").is_not_null(),
        "Self-assessment overdue": pl.col("next_assessment_due_on") < as_of,
        "Sits soon": band.is_in(STANDS) & ahead.is_between(0, policy.sits_soon_days),
        "At risk": band == Band.AT_RISK,
        "Borderline": band == Band.BORDERLINE,
        "Awaiting result": (band == Band.AWAITING_RESULT) & (pl.col("planned_on") > pl.col("last_attempt_on")),
        **{KINDS_OF[state]: (band == state) & left.is_between(0, policy.evidence_wanted_days)
           for state in WITHOUT_RECENT_EVIDENCE},
    }
    chance, soon = pl.col("p_pass").fill_null(1), left.fill_null(9999)
    order = {"Flag due": (pl.col("flag_due_on") - as_of).dt.total_days(),
             "No flag since failing": (pl.lit(as_of) - pl.col("failed_on")).dt.total_days(),
             "Step overdue": (pl.col("step_due_on") - as_of).dt.total_days(),
             "Self-assessment overdue": (pl.col("next_assessment_due_on") - as_of).dt.total_days(),
             "No contact": -untouched, "Sits soon": ahead}  # fmt: skip
    kinds = pl.concat_list(pl.when(holds[kind].fill_null(False)).then(pl.lit(kind)) for kind in KINDS)
    first = pl.col("kinds").list.first()
    rank = first.replace_strict(KINDS, range(len(KINDS)), return_dtype=pl.Float64)
    entered = (first == "New band") & (band == Band.BORDERLINE)  # not before those at risk
    rank = pl.when(entered).then(KINDS.index("Borderline") - 0.5).otherwise(rank)
    within = pl.coalesce(*(pl.when(first == k).then(e.cast(pl.Float64)) for k, e in order.items()), chance * 1000)
    return (
        rows.filter(pl.any_horizontal(test.fill_null(False) for test in holds.values()))
        .with_columns(kinds=kinds.list.drop_nulls())
        .with_columns(rank=rank, urgency=within)
        .sort("rank", pl.col("flags_open").is_not_null(), "urgency", soon, "student_id")
        .unique("student_id", keep="first", maintain_order=True)
        .join(named(people), on="student_id", maintain_order="left")
    )


def _before(before: pl.DataFrame, figures: Figures) -> pl.DataFrame:
    """The bands of some days ago, by id and name."""
    return before.select("student_id", "exam", band_id_before="band_id", band_before=band_text(figures.policy))


def counts(rows: pl.DataFrame) -> dict[str, int]:
    """Students per kind of reason; a student with two kinds counts in both."""
    found = dict(rows.select(pl.col("kinds").explode()).to_series().value_counts().iter_rows())
    return {kind: found.get(kind, 0) for kind in KINDS}


def of_kinds(rows: pl.DataFrame, kinds: list[str]) -> pl.DataFrame:
    """The rows with any of the kinds; all of them when none is asked."""
    return rows.filter(pl.col("kinds").list.set_intersection(kinds).list.len() > 0) if kinds else rows


def when(row: dict[str, Any], kind: str, as_of: date) -> str:
    """How pressing, beside the kind: `overdue 3 d`, `in 14 d`."""
    if kind == "Flag due":
        late = (as_of - row["flag_due_on"]).days
        return f"overdue {late} d" if late else "today"
    if kind == "No contact":
        return f"{(as_of - row['no_contact_since']).days} d"
    if kind == "No flag since failing":
        return f"{(as_of - row['failed_on']).days} d"
    if kind == "Step overdue":
        return f"{(as_of - row['step_due_on']).days} d"
    if kind == "Self-assessment overdue":
        return f"{(as_of - row['next_assessment_due_on']).days} d"
    if kind == "Sits soon":
        return f"in {(row['planned_on'] - as_of).days} d"
    if row["planned_on"] and row["planned_on"] >= as_of:
        return f"sits in {(row['planned_on'] - as_of).days} d"
    return "no date planned"


def taken_up(row: dict[str, Any], kind: str, as_of: date) -> str:
    """`flagged for 29 Nov` where an open flag is not the reason itself."""
    if not row["flags_open"] or kind in ("Flag due", "No contact"):
        return ""
    return f"flagged for {near_day(row['flag_due_on'], as_of)}" if row["flag_due_on"] else "flagged"


def why(row: dict[str, Any], kind: str, as_of: date, low_pass: LowPass) -> str:
    """One sentence in Markdown: what happened, and what stands behind it."""
    shortly = _stands(row, low_pass, others=False)
    if kind == "Flag due":
        return f"**Flag due {near_day(row['flag_due_on'], as_of)}** with {plain(row['flag_owner'])}; {shortly}."
    if kind == "No contact":
        since = near_day(row["no_contact_since"], as_of)
        return f"**No contact since {since}**, {plain(row['flag_owner'])}; {shortly}."
    if kind == "New band":
        return f"**{row['band']} now**, was {row['band_before']}; {shortly}."
    if kind == "New result":
        return f"**New result of {near_day(row['evidence_on'], as_of)}** since the flag; {shortly}."
    if kind == "No flag since failing":
        far = f"; report: {DISTANCES[row['distance']]}" if row["distance"] else ""
        left = count(row["attempts_left"], "attempt")
        return f"Failed {row['exam']} on {near_day(row['failed_on'], as_of)}, **no flag since**{far}; {left} left."
    if kind == "Step overdue":
        steps = plain(row["steps_overdue"])
        return f"Failed {row['exam']} on {near_day(row['failed_on'], as_of)}; **overdue: {steps}**."
    if kind == "Self-assessment overdue":
        due = near_day(row["next_assessment_due_on"], as_of)
        return f"Self-assessment **was due on {due}**; {_stands(row, low_pass)}."
    if kind == "Awaiting result":
        planned, sat = near_day(row["planned_on"], as_of), near_day(row["last_attempt_on"], as_of)
        return f"Sat {row['exam']} on {sat}, result not in; **{planned} is still planned**."
    if kind == "Sits soon":
        stands = _stands(row, low_pass, others=row["readiness"] is None)
        return f"Sits {row['exam']} on **{near_day(row['planned_on'], as_of)}**; {stands}."
    told = _stands(row, low_pass, failed=f"failed on {near_day(row['failed_on'], as_of)}" if row["failed_on"] else "")
    return f"{told[:1].upper()}{told[1:]}."


def _stands(row: dict[str, Any], low_pass: LowPass, others: bool = True, failed: str = "") -> str:
    """Readiness with its interval against the low-pass range, and the strongest other reason the model gives;
    `failed` stands before that."""
    known = (Reason.READINESS, Reason.SITS_SOON, Reason.DAYS_TO_IMPROVE)
    told = [why for why in row["reasons"] if others and why["reason_id"] not in known]
    other = plain(reason_texts(told[:1])[0]) if told else ""
    if failed:
        other = f"**{failed}, no flag since**" if NO_FLAG in row["kinds"] else failed
    if other[1:2].islower():  # not CBSE, CBSSA
        other = f"{other[:1].lower()}{other[1:]}"
    if row["readiness"] is None:
        return other or "no self-assessment on file"
    short = round(low_pass.low) - round(row["readiness"])
    place = f"{whole(short)} below the low-pass range" if short > 0 else "in the low-pass range"
    if round(row["readiness"]) > low_pass.high:
        place = "above the low-pass range"
    interval = whole_range(row["readiness_low"], row["readiness_high"])
    return "; ".join(filter(None, [f"readiness **{whole(row['readiness'])} EPC** ({interval}), {place}", other]))


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
