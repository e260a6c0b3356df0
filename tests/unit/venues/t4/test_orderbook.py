"""Market by order: apply rules, numbers, and the book against a plain model."""

import random

import pytest

from actors.venues.t4.orderbook import Gap, OrderBook
from actors.venues.t4.prices import PriceFormat, pricing_of
from engine.errors import RemoteProtocolError
from engine.messages.market import Book, MarketStale, Quote
from engine.session.contract import Note
from tests.kit.t4_data import (
    BID,
    ES,
    ES_ID,
    OFFER,
    Desk,
    at,
    change,
    changes,
    details,
    order,
    orders,
    said,
)

ADD, DELETE, CLEAR = 0, 1, 2
PRICING = pricing_of(
    PriceFormat.REAL,
    decimals=0,
    real_decimals=2,
    clearing_decimals=0,
    increment="0.25",
    point_value="0.5",
    price_code="",
)


def begun(levels: int = 5, last_sequence: int = 10) -> OrderBook:
    """Two bids at one price, one below, one offer."""
    book = OrderBook(ES_ID, levels)
    rows = (
        order(1, BID, "4800.00", 3, priority=7),
        order(2, BID, "4800.00", 2, priority=3),
        order(3, BID, "4799.75", 9),
        order(4, OFFER, "4800.25", 4),
    )
    book.snapshot(orders(last_sequence, *rows), PRICING, at(0))
    return book


def sides(book: OrderBook):
    made = book.book(at(0))
    assert made is not None
    return made.bids, made.asks


def test_the_snapshot():
    """Levels are sums, and the queue goes by priority."""
    book = begun()
    assert sides(book) == (((4800.0, 5.0), (4799.75, 9.0)), ((4800.25, 4.0),))
    assert (book.ahead_of(1), book.ahead_of(2), book.ahead_of(99)) == (2, 0, None)
    assert book.orders == 4


def test_a_known_order_leaves_its_level_first():
    """Changed in price and size, and in size alone."""
    book = begun()
    assert book.update(changes(11, change(ADD, 1, BID, "4799.75", 1)), PRICING, at(1)) is True
    assert sides(book)[0] == ((4800.0, 2.0), (4799.75, 10.0))
    book.update(changes(12, change(ADD, 2, BID, "4800.00", 8)), PRICING, at(1))
    assert sides(book)[0] == ((4800.0, 8.0), (4799.75, 10.0))


def test_deletions_name_the_order_only():
    """Side and price are ours to know; an order that is not there is no trouble."""
    book = begun()
    assert book.update(changes(11, change(DELETE, 4, 0)), PRICING, at(1)) is True
    assert sides(book)[1] == ()
    assert book.update(changes(12, change(DELETE, 4, 0)), PRICING, at(1)) is False


def test_clear_empties_it():
    """And what follows in the same message counts."""
    book = begun()
    rows = (change(CLEAR, 0), change(ADD, 5, OFFER, "4801.00", 1))
    assert book.update(changes(11, *rows), PRICING, at(1)) is True
    assert sides(book) == ((), ((4801.0, 1.0),))


def test_numbers():
    """Old ones are dropped, a missing one is a gap, and then nothing counts before a snapshot."""
    book = begun()
    assert book.update(changes(10, change(DELETE, 4)), PRICING, at(1)) is False
    assert sides(book)[1] == ((4800.25, 4.0),)
    assert isinstance(book.update(changes(12, change(DELETE, 4)), PRICING, at(1)), Gap)
    assert not book.whole
    assert book.update(changes(13, change(DELETE, 4)), PRICING, at(1)) is False
    book.snapshot(orders(13, order(9, BID, "1.00", 1)), PRICING, at(2))
    assert sides(book) == (((1.0, 1.0),), ())


def test_changes_beyond_the_levels_are_not_seen():
    """They make no message."""
    book = begun(levels=1)
    assert book.update(changes(11, change(ADD, 5, BID, "4799.00", 1)), PRICING, at(1)) is False
    assert book.update(changes(12, change(DELETE, 1)), PRICING, at(1)) is True


def test_a_crossed_book_is_withheld():
    """Until it is in order again."""
    book = begun()
    book.update(changes(11, change(ADD, 5, BID, "4800.50", 1)), PRICING, at(1))
    assert book.book(at(1)) is None
    book.update(changes(12, change(DELETE, 4)), PRICING, at(1))
    assert book.book(at(1)) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        change(ADD, 1, 0, "4800.00", 1),
        change(ADD, 1, BID, "", 1),
        change(ADD, 1, BID, "x", 1),
        change(ADD, 1, BID, "4800.00", -1),
        change(7, 1, BID, "4800.00", 1),
    ],
)
def test_changes_that_cannot_be(wrong):
    """One way to fail."""
    with pytest.raises(RemoteProtocolError):
        begun().update(changes(11, wrong), PRICING, at(1))


