"""Cancelling and modifying open orders."""

from decimal import Decimal

import pytest

from engine.exchange.events import BookChanged, OrderCancelled, OrderReplaced
from engine.exchange.model import CancelReason, OrderStatus, RefusalReason
from engine.exchange.registry import OrderBookkeeping
from tests.kit.exchange import (
    BUY,
    POST_ONLY,
    SELL,
    Pit,
    cancels,
    fills,
    instrument,
    of,
    refusal,
    tops,
)


def test_a_cancel_takes_the_order_off_and_into_history():
    """A cancelled order leaves the book and is found in the history with its reason."""
    pit = Pit()
    order = pit.rest(BUY, 3, 200, client_order_id="a")
    cancelled, changed, _top = pit.exchange.cancel("ann", 9, client_order_id="a")
    assert isinstance(cancelled, OrderCancelled)
    assert isinstance(changed, BookChanged)
    assert (cancelled.order.leaves, cancelled.order.status) == (Decimal(0), OrderStatus.CANCELLED)
    assert pit.exchange.order_history("ann") == [cancelled.order]
    assert cancelled.order.cancel_reason is CancelReason.USER
    again = pit.exchange.cancel("ann", 10, order_id=order.order_id)
    assert refusal(again) is RefusalReason.ORDER_CLOSED


def test_only_the_owner_can_cancel():
    """An order of another account does not exist for this one."""
    pit = Pit()
    order = pit.rest(BUY, 3, 200)
    events = pit.exchange.cancel("bob", 9, order_id=order.order_id)
    assert refusal(events) is RefusalReason.UNKNOWN_ORDER
    assert pit.bids() == ((200, 3),)


def test_cancel_all_takes_one_symbol_or_everything_of_one_account():
    """Other accounts' orders and, when a symbol is named, other symbols' stay."""
    pit = Pit(instrument(), instrument("ZZ"))
    first = pit.rest(BUY, 1, 200)
    other = pit.rest(BUY, 1, 200, symbol="ZZ")
    second = pit.rest(BUY, 1, 199)
    pit.rest(BUY, 1, 198, account="bob")
    events = pit.exchange.cancel_all("ann", 9, symbol="XY", reason=CancelReason.TIMEOUT)
    assert cancels(events) == [
        (first.order_id, CancelReason.TIMEOUT),
        (second.order_id, CancelReason.TIMEOUT),
    ]
    assert [each.order_id for each in pit.exchange.open_orders("ann")] == [other.order_id]
    assert cancels(pit.exchange.cancel_all("ann", 10)) == [(other.order_id, CancelReason.USER)]
    assert pit.exchange.cancel_all("ann", 11) == []
    assert len(pit.exchange.open_orders("bob")) == 1


def test_a_smaller_quantity_keeps_the_place_in_the_queue():
    """Shrinking an order at its price changes neither its id nor its place."""
    pit = Pit()
    order = pit.rest(BUY, 5, 200)
    pit.rest(BUY, 1, 200, account="bob")
    events = pit.exchange.modify("ann", 9, order_id=order.order_id, quantity=Decimal(2))
    (replaced,) = of(events, OrderReplaced)
    assert replaced.kept_priority
    assert (replaced.previous.quantity, replaced.order.quantity) == (Decimal(5), Decimal(2))
    assert replaced.order.order_id == order.order_id
    assert pit.bids() == ((200, 3),)
    assert [fill[0] for fill in fills(pit.prints(200, 3, SELL))] == ["ann", "bob"]


@pytest.mark.parametrize("change", [{"quantity": Decimal(6)}, {"price": Decimal("99.5")}])
def test_more_or_another_price_goes_to_the_end_of_the_queue(change):
    """A larger order, or one at a new price, stands behind those who were there."""
    pit = Pit()
    order = pit.rest(BUY, 5, 200)
    pit.rest(BUY, 1, 200, account="bob")
    pit.rest(BUY, 1, 199, account="bob")
    events = pit.exchange.modify("ann", 9, order_id=order.order_id, **change)
    assert not of(events, OrderReplaced)[0].kept_priority
    assert fills(pit.prints(199, 3, SELL))[0][0] == "bob"


