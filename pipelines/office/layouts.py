"""Layouts that people saved: which column of their sheet means what."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, null, select

from pipelines.errors import DecisionRefused
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.old_names import with_current_names
from pipelines.office.tables import saved_layout
from pipelines.office.writing import record


class SavedLayouts:
    """Saved layouts in the office store; the newest of a name counts."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def saved(self) -> list[dict[str, Any]]:
        """Every saved layout, by name, as data for pipelines.sheets."""
        newest: dict[str, Any] = {}
        with self.engine.connect() as connection:
            query = select(saved_layout).order_by(saved_layout.c.saved_layout_id)
            for row in connection.execute(query).mappings():
                newest[row["name"]] = with_current_names(row["layout"])
        return [newest[name] for name in sorted(newest) if newest[name] is not None]

    def save(self, layout: dict[str, Any], *, by: Person, at: datetime) -> None:
        """Save a layout under its name. Raises DecisionRefused without a name."""
        name = str(layout.get("name") or "").strip()
        if not name:
            raise DecisionRefused("A layout needs a name: say whose sheet it is.")
        self._write_layout(name[:100], {**layout, "name": name[:100]}, "save layout", by, at)

    def drop(self, name: str, *, by: Person, at: datetime) -> None:
        """Delete a saved layout; sheets read by it stay as they are. Raises DecisionRefused for an unknown name."""
        if name not in {layout["name"] for layout in self.saved()}:
            raise DecisionRefused(f"There is no saved layout {name}: see the saved mappings.")
        self._write_layout(name, None, "drop layout", by, at)

    def _write_layout(
        self, name: str, layout: dict[str, Any] | None, action: str, by: Person, at: datetime
    ) -> None:
        with writing(self.engine) as connection:
            stored = null() if layout is None else layout
            connection.execute(insert(saved_layout).values(name=name, layout=stored, **by.signs("saved", at)))
            record(connection, action, name, by, at)
