"""What people decide, in a transactional store: imports, corrections, flags, notes, bands, and who and when."""

from pipelines.office.cases import URGENCIES, VISIBILITIES, Cases, Flagged
from pipelines.office.engine import open_engine
from pipelines.office.layouts import SavedLayouts
from pipelines.office.ledger import Correction, InForce, Ledger, SheetImport, State
from pipelines.office.overrides import Overrides
from pipelines.office.people import Person

__all__ = ["URGENCIES", "VISIBILITIES", "Correction", "Flagged", "InForce", "Office", "Person", "SheetImport", "State"]


class Office(Cases, Overrides, SavedLayouts, Ledger):
    """The office store at a SQLAlchemy URL, migrated when opened."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
