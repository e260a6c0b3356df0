"""Limits of the HTTP API: thirty calls in thirty seconds per interface, twenty milliseconds apart."""

import pytest

from actors.venues.longbridge.simulator.codes import Refusal
from actors.venues.longbridge.simulator.throttle import REPLAYS_MAX, Replays, Throttle
from tests.kit.longbridge_trading import Still

MS = 1_000_000
S = 1_000 * MS


def passes(throttle: Throttle, at_ns: int, interface: str = "GET /a", account: str = "A") -> bool:
    try:
        throttle.take(account, interface, at_ns)
    except Refusal as refusal:
        return refusal.code != 429002
    return True


def test_thirty_calls_of_an_interface_in_any_thirty_seconds():
    """A sliding window, of one account and one interface."""
    throttle = Throttle(30, 0)
    assert all(passes(throttle, number * MS) for number in range(30))
    assert not passes(throttle, 29 * S)
    assert passes(throttle, 29 * S, "GET /b")
    assert passes(throttle, 29 * S, account="B")
    assert not passes(throttle, 29 * S + 700 * MS)
    assert [passes(throttle, 30 * S) for _ in range(31)] == [True] * 30 + [False]


def test_calls_keep_twenty_milliseconds_on_average():
    """What was shoved together passes, a faster pace does not; a refused call does not count."""
    throttle = Throttle(0, 0.02)
    together = sum(passes(throttle, 0, f"GET /{number}") for number in range(20))
    assert together == 4
    assert all(passes(throttle, (number + 1) * 20 * MS) for number in range(100))
    quick = sum(passes(throttle, 3 * S + number * 10 * MS) for number in range(100))
    assert 50 <= quick <= 54


def test_limits_can_be_switched_off():
    """By the one setting for all limits, and by each of their own."""
    for knobs in ({"rate_limits": False}, {"calls_per_30s": 0, "spacing_ms": 0}):
        still = Still(**{"rate_limits": True, **knobs})
        for _ in range(100):
            still.get("/v1/asset/account")
    still = Still(rate_limits=True)
    codes = [still.code(still.ask("GET", "/v1/asset/account")) for _ in range(10)]
    assert codes[0] == 0
    assert codes[-1] == 429002
    for _ in range(50):
        still.get("/v1/socket/token")


def test_the_memory_of_requests_is_bounded():
    """The oldest are forgotten, by number and by age."""
    replays = Replays()
    for number in range(REPLAYS_MAX + 10):
        replays.take("POST", str(number), 0)
    replays.take("POST", "0", 0)
    with pytest.raises(Refusal, match="403202"):
        replays.take("POST", "100", 0)
    replays.take("POST", "100", 400 * S)
