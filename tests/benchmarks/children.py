"""One measurement in a process of its own: what it returned, and the most memory it held."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What the process returned, and its peak resident memory in MB."""

    result: Any
    peak_mb: float


def in_child(task: str, **arguments: Any) -> Outcome:
    """Runs `work.TASK` ("module.function") with JSON-able arguments; a failure there is a failure here."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.work", task], cwd=REPO, input=json.dumps(arguments, default=str),
        stdout=subprocess.PIPE, text=True, check=True, env=clean_environment(),
    )
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def clean_environment() -> dict[str, str]:
    """Ours without what would point Passline at another home or day."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PASSLINE_")}
