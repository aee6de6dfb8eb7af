"""Whether this school's chances can be trusted, by its own past attempts (out of fold), an exam at a time."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.readiness import FailuresVerdict, Finding, Observation, Verdict
from pipelines.marts.model.chance import Z80, Floats
from pipelines.marts.model.class_forms import COVARIATES
from pipelines.marts.model.curve_in_use import updates
from pipelines.marts.model.out_of_fold import out_of_fold
from pipelines.marts.model.readiness import Readiness
from pipelines.policy import Policy

P_LIMIT = 1e-4  # the log score treats a forecast nearer 0 or 1 as this


def log_score(p: Floats, passed: Floats) -> float:
    """Mean log loss: smaller is better."""
    p = np.clip(p, P_LIMIT, 1 - P_LIMIT)
    return float(-(passed * np.log(p) + (1 - passed) * np.log1p(-p)).mean())


def verdicts(readiness: Readiness, observations: dy.DataFrame[Observation], policy: Policy) -> dy.DataFrame[Verdict]:
    """One row an exam that anybody has sat, from a fit and its school's scores.

    A large school is judged by as many students as the backtest draws.
    """
    now = readiness.curve_in_use
    ids = now.before["student_id"].unique().sort()
    if len(ids) > policy.readiness.backtest.most_students:
        ids = ids.sample(policy.readiness.backtest.most_students, seed=0)
        drawn = now.before.filter(pl.col("student_id").is_in(ids.implode()))
        readiness = replace(readiness, curve_in_use=replace(now, before=drawn))
    judged = out_of_fold(readiness, observations, policy).before
    rows = [
        {"exam": exam, **_beside_simpler(attempts, policy), **_people(attempts, policy),
         **_newest_class(readiness, attempts, policy)}
        for (exam,), attempts in judged.partition_by("exam", as_dict=True).items()
    ]
    schema = Verdict.create_empty().schema
    return Verdict.validate(pl.DataFrame(rows, schema=schema, orient="row").sort("exam", descending=True))


def _beside_simpler(attempts: pl.DataFrame, policy: Policy) -> dict[str, Any]:
    """The log scores of our chances, of the pass rate and of the last score alone, and what follows."""
    with_rate = attempts.drop_nulls(["p_pass", "base_rate"])
    with_last = with_rate.drop_nulls("last_score_p")
    own, rate = _log_scores(with_rate, "p_pass", "base_rate")
    own_beside_last, last = _log_scores(with_last, "p_pass", "last_score_p")
    failures = int((~with_rate["passed"]).sum())
    fewest = policy.readiness.recalibration.fewest_expected
    finding = Finding.HOLD
    if min(failures, with_rate.height - failures) < fewest or own is None or rate is None:
        finding = Finding.TOO_FEW_TO_SAY
    elif own >= rate:
        finding = Finding.WORSE_THAN_PASS_RATE
    elif own_beside_last is not None and last is not None and own_beside_last >= last:
        finding = Finding.WORSE_THAN_LAST_SCORE
    return {
        "finding_id": finding, "attempts": with_rate.height, "failures": failures, "log_score": own,
        "log_score_rate": rate, "log_score_last": last,
    }


def _log_scores(attempts: pl.DataFrame, *names: str) -> list[float | None]:
    passed = attempts["passed"].cast(pl.Float64).to_numpy()
    return [log_score(attempts[name].to_numpy(), passed) if attempts.height else None for name in names]


@dataclass(frozen=True)
class _Bin:
    put: float
    of: int
    passed: int
    sds: float  # how far apart `put` and the share that passed are

    @property
    def apart(self) -> float:
        return abs(self.put - self.passed / self.of)


def _people(attempts: pl.DataFrame, policy: Policy) -> dict[str, Any]:
    """The same as people: those put at the chance that came true least, and those put lowest beside the others."""
    attempts = attempts.drop_nulls("p_pass").sort("p_pass", "student_id")
    bins = []
    for low, high in pairwise(policy.readiness.backtest.edges):
        part = attempts.filter(pl.col("p_pass") >= low, pl.col("p_pass") < high)
        if part.height >= policy.disclosure.smallest_group:
            p, passed = part["p_pass"].to_numpy(), int(part["passed"].sum())
            sds = abs(passed - p.sum()) / np.sqrt((p * (1 - p)).sum())
            bins.append(_Bin(float(p.mean()), part.height, passed, float(sds)))
    worst = max(bins, key=lambda b: b.sds, default=None)
    lowest = attempts.head(int(np.ceil(policy.readiness.backtest.flag_share * attempts.height)))
    failures = int((~attempts["passed"]).sum())
    lowest_failed = int((~lowest["passed"]).sum())
    rules = policy.readiness.recalibration
    is_notable = worst is not None and worst.sds >= rules.surprise_sds and worst.apart >= rules.surprise_least
    return {
        "put": worst.put if is_notable else None, "put_attempts": worst.of if is_notable else None,  # type: ignore[union-attr]
        "put_passed": worst.passed if is_notable else None,  # type: ignore[union-attr]
        "lowest": lowest.height, "lowest_failed": lowest_failed,
        "others": attempts.height - lowest.height, "others_failed": failures - lowest_failed,
    }


def _newest_class(readiness: Readiness, attempts: pl.DataFrame, policy: Policy) -> dict[str, Any]:
    """First attempts of the newest class with enough of them: failures, and the 95 % range of those expected by the
    curve as the other classes left it, with all that its students share.

    Once other classes decided between the curves, what the newest may differ by is the step from class to class: the
    doubt between the curves would be counted a second time, and hide a moved standard."""
    rules, now = policy.readiness.recalibration, readiness.curve_in_use
    first = attempts.filter("first", pl.col("class_year").is_not_null())
    sat = first.group_by("class_year").len().filter(pl.col("len") >= rules.fewest_sat)
    if sat.is_empty():
        return {}
    year = int(sat["class_year"].max())  # type: ignore[arg-type]
    rows = first.filter(class_year=year)
    others = now.before.filter(pl.col("class_year").ne_missing(year))
    before = replace(now, updates=updates(now, others, policy))
    pass_curve = before.pass_curve(
        rows["exam"], rows["first"].to_numpy(), rows["group"].to_numpy(), rows.select(COVARIATES).to_numpy())
    pass_curve = replace(pass_curve, undecided=pass_curve.curve_doubt)
    p, p_low, p_high = pass_curve.band(*(rows[name].to_numpy() for name in ("mean", "variance", "shared")))
    own = (p * (1 - p)).sum()
    low, high = (
        float((1 - p).sum() + side * rules.drift_sds * np.hypot(np.sqrt(own), np.abs(p - end).sum() / Z80))
        for side, end in ((-1, p_high), (1, p_low))
    )
    low, high = max(0.0, low), min(float(len(rows)), high)
    failed = int((~rows["passed"]).sum())
    finding = (FailuresVerdict.MORE_FAILURES if failed > np.floor(high) else
               FailuresVerdict.FEWER_FAILURES if failed < np.ceil(low) else FailuresVerdict.AS_EXPECTED)
    return {"class_year": year, "class_sat": len(rows), "class_failed": failed, "class_expected": float((1 - p).sum()),
            "class_low": low, "class_high": high, "class_finding_id": finding}
