"""The flushes of this process, attacked as its environment asks.

`ATTACK_FLUSHED`: a folder where every flush is remembered. `ATTACK_NO_FLUSH`: flushes do nothing. `ATTACK_STOP_AT`: the
process stops itself before its flush of this number, so that power can be cut there.
"""

import itertools
import os
import signal
from pathlib import Path

from tests.attack.flushed import remember


def attack_flushes() -> None:
    """Put an `os.fsync` in place that does as the environment asks."""
    fsync, numbers = os.fsync, itertools.count(1)
    watched, stop_at = os.environ.get("ATTACK_FLUSHED"), int(os.environ.get("ATTACK_STOP_AT", "0"))

    def attacked(opened: int) -> None:
        if next(numbers) == stop_at:
            os.kill(os.getpid(), signal.SIGSTOP)
        if os.environ.get("ATTACK_NO_FLUSH"):
            return
        fsync(opened)
        if watched:
            remember(Path(watched), opened)

    os.fsync = attacked
