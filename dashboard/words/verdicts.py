"""Whether this school's chances deserve trust, in sentences about people."""

from collections.abc import Mapping
from typing import Any

import dataframely as dy
import polars as pl

from dashboard.words.formats import count, percent
from pipelines.contracts.readiness import FailuresVerdict, Finding, Verdict
from pipelines.policy import Policy

Row = Mapping[str, Any]
SEE = "See Evidence."


def warnings(verdicts: dy.DataFrame[Verdict], policy: Policy, exam: str | None = None) -> list[str]:
    """One text for each exam whose chances failed on past attempts here, or whose newest class came out otherwise than
    expected; none where they held."""
    rows = verdicts if exam is None else verdicts.filter(pl.col("exam") == exam)
    texts = [" ".join([*_finding(row, policy), *_class(row)]) for row in rows.iter_rows(named=True)]
    return [f"{text} {SEE}" for text in texts if text]


def _finding(row: Row, policy: Policy) -> list[str]:
    attempts, people = count(row["attempts"], "past attempt"), _people(row, policy)
    match Finding(row["finding_id"]):
        case Finding.WORSE_THAN_PASS_RATE:
            return [f"{row['exam']}: no chance of passing is shown, since on {attempts} here chances predicted "
                    f"results no better than the pass rate alone.{people} Go by scores; students stand in order of "
                    f"readiness."]  # fmt: skip
        case Finding.WORSE_THAN_LAST_SCORE:
            return [f"{row['exam']}: on {attempts} here the last equated score alone predicted results "
                    f"better than these chances.{people} Look at scores first."]  # fmt: skip
        case Finding.HOLD | Finding.TOO_FEW_TO_SAY:
            return [f"{row['exam']}: these chances have not come true here.{people}"] if _is_off(row) else []


def _class(row: Row) -> list[str]:
    """`Class of 2027: 23 of 101 failed, 1 to 9 were expected.`"""
    if row["class_finding_id"] in (None, FailuresVerdict.AS_EXPECTED, FailuresVerdict.TOO_FEW_TO_SAY):
        return []
    low, high = -(-row["class_low"] // 1), row["class_high"] // 1
    return [f"Class of {row['class_year']}, {row['exam']}: {row['class_failed']:,} of {row['class_sat']:,} failed at "
            f"first, {low:,.0f} to {high:,.0f} were expected; chances have since been adjusted."]  # fmt: skip


def _is_off(row: Row) -> bool:
    return row["put"] is not None


def _people(row: Row, policy: Policy) -> str:
    """Those put at the chance that came true least, else the tenth put lowest beside the others."""
    if _is_off(row):
        at = {"<1 %": "below 1 %", ">99 %": "above 99 %"}.get(text := percent(row["put"]), f"at about {text}")
        return f" Of {row['put_attempts']:,} put {at}, {row['put_passed']:,} passed."
    if min(row["lowest"], row["others"]) < policy.disclosure.smallest_group:
        return ""
    return (f" Of the {row['lowest']:,} put lowest {row['lowest_failed']:,} failed, of the {row['others']:,} others "
            f"{row['others_failed']:,}.")  # fmt: skip
