"""How an order matches: price, then place, time in force, self-trades, reduce-only."""

from decimal import Decimal

import pytest

from engine.exchange.events import OrderFilled, TradePrinted
from engine.exchange.model import (
    CancelReason,
    Liquidity,
    OrderStatus,
    RefusalReason,
    SelfTrade,
)
from tests.kit.exchange import (
    BUY,
    FOK,
    IOC,
    POST_ONLY,
    SELL,
    SYMBOL,
    Pit,
    cancels,
    fills,
    of,
    printed,
    refusal,
    tops,
)


def test_better_prices_trade_first_then_earlier_orders():
    """A taker meets the best price first and within a price the order that came first, at their prices."""
    pit = Pit()
    pit.rest(SELL, 2, 202, account="late-and-worse")
    pit.rest(SELL, 2, 201, account="first")
    pit.rest(SELL, 2, 201, account="second")
    events = pit.submit(BUY, 5, 202, account="taker")
    makers = [fill for fill in fills(events) if fill[0] != "taker"]
    assert makers == [
        ("first", Decimal("100.5"), Decimal(2)),
        ("second", Decimal("100.5"), Decimal(2)),
        ("late-and-worse", Decimal(101), Decimal(1)),
    ]
    assert pit.asks() == ((202, 1),)


def test_both_sides_of_a_trade_and_its_print_agree():
    """Maker, taker and print carry one trade id, price, quantity; fees follow the liquidity."""
    pit = Pit()
    maker = pit.rest(SELL, 2, 200, account="maker")
    events = pit.submit(BUY, 2, 201)
    made, took = of(events, OrderFilled)
    (trade,) = of(events, TradePrinted)
    assert made.fill.trade_id == took.fill.trade_id == trade.trade_id
    assert (trade.price_ticks, trade.lots, trade.aggressor) == (200, 2, BUY)
    assert (trade.maker_order_id, trade.taker_order_id) == (maker.order_id, took.order.order_id)
    assert (made.fill.liquidity, took.fill.liquidity) == (Liquidity.MAKER, Liquidity.TAKER)
    worth = Decimal(100) * 2 * Decimal("0.1")
    assert (made.fill.fee, took.fill.fee) == (worth * Decimal("0.0001"), worth * Decimal("0.0005"))
    assert made.order.status is took.order.status is OrderStatus.FILLED


def test_a_limit_order_takes_what_crosses_and_rests_with_the_remainder():
    """The remainder of a limit order stands at its own price, the average price is that of its fills."""
    pit = Pit()
    pit.levels((SELL, 200, 2), (SELL, 201, 2), (SELL, 205, 9))
    events = pit.submit(BUY, 6, 202)
    assert fills(events) == [
        ("ann", Decimal(100), Decimal(2)),
        ("ann", Decimal("100.5"), Decimal(2)),
    ]
    (order,) = pit.exchange.open_orders("ann")
    assert (order.cumulative, order.leaves, order.average_price) == (
        Decimal(4),
        Decimal(2),
        Decimal("100.25"),
    )
    assert tops(events) == [(202, 2, 205, 9)]


def test_a_market_order_walks_the_book_and_its_rest_is_cancelled():
    """A market order takes any price; when nothing is left the remainder is cancelled."""
    pit = Pit()
    pit.levels((BUY, 199, 2), (BUY, 150, 1))
    events = pit.submit(SELL, 5)
    assert fills(events) == [("ann", Decimal("99.5"), Decimal(2)), ("ann", Decimal(75), Decimal(1))]
    assert [reason for _, reason in cancels(events)] == [CancelReason.NO_LIQUIDITY]
    assert pit.exchange.open_orders("ann") == []


def test_ioc_never_rests():
    """What an IOC cannot get at once is cancelled."""
    pit = Pit()
    pit.levels((SELL, 200, 2), (SELL, 202, 2))
    events = pit.submit(BUY, 3, 201, time_in_force=IOC)
    assert fills(events) == [("ann", Decimal(100), Decimal(2))]
    assert [reason for _, reason in cancels(events)] == [CancelReason.IOC]
    assert pit.bids() == ()


