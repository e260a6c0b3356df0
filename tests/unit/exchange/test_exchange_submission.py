"""What is accepted, what is refused, and what an accepted order looks like."""

from decimal import Decimal

import pytest

from engine.exchange.events import BookChanged, BookTop, OrderAccepted, OrderRefused
from engine.exchange.exchange import Exchange
from engine.exchange.model import OrderStatus, RefusalReason
from engine.exchange.registry import OPEN_ORDERS_MAX
from tests.kit.exchange import BUY, POST_ONLY, SELL, SYMBOL, Pit, instrument, of, refusal


def test_a_resting_order_is_accepted_published_and_remembered():
    """A limit order that meets nothing is accepted, shown in book and top, and found again by both ids."""
    pit = Pit()
    tag = {"leverage": "5"}
    accepted, changed, top = pit.submit(BUY, 3, 200, client_order_id="a1", tag=tag)
    assert isinstance(accepted, OrderAccepted)
    order = accepted.order
    assert (order.quantity, order.leaves, order.cumulative) == (Decimal(3), Decimal(3), Decimal(0))
    assert (order.price, order.average_price, order.status) == (
        Decimal(100),
        Decimal(0),
        OrderStatus.WORKING,
    )
    assert order.tag is tag
    assert changed == BookChanged(SYMBOL, ((BUY, 200, 3),), 1)
    assert top == BookTop(SYMBOL, 200, 3, None, 0, 1)
    assert pit.exchange.order("ann", order_id=order.order_id) == order
    assert pit.exchange.order("ann", client_order_id="a1") == order
    assert pit.exchange.open_orders("ann") == [order]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"symbol": "??"}, RefusalReason.UNKNOWN_SYMBOL),
        ({"price": None}, RefusalReason.PRICE),
        ({"price": Decimal(0)}, RefusalReason.PRICE),
        ({"price": Decimal("NaN")}, RefusalReason.PRICE),
        ({"price": Decimal("100.2")}, RefusalReason.PRICE_INCREMENT),
        ({"quantity": Decimal(0)}, RefusalReason.QUANTITY),
        ({"quantity": Decimal("Infinity")}, RefusalReason.QUANTITY),
        ({"quantity": Decimal("1.5")}, RefusalReason.LOT),
        ({"quantity": Decimal(1)}, RefusalReason.MIN_QUANTITY),
        ({"quantity": Decimal(20)}, RefusalReason.MAX_QUANTITY),
        ({"reduce_only": True}, RefusalReason.REDUCE_ONLY),
    ],
)
def test_wrong_terms_are_refused_and_change_nothing(change, reason):
    """Each fault of an order has its own reason, and a refused order leaves no trace."""
    pit = Pit(instrument(min_quantity=Decimal(2), max_quantity=Decimal(10)))
    (refused,) = pit.submit(BUY, 5, 200, **change)
    assert isinstance(refused, OrderRefused)
    assert refused.reason is reason
    assert refused.request is not None
    assert pit.exchange.open_orders("ann") == []
    assert pit.bids() == ()


def test_a_market_order_cannot_be_post_only():
    """Post-only on a market order contradicts itself and is refused."""
    assert refusal(Pit().submit(BUY, 1, time_in_force=POST_ONLY)) is RefusalReason.TIME_IN_FORCE


def test_a_client_order_id_is_free_again_once_its_order_is_final():
    """By default only open orders hold their client order id, and only within their account."""
    pit = Pit()
    pit.rest(BUY, 1, 200, client_order_id="a")
    again = pit.submit(BUY, 1, 200, client_order_id="a")
    assert refusal(again) is RefusalReason.DUPLICATE_CLIENT_ORDER_ID
    pit.rest(BUY, 1, 200, client_order_id="a", account="bob")
    pit.exchange.cancel("ann", 9, client_order_id="a")
    newer = pit.rest(BUY, 2, 200, client_order_id="a")
    assert pit.exchange.order("ann", client_order_id="a") == newer


def test_a_venue_can_forbid_reuse_of_client_order_ids():
    """With reuse off, the id of a remembered order is refused too."""
    pit = Pit(reuse_client_order_ids=False)
    pit.rest(BUY, 1, 200, client_order_id="a")
    pit.exchange.cancel("ann", 9, client_order_id="a")
    again = pit.submit(BUY, 1, 200, client_order_id="a")
    assert refusal(again) is RefusalReason.DUPLICATE_CLIENT_ORDER_ID


def test_open_orders_per_account_are_bounded():
    """One order above the bound is refused, and another account is not affected."""
    pit = Pit()
    for _ in range(OPEN_ORDERS_MAX):
        pit.submit(BUY, 1, 100)
    assert refusal(pit.submit(BUY, 1, 100)) is RefusalReason.TOO_MANY_ORDERS
    pit.rest(BUY, 1, 100, account="bob")


def test_a_halted_symbol_takes_cancels_only():
    """While halted, new orders and changes are refused and cancels pass."""
    pit = Pit()
    order = pit.rest(BUY, 2, 200)
    pit.exchange.halt(SYMBOL, halted=True)
    assert refusal(pit.submit(SELL, 1, 200)) is RefusalReason.HALTED
    changed = pit.exchange.modify("ann", 5, order_id=order.order_id, quantity=Decimal(1))
    assert refusal(changed) is RefusalReason.HALTED
    pit.exchange.cancel("ann", 6, order_id=order.order_id)
    assert pit.bids() == ()
    pit.exchange.halt(SYMBOL, halted=False)
    pit.rest(SELL, 1, 200)


def test_ids_go_on_where_a_venue_says():
    """Order ids start at the given number and are never used twice, refused orders take none."""
    exchange = Exchange([instrument()], order_ids_from=700)
    pit = Pit()
    events = exchange.submit(pit.order(BUY, 1, 200), 1)
    exchange.submit(pit.order(BUY, 0, 200), 2)
    events += exchange.submit(pit.order(BUY, 1, 199), 3)
    assert [each.order.order_id for each in of(events, OrderAccepted)] == [700, 701]
