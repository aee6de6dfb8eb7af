"""Doubts about results: rules broken, attempt numbers, sittings with two dates, scores and dates that look mistyped."""

from datetime import date
from typing import cast

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Assessment, Attempt
from pipelines.imports.score_doubts import far_scores
from pipelines.marts.model.attempt_numbers import unrecorded_before
from pipelines.marts.retakes.rules import rule_doubts
from pipelines.merge.facts import Merged
from pipelines.policy import Policy, rule_wordings

SHOWN = 3
SITTING = ["student_id", "exam"]
KEY = [*SITTING, "taken_on"]
DOUBT = {"import_id": pl.Int32, "what": pl.String}


def result_doubts(coming: list[int], facts: Merged, policy: Policy) -> dict[int, list[str]]:
    """Sentences on the results of these imports, by import."""
    every: dict[int, list[str]] = {}
    is_new = pl.col("import_id").is_in(coming)
    if not facts.tables["attempt"].frame.filter(is_new).limit(1).collect().is_empty() or facts.moved.height:
        attempts = cast("dy.DataFrame[Attempt]", facts.tables["attempt"].frame.collect())
        for opening, found, end in [
            ("Stored all the same, though a rule of the day forbade it: ", _broken_rules(attempts, policy), "."),
            ("One sitting with two dates, stored once: ", _two_dates(facts.moved), ". Check which date is right."),
            ("The attempt number counts: ", _unrecorded(attempts), ". Upload the earlier attempts, or correct it."),
            ("Attempt numbers contradict the dates: ", _contradictions(attempts), ". Check numbers and dates."),
            ("Score and outcome contradict: ", _contradicted(attempts, policy), ". Check both."),
            ("A result long before the student's class: ", _too_old(attempts, facts, policy), ". Check the year."),
        ]:
            _say(every, opening, found.filter(is_new), end)
    assessments = facts.tables["assessment"].frame
    at_most = policy.imports.doubts.typed_rows_at_most
    new = assessments.filter(is_new).select("student_id", "taken_on", "import_id").limit(at_most + 1).collect()
    if 0 < new.height <= at_most:
        students = facts.tables["student"].frame.select("student_id", "class_year").collect()
        classmates = students.join(students.join(new, on="student_id", how="semi"), on="class_year", how="semi",
                                   nulls_equal=True)
        compared = assessments.join(classmates.lazy(), on="student_id", how="semi").collect(engine="streaming")
        found = far_scores(cast("dy.DataFrame[Assessment]", compared), students, coming, policy)
        _say(every, "A score far from the others: ", found, ". Check it for a typing error.")
        _say(every, "A result long before the student's class: ", _too_old(new, facts, policy), ". Check the year.")
    return every


def _say(every: dict[int, list[str]], opening: str, found: pl.DataFrame, end: str) -> None:
    for (import_id,), rows in found.partition_by("import_id", as_dict=True, maintain_order=True).items():
        more = f" and {rows.height - SHOWN} more" if rows.height > SHOWN else ""
        every.setdefault(import_id, []).append(f"{opening}{'; '.join(rows['what'].head(SHOWN))}{more}{end}")


def _broken_rules(attempts: dy.DataFrame[Attempt], policy: Policy) -> pl.DataFrame:
    broken = rule_doubts(attempts, date.max, policy).join(attempts.select(*KEY, "import_id"), on=KEY)
    wording = pl.col("rule_id").replace_strict(rule_wordings(policy), default=pl.col("rule_id"))
    return broken.select("import_id", what=pl.format("{} {} {} ({})", *KEY, wording))


def _two_dates(moved: pl.DataFrame) -> pl.DataFrame:
    """For the sheet whose date was replaced, and for the one whose date counts."""
    moved = moved.sort(KEY)
    return pl.concat([
        moved.select("import_id", what=pl.format("{} {}, {} in row {} and {} on another sheet, which counts", *KEY,
                                                 "sheet_row", "sat_on")),
        moved.select(import_id="sat_import", what=pl.format("{} {}, {} here, which counts, and {} on another sheet",
                                                            *SITTING, "sat_on", "taken_on")),
    ])


