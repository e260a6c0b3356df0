"""Bars cover aligned intervals of the venue's time and close with the first later price."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.bars import NS_PER_S, BarBuilder
from engine.messages.market import Bar
from tests.kit.market import BTC


def bars_of(prices, interval_s: int = 1) -> list[Bar]:
    """The bars that (time in ms, price, size) close."""
    builder = BarBuilder(BTC, interval_s)
    made = [
        builder.add(price, size, at_ms * 1_000_000, at_ms + 1, at_ms + 2)
        for at_ms, price, size in prices
    ]
    return [bar for bar in made if bar is not None]


def test_a_bar_closes_with_the_first_price_of_a_later_interval():
    """Open, high, low, close and volume are of the interval's own prices, not of the one that closes it."""
    (bar,) = bars_of(
        [(1_000, 10.0, 1.0), (1_400, 12.0, 2.0), (1_999, 9.0, 0.5), (2_000, 50.0, 7.0)]
    )

    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (10.0, 12.0, 9.0, 9.0, 3.5)
    assert bar.closed
    assert (bar.instrument, bar.interval_s) == (BTC, 1)


def test_bars_begin_at_multiples_of_their_interval():
    """The first price in the middle of an interval does not shift the grid."""
    (bar,) = bars_of([(65_500, 1.0, 0.0), (120_001, 2.0, 0.0)], interval_s=60)

    assert bar.ts_ns == 60 * NS_PER_S


def test_the_last_nanosecond_is_inside_and_the_end_is_not():
    """Intervals are half open."""
    builder = BarBuilder(BTC, 1)
    builder.add(1.0, 0.0, 0, 0, 0)

    assert builder.add(2.0, 0.0, NS_PER_S - 1, 0, 0) is None
    closed = builder.add(3.0, 0.0, NS_PER_S, 0, 0)
    assert closed is not None
    assert closed.close == 2.0


def test_intervals_without_a_price_have_no_bar():
    """A long silence closes one bar, not many empty ones."""
    bars = bars_of([(0, 1.0, 1.0), (10_000, 2.0, 1.0), (11_000, 3.0, 1.0)])

    assert [bar.ts_ns for bar in bars] == [0, 10 * NS_PER_S]


def test_a_late_price_joins_the_running_bar():
    """A price of an interval that is over opens no second bar for it."""
    bars = bars_of([(1_000, 10.0, 1.0), (900, 20.0, 1.0), (2_000, 11.0, 1.0)])

    assert [(bar.ts_ns, bar.high, bar.close) for bar in bars] == [(NS_PER_S, 20.0, 20.0)]


def test_the_stamps_are_those_of_the_last_price_inside():
    """Age is measured from the data the bar was made of."""
    (bar,) = bars_of([(0, 1.0, 0.0), (500, 1.0, 0.0), (1_000, 1.0, 0.0)])

    assert (bar.recv_ns, bar.mono_ns) == (501, 502)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 20_000), st.floats(0.1, 1e6), st.floats(0.0, 1e3, allow_subnormal=False)
        ),
        max_size=40,
    ),
    st.integers(1, 7),
)
def test_bars_are_ordered_and_hold_together(prices, interval_s):
    """Whatever arrives in whatever order: low ≤ open, close ≤ high, and starts increase on the grid."""
    bars = bars_of(prices, interval_s)

    for bar in bars:
        assert bar.low <= bar.open <= bar.high
        assert bar.low <= bar.close <= bar.high
        assert bar.ts_ns % (interval_s * NS_PER_S) == 0
    assert all(one.ts_ns < two.ts_ns for one, two in pairwise(bars))


@given(st.lists(st.tuples(st.integers(0, 9_999), st.floats(1.0, 9.0)), min_size=1, max_size=40))
def test_every_price_is_in_exactly_one_bar(prices):
    """The volumes of all bars, the last one closed by a far price, add up to what was fed."""
    ordered = sorted(prices)
    bars = bars_of([(at, price, 1.0) for at, price in ordered] + [(99_999, 1.0, 1.0)])

    assert sum(bar.volume for bar in bars) == pytest.approx(len(ordered))
    assert max(bar.high for bar in bars) == max(price for _, price in ordered)
