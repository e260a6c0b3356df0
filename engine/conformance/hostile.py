"""Input that was spoilt on purpose, made from good input. Pure: all randomness comes in."""

import json
from random import Random
from typing import Any

CHANGES_MAX = 4
"""Changes of one input: more make noise that is refused at the first byte."""

NESTED = "[" * 50_000
"""Deeper than any parser that recurses can go."""

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**18, 10**400, "", "-", "NaN", "1e9", "1_0", "\uff11", "0", "99",
    "x" * 600, [], [[]], [{}], {}, {"a": 1}, "2025-02-30T00:00:00Z",
)  # fmt: skip
"""What no field of a venue should hold."""

STRUCTURED = 0.7
"""Share of the changes of JSON that keep it JSON."""


def spoilt(data: str | bytes, rng: Random) -> str | bytes:
    """The input with a few things wrong, of the same type (now and then of the other)."""
    chance = rng.random()
    if chance < 0.002:
        return NESTED
    if chance < 0.005:
        return data.encode() if isinstance(data, str) else data.decode("latin-1")
    if chance < 0.015:
        return data
    if chance < STRUCTURED and data[:1] in ("{", "[", b"{", b"["):
        text = json.dumps(_changed(json.loads(data), rng), ensure_ascii=False)
        return text if isinstance(data, str) else text.encode(errors="replace")
    if isinstance(data, bytes):
        return mutated(data, rng)
    return mutated(data.encode(errors="replace"), rng).decode(errors="replace")


def _changed(value: Any, rng: Random) -> Any:
    """The value with some places replaced, removed or repeated."""
    if rng.random() < 0.04:
        return rng.choice(JUNK)
    if isinstance(value, dict):
        return {key: _changed(item, rng) for key, item in value.items() if rng.random() > 0.02}
    if isinstance(value, list):
        return [_changed(item, rng) for item in value for _ in range(rng.choice((1, 1, 1, 1, 2)))]
    return value


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
