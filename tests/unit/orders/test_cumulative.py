"""Venues without ids of trades: fills are differences of cumulative quantities, counted once (ORD-10)."""

from __future__ import annotations

from itertools import permutations

import attrs
import pytest

from engine.messages.venue import ReconcileRequest, UpdateKind
from engine.model.enums import Lifecycle
from engine.orders.exposure import reserved_quantity
from engine.orders.order import Order
from engine.session.fillkeys import FillKeyPart, FillKeyRule
from tests.kit.orders import (
    ACCOUNT,
    BTC,
    CAPABILITIES,
    SESSION,
    Bench,
    D,
    of_kind,
    settings,
    venue_order,
)

RULE = FillKeyRule((FillKeyPart.ORDER_ID, FillKeyPart.CUM_QTY))


@pytest.fixture
def bench() -> Bench:
    config = settings()
    session = config.trade_sessions[SESSION]
    can = attrs.evolve(CAPABILITIES, fill_key=RULE)
    sessions = {SESSION: attrs.evolve(session, capabilities=can)}
    made = Bench(attrs.evolve(config, trade_sessions=sessions))
    made.greet("alpha")
    return made.open_venue()


def opened(bench: Bench) -> Order:
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    return order


def trade(bench: Bench, order: Order, last: int, cum: int, price: str = "100") -> object:
    key = RULE.key(
        {FillKeyPart.ORDER_ID: f"v{order.client_order_id}", FillKeyPart.CUM_QTY: str(cum)}
    )
    return bench.fill(order, key, str(last), price, cum_qty=D(cum), trade_id="")


def wait(bench: Bench, seconds: int) -> None:
    """Let time pass while the session gives signs of life."""
    for _ in range(seconds):
        bench.tick(1)
        bench.beat()


def position(bench: Bench) -> int:
    held = bench.core.book.strategies.find("alpha", BTC)
    return 0 if held is None else int(held.quantity)


def test_fills_in_their_order_are_counted_one_by_one(bench):
    """Each begins where the last one ended; repetitions change nothing."""
    order = opened(bench)
    for _ in range(2):
        trade(bench, order, 4, 4)
        trade(bench, order, 6, 10, "102")
    assert (order.cum_qty, order.cost, position(bench)) == (10, 4 * 100 + 6 * 102, 10)
    assert order.lifecycle is Lifecycle.FILLED


def test_a_hole_is_not_guessed_but_asked_for(bench):
    """The fill after a lost one counts nothing yet; the answer's sum and average settle both at once."""
    order = opened(bench)
    wait(bench, 10)
    told = trade(bench, order, 6, 10, "102")
    assert order.cum_qty == 0
    assert of_kind(told, ReconcileRequest)
    found = venue_order(order, Lifecycle.FILLED, cum_qty=D(10), avg_px=D("101.2"))
    bench.answer((found,))
    assert (order.cum_qty, order.avg_px, position(bench)) == (10, D("101.2"), 10)
    assert reserved_quantity(order) == 0
    trade(bench, order, 4, 4)
    trade(bench, order, 6, 10, "102")
    assert position(bench) == 10


@pytest.mark.parametrize("arrival", list(permutations([(3, 3), (2, 5), (5, 10)])))
def test_no_order_of_arrival_counts_a_quantity_twice(bench, arrival):
    """Whatever comes first, and again at the end: after the comparison the sum is the venue's."""
    order = opened(bench)
    wait(bench, 10)
    for last, cum in (*arrival, *arrival):
        trade(bench, order, last, cum)
        assert order.cum_qty <= 10
    found = venue_order(order, Lifecycle.FILLED, cum_qty=D(10), avg_px=D(100))
    for _ in range(2):  # the first answer may be older than the last fill
        wait(bench, 40)
        bench.answer((found,))
    assert (order.cum_qty, position(bench)) == (10, 10)


def test_an_answer_older_than_the_last_fill_counts_nothing(bench):
    """A comparison asked before a fill cannot know it, and must not be taken for news."""
    order = opened(bench)
    wait(bench, 40)
    assert bench.core._k.links[ACCOUNT].run is not None
    trade(bench, order, 4, 4)
    bench.answer((venue_order(order, cum_qty=D(6), avg_px=D(100)),))
    assert order.cum_qty == 4
