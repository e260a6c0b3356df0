"""The simulated market: hours, bars, feeds, and who is told what when something trades."""

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from actors.venues.longbridge.simulator.feeds import Feeds
from actors.venues.longbridge.simulator.hours import TradeSession, TradingClock
from actors.venues.longbridge.simulator.listings import listed, tick_at, tick_bands
from actors.venues.longbridge.simulator.settings import SimulatorSettings
from actors.venues.longbridge.simulator.venue import Venue
from engine.errors import ConfigError
from engine.exchange.events import OrderAccepted, OrderFilled
from engine.exchange.feeds import OutsideTrade, TopSet
from engine.exchange.model import NewOrder, OrderKind, Side
from tests.kit.longbridge_gateways import START, TENCENT, Still, fields_of, later, message
from tests.kit.recordings import recorded_folder


def wall_ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("market", "at", "session"),
    [
        ("HK", "2026-11-20T01:29:59", None),
        ("HK", "2026-11-20T01:30:00", TradeSession.NORMAL),
        ("HK", "2026-11-20T04:30:00", None),
        ("HK", "2026-11-20T05:00:00", TradeSession.NORMAL),
        ("HK", "2026-11-21T02:00:00", None),
        ("HK", "2026-12-25T02:00:00", None),
        ("HK", "2026-12-24T05:30:00", None),
        ("US", "2026-11-20T14:30:00", TradeSession.NORMAL),
        ("US", "2026-07-20T13:30:00", TradeSession.NORMAL),
        ("US", "2026-11-20T09:00:00", TradeSession.PRE),
        ("US", "2026-11-20T21:30:00", TradeSession.POST),
        ("US", "2026-11-20T06:00:00", TradeSession.OVERNIGHT),
        ("SG", "2026-11-20T01:00:00", TradeSession.NORMAL),
        ("CN", "2026-11-20T07:00:00", None),
    ],
)
def test_sessions(market: str, at: str, session: TradeSession | None):
    """Local time with its daylight saving, holidays, half days."""
    assert TradingClock(forced_open=False).session(market, wall_ns(at)) is session
    assert TradingClock(forced_open=True).session(market, wall_ns(at)) is TradeSession.NORMAL


def test_a_closed_market_stands_still():
    """No outside event is taken, so nothing is pushed."""
    settings = SimulatorSettings(trading_hours="real", symbols=(TENCENT,))
    venue = Venue(settings, START)  # a Saturday
    for step in range(1, 100):
        venue.advance(later(step / 10))
    assert venue.market.best(TENCENT).bid is None
    opened = SimulatorSettings(symbols=(TENCENT,))
    venue = Venue(opened, START)
    venue.advance(later(1))
    assert venue.market.best(TENCENT).bid is not None


@pytest.mark.parametrize(
    ("market", "price", "tick"),
    [
        ("HK", "0.24", "0.001"),
        ("HK", "0.25", "0.005"),
        ("HK", "19.99", "0.01"),
        ("HK", "20", "0.02"),
        ("HK", "320", "0.2"),
        ("HK", "9000", "5"),
        ("US", "0.99", "0.0001"),
        ("US", "1", "0.01"),
    ],
)
def test_ticks(market: str, price: str, tick: str):
    """A band begins with its lower end."""
    assert tick_at(market, Decimal(price)) == Decimal(tick)


def test_bands_leave_no_gap():
    """Each begins where the one before ends."""
    bands = tick_bands("HK")
    assert [band[0] for band in bands[1:]] == [band[1] for band in bands[:-1]]
    assert bands[-1][1] is None


def test_orders_are_told_before_watchers_hear_of_the_change():
    """And the print reaches the quote gateway."""
    still = Still()
    line = still.line()
    line.subscribe(4)
    market, told = still.venue.market, []
    market.order_listeners[:] = [lambda event, _: told.append(type(event))]
    market.watchers.append(lambda symbol, _: told.append(symbol))
    still.book({1602: 5}, {1603: 1})
    told.clear()
    order = NewOrder(
        account="a", symbol=TENCENT, side=Side.BUY, kind=OrderKind.MARKET, quantity=Decimal(100)
    )
    market.publish(market.exchange.submit(order, still.now.wall_ns), still.now)
    assert told == [OrderAccepted, OrderFilled, TENCENT]
    assert fields_of(line.sink.take(104)[0].fields[3][0])[1] == [b"320.6"]
    best = market.best(TENCENT)
    assert (best.bid, best.bid_quantity, best.ask, best.last) == (
        Decimal("320.4"),
        Decimal(500),
        None,
        Decimal("320.6"),
    )


