"""Hostile input by the thousand, with a budget that one variable raises for all decoders.

`PITBOSS_FUZZ_INPUTS` is how many inputs each decoder gets instead of its small default;
`PITBOSS_FUZZ_SECONDS` gives each decoder so much time instead, whatever the number. Inputs follow from
one seed (`PITBOSS_FUZZ_SEED`), which a failure names, so every one can be had again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from random import Random

INPUTS = int(os.environ.get("PITBOSS_FUZZ_INPUTS", "0"))
SECONDS = float(os.environ.get("PITBOSS_FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("PITBOSS_FUZZ_SEED", "1"))

INPUTS_MAX = 10**9
"""Under a budget of time the time ends it; this only bounds the loop."""

CHANGES_MAX = 4
"""Changes of one input: more make noise that is refused at the first byte."""


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


def mutated(seed: bytes, rng: Random) -> bytes:
    """The bytes with a few of: a bit flipped, a piece cut, doubled, overwritten or inserted."""
    data = bytearray(seed)
    for _ in range(rng.randint(1, CHANGES_MAX)):
        place, length = rng.randrange(len(data) + 1), rng.randint(1, 8)
        kind = rng.randrange(5)
        if kind == 0 and place < len(data):
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[place : place + length]
        elif kind == 2:
            data[place:place] = data[place : place + length]
        elif kind == 3:
            data[place : place + length] = rng.randbytes(length)
        else:
            data[place:place] = rng.randbytes(length)
    return bytes(data)


def hostile(seeds: Sequence[bytes], default: int) -> Iterator[tuple[str, bytes]]:
    """Inputs made of the seeds, each with a word by which a failure can be repeated."""
    for number in budget(default):
        rng = Random(f"{SEED}:{number}")
        yield f"PITBOSS_FUZZ_SEED={SEED}, input {number}", mutated(rng.choice(seeds), rng)
