"""Hostile input by the thousand, with a budget that one variable raises for all decoders.

`PITBOSS_FUZZ_INPUTS` is how many inputs each decoder gets instead of its small default (and how many
examples hypothesis makes up, see `examples`);
`PITBOSS_FUZZ_SECONDS` gives each decoder so much time instead, whatever the number. Inputs follow from
one seed (`PITBOSS_FUZZ_SEED`), which a failure names, so every one can be had again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from random import Random

from engine.conformance.hostile import mutated

INPUTS = int(os.environ.get("PITBOSS_FUZZ_INPUTS", "0"))
SECONDS = float(os.environ.get("PITBOSS_FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("PITBOSS_FUZZ_SEED", "1"))

INPUTS_MAX = 10**9
"""Under a budget of time the time ends it; this only bounds the loop."""


def budget(default: int) -> Iterator[int]:
    """Numbers of inputs, from 0, until the budget of this decoder is used up."""
    if SECONDS:
        end = time.monotonic() + SECONDS
        for number in range(INPUTS_MAX):
            if time.monotonic() > end:
                return
            yield number
    else:
        yield from range(INPUTS or default)


def examples(default: int) -> int:
    """Examples of hypothesis under the same budget: one for a hundred inputs, the default at the least."""
    return max(default, INPUTS // 100)


def hostile(seeds: Sequence[bytes], default: int) -> Iterator[tuple[str, bytes]]:
    """Inputs made of the seeds, each with a word by which a failure can be repeated."""
    for number in budget(default):
        rng = Random(f"{SEED}:{number}")
        yield f"PITBOSS_FUZZ_SEED={SEED}, input {number}", mutated(rng.choice(seeds), rng)