def test_a_new_day_begins_with_its_first_trade():
    """Yesterday's last price is the previous close."""
    still = Still()
    still.trade(1605, 1)
    still.wait(86_400)
    still.trade(1600, 2)
    quote = fields_of(still.line().ask(11, message((1, TENCENT))).fields[1][0])
    assert (quote[3], quote[4], quote[8]) == ([b"321"], [b"320"], [200])


def test_the_market_waits_for_its_first_subscription_when_it_is_to():
    """On either gateway."""
    for gateway, ask in (("quote", (6, message((1, TENCENT), (2, 1)))), ("trade", (16, b""))):
        still = Still()
        line = still.line(gateway)
        assert not still.venue.market.feeds.started
        line.ask(*ask)
        assert still.venue.market.feeds.started


# --- feeds --------------------------------------------------------------------------------


def taken(settings: SimulatorSettings, seconds: float) -> list[object]:
    feeds = Feeds(settings, listed(settings.symbols))
    feeds.start(START)
    events: list[object] = []
    while batch := feeds.advance(later(seconds)):
        events += batch
    return events


def test_the_same_seed_gives_the_same_market():
    """And another one another."""
    settings = {"symbols": (TENCENT, "AAPL.US")}
    first = taken(SimulatorSettings(seed=3, **settings), 5)
    assert first == taken(SimulatorSettings(seed=3, **settings), 5)
    assert first != taken(SimulatorSettings(seed=4, **settings), 5)


def test_recorded_quotes_and_prints_are_played_as_they_are():
    """Bank of America on its recorded day, moved to the present."""
    folder = recorded_folder("bac-20131007")
    settings = SimulatorSettings(symbols=("BAC.US",), replay=str(folder))
    events = taken(settings, 10)
    assert {type(each) for each in events} == {TopSet, OutsideTrade}
    assert events[0].at_ns == START.wall_ns
    feeds = Feeds(settings, listed(settings.symbols))
    assert feeds.recorded == ["BAC.US"]
    assert 10 < float(feeds.reference_price(listed(("BAC.US",))[0])) < 20


def test_recorded_prints_alone_get_quotes_around_them():
    """A security must have a book to trade against."""
    folder = recorded_folder("spy-20131007")
    events = taken(SimulatorSettings(symbols=("SPY.US",), replay=str(folder)), 5)
    first, second = events[:2]
    assert isinstance(first, TopSet)
    assert isinstance(second, OutsideTrade)
    assert (first.bid_ticks, first.ask_ticks) == (second.price_ticks - 1, second.price_ticks + 1)


def test_a_folder_without_recordings_is_an_error(tmp_path):
    """Whoever names one would take the generated market for the recorded one."""
    for absent in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ConfigError, match="no recording here"):
            Venue(SimulatorSettings(symbols=("BAC.US",), replay=str(absent)), START)


def test_a_folder_of_recordings_is_looked_through():
    """What is listed is replayed, the rest is left alone; named itself it is an error."""
    recordings = recorded_folder("bac-20131007").parent
    other = recorded_folder("eurusd-20140508")
    settings = SimulatorSettings(symbols=("BAC.US", "700.HK"), replay=str(recordings))
    assert Feeds(settings, listed(settings.symbols)).recorded == ["BAC.US"]
    with pytest.raises(ConfigError, match="is not listed"):
        Feeds(attrs.evolve(settings, replay=str(other)), listed(settings.symbols))


def test_a_symbol_that_is_not_listed_is_a_mistake_of_the_settings():
    """It says what is listed."""
    with pytest.raises(ConfigError, match="NONE"):
        listed(("NONE.HK",))
