"""The office store: what people decide (imports, corrections, flags, cases, notes, tutoring), who decided and when."""

from pipelines.contracts.decisions import AREA_LABEL, Correction, SheetImport
from pipelines.office.calendars import CalendarEvent, Calendars
from pipelines.office.cases import FACTS, Cases
from pipelines.office.columns import Person
from pipelines.office.date_order import DateOrder
from pipelines.office.engine import open_engine
from pipelines.office.exam_plans import ExamPlans, NewPlan
from pipelines.office.flags import URGENCIES, Flagged, Flags
from pipelines.office.groups import Group, GroupPlan, Groups
from pipelines.office.ignored_columns import IgnoredColumns
from pipelines.office.layouts import SavedLayouts
from pipelines.office.ledger import InForce, Ledger, State
from pipelines.office.notes import VISIBILITIES, Notes, draft_place
from pipelines.office.overrides import Overrides
from pipelines.office.school_rules import RuleSet, SchoolRules, as_rules
from pipelines.office.suggestions import Suggestions
from pipelines.office.tutoring import Tutoring
from pipelines.office.writing import Written

__all__ = [
    "AREA_LABEL", "FACTS", "URGENCIES", "VISIBILITIES", "CalendarEvent", "Correction", "Flagged", "Group", "GroupPlan",
    "InForce", "NewPlan", "Office", "Person", "RuleSet", "SheetImport", "State", "Written", "as_rules", "draft_place",
]


class Office:
    """The office store at a SQLAlchemy URL, migrated when opened; each part holds one kind of decision.

    `read_only`: the reason why nothing can be decided.
    """

    def __init__(self, url: str, *, read_only: str | None = None) -> None:
        self.engine = engine = open_engine(url, read_only=read_only)
        self.flags = Flags(engine)
        self.cases = Cases(engine)
        self.notes = Notes(engine)
        self.suggestions = Suggestions(engine)
        self.tutoring = Tutoring(engine)
        self.groups = Groups(engine)
        self.overrides = Overrides(engine)
        self.ledger = Ledger(engine)
        self.layouts = SavedLayouts(engine)
        self.date_order = DateOrder(engine)
        self.ignored_columns = IgnoredColumns(engine)
        self.rules = SchoolRules(engine)
        self.exam_plans = ExamPlans(engine)
        self.calendars = Calendars(engine)
