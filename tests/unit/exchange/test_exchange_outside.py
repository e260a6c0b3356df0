"""What the outside market does to published book, prints and clients' resting orders."""

from decimal import Decimal

import pytest

from engine.exchange.events import BookChanged, OrderFilled
from engine.exchange.feeds import BookReset
from engine.exchange.model import Liquidity
from tests.kit.exchange import BUY, SELL, SYMBOL, Pit, fills, of, printed, tops


def test_every_quote_makes_one_top_even_when_it_repeats():
    """A quote row yields exactly one top with its own values, changed or not."""
    pit = Pit()
    for _ in range(3):
        assert tops(pit.top((199, 5), (201, 6))) == [(199, 5, 201, 6)]


def test_a_quote_without_depth_replaces_the_whole_side():
    """From best quotes alone nothing is known beneath the best, so nothing is shown there."""
    pit = Pit()
    pit.top((199, 5), (201, 6))
    events = pit.top((200, 1), (202, 2))
    assert (pit.bids(), pit.asks()) == (((200, 1),), ((202, 2),))
    (changed,) = of(events, BookChanged)
    assert set(changed.changes) == {(BUY, 199, 0), (BUY, 200, 1), (SELL, 201, 0), (SELL, 202, 2)}


def test_a_quote_with_depth_keeps_what_lies_beneath():
    """With a depth feed a quote removes better levels only."""
    pit = Pit()
    pit.levels((BUY, 199, 5), (BUY, 198, 7), (SELL, 201, 6))
    pit.top((198, 3), (199, 2), keep_depth=True)
    assert pit.bids() == ((198, 3),)
    assert pit.asks() == ((199, 2), (201, 6))


def test_locked_and_one_sided_quotes_are_published_as_they_are():
    """Recordings hold locked quotes and empty sides; the top repeats them."""
    pit = Pit()
    assert tops(pit.top((200, 5), (200, 6))) == [(200, 5, 200, 6)]
    assert tops(pit.top(None, (200, 6))) == [(None, 0, 200, 6)]


def test_a_crossed_feed_is_refused_before_anything_changed():
    """A crossed quote or update is the feed's fault: ValueError, book untouched."""
    pit = Pit()
    pit.top((199, 5), (201, 6))
    with pytest.raises(ValueError, match="crossed"):
        pit.top((202, 5), (201, 6))
    with pytest.raises(ValueError, match="crossed"):
        pit.levels((BUY, 205, 1), (SELL, 204, 1))
    assert (pit.bids(), pit.asks()) == (((199, 5),), ((201, 6),))


def test_depth_beneath_the_quote_makes_no_top():
    """Rows at or better than the quote are ignored, rows beneath it appear, no top is published."""
    pit = Pit()
    pit.top((199, 5), (201, 6), keep_depth=True)
    events = pit.levels(
        (BUY, 200, 9),
        (BUY, 199, 9),
        (BUY, 198, 9),
        (SELL, 201, 9),
        (SELL, 202, 9),
        beneath_top=True,
    )
    assert tops(events) == []
    assert pit.bids() == ((199, 5), (198, 9))
    assert pit.asks() == ((201, 6), (202, 9))


def test_depth_before_the_first_quote_makes_no_top():
    """When quotes make the tops, a depth snapshot in front of them is silent."""
    pit = Pit()
    assert tops(pit.levels((BUY, 199, 5), snapshot=True, beneath_top=True)) == []
    assert tops(pit.top((199, 5), None, keep_depth=True)) == [(199, 5, None, 0)]


def test_a_snapshot_removes_what_it_does_not_name():
    """After a snapshot the outside book is the snapshot."""
    pit = Pit()
    pit.levels((BUY, 199, 5), (BUY, 198, 5), (SELL, 201, 5))
    pit.levels((BUY, 198, 6), (SELL, 202, 5), snapshot=True)
    assert (pit.bids(), pit.asks()) == (((198, 6),), ((202, 5),))


def test_a_level_that_meets_the_other_side_replaces_it():
    """A level set through stale opposite levels removes those the update did not name."""
    pit = Pit()
    pit.levels((BUY, 199, 5), (SELL, 200, 5), (SELL, 202, 5))
    pit.levels((BUY, 201, 4))
    assert (pit.bids(), pit.asks()) == (((201, 4), (199, 5)), ((202, 5),))


def test_a_reset_empties_the_outside_book_and_keeps_clients():
    """Only clients' orders are left after a reset."""
    pit = Pit()
    pit.top((199, 5), (201, 6))
    pit.rest(BUY, 2, 198)
    events = pit.exchange.market(BookReset(SYMBOL, 9), 9)
    assert tops(events) == [(198, 2, None, 0)]
    assert pit.bids() == ((198, 2),)


def test_an_outside_print_is_published_as_it_was_recorded():
    """Without clients in its way a print keeps price, size, aggressor, id and time."""
    pit = Pit()
    (trade,) = pit.prints(200, 7, None, trade_id=4711)
    assert (trade.price_ticks, trade.lots, trade.aggressor) == (200, 7, None)
    assert (trade.trade_id, trade.at_ns) == (4711, pit.now_ns)
    (trade,) = pit.prints(200, 7, BUY)
    assert trade.trade_id > 4711


def test_the_published_level_is_outside_plus_clients():
    """Sizes at one price add up."""
    pit = Pit()
    pit.top((199, 5), (201, 6))
    pit.rest(BUY, 2, 199)
    assert pit.exchange.top(SYMBOL) == (199, 7, 201, 6)


