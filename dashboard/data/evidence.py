"""The back-test in words and tables, for the Evidence page and `passline backtest`."""

import hashlib
from typing import Any

import dataframely as dy
import polars as pl

from dashboard.data.figures import Figures
from dashboard.data.instrument_scales import instrument_lines
from dashboard.data.roster import enrolled
from dashboard.words.facts import sourced
from dashboard.words.formats import NONE, count, day, percent, percent_range
from dashboard.words.glossary import help_for, name_of
from pipelines.contracts.frames import where
from pipelines.contracts.readiness import FailuresVerdict, Forecast
from pipelines.contracts.retakes import CLOSED_STATES, WindowState
from pipelines.marts.model.curve_in_use import CurveInUse
from pipelines.marts.risk.evaluation import reliability, rule_on_past_classes, scored
from pipelines.policy import Policy

METHOD = (
    "Each past attempt is predicted from the scores known that many days before it, by the recalibration "
    "in force, made without this student. The test date is taken as planned."
)
VERDICTS: dict[str, str] = {
    FailuresVerdict.AS_EXPECTED: "as expected", FailuresVerdict.TOO_FEW_TO_SAY: "too few to say",
    FailuresVerdict.MORE_FAILURES: "more failures than expected",
    FailuresVerdict.FEWER_FAILURES: "fewer failures than expected",
}
MEASURES = {"p_pass": "Chance of passing below, %", "readiness": "Readiness below, EPC"}


def bins(forecasts: dy.DataFrame[Forecast], policy: Policy) -> pl.DataFrame:
    """The reliability rows with words: `put`, the predicted chance ("60–70 %"), and `of`, who passed ("19 of 25")."""
    rows = reliability(forecasts, policy)
    bounds = [(f"{low:.0%}"[:-1], f"{high:.0%}"[:-1]) for low, high in rows.select("low", "high").rows()]
    passed = rows.select("passed", "attempts").rows()
    return rows.with_columns(
        put=pl.Series([f"{low}–{high} %" for low, high in bounds], dtype=pl.String),
        of=pl.Series([f"{n:,} of {attempts:,}" for n, attempts in passed], dtype=pl.String),
    )


def claim(forecasts: pl.DataFrame) -> str:
    """Expected and actual failures, with their denominator."""
    expected = (1 - forecasts["p_pass"]).sum()
    failed = (~forecasts["passed"]).sum()
    attempts = count(forecasts.height, "past attempt")
    return f"Of {attempts}, {expected:.0f} failures were expected and {failed:,} happened"


def bin_texts(rows: pl.DataFrame) -> list[str]:
    """`Of 25 given a chance of 60–70 %, 19 passed: 76 %, 95 % interval 55–91 %.`, lowest first."""
    return [
        f"Of {r['attempts']:,} given a chance of {r['put']}, {r['passed']:,} passed: {percent(r['rate'])}, 95 % "
        f"interval {percent_range(r['rate_low'], r['rate_high'])}." for r in rows.iter_rows(named=True)
    ]  # fmt: skip


def summary(forecasts: pl.DataFrame, by: str, policy: Policy) -> pl.DataFrame:
    """scored() by class_year, program, exam or attempt; one row for all where `by` is "all"."""
    attempt = pl.when("first").then(pl.lit("first attempts")).otherwise(pl.lit("retakes"))
    rows = forecasts.with_columns(all=pl.lit("all"), attempt=attempt, class_year=pl.col("class_year").cast(pl.String))
    return scored(rows, by, policy)


def headline(row: dict[str, Any]) -> list[tuple[str, str, str, str | None, str]]:
    """Four figures over all attempts: label, value, chip, beside, help."""
    area = NONE if row["auc"] is None else f"{row['auc']:.2f}"
    spread = "one outcome only" if row["auc"] is None else f"95 % interval {row['auc_low']:.2f}–{row['auc_high']:.2f}"
    beside = (
        f"last score alone {row['brier_last_score_p']:.3f}, pass rate alone {row['brier_base_rate']:.3f}"
        if row["compared"] else None
    )  # fmt: skip
    brier = row["brier_p_pass"] if row["compared"] else row["brier"]
    on = f"on {row['compared']:,} compared" if row["compared"] else f"on {row['attempts']:,}"
    return [
        ("Failed", f"{row['failures']:,}", f"{row['expected_failures']:.0f} expected", f"of {row['attempts']:,}",
         "Decided attempts with an earlier score on the EPC scale."),
        (name_of("forecast_error"), f"{brier:.3f}", on, beside, help_for("forecast_error")),
        (name_of("ranking"), area, spread, None, help_for("ranking")),
        ("Failures caught", f"{row['caught']:,} of {row['failures']:,}", f"flagging {row['flagged']:,}", None,
         "Among the tenth of the attempts with the lowest chance."),
    ]  # fmt: skip


def context(policy: Policy) -> list[str]:
    """National figures, each with its year and source."""
    rates = [
        f"{r.group}: {r.pass_percent:.0f} % passed {r.exam} in {r.year}, {sourced(policy.base_rates)}."
        for r in sorted(policy.base_rates.rates, key=lambda r: (-r.year, r.program, not r.first))
    ]
    return [*(f"{c.sentence} {sourced(c)}." for c in policy.base_rates.context), *rates]


