"""The sentences of Risk's ids, and that nothing but words hangs on what a band is called."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from dashboard.data import cases, roster
from dashboard.data.figures import Figures, figures_of
from dashboard.data.warehouse import Warehouse
from dashboard.pages.risk import text as risk_page
from dashboard.words.risk import basis_word, basis_words, reason_texts, risk_export
from pipelines.contracts import readiness
from pipelines.contracts.readiness import Band, Reason, Risk
from pipelines.marts.risk.risk import expected_to_pass
from pipelines.marts.tutoring.flag_suggestions import suggestions
from pipelines.policy import Policy, changed
from pipelines.store.home import Home
from tests.conftest import AS_OF

SENTENCES: list[tuple[Reason, dict[str, Any], str]] = [
    (Reason.PASSED_EXAM, {"sat_exam": "Step 1", "on": date(2027, 1, 8)}, "Passed Step 1 on 8 Jan 2027"),
    (Reason.FAILED_EXAM, {"sat_exam": "Step 1", "on": date(2027, 1, 8)}, "Failed Step 1 on 8 Jan 2027"),
    (Reason.ATTEMPTS_MADE, {"attempts": 1}, "1 attempt"),
    (Reason.ATTEMPTS_MADE, {"attempts": 3}, "3 attempts"),
    (Reason.RESULT_AWAITED, {"sat_exam": "Level 1", "on": date(2027, 1, 8)},
     "Sat Level 1 on 8 Jan 2027, result awaited"),
    (Reason.ATTEMPTS_USED_UP, {"attempts": 4, "attempt_limit": 4}, "4 of 4 attempts used"),
    (Reason.NO_SELF_ASSESSMENT, {}, "No self-assessment on file"),
    (Reason.BEYOND_SCORES, {"days": 220}, "Exam 220 d after the newest score: too far ahead for scores to predict"),
    (Reason.READINESS, {"epc": 60, "from_low_pass": -2}, "Readiness 60 EPC, 2 below the low-pass range"),
    (Reason.READINESS, {"epc": 65, "from_low_pass": 0}, "Readiness 65 EPC, inside the low-pass range"),
    (Reason.READINESS, {"epc": 70, "from_low_pass": 2}, "Readiness 70 EPC, 2 above the low-pass range"),
    (Reason.NEWEST_SCORE, {"days": 0}, "Newest score from today"),
    (Reason.NEWEST_SCORE, {"days": 12}, "Newest score 12 d old"),
    (Reason.TREND, {"epc": 3, "days": 60}, "Up 3 EPC in 60 d"),
    (Reason.TREND, {"epc": -3, "days": 60}, "Down 3 EPC in 60 d"),
    (Reason.RETAKE_GAIN, {"epc": 4}, "4 EPC gain expected since the failed attempt, from national retake rates"),
    (Reason.NO_DATE_PLANNED, {"days": 40}, "No date planned, assumed to sit in 40 d"),
    (Reason.SITS_TODAY, {"days": 0}, "Sits today"),
    (Reason.SITS_SOON, {"days": 14}, "Sits in 14 d"),
    (Reason.DAYS_TO_IMPROVE, {"days": 70}, "70 days left to improve"),
    (Reason.DAYS_LEFT, {"days": 70}, "70 days left"),
    (Reason.SCORE_DISAGREES, {"instrument": "CBSSA", "on": date(2027, 1, 8), "epc": -9},
     "CBSSA of 8 Jan 2027 is 9 EPC below what the other scores say"),
    (Reason.SCORE_DISAGREES, {"instrument": "CBSE", "on": date(2027, 1, 8), "epc": 9},
     "CBSE of 8 Jan 2027 is 9 EPC above what the other scores say"),
    (Reason.SCORE_MISTYPED, {"instrument": "CBSE", "on": date(2027, 1, 8), "epc": -30},
     "CBSE of 8 Jan 2027 is 30 EPC below what all else says: probably mistyped, so it hardly counts; check its report"),
    (Reason.MISSING_FORMS, {"forms": 2, "class_forms": 5}, "Lacks 2 of 5 forms that half of the class has"),
    (Reason.LATE_FORMS, {"days": 12}, "Took forms 12 d later than the class"),
    (Reason.LATE_FORMS, {"days": -12}, "Took forms 12 d earlier than the class"),
]  # fmt: skip


def test_every_reason_has_its_sentence() -> None:
    assert {reason for reason, _, _ in SENTENCES} == set(Reason)
    assert reason_texts([{"reason_id": reason.value, **numbers} for reason, numbers, _ in SENTENCES]) == [
        sentence for _, _, sentence in SENTENCES
    ]
    assert reason_texts([]) == []


def test_an_unknown_reason_is_refused() -> None:
    with pytest.raises(pl.exceptions.InvalidOperationError, match="moon_phase"):
        reason_texts([{"reason_id": "moon_phase"}])


def test_every_basis_of_a_test_day_has_a_text_of_its_own_and_a_word() -> None:
    bases = list(readiness.TestDayBasis)
    assert len({basis_words(basis) for basis in bases}) == len(bases)
    assert {basis_word(basis) for basis in bases} == {"planned", "sat", "usual date", "assumed"}


def test_the_export_has_the_words_in_the_place_of_the_ids_and_the_ids_last(known: Figures, policy: Policy) -> None:
    rows = risk_export(known.risk, policy)
    assert rows.columns[12:16] == ["band", "reasons", "test_on", "test_on_basis"]
    assert rows.columns[-3:] == ["band_id", "test_on_basis_id", "reason_ids"]
    assert set(rows.select("band", "band_id").unique().rows()) == {
        (policy.readiness.band_names[b], b.value) for b in Band
    }
    lengths = rows.select(pl.col("reasons", "reason_ids").str.split("; ").list.len())
    assert lengths["reasons"].equals(lengths["reason_ids"].alias("reasons"))


@pytest.fixture(scope="module")
def known(sample_root: Any, policy: Policy) -> Figures:
    return _figures(sample_root, policy)


def _figures(root: Any, policy: Policy) -> Figures:
    build = Home(root).current()
    assert build
    return figures_of(Warehouse(build.path), AS_OF, policy)


@pytest.fixture(scope="module")
def renamed(policy: Policy) -> Policy:
    """The policy with other names for the bands and states, some like another's own."""
    def with_other_names(parts: list[Any]) -> list[Any]:
        return [part.model_copy(update={"name": f"{part.name[::-1]} {n}; At risk"}) for n, part in enumerate(parts)]

    return changed(policy, "readiness", bands=with_other_names(policy.readiness.bands),
                   states=with_other_names(policy.readiness.states))  # fmt: skip


