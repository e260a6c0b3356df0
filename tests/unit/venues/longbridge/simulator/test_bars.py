"""Bars of a simulated security: the made-up past, the live minutes, and the bar where they meet."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from actors.venues.longbridge.simulator.bars import DATE_PERIODS, MINUTE_PERIODS, Bars
from actors.venues.longbridge.simulator.hours import TradeSession, TradingClock
from actors.venues.longbridge.simulator.listings import BY_SYMBOL

BIRTH_S = int(datetime(2026, 11, 18, 2, 7, 30, tzinfo=UTC).timestamp())
"""10:07:30 on a Wednesday in Hong Kong."""


def bars(*, forced_open: bool = True) -> Bars:
    return Bars(
        BY_SYMBOL["700.HK"], Decimal("320.6"), BIRTH_S, TradingClock(forced_open=forced_open)
    )


def trade(made: Bars, price: str, shares: int, later_s: int) -> None:
    made.take(Decimal(price), shares, 2, BIRTH_S + later_s, TradeSession.NORMAL)


@pytest.mark.parametrize("period", sorted(MINUTE_PERIODS | DATE_PERIODS))
def test_the_past_ends_at_the_reference_price(period: int):
    """In bars whose times rise and whose prices are on the grid."""
    past = bars().of_period(period)
    starts = [bar.start_s for bar in past]
    assert starts == sorted(set(starts))
    assert past[-1].close == Decimal("320.6")
    assert not any(bar.low % Decimal("0.2") or bar.low <= 0 for bar in past)


def test_every_bar_opens_where_the_one_before_closed():
    """A walk has no gaps."""
    past = bars().of_period(1)
    assert [bar.open for bar in past[1:]] == [bar.close for bar in past[:-1]]


def test_the_past_minutes_are_those_of_trading():
    """None at night, at noon or on a weekend, when the market keeps its hours."""
    starts = [bar.start_s for bar in bars(forced_open=False).of_period(1)]
    clock = TradingClock(forced_open=False)
    assert len(starts) == 2_000
    assert all(clock.session("HK", at_s * 1_000_000_000) is not None for at_s in starts)


def test_a_bar_may_be_past_and_present():
    """Five minutes that began before the simulator did; asking twice changes nothing."""
    made = bars()
    before = made.of_period(5)[-1]
    volume, high = before.shares, before.high
    trade(made, "330", 500, 0)
    trade(made, "329", 700, 45)
    for _ in range(2):
        seam = made.of_period(5)[-1]
        assert (seam.start_s, seam.open) == (before.start_s, before.open)
        assert (seam.shares, seam.high, seam.close) == (volume + 1_200, Decimal(330), Decimal(329))
    assert (before.shares, before.high) == (volume, high)


def test_days_are_the_exchanges():
    """A trade at 00:30 in Hong Kong belongs to the new day there, not to UTC's."""
    made = bars()
    trade(made, "321", 100, 0)
    trade(made, "322", 100, 14 * 3_600 + 30 * 60)
    last, new = made.of_period(1000)[-2:]
    assert (last.close, new.open) == (Decimal(321), Decimal(322))
    assert new.start_s - last.start_s == 86_400


def test_the_last_minute_takes_what_comes_in_it():
    """High, low, close, volume and the flow of money."""
    made = bars()
    trade(made, "321", 100, 0)
    made.take(Decimal(320), 300, 1, BIRTH_S + 5, TradeSession.NORMAL)
    last = made.of_period(1)[-1]
    assert (last.open, last.high, last.low, last.close) == tuple(map(Decimal, (321, 321, 320, 320)))
    assert (last.shares, last.turnover, last.flow) == (400, Decimal(128_100), Decimal(-63_900))
