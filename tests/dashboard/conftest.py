"""Students of the sample class below the line, and flags on them."""

import polars as pl
import pytest

from pipelines.contracts.readiness import AT_RISK_BANDS
from pipelines.office import Person
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.dashboard.pages import figures

DR_LIN = Person("Dr Lin")


@pytest.fixture
def low(app_home, policy):
    """The figures, and students below the line in order of danger."""
    known = figures(app_home, policy)
    below = known.risk.filter(pl.col("band_id").is_in(AT_RISK_BANDS)).sort("p_pass")
    return known, below["student_id"].unique(maintain_order=True).to_list()


def raise_flags(home, students, owner="Dr Osei", by=DR_OSEI, at=AT):
    home.office.flags.raise_flags(
        students, reason="Below the line", areas=[], urgency="this week", owner=owner, due_on=AS_OF, by=by, at=at
    )
    return home.office.flags.rows("open", students)["flag_id"].to_list()