def test_no_figure_order_filter_or_count_hangs_on_what_a_band_is_called(
    sample_root: Any, known: Figures, policy: Policy, renamed: Policy
) -> None:
    other = _figures(sample_root, renamed)
    assert other.risk.equals(known.risk)
    assert expected_to_pass(other.risk) == expected_to_pass(known.risk)
    assert roster.current_class(other.students, other.risk) == roster.current_class(known.students, known.risk)
    lists = [risk_page.standing(f.students, f.risk, f.retakes, whole_school=True) for f in (known, other)]
    assert lists[1].equals(lists[0])
    assert risk_page.band_counts(lists[1]) == risk_page.band_counts(lists[0])
    for band in Band:
        assert risk_page.chosen(lists[1], [band.value]).equals(risk_page.chosen(lists[0], [band.value]))
    assert risk_page.plotted(lists[1]).equals(risk_page.plotted(lists[0]))
    shown = risk_export(other.risk, renamed)
    assert shown.drop("band").equals(risk_export(known.risk, policy).drop("band"))
    assert set(shown["band"]) == set(renamed.readiness.band_names.values())


def test_no_suggestion_hangs_on_what_a_band_is_called(known: Figures, policy: Policy, renamed: Policy) -> None:
    nobody = pl.DataFrame(schema={"student_id": pl.String, "on": pl.Date})
    scores = known.read_areas().assessments
    suggested, other = (
        suggestions(known.students, known.risk, known.retakes, scores, nobody, p.support.flag_rule, AS_OF, p)
        for p in (policy, renamed)
    )
    assert suggested.filter(rule="at-risk").height > 0
    assert other.equals(suggested)


def test_what_raised_a_flag_is_kept_by_id(known: Figures) -> None:
    student = known.risk.filter(band_id=Band.AT_RISK.value)["student_id"][0]
    (figures, *_) = cases.raised_by_hand(known, [student], "build", 1, 1)[student]["exams"].values()
    assert figures["band_id"] == "at_risk"


def test_a_band_no_contract_knows_is_refused(known: Figures) -> None:
    with pytest.raises(Exception, match="band_id"):
        Risk.validate(known.risk.with_columns(band_id=pl.lit("At risk")))
