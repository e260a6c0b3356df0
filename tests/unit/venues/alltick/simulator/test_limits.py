"""Pacing, reconnecting, HTTP allowances of the plans, with time handed in."""

import pytest

from actors.venues.alltick.simulator.limits import Arrivals, HttpLimits, Pacer
from actors.venues.alltick.simulator.plans import PLANS
from tests.kit.alltick_simulator import START, later

KLINE, TICK = "/quote-b-api/kline", "/quote-b-api/trade-tick"


def ns(seconds: float) -> int:
    return later(seconds).mono_ns


def test_one_second_on_a_connection_three_between_them():
    """Per token; another token waits for nobody."""
    pacer = Pacer(1.0, 3.0)
    assert pacer.admit("a", 1, ns(0))
    assert not pacer.admit("a", 1, ns(0.99))
    assert pacer.admit("b", 3, ns(0.5))
    assert pacer.admit("a", 1, ns(1))
    assert not pacer.admit("a", 2, ns(3.9))
    assert pacer.admit("a", 2, ns(4))


def test_a_connection_that_has_gone_still_counts_for_the_others():
    """Closing and reopening is no way around."""
    pacer = Pacer(1.0, 3.0)
    assert pacer.admit("a", 1, ns(0))
    pacer.forget("a", 1)
    pacer.forget("a", 7)
    assert not pacer.admit("a", 2, ns(2.9))
    assert pacer.admit("a", 2, ns(3))


def test_reconnecting_too_soon_is_refused():
    """A refused attempt does not push the next one back."""
    arrivals = Arrivals()
    assert arrivals.admit("a", 3.0, ns(0))
    assert not arrivals.admit("a", 3.0, ns(2))
    assert arrivals.admit("b", 3.0, ns(2))
    assert arrivals.admit("a", 3.0, ns(3))


@pytest.mark.parametrize(
    ("plan", "count", "interval_s"),
    [("free", 1, 10), ("basic", 1, 1), ("premium", 10, 1), ("professional", 20, 1)],
)
def test_methods_have_their_allowance_each(plan, count, interval_s):
    """Two of one kind in the span fail, one each of two kinds pass."""
    limits = HttpLimits()
    passed = [limits.admit("t", PLANS[plan], KLINE, later(0)) for _ in range(count + 1)]
    assert passed == [True] * count + [False]
    assert limits.admit("t", PLANS[plan], TICK, later(0))
    assert limits.admit("other", PLANS[plan], KLINE, later(0))
    assert not limits.admit("t", PLANS[plan], KLINE, later(interval_s - 0.01))
    assert limits.admit("t", PLANS[plan], KLINE, later(interval_s))


@pytest.mark.parametrize(("plan", "pause_s"), [("free", 10), ("basic", 3), ("premium", 2)])
def test_batches_are_slower(plan, pause_s):
    """One each so many seconds."""
    limits, path = HttpLimits(), "/quote-b-api/batch-kline"
    assert limits.admit("t", PLANS[plan], path, later(0))
    assert not limits.admit("t", PLANS[plan], path, later(pause_s - 0.01))
    assert limits.admit("t", PLANS[plan], path, later(pause_s))


def test_all_methods_together_have_a_minute_and_a_day():
    """The day begins at midnight UTC."""
    limits = HttpLimits()
    plan = PLANS["free"]
    paths = [f"/quote-b-api/{number}" for number in range(11)]
    assert [limits.admit("t", plan, path, later(0)) for path in paths] == [True] * 10 + [False]
    assert limits.admit("t", plan, paths[10], later(60))
    used, at = 11, 120.0
    while limits.admit("t", plan, KLINE, later(at)):
        used, at = used + 1, at + 10
    assert used == plan.per_day
    to_midnight_s = 86_400 - START.wall_ns // 10**9 % 86_400
    assert not limits.admit("t", plan, KLINE, later(to_midnight_s - 1))
    assert limits.admit("t", plan, KLINE, later(to_midnight_s))


def test_halts_have_one_request_a_minute():
    """Whatever the plan."""
    limits, path = HttpLimits(), "/api/suspension/nyse"
    assert limits.admit("t", PLANS["professional"], path, later(0))
    assert not limits.admit("t", PLANS["professional"], path, later(59))
    assert limits.admit("t", PLANS["professional"], path, later(60))
