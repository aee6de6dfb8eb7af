"""Processes that import, undo, redo, correct, flag, note and rebuild on one home, with its dashboard open, killed with
`kill -9` at seeded moments.

After each kill, whatever was acknowledged must stand and whatever was not must be there as a whole or not at all; the
store must open, and its newest revision, its decisions, the current build and the sheets must agree. Now and then the
build is compared with one made from scratch, and the figures are exported.
"""

import json
import multiprocessing
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.office import Person
from pipelines.policy import load_policy
from pipelines.store.home import KEPT_BUILDS, Home
from pipelines.store.leftovers import temporary_files
from tests.attack.agreement import agreement, contradictions, differs_from_scratch, rows_signed
from tests.attack.faults import in_a_process
from tests.attack.outcome import Outcome
from tests.attack.visitor import Visitor
from tests.attack.workers import AT, BEGUN, DONE, REFUSED, ROSTER, ROWS, work
from tests.servers import dashboard

FULL = 500
WORKERS = 2
LONGEST = 0.8  # seconds from one kill to the next
NAMES = {"import": "an import", "undo": "an undo", "redo": "a redo", "correct": "a correction", "flag": "a flag",
         "note": "a note", "rebuild": "a rebuild"}
DASHBOARD_EVERY, FULL_CHECK_EVERY = 40, 25
PATIENCE = 120  # seconds


def attack(tries: int, seed: int) -> Outcome:
    """Kill this many processes of a mixed load, and check the home after each."""
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as running:
        load = Load(Path(scratch), random.Random(seed), running)
        broken = [f"kill {number}: {what}" for number in range(1, tries + 1) for what in load.kill(number)]
        broken += [f"at the end: {what}" for what in load.end()]
        return Outcome(tries, broken, load.counts())


class Worker:
    """A process that decides, and what it has told: what is being decided now, if anything."""

    def __init__(self, process: BaseProcess, told: Connection) -> None:
        self.process, self.told = process, told
        self.at: tuple[str, str] | None = None

    def kill(self) -> list[str]:
        """Kill it; what is broken if it had ended by itself, which it never does but by a bug."""
        is_over = self.process.exitcode is not None
        self.process.kill()
        self.process.join()
        return ["a process ended by itself, with a traceback"] * is_over


