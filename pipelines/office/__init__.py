"""What people decide, in a transactional store: imports, corrections, flags, notes, bands, and who and when."""

from pipelines.office.cases import URGENCIES, VISIBILITIES, Cases, Flagged
from pipelines.office.engine import open_engine
from pipelines.office.groups import Group, GroupPlan, Groups
from pipelines.office.layouts import SavedLayouts
from pipelines.office.ledger import Correction, InForce, Ledger, SheetImport, State
from pipelines.office.overrides import Overrides
from pipelines.office.people import Person
from pipelines.office.retake_plans import NewPlan, RetakePlans
from pipelines.office.school_rules import RuleSet, SchoolRules, as_rules

__all__ = [
    "URGENCIES", "VISIBILITIES", "Correction", "Flagged", "Group", "GroupPlan", "InForce", "NewPlan", "Office",
    "Person", "RuleSet", "SheetImport", "State", "as_rules",
]


class Office(Cases, Groups, Overrides, Ledger, SavedLayouts, SchoolRules, RetakePlans):
    """The office store at a SQLAlchemy URL, migrated when opened."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
