"""`python -m tests.benchmarks.work MODULE.FUNCTION`: arguments as JSON in, outcome as JSON out."""

import importlib
import json
import resource
import sys

from tests.benchmarks.work import PEAK_UNIT


def main() -> None:
    module, function = sys.argv[1].split(".")
    result = getattr(importlib.import_module(f"tests.benchmarks.work.{module}"), function)(**json.load(sys.stdin))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / PEAK_UNIT
    sys.stdout.write(json.dumps({"result": result, "peak_mb": peak}) + "\n")


main()
