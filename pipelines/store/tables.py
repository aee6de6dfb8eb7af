"""What the warehouse holds: every table of a build, made from the facts."""

from typing import cast

import dataframely as dy

from pipelines.contracts.facts import Assessment
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.merge.facts import Merged
from pipelines.merge.tables import Table
from pipelines.policy import Policy


def warehouse_tables(facts: Merged, policy: Policy) -> dict[str, Table]:
    """The facts, the observations made from them, and the accounts of the sheets, each by its table's name."""
    assessments = cast("dy.DataFrame[Assessment]", facts.tables["assessment"].frame.collect())
    return {
        **facts.tables,
        "observation": Table(observations(assessments, policy).lazy()),
        "import_account": Table(facts.accounts.lazy()),
        "held_row": Table(facts.held.lazy()),
        "unknown_student": Table(facts.unknown.lazy()),
        "older_value": Table(facts.older.lazy()),
        "unknown_area": Table(facts.unknown_areas.lazy()),
        "unknown_instrument": Table(facts.unknown_instruments.lazy()),
    }
