import pytest

from engine.messages.market import Book, Quote
from engine.model.enums import Side
from engine.model.money import ZERO
from engine.paper import depth as module
from engine.paper.depth import Depth
from tests.kit.market import BTC
from tests.kit.paper import D

BUY, SELL = Side.BUY, Side.SELL


def book(bids=(), asks=(), *, ts_ns=1, mono_ns=1, depth=50):
    return Book(BTC, 1, 1, ts_ns, 0, mono_ns, depth, tuple(bids), tuple(asks))


def quote(bid=0.0, ask=0.0, size=10.0, *, ts_ns=1, mono_ns=1):
    return Quote(BTC, 1, 1, ts_ns, 0, mono_ns, bid, size if bid else 0.0, ask, size if ask else 0.0)


def seen(*messages):
    depth = Depth()
    for message in messages:
        (depth.on_book if isinstance(message, Book) else depth.on_quote)(message)
    return depth


def asks(depth):
    return [(float(price), float(size)) for price, size in depth.left(SELL)]


def bids(depth):
    return [(float(price), float(size)) for price, size in depth.left(BUY)]


def test_nothing_is_visible_before_the_first_message():
    """No best, no levels, and no claim that a price has no size."""
    depth = Depth()
    assert depth.best(SELL) is None
    assert asks(depth) == []
    assert depth.shown(SELL, D(100)) is None


def test_a_book_shows_both_sides_and_a_quote_the_top():
    """Levels come best first; a newer quote replaces what it lies before and keeps what lies deeper."""
    depth = seen(book([(99, 1), (98, 2)], [(101, 3), (102, 4), (103, 5)]))
    assert (bids(depth), asks(depth)) == ([(99, 1), (98, 2)], [(101, 3), (102, 4), (103, 5)])
    depth.on_quote(quote(98.5, 102, 7, ts_ns=2))
    assert (bids(depth), asks(depth)) == ([(98.5, 7), (98, 2)], [(102, 7), (103, 5)])


def test_the_newer_of_book_and_quote_says_what_the_top_is():
    """By the venue's clock, else by the order of arrival."""
    assert asks(seen(quote(99, 101, 7, ts_ns=5), book([], [(100, 1)], ts_ns=9))) == [(100, 1)]
    assert asks(seen(quote(99, 101, 7, ts_ns=5), book([], [(100, 1)], ts_ns=4))) == [(101, 7)]
    late = seen(quote(99, 101, 7, ts_ns=0, mono_ns=5), book([], [(100, 1)], ts_ns=0, mono_ns=6))
    assert asks(late) == [(100, 1)]


def test_a_missing_side_and_empty_levels_offer_nothing():
    """A quote without a side says that there is none; sizes of zero are no offers."""
    depth = seen(book([(99, 1)], [(101, 3)]), quote(99, 0.0, ts_ns=2))
    assert depth.best(SELL) is None
    depth = seen(book([(99, 1)], [(101, 0.0), (102, 1)]))
    assert depth.best(SELL) == 102
    assert asks(depth) == [(102, 1)]


@pytest.mark.parametrize(
    ("message", "price", "shown"),
    [
        (quote(99, 101), "101", 10),
        (quote(99, 101), "100.5", 0),
        (quote(99, 101), "101.5", None),
        (quote(99, 0.0), "101", 0),
        (book([(99, 1)], [(101, 3), (102, 4)]), "150", 0),
        (book([(99, 1)], [(101, 3), (102, 4)], depth=2), "102", 4),
        (book([(99, 1)], [(101, 3), (102, 4)], depth=2), "102.1", None),
    ],
)
def test_a_view_reaches_as_far_as_its_feed(message, price, shown):
    """Beyond the last level of a full feed nothing is known; before it, or in a whole book, zero is."""
    assert seen(message).shown(SELL, D(price)) == shown


def test_what_was_taken_is_gone_until_the_market_shows_more():
    """The same view again brings nothing back; growth does, as much as it grew."""
    view = book([], [(101, 10)])
    depth = seen(view)
    depth.take(SELL, D(101), D(4))
    depth.on_book(view)
    assert asks(depth) == [(101, 6)]
    depth.on_book(book([], [(101, 13)]))
    assert asks(depth) == [(101, 9)]
    assert depth.shown(SELL, D(101)) == 13


