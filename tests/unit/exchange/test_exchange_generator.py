"""The generated market: deterministic, well formed, and worth trading."""

from decimal import Decimal

import pytest

from engine.exchange.events import BookTop, TradePrinted
from engine.exchange.exchange import Exchange
from engine.exchange.feeds import LevelSet, OutsideTrade
from engine.exchange.generator import Generator, MarketShape
from engine.exchange.model import NewOrder, OrderKind, Side
from tests.kit.exchange import instrument, of

SECOND_NS = 1_000_000_000
PERP = instrument(
    "BTC",
    price_increment=Decimal("0.1"),
    contract_size=Decimal("0.001"),
    reference_price=Decimal(60_000),
    max_quantity=Decimal(100_000),
)
SHARE = instrument(
    "HK", price_increment=Decimal("0.2"), contract_size=Decimal(100), reference_price=Decimal(400)
)
both = pytest.mark.parametrize("listed", [PERP, SHARE], ids=["perp", "share"])


def _generator(listed, seed=7, **shape):
    return Generator(listed, seed=seed, start_ns=1_000, shape=MarketShape(**shape))


def test_the_same_seed_gives_the_same_market_however_time_is_cut():
    """One long advance, many short ones and limited ones give identical events."""
    whole = _generator(PERP).advance(20 * SECOND_NS)
    cut, limited = _generator(PERP), _generator(PERP)
    pieces = [e for step in range(1, 2001) for e in cut.advance(step * SECOND_NS // 100)]
    batches = []
    while batch := limited.advance(20 * SECOND_NS, 7):
        batches += batch
    assert whole == pieces == batches


def test_seeds_and_symbols_move_on_their_own():
    """Another seed, or another symbol of the same seed, is another market."""
    one = _generator(PERP).advance(SECOND_NS)
    assert one != _generator(PERP, seed=8).advance(SECOND_NS)
    other = _generator(instrument("ETH", reference_price=Decimal(60_000)))
    assert [e.at_ns for e in one] != [e.at_ns for e in other.advance(SECOND_NS)]


@both
def test_the_market_is_never_crossed_and_has_its_depth(listed):
    """Spread one to a few ticks at quotes, both sides always there, times never stepping back."""
    exchange = Exchange([listed])
    feed = _generator(listed)
    spreads = []
    last_ns = 0
    for event in feed.advance(60 * SECOND_NS):
        assert event.at_ns >= last_ns
        last_ns = event.at_ns
        for top in of(exchange.market(event, event.at_ns), BookTop):
            assert top.bid_ticks is not None
            assert top.ask_ticks is not None
            spreads.append(top.ask_ticks - top.bid_ticks)
        if isinstance(event, LevelSet) and event.snapshot:
            book = exchange.book(listed.symbol)
            assert len(book.bids) == len(book.asks) == 50
    assert min(spreads) >= 1
    assert sum(spreads) / len(spreads) < 3


@both
def test_quotes_and_trades_arrive_at_their_rates(listed):
    """About `rate_hz` quotes and `trade_rate_hz` trades a second, on both sides."""
    events = _generator(listed, rate_hz=30.0, trade_rate_hz=10.0).advance(100 * SECOND_NS)
    aggressions = {(e.at_ns, e.aggressor) for e in events if isinstance(e, OutsideTrade)}
    updates = {e.at_ns for e in events if isinstance(e, LevelSet)}
    quotes = len(updates - {at_ns for at_ns, _ in aggressions})
    assert 2_500 < quotes < 3_500
    assert 850 < len(aggressions) < 1_150
    assert {side for _, side in aggressions} == {Side.BUY, Side.SELL}


@both
def test_prints_happen_at_prices_that_were_shown(listed):
    """Each print takes size that the book showed at its price."""
    exchange = Exchange([listed])
    for event in _generator(listed).advance(30 * SECOND_NS):
        if isinstance(event, OutsideTrade):
            book = exchange.book(listed.symbol)
            shown = dict(book.asks if event.aggressor is Side.BUY else book.bids)
            assert shown[event.price_ticks] >= event.lots
        exchange.market(event, event.at_ns)


def test_the_price_moves_and_comes_back():
    """Over minutes the price travels many ticks, and stays within a few per cent of where it began."""
    exchange = Exchange([SHARE])
    feed = _generator(SHARE)
    mids = []
    for second in range(1, 1_200):
        for event in feed.advance(second * SECOND_NS):
            exchange.market(event, event.at_ns)
        mids.append(exchange.mark_ticks("HK"))
    assert max(mids) - min(mids) > 5
    assert all(abs(mid - 2_000) < 200 for mid in mids)
    turns = sum(
        (b - a) * (c - b) < 0
        for a, b, c in zip(mids[::10], mids[10::10], mids[20::10], strict=False)
    )
    assert turns > 10


@both
def test_a_simple_market_maker_is_filled_on_both_sides_within_half_a_minute(listed):
    """Quotes at the best prices, renewed each second, get maker fills on both sides in 30 s."""
    exchange = Exchange([listed])
    feed = _generator(listed)
    for step in range(1, 31):
        for event in feed.advance(step * SECOND_NS):
            exchange.market(event, event.at_ns)
        exchange.cancel_all("maker", step * SECOND_NS)
        bid, _, ask, _ = exchange.top(listed.symbol)
        for side, ticks in ((Side.BUY, bid), (Side.SELL, ask)):
            exchange.submit(
                NewOrder(
                    account="maker",
                    symbol=listed.symbol,
                    side=side,
                    kind=OrderKind.LIMIT,
                    quantity=Decimal(1),
                    price=listed.price(ticks),
                ),
                step * SECOND_NS,
            )
    sides = [fill.side for fill in exchange.fills("maker")]
    assert sides.count(Side.BUY) >= 3
    assert sides.count(Side.SELL) >= 3


def test_what_a_client_consumed_comes_back():
    """Deep liquidity that a client took is restored by a later snapshot."""
    exchange = Exchange([SHARE])
    feed = _generator(SHARE)
    for event in feed.advance(SECOND_NS):
        exchange.market(event, event.at_ns)
    order = NewOrder(
        account="whale", symbol="HK", side=Side.BUY, kind=OrderKind.MARKET, quantity=Decimal(10_000)
    )
    prints = of(exchange.submit(order, SECOND_NS), TradePrinted)
    assert len(prints) == 50
    assert exchange.book("HK").asks == ()
    for event in feed.advance(4 * SECOND_NS):
        exchange.market(event, event.at_ns)
    assert len(exchange.book("HK").asks) >= 49


@pytest.mark.parametrize("wrong", [{"rate_hz": 0.0}, {"levels": 0}, {"snapshot_s": -1.0}])
def test_an_impossible_shape_is_refused(wrong):
    """Rates, depth and lives must be above zero."""
    with pytest.raises(ValueError, match="must be"):
        MarketShape(**wrong)
