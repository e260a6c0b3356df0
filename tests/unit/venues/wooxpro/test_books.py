"""`books`: the three depth feeds against a plain model of a book."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.wooxpro.books import FullBook, SidedBook, VersionedBook, read_levels, side
from actors.venues.wooxpro.market import Doubt
from engine.errors import RemoteProtocolError
from engine.messages.market import LEVELS_MAX, Book
from tests.kit.wooxpro import BTC, at

BID_PRICES = st.integers(1, 50).map(lambda price: f"{price}.5")
ASK_PRICES = st.integers(51, 100).map(lambda price: f"{price}.5")
SIZES = st.integers(0, 3).map(str)


def levels(prices: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    return st.dictionaries(prices, SIZES, max_size=8).map(
        lambda found: [{"price": price, "vol": size} for price, size in found.items()]
    )


def push(version: int, kind: str, bids: object, asks: object) -> dict[str, object]:
    return {"symbol": "BTCUSDT", "version": version, "type": kind, "bids": bids, "asks": asks}


@given(
    st.tuples(levels(BID_PRICES), levels(ASK_PRICES)),
    st.lists(st.tuples(levels(BID_PRICES), levels(ASK_PRICES)), max_size=10),
)
def test_a_versioned_book_equals_the_model(snapshot, changes):
    """After each change the book is what a dict of prices would be."""
    book = VersionedBook(BTC, "BTCUSDT", 5)
    model: dict[str, dict[float, float]] = {"bids": {}, "asks": {}}
    for number, (bids, asks) in enumerate([snapshot, *changes]):
        kind = "update" if number else "snapshot"
        (message,) = book.read(push(10 + number, kind, bids, asks), at(0))
        for name, given_levels in (("bids", bids), ("asks", asks)):
            for level in given_levels:
                model[name][float(level["price"])] = float(level["vol"])
        expected = {
            name: sorted(((p, s) for p, s in kept.items() if s), reverse=name == "bids")[:5]
            for name, kept in model.items()
        }
        assert list(message.bids) == expected["bids"]
        assert list(message.asks) == expected["asks"]


@pytest.mark.parametrize("version", [9, 10, 12, 0])
def test_any_version_but_the_next_one_spoils_the_book(version: int):
    """A gap, a repeat and a jump back are doubted at once, and nothing counts until a snapshot."""
    book = VersionedBook(BTC, "BTCUSDT", 5)
    book.read(push(10, "snapshot", [], [{"price": "2", "vol": "1"}]), at(0))
    assert book.read(push(version, "update", [], []), at(0)) == Doubt(
        f"version {version} instead of 11", at_once=True
    )
    assert book.read(push(version + 1, "update", [], []), at(0)) == ()
    (message,) = book.read(push(3, "snapshot", [], []), at(0))
    assert message.asks == ()


def test_a_versioned_book_stays_bounded():
    """Levels that are never removed do not pile up beyond the bound; the best ones stay."""
    book = VersionedBook(BTC, "BTCUSDT", 50)
    book.read(push(1, "snapshot", [], []), at(0))
    for number in range(20):
        asks = [{"price": str(1000 - number * 40 - k), "vol": "1"} for k in range(40)]
        (message,) = book.read(push(2 + number, "update", [], asks), at(0))
    assert len(book._asks) == LEVELS_MAX
    assert message.asks[0][0] == 1000 - 19 * 40 - 39


def test_sides_join_once_both_are_there_and_a_cross_is_withheld():
    """One side alone is no book; a crossed one is doubted, not published."""
    book = SidedBook(BTC, "BTCUSDT", 50)
    ask = {"symbol": "BTCUSDT", "way": 2, "depths": [{"price": "30107.7", "vol": "234"}]}
    bid = {"symbol": "BTCUSDT", "way": 1, "depths": [{"price": "30107.7", "vol": "1"}]}
    assert book.read(ask, at(0)) == ()
    assert isinstance(book.read(bid, at(0)), Doubt)
    (message,) = book.read({**bid, "depths": [{"price": "30107.6", "vol": "1"}]}, at(0))
    assert isinstance(message, Book)
    book.restart()
    assert book.read(bid, at(0)) == ()


@given(levels(BID_PRICES), levels(ASK_PRICES))
def test_a_full_book_is_sorted_whatever_its_order(bids, asks):
    """Best first on both sides, without empty levels."""
    (message,) = FullBook(BTC, "BTCUSDT", 20).read(
        {"symbol": "BTCUSDT", "bids": bids, "asks": asks, "ms_t": 1701566021194}, at(0)
    )
    assert list(message.bids) == sorted(message.bids, reverse=True)
    assert list(message.asks) == sorted(message.asks)
    assert all(size for _, size in (*message.bids, *message.asks))


def test_levels_beyond_the_bound_or_named_twice_are_refused():
    """A hostile book is an error, not memory."""
    level = {"price": "1", "vol": "1"}
    with pytest.raises(RemoteProtocolError):
        read_levels([level] * (LEVELS_MAX + 1), "bids")
    with pytest.raises(RemoteProtocolError):
        side([(1.0, 1.0), (1.0, 2.0)], bids=True, depth=5)
