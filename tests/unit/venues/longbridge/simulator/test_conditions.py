"""When touched and trailing orders are released, and with which limit."""

from decimal import Decimal

import attrs
import pytest

from actors.venues.longbridge.simulator.conditions import Watch, on_table, released_price
from actors.venues.longbridge.simulator.listings import BY_SYMBOL
from actors.venues.longbridge.simulator.tickets import Ticket
from tests.kit.longbridge_trading import TENCENT, Still

PLAIN = Ticket(
    listing=BY_SYMBOL[TENCENT],
    order_type="MIT",
    side="Buy",
    quantity=Decimal(100),
    time_in_force="Day",
    trigger_price=Decimal(320),
)


def released_at(ticket: Ticket, began: str, *prices: str, apart_ns: int = 1) -> int | None:
    """The place of the price that releases the order."""
    watch = Watch(Decimal(began))
    for place, price in enumerate(prices):
        if watch.sees(ticket, Decimal(price), place * apart_ns):
            return place
    return None


@pytest.mark.parametrize(
    ("began", "prices", "place"),
    [
        ("318", ("319", "319.8", "320.2"), 2),
        ("322", ("321", "320.2", "320", "319"), 2),
        ("318", ("319", "317"), None),
        ("320", ("320",), 0),
    ],
)
def test_a_trigger_is_touched_from_where_the_price_stood(began, prices, place):
    """From below or from above, for both sides alike."""
    for side in ("Buy", "Sell"):
        assert released_at(attrs.evolve(PLAIN, side=side), began, *prices) == place


def test_a_count_of_triggers_is_of_one_minute():
    """Three prices on the far side within sixty seconds."""
    ticket = attrs.evolve(PLAIN, trigger_count=3)
    assert released_at(ticket, "318", *["321"] * 5) == 2
    assert released_at(ticket, "318", *["321"] * 5, apart_ns=31_000_000_000) is None


def test_trailing_follows_the_best_price():
    """A sell the highest, a buy the lowest, by amount or per cent, from the monitor price on."""
    sell = attrs.evolve(PLAIN, order_type="TSMAMT", side="Sell", trailing_amount=Decimal(2))
    assert released_at(sell, "320", "320", "324", "323", "322") == 3
    buy = attrs.evolve(sell, side="Buy")
    assert released_at(buy, "320", "320", "316", "317", "318") == 3
    percent = attrs.evolve(sell, order_type="TSMPCT", trailing_percent=Decimal(10))
    assert released_at(percent, "400", "400", "361", "360") == 2
    late = attrs.evolve(sell, monitor_price=Decimal(330))
    assert released_at(late, "320", "325", "321", "330", "328") == 3


def test_the_limit_of_a_released_order():
    """Its own, by offset from the last price, or by a level of the book; on the tick table."""
    still = Still()
    still.book("320.4", "320.6")
    prices, last = still.venue.desk.prices, Decimal("320.2")
    lit = attrs.evolve(PLAIN, order_type="LIT", price=Decimal(319))
    assert released_price(lit, last, prices) == Decimal(319)
    assert released_price(PLAIN, last, prices) is None
    trail = attrs.evolve(PLAIN, order_type="TSLPAMT", limit_offset=Decimal("0.3"))
    assert released_price(trail, last, prices) == Decimal("320.6")
    sell = attrs.evolve(trail, side="Sell")
    assert released_price(sell, last, prices) == Decimal(320)
    for level, price in ((1, "320.6"), (-1, "320.4"), (3, "320.2")):
        ticket = attrs.evolve(trail, limit_depth_level=level)
        assert released_price(ticket, last, prices) == Decimal(price)


@pytest.mark.parametrize(
    ("price", "expected"),
    [("320.29", "320.2"), ("320.31", "320.4"), ("0.0001", "0.001"), ("99.98", "100")],
)
def test_a_computed_limit_lies_on_the_table(price, expected):
    """The nearest price that the market knows."""
    assert on_table("HK", Decimal(price)) == Decimal(expected)