def test_a_modified_order_may_match_at_once():
    """A new price that crosses takes liquidity, up to the new total quantity less what is filled."""
    pit = Pit()
    order = pit.rest(BUY, 5, 198)
    pit.prints(198, 2, SELL)
    pit.levels((SELL, 200, 9))
    events = pit.exchange.modify(
        "ann", 9, order_id=order.order_id, price=Decimal(100), quantity=Decimal(6)
    )
    assert fills(events) == [("ann", Decimal(100), Decimal(4))]
    assert pit.exchange.order("ann", order_id=order.order_id).status is OrderStatus.FILLED


def test_a_post_only_order_modified_into_the_market_dies():
    """Post-only stays post-only through a modification."""
    pit = Pit()
    order = pit.rest(BUY, 5, 198, time_in_force=POST_ONLY)
    pit.levels((SELL, 200, 9))
    events = pit.exchange.modify("ann", 9, order_id=order.order_id, price=Decimal(100))
    assert cancels(events) == [(order.order_id, CancelReason.POST_ONLY)]
    assert tops(events) == [(None, 0, 200, 9)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"price": Decimal("100.1")}, RefusalReason.PRICE_INCREMENT),
        ({"quantity": Decimal("2.5")}, RefusalReason.LOT),
        ({"quantity": Decimal(2)}, RefusalReason.QUANTITY),
        ({"quantity": Decimal(20_000)}, RefusalReason.MAX_QUANTITY),
    ],
)
def test_a_wrong_change_is_refused_and_leaves_the_order_alone(change, reason):
    """A refused modification changes neither terms nor place; what is filled bounds the quantity."""
    pit = Pit()
    order = pit.rest(BUY, 5, 198)
    pit.prints(198, 2, SELL)
    before = pit.exchange.order("ann", order_id=order.order_id)
    assert refusal(pit.exchange.modify("ann", 9, order_id=order.order_id, **change)) is reason
    assert pit.exchange.order("ann", order_id=order.order_id) == before


def test_reduce_only_cannot_be_modified_beyond_the_position():
    """Growing a reduce-only order is bounded like entering one."""
    pit = Pit()
    pit.levels((SELL, 200, 5))
    pit.submit(BUY, 5, 200)
    order = pit.rest(SELL, 3, 210, reduce_only=True)
    grown = pit.exchange.modify("ann", 9, order_id=order.order_id, quantity=Decimal(6))
    assert refusal(grown) is RefusalReason.REDUCE_ONLY
    assert of(
        pit.exchange.modify("ann", 9, order_id=order.order_id, quantity=Decimal(5)), OrderReplaced
    )


def test_a_tag_can_be_replaced_with_the_terms():
    """The venue's own fields follow a modification."""
    pit = Pit()
    order = pit.rest(BUY, 5, 198, tag="old")
    events = pit.exchange.modify("ann", 9, order_id=order.order_id, quantity=Decimal(4), tag="new")
    (replaced,) = of(events, OrderReplaced)
    assert (replaced.previous.tag, replaced.order.tag) == ("old", "new")


def test_history_is_bounded_and_newest_first(monkeypatch):
    """Beyond the bound the oldest final orders and their client order ids are forgotten."""
    monkeypatch.setattr("engine.exchange.registry.ORDER_HISTORY_MAX", 2)
    pit = Pit()
    for name in ("a", "b", "c"):
        pit.rest(BUY, 1, 200, client_order_id=name)
        pit.exchange.cancel("ann", 9, client_order_id=name)
    assert [each.client_order_id for each in pit.exchange.order_history("ann")] == ["c", "b"]
    assert [each.client_order_id for each in pit.exchange.order_history("ann", limit=1)] == ["c"]
    assert pit.exchange.order("ann", client_order_id="a") is None
    assert pit.exchange.order_history("ann", symbol="ZZ") == []


def test_an_id_forgotten_with_its_old_order_stays_known_for_the_newer_one(monkeypatch):
    """Forgetting an old order does not forget a newer one of the same client order id."""
    monkeypatch.setattr("engine.exchange.registry.ORDER_HISTORY_MAX", 2)
    pit = Pit()
    for name in ("a", "a", "b"):
        pit.rest(BUY, 1, 200, client_order_id=name)
        pit.exchange.cancel("ann", 9, client_order_id=name)
    assert pit.exchange.order("ann", client_order_id="a").order_id == 2
    assert OrderBookkeeping().find(None, None) is None
