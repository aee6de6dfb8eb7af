"""Power cuts: right after a decision was acknowledged, and within the command that makes it.

Real processes import, undo, redo, correct, put back, flag and note on a disk of its own each time; then what had not
reached that disk is lost, and the rest is opened as a home. Every acknowledged decision must be there, its sheets equal
to their SHA-256, and the same figures exported; one cut within its command is there as a whole or not at all.
"""

import json
import os
import random
import shutil
import signal
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.attack.deciding import FIRST_IMPORT, KINDS, Deans
from tests.attack.disks import Disk, MakeDisk, possible_disk
from tests.attack.faults import Made
from tests.attack.outcome import Outcome
from tests.attack.processes import Processes

FULL = 50
ONE_WITHIN = 3  # of so many tries one is cut within a command
FLUSHES = {  # before which a process that makes such a decision can be stopped
    FIRST_IMPORT: 19, "import": 15, "watch": 15, "correction": 6, "undo": 6, "redo": 6, "put back": 5, "rebuild": 4,
    "flag": 2, "note": 2,
}
MOST_BEFORE = 2


@dataclass(frozen=True)
class Cut:
    """When power is cut: after these decisions and one more of this kind; `at_flush`: before that flush of it."""

    before: int
    kind: str
    at_flush: int | None
    seed: int

    def __str__(self) -> str:
        when = "after" if self.at_flush is None else f"before flush {self.at_flush} of"
        return f"cut {when} {self.kind}, {self.before} decisions before (seed {self.seed})"


def cuts(tries: int, seed: int) -> list[Cut]:
    """Seeded cuts; every kind of decision comes in turn."""
    chance = random.Random(seed)
    kinds = chance.sample(KINDS, len(KINDS))
    planned = []
    for number in range(tries):
        kind, is_within = kinds[number % len(kinds)], number % ONE_WITHIN == ONE_WITHIN - 1
        before, own_seed = chance.randint(0, MOST_BEFORE), chance.randrange(10**6)
        planned.append(Cut(
            before=0 if kind == FIRST_IMPORT else before, kind=kind, seed=own_seed,
            at_flush=chance.randint(1, FLUSHES[kind]) if is_within else None))
    return planned


def attack(
    tries: int, seed: int, make_disk: MakeDisk | None = None, environment: dict[str, str] | None = None
) -> Outcome:
    """Cut power this many times; on a watched folder where this system mounts no image, and counted as such.

    `environment` is for the processes that decide.
    """
    broken: list[str] = []
    counts: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(prefix="passline-cuts-") as folder,
        Processes(_folder(Path(folder), "printed")) as processes,
    ):
        scratch = Path(folder)
        made = Made(_folder(scratch, "made"), processes.passline)
        make_disk = make_disk or possible_disk(_folder(scratch, "possible"))
        for number, cut in enumerate(cuts(tries, seed)):
            place = _folder(scratch, f"cut-{number}")
            with make_disk(place) as disk:
                processes.environment = {**disk.environment, **(environment or {})}
                if wrong := PowerCut(cut, disk, made, place, processes, counts).wrong():
                    broken.append(f"{cut}, {disk.kind}: {'; '.join(wrong)}")
            shutil.rmtree(place)
    return Outcome(tries, broken, dict(counts))


class PowerCut:
    """One try on a disk; what came of it is counted in `counts`."""

    def __init__(
        self, cut: Cut, disk: Disk, made: Made, place: Path, processes: Processes, counts: Counter[str]
    ) -> None:
        self.cut, self.disk, self.place, self.processes, self.counts = cut, disk, place, processes, counts
        sheets = {} if cut.kind == FIRST_IMPORT else {1: made.scratch / "roster.csv", 2: made.scratch / "scores.csv"}
        self.deans = Deans(disk.root, _folder(place, "desk"), sheets, disk.settle)
        if sheets:
            shutil.copytree(made.root, disk.root)
        disk.settle()

    def wrong(self) -> list[str]:
        """What of the promise was broken."""
        self.counts[self.disk.kind] += 1
        self._decisions_before()
        return self._after_it() if self.cut.at_flush is None else self._within_it(self.cut.at_flush)

    def _decisions_before(self) -> None:
        chance = random.Random(self.cut.seed)
        kinds = [chance.choice(["import", "correction", "flag", "note", "undo"]) for _ in range(self.cut.before)]
        for kind in [*kinds, *(["undo"] if self.cut.kind == "redo" else [])]:
            if kind in self.deans.possible():
                self._decide(kind)
        while self.cut.kind not in self.deans.possible():
            self._decide("import")

    def _decide(self, kind: str) -> None:
        process = self.processes.start(*self.deans.command(kind))
        code = self.processes.wait(process)
        assert code == 0, f"{kind} exits {code}: {process.err.read_text()}"
        self.counts["decisions acknowledged"] += 1

    def _after_it(self) -> list[str]:
        self._decide(self.cut.kind)
        left = self.disk.cut()
        acknowledged, found = self._accounts_of(self.disk.root, left)
        return _differences(acknowledged, found)

    def _within_it(self, at_flush: int) -> list[str]:
        """Cut where the process stands before a flush; it then goes on, so that the whole decision is known too."""
        command = self.deans.command(self.cut.kind)
        [before] = self._accounts_of(self.disk.root if self.disk.root.exists() else self.place / "new home")
        process = self.processes.start(*command, environment={"ATTACK_STOP_AT": str(at_flush)})
        code = self.processes.wait(process)
        left = self.disk.cut()
        is_within = code is None
        if is_within:
            os.kill(process.pid, signal.SIGCONT)
            code = self.processes.wait(process)
        assert code == 0, f"{self.cut.kind} exits {code}: {process.err.read_text()}"
        self.counts["cut within a command" if is_within else "decisions acknowledged"] += 1
        after, found = self._accounts_of(self.disk.root, left)
        return [] if is_within and found == before else _differences(after, found)

    def _accounts_of(self, *roots: Path) -> list[dict[str, Any]]:
        """What these homes hold, each opened by a process of its own; `refused` instead where one cannot be opened."""
        opening = [self.processes.start("tests.attack.account", str(root)) for root in roots]
        codes = [self.processes.wait(process) for process in opening]
        return [{"refused": process.err.read_text().strip().rpartition("\n")[2]} if code
                else json.loads(process.out.read_text()) for process, code in zip(opening, codes, strict=True)]


def _differences(acknowledged: dict[str, Any], found: dict[str, Any]) -> list[str]:
    if "refused" in found:
        return [f"cannot be opened: {found['refused']}"]
    return [f"{name}: {acknowledged[name]!r:.300} before, {found[name]!r:.300} after"
            for name in acknowledged if acknowledged[name] != found[name]]


def _folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name
