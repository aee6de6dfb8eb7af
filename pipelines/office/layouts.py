"""Mappings of sheets that people made and named, in the office store."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, null, select

from pipelines.errors import DecisionRefused
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.old_names import with_names_of_today
from pipelines.office.tables import saved_layout
from pipelines.office.writing import record


class SavedLayouts:
    """Saved mappings by name; the newest of a name counts."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def saved(self) -> list[dict[str, Any]]:
        """Every mapping that stands, by name, as data for pipelines.sheets."""
        newest: dict[str, Any] = {}
        with self.engine.connect() as connection:
            query = select(saved_layout).order_by(saved_layout.c.saved_layout_id)
            for row in connection.execute(query).mappings():
                newest[row["name"]] = with_names_of_today(row["layout"])
        return [newest[name] for name in sorted(newest) if newest[name] is not None]

    def save(self, layout: dict[str, Any], *, by: Person, at: datetime) -> None:
        """Keep a mapping under its name. Raises DecisionRefused without a name."""
        name = str(layout.get("name") or "").strip()
        if not name:
            raise DecisionRefused("A mapping needs a name: say whose sheet it is.")
        self._write_layout(name[:100], {**layout, "name": name[:100]}, "save layout", by, at)

    def drop(self, name: str, *, by: Person, at: datetime) -> None:
        """Take a mapping away; sheets already read by it stay as they are. Raises DecisionRefused where none is."""
        if name not in {layout["name"] for layout in self.saved()}:
            raise DecisionRefused(f"There is no saved mapping {name}: see `passline layouts`.")
        self._write_layout(name, None, "drop layout", by, at)

    def _write_layout(
        self, name: str, layout: dict[str, Any] | None, action: str, by: Person, at: datetime
    ) -> None:
        with writing(self.engine) as connection:
            kept = null() if layout is None else layout
            connection.execute(insert(saved_layout).values(name=name, layout=kept, **by.signs("saved", at)))
            record(connection, action, name, by, at)