def test_against_a_plain_model():
    """Thousands of changes: the same book as sums over all orders give."""
    rng = random.Random(5)
    book, model = OrderBook(ES_ID, 10), {}
    book.snapshot(orders(0), PRICING, at(0))
    for sequence in range(1, 3_001):
        order_id = rng.randrange(60)
        if rng.random() < 0.4:
            model.pop(order_id, None)
            row = change(DELETE, order_id)
        else:
            side = rng.choice((BID, OFFER))
            cents = rng.randrange(90, 100) if side == BID else rng.randrange(100, 110)
            text, size = f"{cents}.25", rng.randrange(1, 9)
            model[order_id] = (side, float(text), size)
            row = change(ADD, order_id, side, text, size)
        book.update(changes(sequence, row), PRICING, at(0))
        if sequence % 50 == 0:
            assert sides(book) == (summed(model, BID, 10), summed(model, OFFER, 10))


def summed(model, side, levels):
    sizes: dict[float, float] = {}
    for where, price, size in model.values():
        if where == side:
            sizes[price] = sizes.get(price, 0.0) + size
    return tuple(sorted(sizes.items(), reverse=side == BID)[:levels])


# --- in the session -------------------------------------------------------------------------------


def live() -> Desk:
    desk = Desk(book_source="market_by_order", book_levels=5)
    desk.ready(Quote, Book)
    desk.hear(said(market_by_order_snapshot=orders(10, order(1, BID, "4800.00", 3))))
    return desk


def test_books_are_made_of_orders():
    """Depth gives quotes, single orders give books, both are subscribed."""
    desk = Desk(book_source="market_by_order", book_levels=5)
    desk.log_in()
    desk.want(Quote, Book)
    assert desk.sent_kinds()[1:] == ["market_depth_subscribe", "market_by_order_subscribe"]
    assert desk.sent[-1][1].subscribe
    desk.hear(details())
    told = desk.hear(said(market_by_order_snapshot=orders(10, order(1, BID, "4800.00", 3))))
    book = told[-1]
    assert isinstance(book, Book)
    assert (book.depth, book.bids) == (5, ((4800.0, 3.0),))
    update = changes(11, change(ADD, 2, OFFER, "4800.25", 2))
    (book,) = desk.hear(said(market_by_order_update=update))
    assert book.asks == ((4800.25, 2.0),)


def test_without_books_no_orders_are_subscribed():
    """They are many."""
    desk = Desk(book_source="market_by_order")
    desk.log_in()
    desk.want(Quote)
    assert desk.sent_kinds()[1:] == ["market_depth_subscribe"]


def test_a_gap_has_the_orders_sent_anew():
    """Doubted at once, given back, asked for, believed with the snapshot."""
    desk = live()
    desk.sent.clear()
    update = changes(12, change(ADD, 2, OFFER, "4800.25", 2))
    stale, note = desk.hear(said(market_by_order_update=update))
    assert isinstance(stale, MarketStale)
    assert (stale.stream, stale.fresh) == ("book", False)
    assert isinstance(note, Note)
    assert [(kind, message.subscribe) for kind, message in desk.sent] == [
        ("market_by_order_subscribe", False),
        ("market_by_order_subscribe", True),
    ]
    late = changes(13, change(ADD, 3, OFFER, "4800.25", 2))
    assert desk.hear(said(market_by_order_update=late)) == []
    fresh, book = desk.hear(said(market_by_order_snapshot=orders(13, order(7, BID, "1.00", 1))))
    assert fresh.fresh
    assert book.bids == ((1.0, 1.0),)


def test_trades_of_single_orders_leave_the_numbers_alone():
    """Their number is that of the update before."""
    desk = live()
    assert desk.hear(said(market_by_order_trade={"market_id": ES, "sequence": 10})) == []
    assert len(desk.hear(said(market_by_order_update=changes(11, change(DELETE, 1))))) == 1


def test_orders_refused():
    """Books are doubted, depth goes on."""
    desk = Desk(book_source="market_by_order")
    desk.ready(Quote, Book)
    note, stale = desk.hear(said(market_by_order_subscribe_reject={"market_id": ES, "mode": 14}))
    assert "NO_PERMISSION" in note.detail
    assert (stale.stream, stale.fresh) == ("book", False)
