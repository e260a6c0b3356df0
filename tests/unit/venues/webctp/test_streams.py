"""What a snapshot says, and what becomes of it."""

import json
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.products import PRODUCTS
from actors.venues.webctp.snapshots import Grid, snapshot_of
from actors.venues.webctp.streams import ContractStream
from engine.errors import RemoteProtocolError
from engine.messages.market import Bar, Book, MarketStale, Quote, Ticker, Trade
from tests.kit.webctp import DBL_MAX, SETTINGS, at, market_data

ALL = frozenset({Quote, Book, Trade, Ticker})
GRID = Grid.of(Decimal("0.2"))


def info(**fields):
    return json.loads(market_data("IF2101", **fields))["info"]


def stream(kinds=ALL, product="IF", **settings):
    made = ContractStream("IF2101", PRODUCTS[product], attrs.evolve(SETTINGS, **settings))
    made.want(frozenset(kinds))
    return made


def of(told, kind):
    return [message for message in told if type(message) is kind]


def test_levels_that_exist():
    """The largest float is none, a size of nothing is none, the first that is missing ends them."""
    seen = snapshot_of(info(), GRID, at())
    assert seen.bids == ((5231.4, 2.0),)
    assert seen.asks == ((5231.6, 1.0),)
    deep = {
        f"{side}p{n}": 5231.4 + sign * n * 0.2
        for side, sign in (("b", -1), ("a", 1))
        for n in range(1, 6)
    }
    sizes = {f"{side}v{n}": n for side in "ba" for n in range(1, 6)}
    seen = snapshot_of(info(**deep, **sizes), GRID, at())
    assert [price for price, _ in seen.bids] == [5231.2, 5231.0, 5230.8, 5230.6, 5230.4]
    assert len(seen.asks) == 5
    seen = snapshot_of(info(**{**deep, "bp3": DBL_MAX}, **sizes), GRID, at())
    assert len(seen.bids) == 2
    seen = snapshot_of(info(**deep, **{**sizes, "av1": 0}), GRID, at())
    assert seen.asks == ()


def test_noise_is_put_back_on_the_tick():
    """Live values look like 5535.000000000001."""
    seen = snapshot_of(info(last_price=5231.600000000001, bp1=5231.399999999999), GRID, at())
    assert (seen.last, seen.bids[0][0]) == (5231.6, 5231.4)


@given(st.integers(1, 10**7), st.sampled_from(sorted({p.price_tick for p in PRODUCTS.values()})))
def test_every_price_of_every_grid_survives(ticks, tick):
    """As the float that a person would write."""
    exact = ticks * tick
    snapped = Grid.of(tick).snapped(float(exact) * (1 + 2e-16))
    assert Decimal(repr(snapped)) == exact


@pytest.mark.parametrize(
    "wrong",
    [
        {"last_price": "5230"},
        {"bp1": [1]},
        {"bv1": -1},
        {"bv1": 1.5},
        {"volume": "3"},
        {"update_time": "x"},
        {"update_time": None},
        {"update_millisec": 1000},
        {"trading_day": 20210104},
    ],
)
def test_values_that_cannot_be(wrong):
    """Are the gateway's fault."""
    with pytest.raises(RemoteProtocolError):
        snapshot_of(info(**wrong), GRID, at())


def test_the_first_snapshot_is_a_state():
    """Quote, book and ticker, and no trade."""
    told = stream().snapshot(info(), at())
    assert [type(message) for message in told] == [Quote, Book, Ticker]
    assert told[2].volume_24h == 311.0


def test_a_trade_is_what_the_volume_grew_by():
    """All sizes together are the day's volume since the first snapshot."""
    made = stream({Trade})
    volumes = [311, 311, 318, 400, 400, 401]
    trades = [t for v in volumes for t in made.snapshot(info(volume=v), at())]
    assert [(t.size, t.aggressor, t.trade_id) for t in trades] == [
        (7.0, 0, "20210104-318"),
        (82.0, 0, "20210104-400"),
        (1.0, 0, "20210104-401"),
    ]


@pytest.mark.parametrize(
    ("product", "day", "sizes"),
    [
        ("IF", "20210105", []),
        # Zhengzhou names the date: at midnight it changes, and no trading day begins.
        ("SR", "20210105", [100.0]),
        ("IF", "20210104", [100.0]),
    ],
)
def test_another_trading_day(product, day, sizes):
    """Volumes of two days have no difference."""
    made = stream({Trade}, product)
    made.snapshot(info(volume=100, last_price=5230.0), at())
    told = made.snapshot(info(volume=200, trading_day=day, last_price=5230.0), at())
    assert [trade.size for trade in told] == sizes


def test_a_volume_that_went_back():
    """Makes no trade; the next one is counted from there."""
    made = stream({Trade})
    told = [t for v in (500, 3, 5) for t in made.snapshot(info(volume=v), at())]
    assert [trade.size for trade in told] == [2.0]


def test_nothing_has_been_traded_yet():
    """Before the first trade of a day there is no last price: no ticker, no trade."""
    made = stream()
    told = made.snapshot(info(volume=0, last_price=DBL_MAX), at())
    told += made.snapshot(info(volume=3, last_price=DBL_MAX), at())
    assert {type(message) for message in told} == {Quote, Book}


def test_a_limit_up_has_no_offer():
    """One side is empty, the other is shown."""
    told = stream().snapshot(info(bp1=5737.8, ap1=DBL_MAX, av1=0), at())
    quote = of(told, Quote)[0]
    assert (quote.bid_price, quote.ask_price, quote.ask_size) == (5737.8, 0.0, 0.0)
    assert of(told, Book)[0].asks == ()


def test_belief():
    """Lost, doubted, crossed: told once at each change, and only of what had data."""
    made = stream()
    assert made.lost("gone") == []
    made.snapshot(info(), at())
    told = made.lost("gone")
    assert [(mark.stream, mark.fresh) for mark in told] == [
        (word, False) for word in ("book", "quote", "ticker", "trade")
    ]
    assert made.lost("gone") == []
    told = made.snapshot(info(volume=400, bp1=5231.6), at())
    assert [(mark.stream, mark.fresh) for mark in of(told, MarketStale)] == [
        ("ticker", True),
        ("trade", True),
    ]
    assert not of(told, Quote)
    # What was traded in the gap is not known.
    assert not of(told, Trade)
    told = made.snapshot(info(volume=401), at())
    assert [mark.stream for mark in of(told, MarketStale)] == ["book", "quote"]
    assert [trade.size for trade in of(told, Trade)] == [1.0]


def test_bars_begin_with_a_whole_interval():
    """The running one was missed in part."""
    made = stream({Bar}, bar_interval_s=60)
    told = []
    for minute, second, volume in (
        (50, 0, 100),
        (50, 30, 110),
        (51, 0, 120),
        (51, 30, 125),
        (52, 0, 130),
    ):
        fields = {"update_time": f"09:{minute}:{second:02d}", "volume": volume}
        told += made.snapshot(info(**fields), at((minute - 50) * 60 + second))
    assert [(bar.volume, bar.ts_ns) for bar in told] == [(15.0, at(60).wall_ns)]


@given(st.lists(st.integers(0, 1_000), min_size=2, max_size=30))
def test_sizes_add_up(steps):
    """However the volume grows, trades are its growth."""
    made = stream({Trade})
    volume, sizes = 100, 0.0
    for step in steps:
        volume += step
        sizes += sum(t.size for t in made.snapshot(info(volume=volume), at()))
    assert sizes == volume - 100 - steps[0]
