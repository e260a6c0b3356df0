"""Depth: positions merged as the venue's own client does it, sides in order, crossed ones withheld."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.books import POSITIONS_MAX, DepthBook
from actors.venues.longbridge.proto.quote_pb2 import Depth
from engine.errors import RemoteProtocolError
from tests.kit.longbridge_quote import at

ID = "700.HK.LONGBRIDGE"


def rows(*levels):
    return [Depth(position=p, price=str(price), volume=v) for p, price, v in levels]


def book(mode="auto"):
    made = DepthBook(ID, mode)
    made.told(rows((1, 320.8, 5), (2, 321, 6), (3, 321.2, 7)), rows((1, 320.6, 1), (2, 320.4, 2)))
    return made


ASKS = ((320.8, 5.0), (321.0, 6.0), (321.2, 7.0))


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        ("merge", ((320.8, 9.0), (321.0, 8.0), (321.2, 7.0))),
        ("auto", ((320.8, 9.0), (321.0, 8.0))),
        ("replace", ((320.8, 9.0), (321.0, 8.0))),
    ],
)
def test_a_push_from_the_first_position_on(mode, wanted):
    """Two levels from the top are a whole side, unless told otherwise."""
    made = book(mode)
    made.pushed(rows((1, 320.8, 9), (2, 321, 8)), rows((1, 320.6, 1), (2, 320.4, 2)))
    assert made.sides()[1] == wanted


@pytest.mark.parametrize("mode", ["merge", "auto"])
@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (rows((1, 320.8, 9)), ((320.8, 9.0), *ASKS[1:])),
        (rows((2, 321, 9)), (ASKS[0], (321.0, 9.0), ASKS[2])),
        (rows((2, 321, 0)), (ASKS[0], ASKS[2])),
        (rows(), ASKS),
    ],
)
def test_single_positions_change_alone(mode, change, wanted):
    """What is not named stays; no size, no level; an empty side is unchanged."""
    made = book(mode)
    made.pushed(change, rows())
    assert made.sides() == (((320.6, 1.0), (320.4, 2.0)), wanted)


def test_levels_out_of_order_end_a_side():
    """A leftover of an older book is not shown behind the new one."""
    made = book("merge")
    made.pushed(rows((1, 321.1, 5)), rows())
    assert made.sides()[1] == ((321.1, 5.0),)


def test_quotes_are_told_when_they_change():
    """The book always, the quote if the best levels changed, or when all of it is wanted."""
    made = book()
    _, first = made.messages(at(0), all_of_it=False)
    assert (first.bid_price, first.bid_size, first.ask_price, first.ask_size) == (
        320.6,
        1,
        320.8,
        5,
    )
    shown, again = made.messages(at(0), all_of_it=False)
    assert again is None
    assert shown.depth == 3
    assert made.messages(at(0), all_of_it=True)[1] is not None


def test_an_empty_side_is_zero():
    """Prices and sizes of 0.0, as readers know it."""
    made = DepthBook(ID, "auto")
    made.told(rows((1, 320.8, 5)), rows((1, "", 0)))
    shown, told = made.messages(at(0), all_of_it=False)
    assert (told.bid_price, told.bid_size, told.ask_price) == (0.0, 0.0, 320.8)
    assert shown.bids == ()


def test_crossed_books_are_withheld():
    """Locked ones, too."""
    made = DepthBook(ID, "auto")
    for bid in ("320.8", "321"):
        made.told(rows((1, 320.8, 5)), rows((1, bid, 5)))
        assert made.messages(at(0), all_of_it=True) is None


@pytest.mark.parametrize(
    "row",
    [(0, 1, 1), (POSITIONS_MAX + 1, 1, 1), (1, "x", 1), (1, "-1", 1), (1, "1e5", 1), (1, 1, -1)],
)
def test_impossible_levels_are_refused(row):
    """Positions, prices and sizes beyond what can be."""
    with pytest.raises(RemoteProtocolError):
        book().pushed(rows(row), [])


LEVELS = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 99), st.integers(0, 5)), max_size=8)


@given(
    st.lists(st.tuples(LEVELS, LEVELS), max_size=6), st.sampled_from(["auto", "merge", "replace"])
)
def test_whatever_is_pushed_sides_are_in_order(pushes, mode):
    """Best first, strictly, nothing empty."""
    made = DepthBook(ID, mode)
    for asks, bids in pushes:
        made.pushed(rows(*asks), rows(*bids))
        bid_side, ask_side = made.sides()
        prices = [price for price, _ in bid_side]
        assert prices == sorted(set(prices), reverse=True)
        prices = [price for price, _ in ask_side]
        assert prices == sorted(set(prices))
        assert all(size > 0 for _, size in bid_side + ask_side)
