"""The tutoring effect: what tutored students gained beyond the model's expectation, less what alike students without
tutoring gained beyond it. Without such students there is no figure and no verdict."""

from datetime import date
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl
from scipy.spatial import KDTree

from pipelines.contracts.school_facts import Facts
from pipelines.contracts.support import ComparedWith, EffectOf, EffectVerdict, TutoringEffect
from pipelines.marts.disclosure import disclosed
from pipelines.marts.model.chance import Floats
from pipelines.marts.tutoring.compared_gains import Design, design_of, difference
from pipelines.marts.tutoring.comparison_groups import (
    CLASSMATE,
    EARLIER,
    JUST_MISSED,
    OTHER_ADVISOR,
    TUTORED,
    episodes,
)
from pipelines.marts.tutoring.residual_gains import residual_gains
from pipelines.policy import Policy
from pipelines.policy.support import Help

INTERVAL = 0.80
GROUPS = {  # who must be there to be compared, and who else tells of the class
    ComparedWith.JUST_MISSED: ([JUST_MISSED], []),
    ComparedWith.OTHER_ADVISORS: ([OTHER_ADVISOR], []),
    ComparedWith.EARLIER_CLASSES: ([EARLIER], [CLASSMATE, OTHER_ADVISOR]),
}


def tutoring_effect(
    facts: Facts, sessions: pl.DataFrame, missed: pl.DataFrame, as_of: date, policy: Policy
) -> dy.DataFrame[TutoringEffect]:
    """One row for all tutored students, and where they can be compared, one by main area and by main tutor.

    `sessions` were attended on held_on; `missed` is student_id and `on`, a day on which a student needed hours and got
    none: just missed in a week's plan, or flagged and never tutored. Of the comparison groups with enough students the
    one counts that can show the smallest effect, which is known before any result. Groups too small to be shown are
    absent, as are groups that would reveal one of them by subtraction.
    """
    held, terms = sessions.filter(pl.col("held_on") <= as_of), policy.support.help
    fewest = policy.disclosure.smallest_group
    rows = residual_gains(facts, episodes(facts, held, missed, as_of, terms), as_of, policy)
    if len(rows.filter(of=TUTORED)) < fewest:
        return TutoringEffect.create_empty()
    compared_with, alike = best_comparison(rows.drop_nulls("gain"), terms, fewest)
    if alike is not None:
        found = [_row(EffectOf.ALL, "", alike, 1 - terms.confidence, terms), *_by_group(alike, held, fewest, terms)]
    else:
        compared_with, alike = best_comparison(rows, terms, fewest)
        found = [_without_result(rows if alike is None else alike, alike is not None, terms)]
    return _in_order(pl.DataFrame(found).with_columns(compared_with=pl.lit(str(compared_with))))


def _without_result(rows: pl.DataFrame, compared: bool, terms: Help) -> dict[str, Any]:
    """The row of all tutored where nobody can be compared, or (`compared`) as long as too few scores came after."""
    treated = rows.filter(of=TUTORED)
    row = {"of": EffectOf.ALL, "name": "", "students": len(treated), "compared": 0,
           "verdict_id": EffectVerdict.CANNOT_TELL}  # fmt: skip
    if not compared:
        return row
    return {**row, "compared": int(rows["counted"].sum()), "smallest": smallest_effect(design_of(rows, terms), terms)}


def best_comparison(
    rows: pl.DataFrame, terms: Help, fewest: int
) -> tuple[ComparedWith, pl.DataFrame | None]:
    """The comparison that can show the smallest effect, and its rows of alike students: `treated` tells the tutored,
    `counted` those compared. Gains are not looked at."""
    best, chosen, smallest = ComparedWith.NOBODY, None, np.inf
    for compared_with, (needed, besides) in GROUPS.items():
        alike = _alike(rows.filter(pl.col("of").is_in([TUTORED, *needed, *besides])), terms, needed).with_columns(
            unseen=pl.col("unseen") * terms.unseen_growth_sd[compared_with]
        )
        if min(alike["treated"].sum(), alike["counted"].sum()) < fewest:
            continue
        could_find = smallest_effect(design_of(alike, terms), terms)
        if could_find < smallest:
            best, chosen, smallest = compared_with, alike, could_find
    return best, chosen


def smallest_effect(design: Design, terms: Help) -> float:
    """The smallest effect in EPC for which a verdict is likely (policy's power)."""
    return design.smallest(terms.confidence, terms.power)


