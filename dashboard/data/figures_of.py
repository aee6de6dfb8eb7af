"""The figures of one build for one day: the bridge from the warehouse's questions to the marts."""

from datetime import date

from dashboard.data.figures import AreaFacts, Figures, figures
from dashboard.data.warehouse import Warehouse
from pipelines.policy import Policy


def figures_of(warehouse: Warehouse, as_of: date, policy: Policy) -> Figures:
    """Everything for `as_of` from one build; areas are read when subjects are first asked for."""
    return figures(
        warehouse.students(), warehouse.attempts(), warehouse.observations(),
        lambda: AreaFacts(warehouse.area_batches, warehouse.assessments, lambda: warehouse.table("topics")),
        as_of, policy,
    )