def test_a_level_that_shrinks_loses_what_others_took_as_well():
    """Less is shown: no less is taken; after it shrank below, only growth counts again."""
    depth = seen(book([], [(101, 10)]))
    depth.take(SELL, D(101), D(4))
    depth.on_book(book([], [(101, 7)]))
    assert asks(depth) == [(101, 3)]
    depth.on_book(book([], [(101, 2)]))
    assert asks(depth) == []
    depth.on_book(book([], [(101, 5)]))
    assert asks(depth) == [(101, 3)]


def test_a_level_that_went_and_came_back_is_new():
    """Gone within sight means gone; out of sight it may still be the same level."""
    depth = seen(quote(99, 101))
    depth.take(SELL, D(101), D(10))
    depth.on_quote(quote(99, 100, ts_ns=2))
    depth.on_quote(quote(99, 101, ts_ns=3))
    assert asks(depth) == []
    depth.on_quote(quote(99, 102, ts_ns=4))
    depth.on_quote(quote(99, 101, ts_ns=5))
    assert asks(depth) == [(101, 10)]


def test_the_memory_of_what_was_taken_is_bounded(monkeypatch):
    """Only the newest levels are remembered."""
    monkeypatch.setattr(module, "TAKEN_LEVELS_MAX", 2)
    depth = seen(book([], [(101, 1), (102, 1), (103, 1)]))
    for price in (101, 102, 103):
        depth.take(SELL, D(price), D(1))
    assert asks(depth) == [(101, 1)]


def test_a_doubted_stream_is_not_traded_against():
    """Without the book the quote stands alone, without both nothing; a doubt gone brings all back."""
    depth = seen(book([], [(101, 3), (102, 4)]), quote(99, 101, 7, ts_ns=2))
    depth.take(SELL, D(102), D(1))
    depth.doubt(Book, "bus")
    assert asks(depth) == [(101, 7)]
    depth.doubt(Quote, "bus")
    assert asks(depth) == []
    assert depth.best(SELL) is None
    assert depth.shown(SELL, D(101)) is None
    depth.doubt(Book, "session")
    depth.believe(Book, "bus")
    depth.believe(Quote, "bus")
    assert asks(depth) == [(101, 7)]
    depth.believe(Book, "session")
    assert asks(depth) == [(101, 7), (102, 3)]


def test_a_dropped_view_waits_for_the_next_message():
    """A void book is not believed again when the doubt ends."""
    depth = seen(book([], [(101, 3)]))
    depth.doubt(Book, "session")
    depth.drop(Book)
    depth.believe(Book, "session")
    assert asks(depth) == []
    depth.on_book(book([], [(101, 3)]))
    assert asks(depth) == [(101, 3)]


def test_a_forgotten_market_is_a_new_one():
    """Neither views nor what was taken survive."""
    depth = seen(book([], [(101, 3)]))
    depth.take(SELL, D(101), D(3))
    depth.forget()
    assert depth.best(SELL) is None
    depth.on_book(book([], [(101, 3)]))
    assert asks(depth) == [(101, 3)]


def test_sizes_are_exact_decimals():
    """What is left is the shown text less what was taken, not a float's remainder."""
    depth = seen(book([], [(100.1, 0.3)]))
    depth.take(SELL, D("100.1"), D("0.1"))
    assert list(depth.left(SELL)) == [(D("100.1"), D("0.2"))]
    assert depth.shown(SELL, D("100.10")) == D("0.3")
    assert depth.shown(SELL, D(100)) == ZERO


def test_no_quote_brings_back_what_a_quote_has_left_behind():
    """Levels of an old book that were passed are gone, whatever was taken of them, until the next book."""
    depth = seen(book([(99, 1)], [(101, 3), (102, 4)]))
    depth.take(SELL, D(101), D(3))
    depth.on_quote(quote(99, 101.5, 2, ts_ns=2))
    depth.on_quote(quote(98, 100, 1, ts_ns=3))
    assert asks(depth) == [(100, 1), (102, 4)]
    assert bids(depth) == [(98, 1)]
    depth.on_book(book([(98, 1)], [(101, 3)], ts_ns=4))
    assert asks(depth) == [(101, 3)]
