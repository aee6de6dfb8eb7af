"""Did it help: what the page says before any result, of a result, and where nobody can be compared."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from dashboard.pages.tutoring import text
from dashboard.words import tutoring as words
from pipelines.contracts.support import ComparedWith, EffectVerdict
from pipelines.policy import Policy
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.dashboard.conftest import raise_flags
from tests.dashboard.pages import opened
from tests.dashboard.pages import words as words_of

RESULT: dict[str, Any] = {
    "of": "all", "name": "", "compared_with": "just_missed", "students": 60, "compared": 12, "smallest": 4.6,
    "gain": 3.14, "low": 1.2, "high": 5.1, "verdict_id": EffectVerdict.MORE_THAN_EXPECTED,
}  # fmt: skip


def claim(policy: Policy, **differs: Any) -> str:
    return text.effect_claim(pl.DataFrame([{**RESULT, **differs}]), policy)


def test_what_could_be_seen_is_said_in_whole_points() -> None:
    assert words.could_see(RESULT) == (
        "With 60 tutored and 12 compared (students who just missed hours), only an effect of 5 EPC or more is likely "
        "to be seen."
    )


def test_where_nobody_can_be_compared_nothing_is_told_but_who_could_be(policy: Policy) -> None:
    nobody = {"compared_with": ComparedWith.NOBODY, "compared": 0, "smallest": None, "gain": None}
    assert claim(policy, **nobody) == "Can't tell from this: 60 tutored students, and nobody alike to compare them with"
    assert words.could_see({**RESULT, **nobody}) == ""
    assert "A comparison needs 10 students without tutoring" in words.who_can_be_compared(policy)


def test_before_later_scores_it_is_too_early_to_tell(policy: Policy) -> None:
    assert claim(policy, gain=None).startswith("Too early to tell: of 60 tutored students and 12 to compare")


@pytest.mark.parametrize(("verdict", "start"), [
    (EffectVerdict.MORE_THAN_EXPECTED, "60 tutored students gained more than those compared: +3.1 EPC beside students"),
    (EffectVerdict.LESS_THAN_EXPECTED, "60 tutored students gained less than those compared: +3.1 EPC beside students"),
    (EffectVerdict.CANNOT_TELL, "Can't tell from this: +3.1 EPC beside students who just missed hours, 80 % interval"),
])  # fmt: skip
def test_each_verdict_is_told_with_whom_it_compares(verdict: str, start: str, policy: Policy) -> None:
    assert claim(policy, verdict_id=verdict).startswith(start)


def test_who_missed_an_approved_week_or_was_flagged_may_be_compared() -> None:
    week, flagged_at = AS_OF - timedelta(days=30), datetime.combine(AS_OF, AT.timetz())
    approved = pl.DataFrame({"student_id": ["A", "B"], "tutor_id": ["T1", None], "week_on": [week, week]})
    flags = pl.DataFrame({"student_id": ["C"], "flagged_at": [flagged_at]})
    rows = text.needing_without_hours(approved, flags).rows()
    assert rows == [("B", week), ("C", AS_OF)]


def test_the_page_says_what_could_be_seen_above_the_answer_and_counts_flagged_students(app_home, low) -> None:
    raise_flags(app_home, low[1][:5])
    app_home.office.tutoring.log_session(dict.fromkeys(low[1][:1], True), tutor_id="T01", held_on=AS_OF, hours=1.0,
                                         areas=[], by=DR_OSEI, at=AT)  # fmt: skip
    test = opened("tutoring", part="Did it help")
    page = words_of(test)
    assert "EPC or more is likely to be seen." in page
    table = test.dataframe[0].value
    assert table["Compared with"].tolist()[0] == "earlier classes"
    assert table["Compared"].tolist()[0] >= 10
