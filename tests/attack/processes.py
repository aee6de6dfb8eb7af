"""Many real processes, without the seconds that each takes to import what it runs.

`python -m tests.attack.processes` imports that once and then forks: each process runs a module as `python -m` does,
with an environment, output and exit of its own.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.attack.faults import Done
from tests.attack.flushing import attack_flushes
from tests.conftest import REPO, clean_environment

SECONDS = 240  # then a process is killed


@dataclass(frozen=True)
class Running:
    """A process that was started; what it prints goes to `out` and `err`."""

    pid: int
    out: Path
    err: Path


class Processes:
    """Starts processes; `environment` is for all of them. Those that still stand at the end are killed."""

    def __init__(self, scratch: Path, environment: dict[str, str] | None = None) -> None:
        self.scratch, self.environment, self.started = scratch, environment or {}, 0
        self.unfinished: set[int] = set()

    def __enter__(self) -> "Processes":
        self.parent = subprocess.Popen(
            [sys.executable, "-m", "tests.attack.processes"], cwd=REPO, env=clean_environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None,
                 _where: TracebackType | None) -> None:
        for pid in self.unfinished:
            os.kill(pid, signal.SIGKILL)
        self.parent.communicate()

    def start(self, module: str, *arguments: str, environment: dict[str, str] | None = None) -> Running:
        """A new process that runs a module."""
        self.started += 1
        out, err = (self.scratch / f"{self.started}.{stream}" for stream in ("out", "err"))
        [pid] = self._ask(start=[module, *arguments], out=str(out), err=str(err),
                          environment={**self.environment, **(environment or {})})
        self.unfinished.add(pid)
        return Running(pid, out, err)

    def wait(self, process: Running) -> int | None:
        """The exit code of a process once it ended; None once it stopped itself."""
        is_stopped, code = self._ask(wait=process.pid)
        if is_stopped:
            return None
        self.unfinished.discard(process.pid)
        return int(code)

    def passline(self, *arguments: str) -> Done:
        """`passline ARGUMENTS`, once it ended."""
        process = self.start("dashboard.cli", *arguments)
        code = self.wait(process)
        assert code is not None
        return Done(arguments[0], code, process.out.read_text(), process.err.read_text())

    def _ask(self, **request: Any) -> list[Any]:
        assert self.parent.stdin is not None
        assert self.parent.stdout is not None
        self.parent.stdin.write(json.dumps(request) + "\n")
        self.parent.stdin.flush()
        return list(json.loads(self.parent.stdout.readline()))


def serve() -> dict[str, Any] | None:
    """Answer requests until there are no more; in each new process, what it is to run."""
    while line := sys.stdin.readline():
        request = json.loads(line)
        if "start" in request:
            pid = os.fork()
            if not pid:
                return dict(request)
            answer = [pid]
        else:
            _, status = os.waitpid(request["wait"], os.WUNTRACED)
            is_stopped = os.WIFSTOPPED(status)
            answer = [is_stopped, None if is_stopped else os.waitstatus_to_exitcode(status)]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return None


def become(request: dict[str, Any]) -> int:
    """Run what was asked for in this process, as if it had been started for it; its exit code."""
    signal.alarm(SECONDS)
    streams = [(os.devnull, os.O_RDONLY), (request["out"], os.O_CREAT | os.O_WRONLY),
               (request["err"], os.O_CREAT | os.O_WRONLY)]
    for number, (path, how) in enumerate(streams):
        os.dup2(os.open(path, how), number)
    os.environ.update(request["environment"])
    attack_flushes()
    module, *arguments = request["start"]
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:  # noqa: BLE001 the interpreter would print it too
        traceback.print_exc()
        return 1
    return 0


def end(code: int) -> None:
    """End as the interpreter does, with the stores closed, but without the threads of libraries that a fork lacks."""
    atexit._run_exitfuncs()
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def import_what_is_run() -> None:
    """Import what the processes would import, and compute what they would from the source alone."""
    import alembic.command
    import alembic.config  # noqa: F401
    import pandas  # noqa: F401  DuckDB imports both when it first reads a frame
    import pyarrow.dataset  # noqa: F401

    import dashboard.cli.account
    import dashboard.data.exports
    import dashboard.data.figures  # noqa: F401
    import pipelines.imports.corrections
    import pipelines.imports.undo
    import pipelines.imports.watched_folder  # noqa: F401
    from pipelines.policy import load_policy
    from pipelines.store.fingerprint import build_fingerprint

    build_fingerprint(load_policy())


if __name__ == "__main__":
    import_what_is_run()
    if asked := serve():
        end(become(asked))