def retake_claim(drift: pl.DataFrame, policy: Policy) -> str:
    """`drift_claim` for retakes, whose chances start from the national rates of repeaters."""
    claim = drift_claim(drift.with_columns(first=~pl.col("first")), policy)
    return f"Retakes, which start from the national rates: {claim[:1].lower()}{claim[1:]}."


def missing_claim(now: CurveInUse, policy: Policy) -> str:
    """What was learned of students who lacked forms that their class had, at first attempts of each exam."""
    sentences = []
    for exam in now.curves:
        update = now.updates[exam, True]
        lacked = now.before.filter(pl.col("lacking") > 0, exam=exam, first=True)
        if lacked.height < policy.disclosure.smallest_group:
            continue
        failed, expected = int((~lacked["passed"]).sum()), float((1 - lacked["raw"]).sum())
        of_them = f"{failed:,} of {lacked.height:,} failed, {expected:.0f} expected from scores alone"
        so = ("Chances include it" if update.inclusion >= 0.5 else
              "That difference may be chance, so it hardly changes chances of passing")
        sentences.append(f"{exam}, students who lacked more forms than their class: {of_them}. {so}.")
    return " ".join(sentences)


def drift_claim(drift: pl.DataFrame, policy: Policy) -> str:
    """Whether first attempts of the newest classes fail more or less often than expected."""
    shown = pl.col("sat") >= policy.disclosure.smallest_group
    first = drift.filter(pl.col("first"), shown, pl.col("class_year").is_not_null())
    if first.is_empty():
        return "Too few outcomes to say whether the standard has moved"
    ordered = first.sort("class_year", "sat")
    decided = ordered.filter(pl.col("verdict_id") != FailuresVerdict.TOO_FEW_TO_SAY)
    latest = ordered.item(-1, "class_year")
    if decided.is_empty():
        return f"Class of {latest}: too few outcomes to say whether the standard has moved"
    newest = decided.row(-1, named=True)
    came = f"{newest['failed']:,} of {newest['sat']:,} failed, {newest['expected']:.0f} expected"
    moved = "" if newest["verdict_id"] == FailuresVerdict.AS_EXPECTED else f"; {_what_moved(decided)}"
    later = "" if latest == newest["class_year"] else f"; class of {latest}: too few outcomes to say"
    return f"Class of {newest['class_year']}, {newest['exam']}: {VERDICTS[newest['verdict_id']]}, {came}{moved}{later}"


def _what_moved(decided: pl.DataFrame) -> str:
    """A shift in every class is the curve; one that begins with a class is the standard, or that class."""
    findings = decided["verdict_id"].to_list()
    if len(findings) == 1:
        return "one class cannot tell a moved standard from a wrong curve"
    if len(set(findings)) == 1:
        return f"so did all {len(findings)} classes judged, so it is the curve, not a moved standard"
    since = next(n for n in range(len(findings)) if len(set(findings[n:])) == 1)
    return f"not so before the class of {decided.item(since, 'class_year')}, so the standard or the class has changed"


def retakers_now(figures: Figures) -> str:
    """`10 enrolled students stand before a retake, 2 of them before their last allowed attempt.`"""
    rows = figures.retakes.join(enrolled(figures.students).select("student_id"), on="student_id", how="semi")
    before = rows.filter(~pl.col("state_id").is_in([*CLOSED_STATES, WindowState.AWAITING_RESULT]))
    students, last = (part["student_id"].n_unique() for part in (before, before.filter("last_allowed")))
    over = rows.filter(state_id=WindowState.OUT_OF_ATTEMPTS)["student_id"].n_unique()
    stand = "stands" if students == 1 else "stand"
    return (f"{count(students, 'enrolled student')} {stand} before a retake, {last:,} of them before the last allowed "
            f"attempt; {over:,} {'is' if over == 1 else 'are'} out of attempts.")


def trial(forecasts: dy.DataFrame[Forecast], measure: str, below: float, policy: Policy) -> list[str]:
    """`Class of 2027: would have flagged 31 of 150; 9 failed; it would have missed 2.`, newest first."""
    rows = rule_on_past_classes(forecasts, measure, below, policy).sort("class_year", descending=True, nulls_last=True)
    return [
        f"Class of {r['class_year'] or 'unknown year'}: would have flagged {r['flagged']:,} of {r['attempts']:,}; "
        f"{r['failed']:,} of them failed; it would have missed {r['missed']:,}."
        for r in rows.iter_rows(named=True)
    ]


