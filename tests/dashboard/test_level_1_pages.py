"""Level 1 told truly: COMSAE with its maker's caution beside every chance that rests on it, and no probability that
NBME printed for Step 1 at the head of a Level 1 page."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from dashboard.data.cautions import cautions, past_failures
from dashboard.data.figures import Figures
from dashboard.pages.student.text import metrics
from dashboard.words.cautions import caution_text
from dashboard.words.markdown import plain
from pipelines.policy import Policy
from pipelines.store.home import Home
from tests.conftest import AS_OF
from tests.dashboard.pages import figures, opened, words
from tests.marts.builders import POLICY, assessments, risk_row

NBOME = "NBOME: COMSAE “should not be used to predict performance” on COMLEX. "
COMSAE = {"instrument": "COMSAE", "form": "110", "scale": "COMSAE", "score": 455.0, "taken_on": AS_OF - timedelta(9)}
CBSE = {"instrument": "CBSE", "form": "", "score": 61.0, "printed_probability": 0.62, "taken_on": AS_OF}


@pytest.fixture
def sample(app_home: Home, policy: Policy) -> Figures:
    return figures(app_home, policy)


def shown(exam: str, *rows: dict[str, Any]) -> Any:
    scores = assessments(*rows).sort("taken_on", descending=True)
    return metrics(risk_row({"program": "DO" if exam == "Level 1" else "MD"}), scores, POLICY, AS_OF,
                   has_results=True)[2]  # fmt: skip


@pytest.mark.parametrize(("past", "here"), [
    (None, "No Level 1 attempt with an earlier score is known here yet, so nothing here has tested this chance."),
    ((9, 1, 1.2), "Too few Level 1 attempts with an earlier score are known here to test it."),
    ((84, 9, 7.4), "Here, of 84 Level 1 attempts with an earlier score, 7 were expected to fail and 9 did."),
])
def test_the_caution_stands_beside_the_schools_own_past(past: Any, here: str) -> None:
    caution = POLICY.instruments.by_name["COMSAE"].caution
    assert caution is not None
    assert caution_text(caution, "Level 1", past, 10) == NBOME + here


def test_a_level_1_page_is_headed_by_the_newest_comsae_and_not_by_what_nbme_printed_for_step_1() -> None:
    newest = shown("Level 1", COMSAE, CBSE)
    assert (newest.label, newest.value, newest.chip) == ("Newest COMSAE", "455", "COMSAE 110")
    without = shown("Level 1", CBSE)
    assert (without.value, without.chip) == ("—", "not on any sheet")
    step_1 = shown("Step 1", COMSAE, CBSE)
    assert (step_1.value, step_1.chip) == ("62 %", "CBSE")


def test_the_caution_is_on_every_page_with_a_level_1_chance_that_rests_on_comsae(sample: Figures) -> None:
    level_1 = sample.risk.filter(pl.col("exam") == "Level 1", pl.col("p_pass").is_not_null())
    comsae = sample.observations.filter(instrument="COMSAE")["student_id"]
    resting = level_1.filter(pl.col("student_id").is_in(comsae.implode()))
    one = resting.filter(pl.col("days_left") > 30).row(0, named=True)
    by_class = sample.readiness.curve_in_use.failures_by_class.filter(pl.col("sat") >= 10, exam="Level 1")
    sat, failed, expected = by_class.select(pl.col("sat", "failed", "expected").sum()).row(0)
    assert past_failures(sample, "Level 1") == (sat, failed, expected)
    assert sat >= 30
    line = f"{NBOME}Here, of {sat} Level 1 attempts with an earlier score, {expected:.0f} were expected to fail and " \
           f"{failed} did."  # fmt: skip
    assert cautions(sample, resting.head(1)) == [line]
    for page in ("student", "exam_plan"):
        assert plain(line) in words(opened(page, student=one["student_id"], exam="Level 1")), page
    class_year = str(sample.students.filter(student_id=one["student_id"]).item(0, "class_year"))
    assert plain(line) in words(opened("risk", class_=class_year, exam="Level 1"))


def test_no_caution_stands_beside_step_1_or_a_chance_that_rests_on_other_scores(sample: Figures) -> None:
    comsae = sample.observations.filter(instrument="COMSAE")["student_id"]
    assert cautions(sample, sample.risk.filter(exam="Step 1")) == []
    others = sample.risk.filter(exam="Level 1").filter(~pl.col("student_id").is_in(comsae.implode()))
    assert cautions(sample, others) == []
    assert cautions(sample, others.with_columns(p_pass=pl.lit(0.7)), ["COMSAE"]) != []
