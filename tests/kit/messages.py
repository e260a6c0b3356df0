"""Example values of every message class, made from its field shapes.

`example` is deterministic (golden bytes), `strategy` gives hypothesis all values that may travel.
"""

import functools
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from engine.messages.codec import Kind, protocol_fingerprint, registry
from engine.messages.shapes import (
    INT_MAX,
    INT_MIN,
    Exact,
    Fixed,
    Float,
    Int,
    Many,
    Maybe,
    Nested,
    Plain,
    Shape,
    Word,
)


def engine_kinds() -> list[Kind]:
    """Every message class of the engine, in the order of its tag."""
    protocol_fingerprint()  # imports all conversations
    return [
        k for _, k in sorted(registry().items()) if k.cls.__module__.startswith("engine.messages.")
    ]


def example(kind: Kind) -> Any:
    """One message of the class; the same in every run."""
    return kind.cls(
        **{name: _value(shape, i + kind.tag) for i, (name, shape) in enumerate(kind.fields)}
    )


def _value(shape: Shape, seed: int) -> Any:
    if isinstance(shape, Int):
        return seed * 1_000_003
    if isinstance(shape, Plain):
        return {str: f"text-{seed}", bytes: bytes([seed % 256, 0, 255]), bool: seed % 2 == 0}[
            shape.kind
        ]
    if isinstance(shape, Float):
        return seed + 0.125
    if isinstance(shape, Exact):
        return Decimal(seed) / 100
    if isinstance(shape, Word):
        return list(shape.members.values())[seed % len(shape.members)]
    if isinstance(shape, Maybe):
        return None if seed % 3 == 0 else _value(shape.item, seed)
    if isinstance(shape, Many):
        return tuple(_value(shape.item, seed + i) for i in range(2))
    if isinstance(shape, Fixed):
        return tuple(_value(item, seed + i) for i, item in enumerate(shape.items))
    if isinstance(shape, Nested):
        fields = enumerate(shape.fields)
        return shape.cls(**{name: _value(item, seed + i) for i, (name, item) in fields})
    raise TypeError(shape)


decimals = st.decimals(
    allow_nan=False, allow_infinity=False, places=8, min_value=-(10**25), max_value=10**25
)


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """All values of a field type that may travel."""
    if isinstance(shape, Int):
        return st.integers(INT_MIN, INT_MAX)
    if isinstance(shape, Plain):
        return {str: st.text(max_size=20), bytes: st.binary(max_size=20), bool: st.booleans()}[
            shape.kind
        ]
    if isinstance(shape, Float):
        return st.floats(allow_nan=False, allow_infinity=False)
    if isinstance(shape, Exact):
        return decimals
    if isinstance(shape, Word):
        return st.sampled_from(list(shape.members.values()))
    if isinstance(shape, Maybe):
        return st.none() | values(shape.item)
    if isinstance(shape, Many):
        return st.lists(values(shape.item), max_size=4).map(tuple)
    if isinstance(shape, Fixed):
        return st.tuples(*(values(item) for item in shape.items))
    if isinstance(shape, Nested):
        return st.builds(shape.cls, **{name: values(item) for name, item in shape.fields})
    raise TypeError(shape)


@functools.cache
def strategy(kind: Kind) -> st.SearchStrategy[Any]:
    """All messages of a class; made once, for that takes as long as to draw a message."""
    return st.builds(kind.cls, **{name: values(shape) for name, shape in kind.fields})
