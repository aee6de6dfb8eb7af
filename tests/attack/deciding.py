"""Decisions on a home by real processes: those of `passline`, and by `python -m tests.attack.deciding KIND HOME NUMBER`
those that only the dashboard makes, with the functions that it calls."""

import hashlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipelines.imports.corrections import correct
from pipelines.office import Person
from pipelines.policy import load_policy
from pipelines.store.home import Home
from tests.attack.faults import ROSTER, SCORES

FIRST_IMPORT = "first import"
DASHBOARD = ["correction", "flag", "note"]
KINDS = [FIRST_IMPORT, "import", "correction", "undo", "put back", "flag", "redo", "watch", "note", "rebuild"]


class Deans:
    """People who decide on one home, and know which decisions can follow. `imported`: the sheet of each import so far;
    `settle` lets what was written by then reach the disk."""

    def __init__(self, root: Path, desk: Path, imported: dict[int, Path], settle: Callable[[], None]) -> None:
        self.root, self.desk, self.imported, self.settle = root, desk, imported, settle
        self.in_force, self.undone, self.made = [number for number in imported if number > 1], list[int](), 0

    def possible(self) -> list[str]:
        """Kinds of decisions that can be made now."""
        if not self.imported:
            return [FIRST_IMPORT]
        impossible = {FIRST_IMPORT, *([] if self.in_force else ["undo"]), *([] if self.undone else ["redo"])}
        return [kind for kind in KINDS if kind not in impossible]

    def command(self, kind: str) -> list[str]:
        """A module of Python and its arguments that make this decision; what they need is made ready."""
        self.made += 1
        if kind in DASHBOARD:
            return ["tests.attack.deciding", kind, str(self.root), str(self.made)]
        return ["dashboard.cli", *self._passline(kind), "--home", str(self.root)]

    def _passline(self, kind: str) -> list[str]:
        """The command of this kind with its arguments."""
        if kind in (FIRST_IMPORT, "import"):
            return ["import", str(self._new_sheet(self.desk)), "--yes"]
        if kind == "watch":
            folder = self.desk / f"watched-{self.made}"
            folder.mkdir()
            arrived = self._new_sheet(folder)
            self.imported[max(self.imported)] = folder / "imported" / arrived.name  # where it is moved to
            return ["watch", str(folder), "--once"]
        if kind == "put back":
            return ["import", str(self._damaged()), "--yes"]
        if kind == "undo":
            self.undone.append(self.in_force.pop())
            return ["undo", str(self.undone[-1])]
        if kind == "redo":
            self.in_force.append(self.undone.pop())
            return ["redo", str(self.in_force[-1])]
        return [kind]

    def _new_sheet(self, folder: Path) -> Path:
        """A sheet that was never imported: the roster first, then one of scores after the other."""
        number = max(self.imported, default=0) + 1
        path = folder / f"sheet-{number}.csv"
        path.write_text(SCORES.replace("2026-10-", f"2026-{number:02}-") if number > 1 else ROSTER, encoding="utf-8")
        self.imported[number] = path
        if number > 1:
            self.in_force.append(number)
        return path

    def _damaged(self) -> Path:
        """The newest sheet in force, whose kept copy is now damaged on the disk too."""
        path = self.imported[self.in_force[-1] if self.in_force else 1]
        (self.root / "sheets" / hashlib.sha256(path.read_bytes()).hexdigest()).write_bytes(b"damaged")
        self.settle()
        return path


def main(kind: str, root: str, number: str) -> None:
    """One decision of the dashboard, on the student of this number."""
    home, student = Home(Path(root)), f"{int(number):05}"
    by, at = Person("Dr Osei"), datetime(2026, 11, 22, 9, tzinfo=UTC)
    if kind == "correction":
        correct(home, load_policy(), fact="student", student_id=student, key={"student_id": student},
                values={"class_year": 2030}, reason="moved", by=by, at=at)
    elif kind == "flag":
        home.office.flags.raise_flags([student], reason="low", areas=[], urgency="today", owner="Dr Lee", due_on=None,
                                      by=by, at=at)
    else:
        home.office.notes.add(student, text=f"Spoke with {student}", visibility="team", by=by, at=at)


if __name__ == "__main__":
    main(*sys.argv[1:])
