"""The figures of one build for one day: the bridge from the warehouse's questions to the marts."""

from datetime import date, datetime

from dashboard.queries import Warehouse
from dashboard.whatif import AreaFacts, Figures, figures
from pipelines.office import Office
from pipelines.policy import Policy, load_policy, with_school


def policy_of(office: Office, at: datetime | None = None) -> Policy:
    """What ships, with the school's own rules in force now, or at an earlier moment."""
    school = office.school_rules(at)
    return with_school(load_policy(), school.rules, school.advice)


def figures_of(warehouse: Warehouse, as_of: date, policy: Policy) -> Figures:
    """Everything for `as_of` from one build; areas are read when subjects are first asked for."""
    return figures(
        warehouse.students(), warehouse.attempts(), warehouse.observations(),
        lambda: AreaFacts(warehouse.content_areas(), warehouse.assessments()), as_of, policy,
    )
