"""The position book: sums of what was opened and closed, whatever the order it is told in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.legs import Closable, Offset
from actors.venues.webctp.positions import DayTrade, Held, Overnight, PositionBook, held_by
from engine.model.enums import Side

EXCHANGES = st.sampled_from(["SHFE", "INE", "DCE", "CFFEX"])
OFFSETS = st.sampled_from(
    [Offset.OPEN, Offset.CLOSE, Offset.CLOSE_TODAY, Offset.CLOSE_YESTERDAY, Offset.FORCED_CLOSE]
)


def trade(offset: Offset, quantity: int, side: Side = Side.BUY, exchange: str = "SHFE") -> DayTrade:
    """A trade of rb2101."""
    return DayTrade(
        instrument="rb2101",
        exchange=exchange,
        side=side,
        offset=offset,
        quantity=quantity,
        price=Decimal(4300),
    )


def book(*trades: DayTrade, overnight: int = 0, exchange: str = "SHFE") -> PositionBook:
    """A book that began with so many long lots, after these trades."""
    found = PositionBook()
    rows = [
        Overnight(
            instrument="rb2101", exchange=exchange, held=Held.LONG, quantity=overnight, price=None
        )
    ]
    found.seed("20301202", rows if overnight else [])
    for each in trades:
        found.apply(each)
    return found


@given(st.data(), EXCHANGES, st.integers(0, 10))
def test_the_order_of_trades_does_not_matter(data, exchange, overnight):
    """A replay, a late push, a query: the same book."""
    trades = data.draw(
        st.lists(
            st.builds(
                lambda side, offset, quantity: trade(offset, quantity, side, exchange),
                st.sampled_from(Side),
                OFFSETS,
                st.integers(1, 5),
            ),
            max_size=8,
        )
    )
    shuffled = data.draw(st.permutations(trades))
    one = book(*trades, overnight=overnight, exchange=exchange)
    other = book(*shuffled, overnight=overnight, exchange=exchange)
    assert list(one) == list(other)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=10), st.integers(0, 10))
def test_the_total_is_what_was_opened_less_what_was_closed(steps, overnight):
    """And today's lots and yesterday's are all there are."""
    trades = [
        trade(Offset.OPEN, count) if opens else trade(Offset.CLOSE_TODAY, count, Side.SELL)
        for opens, count in steps
    ]
    lots = book(*trades, overnight=overnight).lots("rb2101", Held.LONG)
    assert lots.total == overnight + sum(count if opens else -count for opens, count in steps)
    assert lots.today + lots.yesterday == lots.total


def test_shanghai_tells_todays_lots_from_older_ones():
    """CLOSE means yesterday's there."""
    found = book(
        trade(Offset.OPEN, 3),
        trade(Offset.CLOSE_TODAY, 1, Side.SELL),
        trade(Offset.CLOSE, 2, Side.SELL),
        overnight=5,
    ).lots("rb2101", Held.LONG)
    assert (found.today, found.yesterday) == (2, 3)


def test_elsewhere_older_lots_are_closed_first():
    """One pool; which are left matters for nothing but how they are shown."""
    found = book(
        trade(Offset.OPEN, 3, exchange="CFFEX"),
        trade(Offset.CLOSE, 4, Side.SELL, "CFFEX"),
        overnight=2,
        exchange="CFFEX",
    ).lots("rb2101", Held.LONG)
    assert (found.today, found.yesterday) == (1, 0)


def test_more_closed_than_held_is_a_fault_of_the_seed():
    """The lots that are missing are named, and nobody is told that they may be closed."""
    found = book(trade(Offset.CLOSE_YESTERDAY, 2, Side.SELL))
    assert found.faults() == ["long rb2101 (yesterday)"]
    assert found.lots("rb2101", Held.LONG).closable(Closable()) == Closable()


@pytest.mark.parametrize(
    ("frozen", "free"),
    [(Closable(), Closable(3, 5)), (Closable(2, 1), Closable(1, 4)), (Closable(9, 9), Closable())],
)
def test_what_working_orders_close_is_not_offered_again(frozen, free):
    """Today's and older lots each by themselves."""
    lots = book(trade(Offset.OPEN, 3), overnight=5).lots("rb2101", Held.LONG)
    assert lots.closable(frozen) == free


def test_sides_are_kept_apart():
    """Selling opens a short or closes a long; the net is of both."""
    assert held_by(Side.SELL, Offset.OPEN) is Held.SHORT
    assert held_by(Side.SELL, Offset.CLOSE) is Held.LONG
    found = book(trade(Offset.OPEN, 2, Side.SELL), overnight=5)
    assert found.net("rb2101") == 3


def test_what_is_left_is_the_next_days_overnight():
    """Only what there is."""
    found = book(trade(Offset.OPEN, 2), trade(Offset.OPEN, 1, Side.SELL), overnight=1)
    left = {(each.held, each.quantity) for each in found.overnight()}
    assert left == {(Held.LONG, 3), (Held.SHORT, 1)}
