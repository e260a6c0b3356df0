"""`python -m engine.drill.simulation`: run seeds, or replay one with its trace."""

import argparse
import sys
from collections.abc import Sequence

from engine.drill.simulation.run import simulate

PROGRESS_SEEDS = 1_000
"""A line on standard error after so many: long runs take most of an hour."""

REPLAY = "python -m engine.drill.simulation --seed {seed} --trace"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when every seed held, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m engine.drill.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=1, help="how many seeds, from the first on")
    parser.add_argument("--trace", action="store_true", help="print everything that happens")
    chosen = parser.parse_args(arguments)
    failed = 0
    for seed in range(chosen.seed, chosen.seed + chosen.count):
        outcome = simulate(seed, _print if chosen.trace else None)
        if outcome.problems:
            failed += 1
            for problem in outcome.problems:
                _print(f"seed {seed}: {problem}")
            _print(f"replay it: {REPLAY.format(seed=seed)}")
        elif chosen.count == 1:
            _print(
                f"seed {seed} held: {outcome.orders} orders, {outcome.records} records, "
                f"{outcome.boots} boots of the router, fingerprint {outcome.fingerprint}"
            )
        done = seed - chosen.seed + 1
        if done % PROGRESS_SEEDS == 0:
            sys.stderr.write(f"{done:,} of {chosen.count:,} seeds, {failed} failed\n")
    if chosen.count > 1:
        _print(f"{chosen.count - failed} of {chosen.count} seeds held")
    return 1 if failed else 0


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