@pytest.mark.parametrize(("lots", "filled"), [(4, True), (5, False)])
def test_fok_fills_in_full_or_not_at_all(lots, filled):
    """A FOK counts outside and clients within its limit and otherwise leaves the book alone."""
    pit = Pit()
    pit.levels((SELL, 200, 1), (SELL, 202, 9))
    pit.rest(SELL, 3, 201, account="bob")
    before = pit.asks()
    events = pit.submit(BUY, lots, 201, time_in_force=FOK)
    if filled:
        assert sum(fill[2] for fill in fills(events) if fill[0] == "ann") == lots
    else:
        assert fills(events) == []
        assert [reason for _, reason in cancels(events)] == [CancelReason.FOK]
        assert pit.asks() == before


@pytest.mark.parametrize("rule", list(SelfTrade))
def test_fok_does_not_count_what_self_trade_prevention_takes_away(rule):
    """Own resting orders are no liquidity for a FOK, whatever the rule."""
    pit = Pit()
    pit.rest(SELL, 3, 200)
    pit.levels((SELL, 201, 2))
    events = pit.submit(BUY, 4, 202, time_in_force=FOK, self_trade=rule)
    assert fills(events) == []
    assert [reason for _, reason in cancels(events)] == [CancelReason.FOK]


@pytest.mark.parametrize("rule", [SelfTrade.CANCEL_TAKER, SelfTrade.CANCEL_BOTH])
def test_fok_stops_at_an_own_order_that_would_stop_it(rule):
    """Liquidity behind an own order that cancels the taker is out of a FOK's reach."""
    pit = Pit()
    pit.levels((SELL, 200, 2), (SELL, 202, 9))
    pit.rest(SELL, 1, 201)
    events = pit.submit(BUY, 4, 202, time_in_force=FOK, self_trade=rule)
    assert fills(events) == []
    assert [reason for _, reason in cancels(events)] == [CancelReason.FOK]
    events = pit.submit(BUY, 4, 202, time_in_force=FOK)
    assert sum(fill[2] for fill in fills(events)) == 4


def test_fok_does_not_count_on_reduce_only_orders_of_others():
    """A reduce-only order may vanish while a FOK matches, so a FOK that would need it dies unfilled."""
    pit = Pit()
    _long(pit, 2, account="bob")
    pit.rest(SELL, 2, 200, account="bob")
    pit.rest(SELL, 2, 200, account="bob", reduce_only=True)
    events = pit.submit(BUY, 4, 200, time_in_force=FOK)
    assert fills(events) == []
    assert [reason for _, reason in cancels(events)] == [CancelReason.FOK]


def test_post_only_rests_or_dies():
    """Post-only is cancelled when it would take, and rests otherwise."""
    pit = Pit()
    pit.levels((SELL, 200, 1))
    events = pit.submit(BUY, 1, 200, time_in_force=POST_ONLY)
    assert [reason for _, reason in cancels(events)] == [CancelReason.POST_ONLY]
    assert fills(events) == []
    pit.rest(BUY, 1, 199, time_in_force=POST_ONLY)


@pytest.mark.parametrize(
    ("rule", "gone", "rests"),
    [
        (SelfTrade.CANCEL_MAKER, ["maker"], 1),
        (SelfTrade.CANCEL_TAKER, ["taker"], 0),
        (SelfTrade.CANCEL_BOTH, ["maker", "taker"], 0),
    ],
)
def test_self_trades_are_prevented(rule, gone, rests):
    """An account never trades with itself; the taker's rule says which order goes."""
    pit = Pit()
    pit.rest(SELL, 1, 200, client_order_id="maker")
    events = pit.submit(BUY, 1, 200, client_order_id="taker", self_trade=rule)
    assert fills(events) == []
    cancelled = [e.order.client_order_id for e in events if hasattr(e, "reason")]
    assert cancelled == gone
    assert len(pit.bids()) == rests
    assert len(pit.asks()) == (0 if "maker" in gone else 1)


