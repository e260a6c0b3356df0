"""Values out of JSON: each kind, and the one way to fail."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RemoteProtocolError
from engine.session.values import (
    SHOWN_CHARS_MAX,
    decimal,
    identifier,
    obj,
    objects,
    shorten,
    whole,
)

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(
        ["NaN", "Infinity", "1e5", "1_0", "\uff11", "+1", " 1", "-", "0x1", "1.", ".5"]
    ),
)


def decimal_of(value: Any, field: str) -> Decimal:
    return decimal({field: value}, field)


@given(JUNK)
def test_a_reader_gives_a_value_or_the_one_error(value: object):
    """Whatever stands in a field, nothing but RemoteProtocolError is raised."""
    for read in (obj, whole, identifier, decimal_of):
        with suppress(RemoteProtocolError):
            read(value, "field")
    with suppress(RemoteProtocolError):
        objects(value, "field", 1)


GOOD: list[tuple[Callable[[Any, str], Any], object, object]] = [
    (decimal_of, "320.60", Decimal("320.60")),
    (decimal_of, "-5", Decimal(-5)),
    (decimal_of, 7, Decimal(7)),
    (identifier, "701276261045858304", "701276261045858304"),
    (identifier, 701276261045858304, "701276261045858304"),
    (whole, "3", 3),
    (whole, 3, 3),
    (obj, {"a": 1}, {"a": 1}),
]
BAD: list[tuple[Callable[[Any, str], Any], object]] = [
    (decimal_of, ""),
    (decimal_of, None),
    (decimal_of, "1e5"),
    (decimal_of, "NaN"),
    (decimal_of, True),
    (decimal_of, 0.5),
    (decimal_of, "9" * 50),
    (identifier, ""),
    (identifier, "x" * 65),
    (identifier, "ü"),
    (identifier, "a\nb"),
    (identifier, -1),
    (identifier, 1.5),
    (identifier, True),
    (whole, "x"),
    (whole, "\uff11"),
    (whole, "1" * 20),
    (whole, -1),
    (whole, True),
    (obj, []),
    (obj, None),
]


@pytest.mark.parametrize(("read", "value", "expected"), GOOD)
def test_values_as_venues_write_them(
    read: Callable[[Any, str], Any], value: object, expected: object
):
    """Numbers as such or as text, and nothing is guessed."""
    found = read(value, "field")
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(("read", "value"), BAD)
def test_what_is_not_the_kind_that_is_promised_is_the_venue_s_fault(
    read: Callable[[Any, str], Any], value: object
):
    """The text names the field and not the value, which may be anything."""
    with pytest.raises(RemoteProtocolError, match="the venue sent field that is not"):
        read(value, "field")


def test_lists_are_bounded_and_hold_objects():
    """Null is an empty list."""
    assert objects(None, "orders", 2) == []
    assert objects([{}, {}], "orders", 2) == [{}, {}]
    for wrong in ({}, [1], [[]], [{}] * 3):
        with pytest.raises(RemoteProtocolError, match="orders"):
            objects(wrong, "orders", 2)


@given(st.text(max_size=400))
def test_texts_become_one_bounded_line(text: str):
    """Whatever a venue says can stand in a log: nothing in it moves the cursor."""
    short = shorten(text)
    assert len(short) == min(len(text), SHOWN_CHARS_MAX)
    assert short.isprintable()


def test_a_text_keeps_what_can_be_shown():
    """And what is no text is nothing."""
    assert shorten("a\n\x1b[31m" + "b" * 500) == "a??[31m" + "b" * 193
    assert shorten("abcdef", 3) == "abc"
    assert shorten(None) == ""
