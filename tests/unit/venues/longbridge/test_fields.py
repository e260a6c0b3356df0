"""Reading the trade side's JSON: each kind of value, and one way to fail."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from actors.venues.longbridge import fields
from engine.errors import RemoteProtocolError

GOOD: list[tuple[Callable[[Any, str], Any], object, object]] = [
    (fields.decimal_or_none, "", None),
    (fields.decimal_or_none, None, None),
    (fields.positive_or_none, "0", None),
    (fields.positive_or_none, "0.000", None),
    (fields.positive_or_none, "1.5", Decimal("1.5")),
    (fields.amount, "", Decimal(0)),
    (fields.amount, "200", Decimal(200)),
    (fields.seconds_ns, "1795225422", 1_795_225_422_000_000_000),
    (fields.seconds_ns, 1795225422, 1_795_225_422_000_000_000),
    (fields.seconds_ns, "1795225422.25", 1_795_225_422_250_000_000),
    (fields.seconds_ns, "", 0),
    (fields.seconds_ns, "0", 0),
    (fields.seconds_ns, None, 0),
    (fields.text, "HKD", "HKD"),
    (fields.text_or_empty, None, ""),
    (fields.flag, None, False),
    (fields.flag, True, True),
]
BAD: list[tuple[Callable[[Any, str], Any], object]] = [
    (fields.positive_or_none, "-1"),
    (fields.amount, "-1"),
    (fields.amount, []),
    (fields.seconds_ns, "1795225422000"),
    (fields.seconds_ns, "2026-11-27T22:41:38Z"),
    (fields.seconds_ns, -1),
    (fields.seconds_ns, True),
    (fields.text, ""),
    (fields.text, None),
    (fields.text_or_empty, 5),
    (fields.text_or_empty, "x" * 1_025),
    (fields.flag, "true"),
]


@pytest.mark.parametrize(("read", "value", "expected"), GOOD)
def test_values_as_the_venue_writes_them(
    read: Callable[[Any, str], Any], value: object, expected: object
):
    """Nearly all as text, empty where there is nothing."""
    found = read({"field": value}, "field")
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(("read", "value"), BAD)
def test_what_is_not_the_kind_that_is_promised_is_the_venue_s_fault(
    read: Callable[[Any, str], Any], value: object
):
    """The text names the field and not the value, which may be anything."""
    with pytest.raises(RemoteProtocolError, match="field"):
        read({"field": value}, "field")


def test_lists_are_bounded_and_hold_objects():
    """Null is an empty list."""
    assert fields.rows(None, "orders") == []
    assert fields.rows([{}], "orders") == [{}]
    for wrong in ({}, [1], [[]], [{}] * (fields.ROWS_MAX + 1)):
        with pytest.raises(RemoteProtocolError, match="orders"):
            fields.rows(wrong, "orders")
