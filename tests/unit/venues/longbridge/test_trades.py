"""Trades without ids: each told once, what was missed found by comparing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.proto.quote_pb2 import Trade as Row
from actors.venues.longbridge.trades import TRADES_MAX, TradeTape
from engine.errors import RemoteProtocolError
from tests.kit.longbridge_quote import WALL_S, at


def row(second=0, price="320", volume=100, direction=0):
    return Row(price=price, volume=volume, timestamp=WALL_S + second, direction=direction)


def tape(symbol="700.HK"):
    return TradeTape(f"{symbol}.LONGBRIDGE", symbol)


def test_a_push_in_the_venues_order_with_ids_of_its_sequence():
    """Direction 1 is down: a seller; 2 up: a buyer; others are not said."""
    made = tape().pushed([row(direction=d) for d in (0, 1, 2, 7)], 5, at(0))
    assert [t.aggressor for t in made] == [0, -1, 1, 0]
    assert [t.trade_id for t in made] == ["5-0", "5-1", "5-2", "5-3"]
    assert made[0].ts_ns == WALL_S * 10**9


@pytest.mark.parametrize(("symbol", "size"), [("600519.SH", 700.0), ("1.SZ", 700.0), ("7.HK", 7.0)])
def test_mainland_volumes_count_lots(symbol, size):
    """Of 100 shares."""
    (made,) = tape(symbol).pushed([row(volume=7)], 1, at(0))
    assert made.size == size


def test_missed_trades_follow_what_is_known():
    """The answer repeats, then continues; equal trades in a row are counted."""
    known = tape()
    known.pushed([row(0), row(1, "321"), row(1, "321")], 1, at(0))
    answer = [row(0), row(1, "321"), row(1, "321"), row(1, "321"), row(2, "322")]
    assert [t.price for t in known.told(answer, at(3))] == [321.0, 322.0]
    assert known.told(answer, at(4)) == []


def test_an_answer_that_joins_nothing_tells_later_seconds_only():
    """What may have been told already is left out."""
    known = tape()
    known.pushed([row(5, "321")], 1, at(5))
    assert [t.price for t in known.told([row(5, "320"), row(6, "322")], at(7))] == [322.0]


def test_without_anything_known_all_is_new():
    """In the order of time."""
    fresh = tape()
    assert not fresh.has_heard
    assert [t.price for t in fresh.told([row(2, "2"), row(1, "1")], at(3))] == [1.0, 2.0]
    assert fresh.has_heard


@pytest.mark.parametrize(
    "wrong",
    [row(price=""), row(price="x"), row(volume=0), row(volume=-5), row(second=1 << 40)],
)
def test_impossible_trades_are_refused(wrong):
    """No price, no size, no time."""
    with pytest.raises(RemoteProtocolError):
        tape().pushed([wrong], 1, at(0))
    with pytest.raises(RemoteProtocolError):
        tape().told([row()] * (TRADES_MAX + 1), at(0))


@given(st.lists(st.integers(1, 3), min_size=1, max_size=40), st.data())
def test_nothing_is_told_twice_and_nothing_missed_when_the_answer_reaches_back(prices, data):
    """Different seconds: pushed part and answer together are the whole history, each once."""
    history = [row(second, str(price)) for second, price in enumerate(prices)]
    cut = data.draw(st.integers(1, len(history)))
    back = data.draw(st.integers(0, cut - 1))
    known = tape()
    told = known.pushed(history[:cut], 1, at(0))
    told += known.told(history[back:], at(99))
    assert [t.ts_ns // 10**9 - WALL_S for t in told] == list(range(len(history)))
