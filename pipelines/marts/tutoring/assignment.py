"""Assignment: a week's tutoring hours where they are expected to help most, within capacity and named bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

from pipelines.contracts.facts import Tutor
from pipelines.contracts.readiness import Band, Risk
from pipelines.contracts.retakes import Retake
from pipelines.contracts.subjects import SubjectEstimate
from pipelines.contracts.support import TutoringPair
from pipelines.marts.model.chance import Floats
from pipelines.marts.model.readiness import Readiness, day_numbers
from pipelines.policy import Policy
from pipelines.policy.support import TutoringTerms

Choices = pl.DataFrame  # student_id, area, hours, gain, at_risk, retaker, tutor_id, continued, locked
SHORTAGE_COST = 10.0  # an hour missing from a promised share costs more than any gain in chance, which is below 1
EXTRA_HOURS = 1e-3


@dataclass(frozen=True)
class WeekPlan:
    """A week's plan: `gain` is at most `gap` (a share) below the best possible; `cut` is the smallest gain an hour
    of those with hours; `extra` is what one more hour in an area would add; `notes` name promises not kept."""

    pairs: dy.DataFrame[TutoringPair]
    missed: dy.DataFrame[TutoringPair]
    gain: float
    gap: float
    hours: int
    capacity: int
    cut: float | None
    extra: pl.DataFrame
    notes: list[str]


def tutoring_requests(
    wanting: pl.DataFrame, risk: dy.DataFrame[Risk], retakes: dy.DataFrame[Retake],
    subjects: dy.DataFrame[SubjectEstimate], readiness: Readiness, policy: Policy,
) -> pl.DataFrame:
    """The hours each student could use: student_id, area, hours, gain (in the chance of passing), at_risk, retaker.

    `wanting` is student_id and areas (those that a flag names, maybe none). A request is for the named areas, else for
    those with the largest gain on one axis, since axes overlap. An hour closes a share of an area's gap, a smaller one
    with every further hour. Students without a chance (no evidence, passed, awaiting) cannot be placed and are absent.
    """
    terms = policy.support.tutoring
    people = wanting.join(
        risk.filter(pl.col("p_pass").is_not_null()).sort("p_pass").unique("student_id", keep="first"), on="student_id"
    ).sort("student_id")
    failed = retakes.filter(last_outcome="fail")["student_id"]
    taught = subjects.filter(pl.col("axis") != "competency").select("student_id", "axis", "area", "priority")
    areas = (
        people.join(taught, on="student_id")
        .with_columns(named=pl.col("areas").list.contains(pl.col("area")))
        .filter(pl.col("named") | ~pl.col("named").any().over("student_id"), pl.col("priority") > 0)
        .sort("student_id", "priority", "area", descending=[False, True, False])
        .filter(pl.col("named") | (pl.col("axis") == pl.col("axis").first().over("student_id")))
        .group_by("student_id", maintain_order=True).head(terms.areas_each)
    )
    if areas.is_empty():
        return pl.DataFrame(schema=REQUESTS)
    rows = readiness.rows(areas["student_id"])
    pass_curve = readiness.pass_curve(rows, areas["exam"])
    mean, variance, _ = readiness.project(rows, day_numbers(areas["test_on"]), sits=True)
    before = pass_curve.chance(mean, variance)
    by_hours = []
    for hours in range(1, terms.hours_each + 1):
        lift = areas["priority"].to_numpy() * (1 - np.exp(-hours / terms.hours_closing))
        gain = pass_curve.chance(mean + lift, variance) - before
        by_hours.append(areas.select(
            "student_id", "area", hours=pl.lit(hours, pl.Int32), gain=pl.Series(gain),
            at_risk=pl.col("band_id") == Band.AT_RISK, retaker=pl.col("student_id").is_in(failed.implode()),
        ))
    return pl.concat(by_hours).filter(pl.col("gain") > 0).sort("student_id", "area", "hours")


REQUESTS: dict[str, Any] = {
    "student_id": pl.String, "area": pl.String, "hours": pl.Int32, "gain": pl.Float64, "at_risk": pl.Boolean,
    "retaker": pl.Boolean,
}


def capacity(
    tutors: dy.DataFrame[Tutor], terms: pl.DataFrame, off: pl.DataFrame, week_on: date, policy: TutoringTerms
) -> pl.DataFrame:
    """tutor_id, name, areas (list), hours and max_students of one week. A person's terms replace the sheet's, and
    working days off reduce the hours."""
    decided = terms.select(
        "tutor_id", decided_name="name", decided_areas="areas", decided_hours="hours_per_week", most="max_students"
    )
    listed = tutors.select("tutor_id", "name", "hours_per_week", areas=pl.col("areas").str.split(";").list.eval(
        pl.element().str.strip_chars()
    ))
    days = [week_on + timedelta(days=d) for d in range(5)]
    away = pl.DataFrame(
        [(r["tutor_id"], day) for r in off.iter_rows(named=True) for day in days
         if r["off_from"] <= day <= r["off_until"]],
        schema={"tutor_id": pl.String, "day": pl.Date}, orient="row",
    ).unique().group_by("tutor_id").agg(days_off=pl.len())
    both = listed.join(decided, on="tutor_id", how="full", coalesce=True).join(away, on="tutor_id", how="left")
    share = 1 - pl.col("days_off").fill_null(0) / len(days)
    return both.select(
        "tutor_id", name=pl.coalesce("decided_name", "name", "tutor_id"),
        areas=pl.coalesce("decided_areas", "areas").fill_null([]),
        hours=(pl.coalesce("decided_hours", "hours_per_week", 0.0) * share).floor().cast(pl.Int64),
        max_students=pl.col("most").fill_null(policy.max_students).cast(pl.Int64),
    ).sort("tutor_id")


def assign(
    wanted: pl.DataFrame, tutors: pl.DataFrame, taught: pl.DataFrame, locks: pl.DataFrame, terms: TutoringTerms
) -> WeekPlan:
    """The week's plan by integer programming (HiGHS), to `terms.gap` of the best.

    `wanted` is from `tutoring_requests`, `tutors` from `capacity`; `taught` is student_id and tutor_id of recent
    sessions; `locks` are pairs that a person fixed (hours above 0, whatever the capacity) or forbade (0 hours). A
    student gets at most one tutor and area.
    """
    choices = _choices(wanted, tutors, taught, locks)
    total = int(tutors["hours"].sum())
    if choices.is_empty():
        return WeekPlan(_pairs(choices), _missed(wanted, choices, terms), 0.0, 0.0, 0, total, None,
                      pl.DataFrame(schema=EXTRA), [])  # fmt: skip
    upper, bounds = _limits(choices, tutors)
    hours = choices["hours"].to_numpy().astype(float)
    fixed = choices["locked"].to_numpy().astype(float)
    shares, notes = _shares(choices, upper, bounds, fixed, terms)
    worth = choices["gain"].to_numpy() + terms.continuity_worth * choices["continued"].to_numpy()
    n, m = len(worth), len(shares)
    wide = csr_array((upper.shape[0], m))
    rows = [LinearConstraint(_beside(upper, wide), -np.inf, bounds)]
    for at, (members, least) in enumerate(shares):
        slack = np.zeros(m)
        slack[at] = 1.0
        rows.append(LinearConstraint(np.concatenate([hours * members, slack])[None, :], least, np.inf))
    solution = milp(
        np.concatenate([-worth, np.full(m, SHORTAGE_COST)]), constraints=rows,
        integrality=np.concatenate([np.ones(n), np.zeros(m)]),
        bounds=Bounds(np.concatenate([fixed, np.zeros(m)]), np.concatenate([np.ones(n), np.full(m, np.inf)])),
        options={"mip_rel_gap": terms.gap, "time_limit": terms.seconds},
    )
    if solution.x is None:
        raise RuntimeError(f"the week could not be solved: {solution.message}")
    chosen = choices.filter(pl.Series(solution.x[:n] > 0.5))
    pairs = _pairs(chosen)
    free = pairs.filter(~pl.col("locked"))
    if (solution.x[n:] > 0.5).any():
        notes.append("A promised share could not be kept in full: the tutors of these areas do not have enough hours.")
    return WeekPlan(
        pairs, _missed(wanted, chosen, terms), float(pairs["gain"].sum()), float(solution.mip_gap or 0.0),
        int(pairs["hours"].sum()), total, free["gain_per_hour"].min(),  # type: ignore[arg-type]
        _extra(wanted, choices, worth, upper, bounds, fixed), notes,
    )


def _choices(wanted: pl.DataFrame, tutors: pl.DataFrame, taught: pl.DataFrame, locks: pl.DataFrame) -> Choices:
    """Every allowed choice of student, area, tutor of that area and hours; for a student with a fixed pair, only it."""
    recent = taught.select("student_id", "tutor_id").unique().with_columns(continued=pl.lit(True))
    pair = ["student_id", "tutor_id"]
    fixed = locks.filter(pl.col("hours") > 0).join(tutors.select("tutor_id"), on="tutor_id", how="semi")
    teach = tutors.select("tutor_id", area="areas").explode("area").drop_nulls("area").unique()
    free = (
        wanted.join(teach, on="area")
        .join(locks.filter(pl.col("hours") == 0), on=pair, how="anti")
        .join(fixed, on="student_id", how="anti").with_columns(locked=pl.lit(False))
    )
    of_student = wanted.group_by("student_id").agg(pl.col("at_risk").first(), pl.col("retaker").first())
    locked = (
        fixed.select(*pair, "area", pl.col("hours").cast(pl.Int32))
        .join(wanted.select("student_id", "area", "hours", "gain"), on=["student_id", "area", "hours"], how="left")
        .join(of_student, on="student_id", how="left")
        .with_columns(pl.col("gain").fill_null(0.0), pl.col("at_risk", "retaker").fill_null(False),
                      locked=pl.lit(True))
    )
    columns = ["student_id", "tutor_id", "area", "hours", "gain", "at_risk", "retaker", "locked"]
    both = pl.concat([free.select(columns), locked.select(columns)])
    return both.join(recent, on=pair, how="left").with_columns(pl.col("continued").fill_null(False)).sort(
        "student_id", "tutor_id", "area", "hours"
    )


def _limits(choices: Choices, tutors: pl.DataFrame) -> tuple[csr_array, Floats]:
    """The upper bounds: one choice a student; hours and students of each tutor (more if a person locked more)."""
    student = choices["student_id"].rank("dense").to_numpy().astype(int) - 1
    number = {tutor: at for at, tutor in enumerate(tutors["tutor_id"])}
    tutor = choices["tutor_id"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
    hours, locked = choices["hours"].to_numpy().astype(float), choices["locked"].to_numpy()
    n, many, count = len(student), len(number), student.max() + 1
    column = np.arange(n)
    locked_use = [np.bincount(tutor[locked], w[locked], many) for w in (hours, np.ones(n))]
    parts = [
        coo_array((np.ones(n), (student, column)), shape=(count, n)),
        coo_array((hours, (tutor, column)), shape=(many, n)),
        coo_array((np.ones(n), (tutor, column)), shape=(many, n)),
    ]
    most = [np.ones(count), *(np.maximum(tutors[c].to_numpy(), h) for c, h in zip(("hours", "max_students"), locked_use,
                                                                               strict=True))]  # fmt: skip
    return csr_array(vstack(parts)), np.concatenate(most).astype(float)


def _shares(
    choices: Choices, upper: csr_array, bounds: Floats, fixed: Floats, terms: TutoringTerms
) -> tuple[list[tuple[Floats, float]], list[str]]:
    """The promised shares in hours: of all hours that can be used, but at most what these students can use."""
    hours = choices["hours"].to_numpy().astype(float)

    def usable(members: Floats) -> float:
        best = linprog(-hours * members, A_ub=upper, b_ub=bounds, bounds=np.column_stack([fixed, np.ones(len(fixed))]),
                       method="highs")  # fmt: skip
        return float(-best.fun)

    kept, notes = [], []
    total = usable(np.ones(len(hours)))
    for column, share, group in [("at_risk", terms.at_risk_share, "at risk"),
                               ("retaker", terms.retaker_share, "who failed before")]:  # fmt: skip
        members = choices[column].to_numpy().astype(float)
        if share > 0:
            can = usable(members)
            if can + 1e-6 < share * total:
                notes.append(f"Students {group} can use {can:.0f} of the {share * total:.0f} hours promised to them.")
            kept.append((members, float(np.floor(min(share * total, can) + 1e-6))))
    return kept, notes


EXTRA: dict[str, Any] = {"area": pl.String, "gain": pl.Float64, "student_id": pl.String}


def _extra(
    wanted: pl.DataFrame, choices: Choices, worth: Floats, upper: csr_array, bounds: Floats, fixed: Floats
) -> pl.DataFrame:
    """area, gain, student_id: about how much one more hour in an area would add, most first, and for which student.

    The price of each student's place is the dual value of the relaxed problem, without the promised shares. Tutors get
    slightly more capacity there, so that prices that are not unique are those of more hours, not of fewer.
    """
    places = choices["student_id"].n_unique()
    more = bounds + np.where(np.arange(len(bounds)) < places, 0.0, EXTRA_HOURS)
    prices = linprog(-worth, A_ub=upper, b_ub=more, bounds=np.column_stack([fixed, np.full(len(fixed), np.inf)]),
                     method="highs")  # fmt: skip
    students = choices["student_id"].unique().sort()
    price = pl.DataFrame({"student_id": students, "price": -prices.ineqlin.marginals[:places]})
    return (
        wanted.filter(hours=1).join(price, on="student_id", how="left")
        .with_columns(gain=pl.col("gain") - pl.col("price").fill_null(0.0))
        .filter(pl.col("gain") > 1e-9).sort("gain", "student_id", descending=[True, False])
        .unique("area", keep="first", maintain_order=True).select("area", "gain", "student_id")
    )


def _pairs(chosen: Choices) -> dy.DataFrame[TutoringPair]:
    if chosen.is_empty():
        return TutoringPair.create_empty()
    rows = chosen.with_columns(gain_per_hour=pl.col("gain") / pl.col("hours"))
    rows = rows.sort("gain_per_hour", "student_id", descending=[True, False])
    return TutoringPair.validate(rows.select(TutoringPair.column_names()), cast=True)


def _missed(wanted: pl.DataFrame, chosen: Choices, terms: TutoringTerms) -> dy.DataFrame[TutoringPair]:
    """The students left without hours, by the gain of their best hour, most first."""
    rows = (
        wanted.join(chosen.select("student_id").unique(), on="student_id", how="anti").filter(hours=1)
        .sort("gain", "student_id", descending=[True, False]).unique("student_id", keep="first", maintain_order=True)
        .head(terms.just_missed)
        .with_columns(tutor_id=pl.lit(None, pl.String), hours=pl.lit(0, pl.Int32), gain_per_hour=pl.col("gain"),
                      locked=pl.lit(False), continued=pl.lit(False))
    )  # fmt: skip
    return TutoringPair.validate(rows.select(TutoringPair.column_names()), cast=True)


def _beside(left: csr_array, right: csr_array) -> csr_array:
    return csr_array(hstack([left, right]))


def adjusted(terms: TutoringTerms, changes: Mapping[str, Any]) -> TutoringTerms:
    """The terms with the bounds that a person changed for this week."""
    return terms.model_copy(update=dict(changes))
