"""Durations and values as people type them at `limits set`."""

import pytest

from actors.command.exits import BadUsage
from actors.command.limitsview import seconds_of, single, value_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("30m", 1800), ("8h", 28_800), ("1.5h", 5400), ("1d", 86_400)],
)
def test_durations(text, seconds):
    """A number and a unit; seconds without one."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5w", "-1h", "1h30m"])
def test_what_is_no_duration(text):
    """It is refused with an example."""
    with pytest.raises(BadUsage, match="--expires"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20", "20"),
        ("0.05", "0.05"),
        ("deny", "deny"),
        ("true", True),
        ('{"USDT": "500"}', {"USDT": "500"}),
        ('{"count": 5, "window_s": 2.5}', {"count": 5, "window_s": 2.5}),
    ],
)
def test_values(text, value):
    """Plain values stay text, so amounts lose nothing; tables are JSON."""
    assert value_of(text) == value


def test_a_table_that_is_none():
    """A slip in a table is named."""
    with pytest.raises(BadUsage, match="not JSON"):
        value_of("{USDT: 500}")


def test_limits_for_single_orders_are_told_once_and_whose_they_are():
    """Also those that are no numbers; found where `market_orders = false` showed nowhere."""
    limits = {"max_order_quantity": "5", "market_orders": False, "check_balance": False}
    more = {"max_order_notional": {"USDT": "9"}, "max_executions": [{"count": 5, "window_s": 1.0}]}
    rows = [{"strategy": name, "instrument": "X.V", **limits, **more} for name in ("a", "b")]
    assert list(single([*rows, {"strategy": "c", "instrument": "Y.V", "market_orders": True}])) == [
        {
            "limits": "max_order_quantity 5; market_orders no; max_order_notional USDT 9; "
            "max_executions (count 5, window_s 1.0)",
            "orders of": "a X.V, b X.V",
        },
        {"limits": "none", "orders of": "c Y.V"},
    ]