def _alike(rows: pl.DataFrame, terms: Help, needed: list[str]) -> pl.DataFrame:
    """The tutored and the others that have somebody alike on the other side: in readiness, days to the exam, program,
    and whether they failed before."""
    marked = rows.with_columns(treated=pl.col("of") == TUTORED, counted=pl.col("of").is_in(needed))
    program = pl.col("program").fill_null("").rank("dense")
    place = marked.select(
        pl.col("readiness") / terms.alike_epc, pl.col("lead").fill_null(-1e6) / terms.alike_days,
        program.cast(pl.Float64) * 10, pl.col("failed").cast(pl.Float64) * 10,
    ).to_numpy()
    treated, counted = marked["treated"].to_numpy(), marked["counted"].to_numpy()
    keep = np.where(treated, _near(place, place[counted]), _near(place, place[treated]))
    return marked.filter(pl.Series(keep))


def _near(place: Floats, others: Floats) -> Floats:
    """Whether any of the others is within 1 in each coordinate."""
    if not len(others):
        return np.zeros(len(place), dtype=bool)
    return KDTree(others).query(place, p=np.inf, distance_upper_bound=1.0)[0] <= 1.0


def _by_group(alike: pl.DataFrame, held: pl.DataFrame, fewest: int, terms: Help) -> list[dict[str, Any]]:
    """A row for each main area and main tutor that may be shown. Their verdicts share one error probability, so that
    a school with many tutors finds no more by chance."""
    parts = []
    for of, column in [(EffectOf.AREA, "area"), (EffectOf.TUTOR, "tutor_id")]:
        main = alike.filter("treated").join(_main(held, column), on="student_id", how="left").with_columns(
            name=pl.col(column).fill_null(""), of=pl.lit(of)
        )
        sizes = main.group_by("of", "name").agg(students=pl.len()).sort("name")
        shown = disclosed(sizes, [], count="students", within=["of"], fewest=fewest)
        for name in shown.filter(~pl.col("suppressed"), pl.col("name") != "", pl.col("students") >= fewest)["name"]:
            others = main.filter(pl.col("name") != name)
            parts.append((of, name, alike.join(others, on="student_id", how="anti")))
    wrong = (1 - terms.confidence) / 2 / max(len(parts), 1)
    return [_row(of, name, rows, wrong, terms) for of, name, rows in parts]


def _main(held: pl.DataFrame, column: str) -> pl.DataFrame:
    """Each student's area or tutor with most hours."""
    hours = held.drop_nulls(column).group_by("student_id", column).agg(pl.col("hours").sum())
    return hours.sort("hours", column, descending=[True, False]).unique("student_id", keep="first").drop("hours")


def _row(of: EffectOf, name: str, rows: pl.DataFrame, wrong: float, terms: Help) -> dict[str, Any]:
    """The row with its 80 % interval; `wrong` is the probability of a verdict where there is no effect."""
    found = difference(rows, terms)
    half, sure = (found.design.half(level, found.excess) for level in (INTERVAL, 1 - wrong))
    verdict = EffectVerdict.CANNOT_TELL
    if abs(found.gain) > sure:
        verdict = EffectVerdict.MORE_THAN_EXPECTED if found.gain > 0 else EffectVerdict.LESS_THAN_EXPECTED
    treated, counted = rows.filter("treated"), rows.filter("counted")
    return {
        "of": of, "name": name, "students": len(treated), "compared": len(counted),
        "smallest": found.design.smallest(1 - wrong, terms.power), "gain": found.gain,
        "low": found.gain - half, "high": found.gain + half, "raw_gain": treated["raw_gain"].mean(),
        "raw_compared": counted["raw_gain"].mean(), "verdict_id": verdict,
    }  # fmt: skip


def _in_order(rows: pl.DataFrame) -> dy.DataFrame[TutoringEffect]:
    schema = TutoringEffect.create_empty().schema
    whole = rows.select(
        (pl.col(c) if c in rows.columns else pl.lit(None)).cast(t).alias(c) for c, t in schema.items()
    )
    rank = pl.col("of").replace_strict({str(of): place for place, of in enumerate(EffectOf)}, return_dtype=pl.Int32)
    return TutoringEffect.validate(whole.sort(rank, pl.col("students"), "name", descending=[False, True, False]))
