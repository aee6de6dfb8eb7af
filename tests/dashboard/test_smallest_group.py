"""One entry of policy says how small a group may be whose figures are shown; figures and sentences follow it."""

from pathlib import Path

import polars as pl
import pytest

from dashboard.data.figures import Figures, figures_of
from dashboard.data.warehouse import Warehouse
from dashboard.pages.evidence import text as evidence_text
from dashboard.pages.risk import text as risk_text
from dashboard.pages.subjects import class_text
from dashboard.pages.tutoring import text as tutoring_text
from pipelines.policy import Policy
from pipelines.store.home import Home
from tests.conftest import AS_OF

LIMIT = 156  # more students than the newest class of the sample has, fewer than the classes before it


@pytest.fixture(scope="module")
def stricter(policy: Policy) -> Policy:
    limit = policy.disclosure.model_copy(update={"smallest_group": LIMIT})
    return policy.model_copy(update={"disclosure": limit})


@pytest.fixture(scope="module")
def figures(sample_root: Path, stricter: Policy) -> Figures:
    build = Home(sample_root).current()
    assert build is not None
    return figures_of(Warehouse(build.path), AS_OF, stricter)


def test_areas_of_smaller_groups_are_emptied_and_the_picture_says_the_limit(figures: Figures) -> None:
    assert figures.class_areas["students"].drop_nulls().min() >= LIMIT  # type: ignore[operator]
    hidden = class_text.by_class_year(figures, "system").filter("suppressed")
    assert hidden.height > 0
    assert set(hidden.select("shown", "read").rows()) == {(f"<{LIMIT}", f"fewer than {LIMIT} students")}


def test_classes_and_forecasts_of_smaller_groups_are_not_shown(
    figures: Figures, policy: Policy, stricter: Policy
) -> None:
    drift = figures.readiness.curve_in_use.failures_by_class
    assert evidence_text.drift_table(drift, policy).height > evidence_text.drift_table(drift, stricter).height == 0

    def classes(fewest: int) -> list[risk_text.Observed]:
        return risk_text.observed(figures.students, figures.attempts, "Step 1", None, AS_OF, fewest)

    assert len(classes(policy.disclosure.smallest_group)) > len(classes(LIMIT)) == 0


def test_the_answer_on_tutoring_says_the_limit(stricter: Policy) -> None:
    assert f"fewer than {LIMIT} tutored students" in tutoring_text.effect_claim(pl.DataFrame(), stricter)
