"""Windows of very many students from facts in memory, and one student's what-if in a home with a school."""

import time
from datetime import timedelta
from pathlib import Path

import polars as pl

from dashboard.data.figures import Change, figures_of, what_if
from dashboard.data.warehouse import Warehouse
from dashboard.words.windows import with_words
from pipelines.contracts.facts import Assessment, Attempt, Student
from pipelines.contracts.retakes import RecommendedReason, WindowState
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.retakes.deadlines import latest_sittings
from pipelines.marts.retakes.gates import gates, with_gates
from pipelines.marts.retakes.retakes import retakes
from pipelines.marts.retakes.rules import attempt_counts, earliest_sittings, standing
from pipelines.policy import Policy, load_policy, with_school
from pipelines.policy.rules import SchoolAdvice
from pipelines.store.home import Home
from tests.benchmarks.work import AS_OF

SOUGHT = [RecommendedReason.TARGET_REACHED, RecommendedReason.TARGET_NOT_REACHED]


def all_windows(students: int, repeats: int) -> dict[str, list[float]]:
    """Seconds of each run: `rules` from attempts to earliest and latest dates with gates and remedies, under the
    national rules and every example of what schools use; `whole`, under the national ones (more windows are open), with
    each one's recommended date, state, conflict and words too."""
    policy = _every_rule()
    people, sat, marks = _school(students)
    seen = observations(marks, policy)
    readiness = fit_readiness(Facts(people, sat, seen), AS_OF, policy)
    took: dict[str, list[float]] = {"rules": [], "whole": []}
    for _ in range(repeats):
        start = time.perf_counter()
        rows = standing(attempt_counts(sat, AS_OF, policy)).join(people, on="student_id", maintain_order="left")
        rows = with_gates(rows, gates(rows, marks, AS_OF, policy))
        rows = latest_sittings(earliest_sittings(rows, AS_OF, policy), policy)
        took["rules"].append(time.perf_counter() - start)
        assert rows.height == students
        start = time.perf_counter()
        whole = with_words(retakes(Facts(people, sat, seen), readiness, AS_OF, load_policy()), load_policy())
        took["whole"].append(time.perf_counter() - start)
        assert whole["conflict_id"].drop_nulls().len() > 0
        assert whole["recommended_reason_id"].is_in(SOUGHT).sum() > students / 2
    return took


def one_what_if(root: str, student_id: str, repeats: int) -> list[float]:
    """Seconds of each answer to another day, an added score and a deferred clerkship at once."""
    home = Home(Path(root))
    build = home.current()
    assert build is not None
    figures = figures_of(Warehouse(build.path), AS_OF, load_policy())
    exam = figures.risk.filter(student_id=student_id).item(0, "exam")
    blank = Assessment.create_empty()
    took = []
    for n in range(repeats):
        score = pl.DataFrame([{
            **dict.fromkeys(blank.columns), "student_id": student_id, "instrument": "CBSSA", "form": "what if",
            "taken_on": AS_OF, "score": 60.0 + n, "scale": "EPC",
        }], schema=blank.schema)
        change = Change(AS_OF + timedelta(days=40 + n), score, AS_OF + timedelta(days=200))
        start = time.perf_counter()
        answer = what_if(figures, student_id, exam, change)
        took.append(time.perf_counter() - start)
        assert answer is not None
        assert answer.p_pass is not None or answer.window["state_id"] == WindowState.PASSED
    return took


def _every_rule() -> Policy:
    policy = load_policy()
    own = [r.model_copy(update={"school": True}) for r in policy.rules.examples]
    return with_school(policy, own, SchoolAdvice())


def _school(students: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Students of four classes with one to three failures and three scores after the last, shaped by the contracts."""
    number = pl.int_range(students, eager=True)
    who = pl.DataFrame({"student_id": number.cast(pl.String).str.zfill(7), "number": number})
    people = who.with_columns(
        class_year=(pl.col("number") % 4 + 2026).cast(pl.Int32), program=pl.lit("MD"),
        planned_on=pl.lit(AS_OF) + pl.duration(days=20 + pl.col("number") % 200),
        clerkship_starts_on=pl.lit(AS_OF) + pl.duration(days=60 + pl.col("number") % 240),
        eligibility_ends_on=pl.lit(AS_OF) + pl.duration(days=30 + pl.col("number") % 90),
    )
    sat = pl.concat([
        who.filter(pl.col("number") % 3 >= 3 - nth).with_columns(
            taken_on=pl.lit(AS_OF - timedelta(days=130 * nth)) + pl.duration(days=pl.col("number") % 27),
            exam=pl.lit("Step 1"), outcome=pl.lit("fail"),
        )
        for nth in (3, 2, 1)
    ])
    marks = pl.concat([
        who.with_columns(
            instrument=pl.lit("CBSSA"), form=pl.lit(str(26 + n)), scale=pl.lit("EPC"),
            taken_on=pl.lit(AS_OF - timedelta(days=70 - 20 * n)),
            score=(pl.col("number") * 7 % 30 + 50 + n).cast(pl.Float64),
        )
        for n in range(3)
    ])
    return _shaped(people, Student), _shaped(sat, Attempt), _shaped(marks, Assessment)


def _shaped(frame: pl.DataFrame, contract: type[Student] | type[Attempt] | type[Assessment]) -> pl.DataFrame:
    schema = contract.create_empty().schema
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
    )