def _unrecorded(attempts: pl.DataFrame) -> pl.DataFrame:
    """Attempts whose number tells of sittings that are not on record."""
    used = attempts.sort(KEY).with_columns(missing=unrecorded_before(SITTING))
    told = pl.col("attempt_number") - 1 == pl.col("missing") + pl.int_range(pl.len()).over(SITTING)
    contradicts = (pl.col("attempt_number") < pl.col("attempt_number").shift(-1)).over(SITTING).fill_null(True)
    return used.filter(pl.col("missing") > 0, told, contradicts).select(
        "import_id", what=pl.format("{} {} {} is attempt {}, so {} are used, but {} of them {} not on record", *KEY,
                                    "attempt_number", "attempt_number", "missing", _are(pl.col("missing"))))


def _are(count: pl.Expr) -> pl.Expr:
    return pl.when(count == 1).then(pl.lit("is")).otherwise(pl.lit("are"))


def _contradictions(attempts: pl.DataFrame) -> pl.DataFrame:
    """Numbered attempts dated before one of a lower number, or numbered below the sittings before them."""
    numbered = attempts.sort(KEY).with_columns(
        on_record=pl.int_range(1, pl.len() + 1).over(SITTING)).filter(pl.col("attempt_number").is_not_null())
    before = {name: pl.col(name).shift().over(SITTING) for name in ("attempt_number", "taken_on", "import_id")}
    pairs = numbered.with_columns(number_before=before["attempt_number"], on_before=before["taken_on"],
                                  import_before=before["import_id"])
    later = pairs.filter(pl.col("attempt_number") <= pl.col("number_before")).with_columns(
        what=pl.format("{} {}: attempt {} on {}, attempt {} on {}", *SITTING, "number_before", "on_before",
                       "attempt_number", "taken_on"))
    too_low = numbered.filter(pl.col("attempt_number") < pl.col("on_record")).join(
        later, on=KEY, how="anti").select("import_id", what=pl.format(
            "{} {} {} is attempt {} by its number, but number {} on record", *KEY, "attempt_number", "on_record"))
    of_both = [later.select("import_id", "what"), later.select(import_id="import_before", what="what"), too_low]
    return pl.concat(of_both).unique(maintain_order=True)


def _contradicted(attempts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Passes scored below the passing standard of their day, and fails at or above it."""
    standard = pl.lit(None, pl.Int64)
    for exam in policy.exams:
        own = pl.lit(exam.passing_standard)
        for earlier in sorted(exam.earlier, key=lambda e: e.until_day, reverse=True):
            own = pl.when(pl.col("taken_on") < earlier.until_day).then(earlier.passing_standard).otherwise(own)
        standard = pl.when(pl.col("exam") == exam.name).then(own).otherwise(standard)
    passed = pl.col("scaled_score") >= standard
    wrong = ((pl.col("outcome") == "pass") & ~passed) | ((pl.col("outcome") == "fail") & passed)
    return attempts.filter(wrong).sort(KEY).select("import_id", what=pl.format(
        "{} {} {} is a {} with {}", *KEY, "outcome", pl.col("scaled_score").cast(pl.Int64)))


def _too_old(results: pl.DataFrame, facts: Merged, policy: Policy) -> pl.DataFrame:
    """Results more than the policy's years before the student's graduation."""
    years = facts.tables["student"].frame.select("student_id", "class_year").drop_nulls().collect()
    old = pl.col("taken_on").dt.year() < pl.col("class_year") - policy.imports.doubts.years_before_graduation
    return results.join(years, on="student_id").filter(old).sort("student_id", "taken_on").select(
        "import_id", what=pl.format("student {} of the class of {}, {}", "student_id", "class_year", "taken_on"))
