"""`python -m tests.attack`: every attack in full, with its figures; exits 1 where a promise was broken."""

import argparse
import importlib
import signal
import sys

ATTACKS = ["faults", "kills", "power_cuts", "backups", "forged", "hostile_text"]
SEED = 20261129


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    arguments.add_argument("--only", nargs="+", choices=ATTACKS, default=ATTACKS, help="run only these attacks")
    arguments.add_argument("--tenth", action="store_true", help="make a seeded tenth of the tries")
    arguments.add_argument("--seed", type=int, default=SEED)
    chosen = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what an attack has mounted and started goes too
    broken = 0
    for name in chosen.only:
        module = importlib.import_module(f"tests.attack.{name}")
        outcome = module.attack(module.FULL // 10 if chosen.tenth else module.FULL, chosen.seed)
        print(f"{name}: {outcome}", flush=True)
        for sentence in outcome.broken:
            print(f"  {sentence}", flush=True)
        broken += len(outcome.broken)
    return min(broken, 1)


if __name__ == "__main__":
    raise SystemExit(main())