def versions(figures: Figures) -> list[tuple[str, str]]:
    """The rules and parameters in force, so that a figure can be traced to what made it."""
    policy, fit, curve_in_use = figures.policy, figures.readiness.fit, figures.readiness.curve_in_use
    lines = [
        ("Policy", f"{policy_version(policy)} (the first twelve characters of its SHA-256)"),
        (
            "Bands",
            f"{bands_words(policy)}; decided by {policy.readiness.bands_decided.decided_by}, "
            f"{day(policy.readiness.bands_decided.decided_on)}; {policy.readiness.bands_decided.source}",
        ),
        (
            "Growth",
            f"flattens over {fit.time.flattening_days:.0f} days, {fit.time.spurt:.0%} of it in the last weeks; "
            f"students differ by {fit.omega[0, 0] ** 0.5:.1f} EPC in level, "
            f"{fit.omega[1, 1] ** 0.5:.1f} in gain",
        ),
    ]
    of_school = sum(rule.school for rule in policy.rules.attempt_rules)
    lines.append(
        ("Attempt rules", f"{len(policy.rules.attempt_rules) - of_school} national, {of_school} of the school's own")
    )
    for exam, (working, cautious) in curve_in_use.curves.items():
        by = f"moved by {count(curve_in_use.printed, 'printed probability', 'printed probabilities')}"
        own = by if exam == policy.readiness.curves.refit.exam else "as policy states it"
        lines.append((f"Curve, {exam}", f"c {working.c:.1f}, s {working.s:.1f}; cautious c {cautious.c:.1f}, "
                                        f"s {cautious.s:.1f}; {own}"))  # fmt: skip
    for (exam, first), update in curve_in_use.updates.items():
        what = "first attempts" if first else "retakes"
        now = update.intercept[-1]
        formula = f"log odds → {now:+.2f} + {update.slope:.2f} × log odds" if update.outcomes else "identity"
        lines.append((f"Recalibration, {exam}, {what}", f"{formula}; {count(update.outcomes, 'outcome')}"))
    lines += instrument_lines(figures)
    return [(name, text.replace(" -", " −").replace("→ -", "→ −")) for name, text in lines]


def policy_version(policy: Policy) -> str:
    """The first twelve characters of the policy's SHA-256."""
    return hashlib.sha256(policy.model_dump_json().encode()).hexdigest()[:12]


def bands_words(policy: Policy) -> str:
    """`At risk below 58, Borderline below 66, …`"""
    words = [f"{b.name} below {b.below:.0f}" for b in policy.readiness.bands[:-1]]
    return ", ".join([*words, f"else {policy.readiness.bands[-1].name}"])


def document(forecasts: dy.DataFrame[Forecast], figures: Figures) -> dict[str, Any]:
    """The whole back-test as plain data: what `passline backtest --json` prints."""
    policy = figures.policy
    parts = []
    for n in forecasts["days_before"].unique().sort(descending=True):
        rows = where(forecasts, pl.col("days_before") == n)
        parts.append({
            "days_before": n, "reliability": reliability(rows, policy).to_dicts(),
            **{f"by_{by}" if by != "all" else "all": summary(rows, by, policy).to_dicts()
               for by in ("all", "class_year", "program", "exam", "attempt")},
        })  # fmt: skip
    fewest = policy.disclosure.smallest_group
    drift = figures.readiness.curve_in_use.failures_by_class.filter(pl.col("sat") >= fewest)
    drift = drift.with_columns(verdict=pl.col("verdict_id").str.replace_all("_", " "))  # as the document always had it
    return {
        "as_of": figures.as_of.isoformat(), "smallest_group_shown": fewest, "forecasts": parts,
        "drift": drift.to_dicts(), "retakers": retakers_now(figures), "in_force": dict(versions(figures)),
    }


def lines(forecasts: dy.DataFrame[Forecast], figures: Figures) -> list[str]:
    """The back-test as lines of text: what `passline backtest` prints."""
    policy, text = figures.policy, []
    for n in forecasts["days_before"].unique().sort(descending=True):
        rows = where(forecasts, pl.col("days_before") == n)
        text.append(f"{n} days before: {claim(rows)[0].lower()}{claim(rows)[1:]}.")
        text += [f"  {sentence}" for sentence in bin_texts(bins(rows, policy))]
        for by in ("all", "class_year", "program", "attempt"):
            for r in summary(rows, by, policy).iter_rows(named=True):
                beside = (
                    f"; on {r['compared']:,} with all three Brier {r['brier_p_pass']:.3f}, last score through the "
                    f"curve {r['brier_last_score_p']:.3f}, base rate {r['brier_base_rate']:.3f}"
                    if r["compared"] else ""
                )
                area = "" if r["auc"] is None else f", AUC {r['auc']:.2f} ({r['auc_low']:.2f} to {r['auc_high']:.2f})"
                text.append(
                    f"  {r['group']}: {r['failures']:,} of {r['attempts']:,} failed, {r['expected_failures']:.0f} "
                    f"expected; Brier {r['brier']:.3f}, log score {r['log_score']:.3f}{area}; "
                    f"flagging {r['flagged']:,} would have caught {r['caught']:,}{beside}"
                )
    text += [f"{drift_claim(figures.readiness.curve_in_use.failures_by_class, policy)}.",
             retake_claim(figures.readiness.curve_in_use.failures_by_class, policy), retakers_now(figures)]
    text += [missing] if (missing := missing_claim(figures.readiness.curve_in_use, policy)) else []
    text += [f"{name}: {value}" for name, value in versions(figures)]
    return text