class Load:
    """A filled home, the processes that decide on it, its dashboard with a visitor, and everything acknowledged."""

    def __init__(self, scratch: Path, chance: random.Random, running: ExitStack) -> None:
        self.scratch, self.root, self.temp, self.chance = scratch, scratch / "home", scratch / "temp", chance
        self.temp.mkdir()
        self.policy, self.made = load_policy(), 0
        self.begun: dict[str, str] = {}  # what was begun, by its tag, and of which kind
        self.acknowledged, self.refused = set[str](), set[str]()
        self.killed: Counter[str] = Counter()
        self._fill()
        self.forks = multiprocessing.get_context("forkserver")
        self.forks.set_forkserver_preload(["tests.attack.workers"])
        self.workers = [self._start_worker() for _ in range(WORKERS)]
        running.callback(lambda: [worker.kill() for worker in self.workers])
        self.visitor, self.serving = Visitor(), running.enter_context(ExitStack())
        self._serve()
        self.visitor.start()
        running.callback(self.visitor.leave)
        assert self.visitor.has_drawn.wait(PATIENCE), "the dashboard draws nothing"

    def kill(self, number: int) -> list[str]:
        """Kill one process at some moment; what is broken after it."""
        broken: list[str] = []
        time.sleep(self.chance.uniform(0, LONGEST))
        if number % DASHBOARD_EVERY == DASHBOARD_EVERY // 2:
            self._kill_dashboard()
            self.killed["of the dashboard"] += 1
        else:
            place = self.chance.randrange(WORKERS)
            worker = self.workers[place]
            if not worker.told.poll(PATIENCE):
                return [f"a process did nothing for {PATIENCE} seconds"]
            broken += worker.kill()
            self._listen(worker)
            self.killed[f"in {NAMES[worker.at[1]]}" if worker.at else "between two decisions"] += 1
            self.workers[place] = self._start_worker()
        return [*broken, *self._broken(), *(self._broken_in_full() if number % FULL_CHECK_EVERY == 0 else [])]

    def end(self) -> list[str]:
        """Kill everything, decide once more; what is broken or left over."""
        broken = [what for worker in self.workers for what in worker.kill()]
        self._kill_dashboard(again=False)
        broken += [*self._broken(), *self._broken_in_full()]
        before, tempfile.tempdir = tempfile.tempdir, str(self.temp)
        with temporary_files(time.time()):
            self._fill()
        tempfile.tempdir = before
        builds = list((self.root / "warehouse").iterdir())
        left = [path for place in (self.temp, self.root / "staging") for path in place.rglob("*")]
        left += [path for path in self.root.rglob("*") if ".part" in path.name]
        return [*broken, *(f"left over: {path.name}" for path in left),
                *([f"{len(builds)} builds are left"] if len(builds) > KEPT_BUILDS + 1 else []), *self.visitor.errors]

    def counts(self) -> dict[str, int]:
        """What was going on when a process was killed, and how much was acknowledged and drawn."""
        decided = sum(ROWS[self.begun[tag]] > 0 for tag in self.acknowledged)
        return {"decisions acknowledged": decided, "pages drawn meanwhile": self.visitor.drawn, **self.killed}

    def _broken(self) -> Iterator[str]:
        """What contradicts the acknowledgments, and where the home contradicts itself."""
        acknowledged = set(self.acknowledged)  # before the store is read: what is acknowledged later may be missing
        home = Home(self.root)
        stored = rows_signed(home)
        for worker in self.workers:
            self._listen(worker)
        stored.pop("Dr Osei")  # who filled the home
        yield from contradictions(stored, self.begun, acknowledged, self.refused)
        yield from agreement(home)
        home.office.engine.dispose()

    def _broken_in_full(self) -> Iterator[str]:
        yield from differs_from_scratch(self.root, self.policy)
        exported = in_a_process("export", "risk", "--as-of", AT.date().isoformat(), "--home", str(self.root))
        if exported.status != 0 or exported.out.count("\n") < 2:
            yield f"export risk exits {exported.status}: {exported.err}"

    def _fill(self) -> None:
        """Import a roster, as one more decision."""
        self.made += 1
        path = self.scratch / f"roster{self.made}.csv"
        path.write_text(ROSTER + f"09{self.made:03},New,MD,2028\n", encoding="utf-8")
        home = Home(self.root)
        plan = plan_import(home, [Upload(path.name, path)], self.policy, accept_changes=True, at=AT)
        apply_import(home, plan, self.policy, by=Person("Dr Osei"), at=AT)
        home.office.engine.dispose()

    def _start_worker(self) -> Worker:
        self.made += 1
        told, tells = self.forks.Pipe(duplex=False)
        process = self.forks.Process(
            target=work, daemon=True,
            args=(self.root, self.temp, f"{self.chance.random()}", f"worker{self.made}", tells))
        process.start()
        tells.close()
        return Worker(process, told)

    def _listen(self, worker: Worker) -> None:
        """Take down everything that a process has told until now."""
        try:
            while worker.told.poll():
                what, tag, kind = json.loads(worker.told.recv_bytes())
                worker.at = (tag, kind) if what == BEGUN else None
                if what == BEGUN:
                    self.begun[tag] = kind
                elif what == DONE:
                    self.acknowledged.add(tag)
                elif what == REFUSED:
                    self.refused.add(tag)
        except EOFError:  # it was killed, and that was all
            return

    def _serve(self) -> None:
        address = self.serving.enter_context(dashboard("serve", "--home", str(self.root), TMPDIR=str(self.temp)))
        self.visitor.address = address

    def _kill_dashboard(self, *, again: bool = True) -> None:
        [server] = [child for child in psutil.Process(os.getpid()).children()
                    if "serve" in (words := child.cmdline()) and str(self.root) in words]
        self.visitor.address = None
        server.kill()
        self.serving.close()
        if again:
            self._serve()