def test_a_print_at_the_price_consumes_the_queue_first():
    """An order is filled at its price only after the outside size ahead of it has traded."""
    pit = Pit()
    pit.top((199, 5), (201, 6))
    order = pit.rest(BUY, 4, 199)
    assert fills(pit.prints(199, 3, SELL)) == []
    events = pit.prints(199, 4, SELL)
    assert fills(events) == [("ann", Decimal("99.5"), Decimal(2))]
    assert printed(events) == [(199, 2, SELL), (199, 2, SELL)]
    (filled,) = of(events, OrderFilled)
    assert filled.fill.liquidity is Liquidity.MAKER
    assert filled.order.order_id == order.order_id


def test_the_queue_holds_outside_size_between_two_orders():
    """Outside size that joined between two orders trades between them."""
    pit = Pit()
    pit.rest(BUY, 1, 199, account="first")
    pit.levels((BUY, 199, 2))
    pit.rest(BUY, 1, 199, account="second")
    assert [fill[0] for fill in fills(pit.prints(199, 3, SELL))] == ["first"]
    assert [fill[0] for fill in fills(pit.prints(199, 1, SELL))] == ["second"]


def test_a_shrinking_level_moves_the_order_up():
    """The outside size ahead is never more than the feed says is there."""
    pit = Pit()
    pit.top((199, 50), (201, 6))
    pit.rest(BUY, 4, 199)
    pit.top((199, 2), (201, 6))
    pit.top((199, 90), (201, 6))
    assert fills(pit.prints(199, 3, SELL)) == [("ann", Decimal("99.5"), Decimal(1))]


@pytest.mark.parametrize(("aggressor", "filled"), [(SELL, True), (None, True), (BUY, False)])
def test_a_print_at_the_price_needs_an_aggressor_that_could_have_hit_it(aggressor, filled):
    """A buyer's print at a bid's price does not fill the bid; an unknown aggressor may."""
    pit = Pit()
    pit.rest(BUY, 4, 199)
    assert bool(fills(pit.prints(199, 1, aggressor))) is filled


@pytest.mark.parametrize("aggressor", [BUY, SELL, None])
def test_a_print_beyond_the_price_fills_at_the_orders_own_price(aggressor):
    """A print through resting orders fills them best price first, bounded by its size."""
    pit = Pit()
    pit.rest(BUY, 2, 199)
    pit.rest(BUY, 2, 200, account="better")
    events = pit.prints(198, 3, aggressor)
    assert fills(events) == [
        ("better", Decimal(100), Decimal(2)),
        ("ann", Decimal("99.5"), Decimal(1)),
    ]
    assert printed(events) == [(200, 2, SELL), (199, 1, SELL)]


def test_volume_of_a_print_that_fills_clients_adds_up():
    """Clients' part and the rest of the recorded size together are the recorded size."""
    pit = Pit()
    pit.rest(SELL, 2, 200)
    events = pit.prints(201, 9, BUY, trade_id=5)
    assert printed(events) == [(200, 2, BUY), (201, 7, BUY)]


@pytest.mark.parametrize("ask_ticks", [200, 199])
def test_an_outside_level_that_meets_an_order_fills_it(ask_ticks):
    """Crossing outside size fills the order at its own price, is used up, and is bounded by its size."""
    pit = Pit()
    pit.rest(BUY, 5, 200)
    events = pit.top((198, 5), (ask_ticks, 3))
    assert fills(events) == [("ann", Decimal(100), Decimal(3))]
    assert tops(events) == [(200, 2, None, 0)]
    events = pit.top((198, 5), (ask_ticks, 3))
    assert fills(events) == [("ann", Decimal(100), Decimal(2))]
    assert tops(events) == [(198, 5, ask_ticks, 1)]


def test_crossing_depth_fills_several_orders_by_price_then_time():
    """A deep outside move meets the best clients' price first and walks on."""
    pit = Pit()
    pit.rest(SELL, 1, 201, account="worse")
    pit.rest(SELL, 1, 200, account="first")
    pit.rest(SELL, 1, 200, account="second")
    events = pit.levels((BUY, 202, 2), (BUY, 201, 2))
    assert [fill[0] for fill in fills(events)] == ["first", "second", "worse"]
    assert pit.bids() == ((201, 1),)


def test_an_unknown_instrument_of_a_feed_is_an_error():
    """A feed for something not listed is a mistake of the driver."""
    with pytest.raises(KeyError):
        Pit().exchange.market(BookReset("??", 1), 1)


def test_a_snapshot_beneath_the_quote_keeps_the_quote():
    """A depth snapshot that comes with quotes replaces what lies beneath them and nothing else."""
    pit = Pit()
    pit.levels((BUY, 198, 1), (BUY, 197, 1))
    pit.top((199, 5), (201, 6), keep_depth=True)
    pit.levels((BUY, 199, 9), (BUY, 197, 2), (SELL, 202, 3), snapshot=True, beneath_top=True)
    assert pit.bids() == ((199, 5), (197, 2))
    assert pit.asks() == ((201, 6), (202, 3))


def test_a_quote_without_size_is_a_missing_side():
    """A price with size zero is no quote: the side is empty, and depth does not fill it."""
    pit = Pit()
    assert tops(pit.top((199, 0), (201, 6), keep_depth=True)) == [(None, 0, 201, 6)]
    pit.levels((BUY, 198, 9), beneath_top=True)
    assert pit.bids() == ()
