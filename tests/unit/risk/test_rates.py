"""Message windows and recent orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.enums import Side
from engine.risk import rates
from engine.risk.limits import Rate
from engine.risk.rates import NS, Likeness, RateMeter, RecentOrders
from tests.kit.orders import BTC, D


@given(
    gaps_ms=st.lists(st.integers(0, 700), max_size=60),
    count=st.integers(1, 8),
    window_s=st.sampled_from([0.5, 1.0, 2.0]),
)
def test_no_window_ever_holds_more_than_the_rate(gaps_ms, count, window_s):
    """Sending whenever the meter is not full never puts more than `count` into any window."""
    meter, rate, sent, now_ns = RateMeter(), Rate(count=count, window_s=window_s), [], 0
    for gap_ms in gaps_ms:
        now_ns += gap_ms * 1_000_000
        if not meter.is_full(rate, now_ns):
            meter.add(now_ns)
            sent.append(now_ns)
    for first in sent:
        assert sum(first <= other < first + window_s * NS for other in sent) <= count


@pytest.mark.parametrize(("sent", "full"), [(1, False), (2, True), (3, True)])
def test_full_at_the_limit(sent, full):
    """With `count` messages in the window there is no room for another."""
    meter = RateMeter()
    for _ in range(sent):
        meter.add(5 * NS)
    assert meter.is_full(Rate(count=2, window_s=1.0), 5 * NS + NS - 1) is full
    assert not meter.is_full(Rate(count=2, window_s=1.0), 6 * NS)


def test_remembers_the_last_of_equal_orders(monkeypatch):
    """The age is that of the last equal order, and memory is bounded."""
    monkeypatch.setattr(rates, "RECENT_ORDERS_MAX", 2)
    recent = RecentOrders()
    one, two, three = (Likeness("alpha", BTC, Side.BUY, D(n), D(100), None) for n in (1, 2, 3))
    recent.add(one, 1)
    recent.add(one, 5)
    assert recent.age_ns(one, 7) == 2
    assert recent.age_ns(two, 7) is None
    recent.add(two, 8)
    recent.add(three, 9)
    assert recent.age_ns(one, 9) is None
    assert recent.age_ns(three, 9) == 0