def test_self_trade_prevention_goes_on_to_the_next_in_the_queue():
    """After the own maker is gone the taker trades with the others behind it."""
    pit = Pit()
    pit.rest(SELL, 1, 200)
    pit.rest(SELL, 2, 200, account="bob")
    events = pit.submit(BUY, 2, 200)
    assert [fill[0] for fill in fills(events)] == ["bob", "ann"]


def test_consumed_outside_size_stays_consumed_until_the_feed_sets_it_again():
    """A client's take lowers the outside level; the next word of the feed restores it."""
    pit = Pit()
    pit.levels((SELL, 200, 5), (SELL, 201, 5))
    assert tops(pit.submit(BUY, 5, 200, time_in_force=IOC)) == [(None, 0, 201, 5)]
    pit.levels((SELL, 201, 7))
    assert pit.asks() == ((201, 7),)
    pit.levels((SELL, 200, 5))
    assert pit.asks() == ((200, 5), (201, 7))


def test_outside_size_that_was_there_first_trades_first():
    """At one price: outside size ahead, the client's order, then outside size that came later."""
    pit = Pit()
    pit.levels((SELL, 200, 2))
    pit.rest(SELL, 3, 200, account="bob")
    pit.levels((SELL, 200, 6))
    events = pit.submit(BUY, 7, 200)
    assert printed(events) == [(200, 2, BUY), (200, 3, BUY), (200, 2, BUY)]
    assert [trade.maker_order_id for trade in of(events, TradePrinted)] == [None, 1, None]
    assert pit.asks() == ((200, 2),)


def _long(pit, lots, account="ann"):
    pit.levels((SELL, 200, lots))
    pit.submit(BUY, lots, 200, account=account)


def test_reduce_only_is_bound_by_what_is_left_to_close():
    """Reduce-only orders of an account may close the position once, not twice, and not add to it."""
    pit = Pit()
    _long(pit, 5)
    pit.rest(SELL, 3, 210, reduce_only=True)
    assert refusal(pit.submit(SELL, 3, 210, reduce_only=True)) is RefusalReason.REDUCE_ONLY
    assert refusal(pit.submit(BUY, 1, 190, reduce_only=True)) is RefusalReason.REDUCE_ONLY
    pit.rest(SELL, 2, 210, reduce_only=True)


def test_reduce_only_orders_go_with_their_position():
    """When another fill shrinks the position, the newest reduce-only orders beyond it are cancelled."""
    pit = Pit()
    _long(pit, 5)
    old = pit.rest(SELL, 3, 210, reduce_only=True)
    new = pit.rest(SELL, 2, 211, reduce_only=True)
    pit.levels((BUY, 199, 9))
    events = pit.submit(SELL, 2, 199)
    assert cancels(events) == [(new.order_id, CancelReason.REDUCE_ONLY)]
    events = pit.submit(SELL, 1, 199)
    assert cancels(events) == [(old.order_id, CancelReason.REDUCE_ONLY)]


def test_a_reduce_only_fill_keeps_the_rest_of_the_order():
    """A partly filled reduce-only order still fits the smaller position and stays."""
    pit = Pit()
    _long(pit, 5)
    pit.rest(SELL, 5, 210, reduce_only=True)
    events = pit.prints(210, 2, BUY)
    assert fills(events) == [("ann", Decimal(105), Decimal(2))]
    assert cancels(events) == []
    assert pit.exchange.position("ann", SYMBOL).quantity == Decimal(3)


def test_a_maker_fill_trims_reduce_only_orders_too():
    """The position that shrinks by a resting order's fill takes its reduce-only orders with it."""
    pit = Pit()
    _long(pit, 2)
    pit.rest(SELL, 2, 205)
    reducing = pit.rest(SELL, 2, 210, reduce_only=True)
    events = pit.submit(BUY, 2, 205, account="bob")
    assert cancels(events) == [(reducing.order_id, CancelReason.REDUCE_ONLY)]
