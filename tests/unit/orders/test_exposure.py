"""What an order reserves, and sums kept step by step."""

from hypothesis import given
from hypothesis import strategies as st

from engine.model.enums import Lifecycle, Mode, OrdType, Origin, Pending, Side, TimeInForce
from engine.orders.exposure import (
    NOTHING,
    Exposure,
    InstrumentExposure,
    recomputed,
    reservation_of,
    reserved_quantity,
)
from engine.orders.order import Order
from tests.kit.orders import BTC, ETH, D


def order(**changes) -> Order:
    values = {
        "client_order_id": "a",
        "intent_id": "alpha:5:1",
        "strategy": "alpha",
        "account": "account",
        "mode": Mode.LIVE,
        "origin": Origin.OURS,
        "instrument": BTC,
        "side": Side.BUY,
        "ord_type": OrdType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "post_only": False,
        "reduce_only": False,
        "quantity": D(10),
        "price": D(100),
        "stop_price": None,
        "reserve_price": D(100),
        "note": "",
        "tick_mono_ns": 0,
        "created_ns": 0,
        "request_ns": 0,
        "updated_ns": 0,
    }
    return Order(**{**values, **changes})


def test_an_open_order_reserves_its_rest():
    """What is not filled yet is reserved, at the order's price."""
    made = reservation_of(order(cum_qty=D(4)), D("0.001"), "USDT")
    assert (made.buy, made.sell, made.notional, made.open) == (6, 0, D("0.6"), True)
    sell = reservation_of(order(side=Side.SELL), D(1), "USDT")
    assert (sell.buy, sell.sell) == (0, 10)


def test_a_change_reserves_the_worse_of_both():
    """The larger quantity and the higher price, whichever side they are on."""
    up = order(replace_quantity=D(15), replace_price=D(90))
    down = order(replace_quantity=D(5), replace_price=D(110))
    assert reservation_of(up, D(1), "USDT").notional == 1500
    assert reservation_of(down, D(1), "USDT").notional == 1100


def test_claimed_fills_stay_reserved_after_the_end():
    """A finished order reserves what the venue says was filled and nobody delivered."""
    done = order(lifecycle=Lifecycle.CANCELLED, cum_qty=D(4))
    assert reservation_of(done, D(1), "USDT") is None
    done.venue_cum_qty = D(7)
    made = reservation_of(done, D(1), "USDT")
    assert (made.buy, made.open) == (3, False)


def test_more_claimed_than_asked_for_counts():
    """When the venue claims more than the order's quantity, the claim is what is reserved."""
    assert reserved_quantity(order(venue_cum_qty=D(12), cum_qty=D(4))) == 8


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["x", "y"]),
        st.builds(
            order,
            instrument=st.sampled_from([BTC, ETH]),
            side=st.sampled_from(Side),
            quantity=st.decimals("0.001", "1000", places=3),
            reserve_price=st.decimals("0.01", "100000", places=2),
            cum_qty=st.decimals("0", "10", places=3),
            venue_cum_qty=st.decimals("0", "10", places=3),
            lifecycle=st.sampled_from([Lifecycle.OPEN, Lifecycle.CANCELLED]),
            pending=st.sampled_from([None, Pending.CANCEL]),
        ),
    ),
    max_size=30,
)


@given(STEPS)
def test_sums_equal_sums_from_scratch(steps):
    """Adding and taking away, in any order and exactly, gives the sums of what is left."""
    owners = {"a": "x", "b": "x", "c": "y", "d": "y"}
    exposure, last = Exposure(), {}
    for name, _, each in steps:
        reservation = reservation_of(each, D("0.001"), "USDT")
        exposure.set(owners[name], name, reservation)
        last[name] = reservation
    anew = recomputed((owners[name], name, each) for name, each in last.items())
    assert exposure.figures() == anew.figures()


def test_nobody_writes_into_nothing():
    """The sums of an instrument never touched stay empty."""
    exposure = Exposure()
    assert exposure.instrument("nobody", BTC) is NOTHING
    exposure.set("x", "a", reservation_of(order(), D(1), "USDT"))
    assert exposure.instrument("x", BTC).buys == 10
    assert InstrumentExposure() == NOTHING
