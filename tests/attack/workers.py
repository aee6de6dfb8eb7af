"""A process that decides on a home, one thing after another, until it is killed; it tells when each begins and is done.

It is forked from a server process that has imported everything and started no thread, so it works within a moment.
"""

import json
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import pandas  # noqa: F401  which DuckDB imports when it first writes: before the fork, to spare each worker a second

import dashboard  # noqa: F401  numpy counts on one thread
from pipelines.errors import DecisionRefused, StaleDecision, UnknownImport
from pipelines.imports.corrections import correct, undo_correction
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.imports.undo import redo_import, undo_import
from pipelines.office import Person
from pipelines.policy import Policy, load_policy
from pipelines.store.builds import rebuild
from pipelines.store.fingerprint import build_fingerprint
from pipelines.store.home import Home
from pipelines.store.leftovers import temporary_files

build_fingerprint(load_policy())  # as it is remembered in the process
STUDENTS = [f"{number:05}" for number in range(1, 201)]
ROSTER = "student_id,last_name,program,class_year\n" + "".join(f"{one},Name{one},MD,2028\n" for one in STUDENTS)
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
IN_FORCE = 8  # imports, and corrections, after which it rather undoes
WEIGHTS = {"import": 6, "undo": 3, "redo": 3, "correct": 3, "flag": 2, "note": 2, "rebuild": 1}
ROWS = {"import": 2, "undo": 1, "redo": 1, "correct": 1, "flag": 2, "note": 1, "rebuild": 0}  # in the office store
BEGUN, DONE, REFUSED = "begun", "done", "refused"


@dataclass(frozen=True)
class Task:
    """One thing to decide: `tag` signs it, so that its rows are found in the office store."""

    home: Home
    policy: Policy
    tag: str
    chance: random.Random

    @property
    def by(self) -> Person:
        return Person(self.tag)


def work(root: Path, temp: Path, seed: str, name: str, told: Connection) -> None:
    """Decide until killed; what another process made impossible is told as refused."""
    tempfile.tempdir = str(temp)
    chance = random.Random(seed)
    with temporary_files(time.time()):
        home, policy = Home(root), load_policy()
        for number in count():
            task = Task(home, policy, f"{name}-{number}", chance)
            kind = _kind(home, chance)
            told.send_bytes(json.dumps([BEGUN, task.tag, kind]).encode())
            try:
                TASKS[kind](task)
            except (DecisionRefused, StaleDecision, UnknownImport):
                told.send_bytes(json.dumps([REFUSED, task.tag, kind]).encode())
            else:
                told.send_bytes(json.dumps([DONE, task.tag, kind]).encode())


def _kind(home: Home, chance: random.Random) -> str:
    """What to do next: what is in force is kept to a few sheets, so that each decision takes as long as the first."""
    [kind] = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
    has_enough = len(home.office.ledger.in_force().imports) > IN_FORCE
    return "undo" if has_enough and kind in ("import", "redo") else kind


def _import(task: Task) -> None:
    """Two sheets at once, with rows that are stored, change a score, wait and are rejected."""
    with tempfile.TemporaryDirectory() as folder:
        uploads = []
        for part in "ab":
            path = Path(folder) / f"{task.tag}{part}.csv"
            path.write_text(_scores(task.chance), encoding="utf-8")
            uploads.append(Upload(path.name, path, id=part))
        plan = plan_import(task.home, uploads, task.policy, accept_changes=task.chance.random() < 0.5, at=AT)
        apply_import(task.home, plan, task.policy, by=task.by, at=AT)


def _scores(chance: random.Random) -> str:
    people = [*chance.sample(STUDENTS, 40), "99999"]  # one is on no roster
    rows = [f"{one},CBSSA,{chance.randint(28, 31)},2026-10-{chance.randint(1, 28):02},{chance.randint(40, 90)}\n"
            for one in people]
    return "student_id,instrument,form,taken_on,score\n" + "".join(rows) + "00001,CBSSA,30,soon,50\n"


def _undo(task: Task) -> None:
    imports = task.home.office.ledger.in_force().imports[1:]  # not the roster
    if not imports:
        raise UnknownImport("Nothing to undo.")
    undo_import(task.home, task.chance.choice(imports).import_id, task.policy, by=task.by, at=AT)


def _redo(task: Task) -> None:
    ledger = task.home.office.ledger
    standing = {one.import_id for one in ledger.in_force().imports}
    undone = [number for number in ledger.imports()["import_id"].to_list() if number not in standing]
    if not undone:
        raise UnknownImport("Nothing to redo.")
    redo_import(task.home, task.chance.choice(undone), task.policy, by=task.by, at=AT)


def _correct(task: Task) -> None:
    standing = task.home.office.ledger.in_force().corrections
    if len(standing) > IN_FORCE:
        undo_correction(task.home, task.policy, task.chance.choice(standing).correction_id, by=task.by, at=AT)
        return
    student = task.chance.choice(STUDENTS)
    values = {"student_id": student, "instrument": "UWSA", "form": str(task.chance.randint(1, 3)), "score": 60.0,
              "taken_on": f"2026-{task.chance.randint(1, 9):02}-{task.chance.randint(1, 28):02}"}
    correct(task.home, task.policy, fact="assessment", student_id=student, key={}, values=values, reason=task.tag,
            by=task.by, at=AT)


def _flag(task: Task) -> None:
    task.home.office.flags.raise_flags(task.chance.sample(STUDENTS, 2), reason=task.tag, areas=[], urgency="today",
                                       owner="Dr Osei", due_on=AT.date(), by=task.by, at=AT)


def _note(task: Task) -> None:
    task.home.office.notes.add(task.chance.choice(STUDENTS), text=task.tag, visibility="team", by=task.by, at=AT)


def _rebuild(task: Task) -> None:
    rebuild(task.home, task.policy, AT)


TASKS: dict[str, Callable[[Task], None]] = {
    "import": _import, "undo": _undo, "redo": _redo, "correct": _correct, "flag": _flag, "note": _note,
    "rebuild": _rebuild,
}
