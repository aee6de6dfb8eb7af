"""Decisions on labels, as names of content areas and of instruments are decided alike.

A decision is kept as a correction of a fact of its own ("area label"): its key is the label, its values say what the
label means. So it is signed, audited, listed, replayed and undone as every correction is. Sheets with the label are
read again from their bytes, as if it had been known from the start.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.contracts.decisions import Correction
from pipelines.errors import DecisionRefused
from pipelines.imports.corrections import undo_correction
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.store.builds import decide
from pipelines.store.home import Home


@dataclass(frozen=True)
class UnknownLabel:
    """A label that waits for a decision: as first written, its rows and files, and the most similar meanings."""

    label: str
    rows: int
    files: list[str]
    suggested: list[str]


@dataclass(frozen=True)
class LabelDecisions:
    """The decisions of one fact: `key` is a label as it is compared, `values` name what a decision says of it, and
    `listed` is where they are seen ("the labels decided on")."""

    fact: str
    key: Callable[[str], str]
    values: list[str]
    listed: str

    def queue(self, unknown: pl.DataFrame, suggested: Callable[[str], list[str]]) -> list[UnknownLabel]:
        """The labels of a table of unknown ones (file, label, rows), most rows first; labels that differ only in case
        and signs are one."""
        by_label: dict[str, list[dict[str, object]]] = {}
        for row in unknown.to_dicts():
            by_label.setdefault(self.key(row["label"]), []).append(row)
        queue = []
        for rows in by_label.values():
            label, files = str(rows[0]["label"]), list(dict.fromkeys(str(row["file"]) for row in rows))
            queue.append(UnknownLabel(label, sum(int(str(row["rows"])) for row in rows), files, suggested(label)))
        return sorted(queue, key=lambda one: (-one.rows, one.label))

    def decide(
        self, home: Home, policy: Policy, label: str, values: dict[str, str], known_as: str | None, *, by: Person,
        at: datetime,
    ) -> int:
        """Decide what a label means; the decision's number. Raises DecisionRefused for no label, for one that is
        `known_as` a name already, and for one that is decided already."""
        label = label.strip()
        if not self.key(label):
            raise DecisionRefused("Name the label as the sheet writes it.")
        if known_as:
            raise DecisionRefused(f"{label} is a name of {known_as} already.")
        standing = home.office.ledger.in_force()
        decided = {self.key(one.key["label"]) for one in standing.corrections if one.fact == self.fact}
        if self.key(label) in decided:
            raise DecisionRefused(f"{label} is decided already: take that decision back first.")
        _, number = home.office.ledger.next_ids()
        made = Correction(number, self.fact, "", {"label": label}, values, f"{self.fact} decided")
        decide(home, standing, standing.imports, [*standing.corrections, made], policy, by, at, corrected=made)
        return number

    def in_force(self, home: Home) -> pl.DataFrame:
        """The decisions in force, newest first: correction_id, label, the values, made_by, made_at."""
        corrections = home.office.ledger.in_force().corrections
        by_number = {one.correction_id: one for one in corrections if one.fact == self.fact}
        rows = home.office.ledger.corrections("").filter(pl.col("correction_id").is_in(list(by_number)))
        decisions = [by_number[number] for number in rows["correction_id"]]
        columns = {"label": [one.key["label"] for one in decisions],
                   **{name: [one.values[name] for one in decisions] for name in self.values}}
        return rows.select("correction_id", *(pl.Series(name, texts, pl.String) for name, texts in columns.items()),
                           "made_by", "made_at")

    def take_back(self, home: Home, policy: Policy, label: str, *, by: Person, at: datetime) -> None:
        """Undo a decision: its rows wait again. Raises DecisionRefused where the label has none in force."""
        known = self.in_force(home).select("correction_id", "label").iter_rows()
        numbers = [number for number, decided in known if self.key(decided) == self.key(label)]
        if not numbers:
            raise DecisionRefused(f"No decision on {label} is in force: see {self.listed}.")
        undo_correction(home, policy, numbers[0], by=by, at=at)
