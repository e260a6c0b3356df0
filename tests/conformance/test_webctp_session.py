"""WebCTP's market data session over the real driver against the real simulator."""

from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
import trio

from actors.venues.webctp import VENUE
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.simulator import DEFAULT_CREDENTIALS, SimulatorSettings, serve
from engine.errors import PeerSilent
from engine.messages.market import Bar, Book, MarketStale, Quote, Ticker, Trade
from engine.model.enums import VenueStateWord
from engine.session.contract import Topic
from tests.kit.driven import Driven
from tests.kit.recordings import recorded_folder
from tests.kit.waiting import until

INDEX = "IF2101.WEBCTP"
STEEL = "rb2101.WEBCTP"
KINDS = (Quote, Book, Trade, Ticker)
QUICK = {"turn_timeout_s": 2.0, "front_timeout_s": 2.0, "login_timeout_s": 3.0}


class Session(Driven):
    """A market data session. A gateway on this host needs nobody's permission: nothing leaves it."""

    def __init__(self, protocol: Any) -> None:
        super().__init__(protocol, plain=False)

    def want(self, *kinds: type, instruments: tuple[str, ...] = (INDEX,)) -> None:
        topics = frozenset(Topic(kind, name) for kind in kinds for name in instruments)
        self.call("demand", topics)

    async def ready_again(self) -> None:
        self.states.clear()
        await self.ready()

    async def more_quotes(self) -> None:
        count = len(self.seen(Quote))
        await until(lambda: len(self.seen(Quote)) > count, what="more quotes")


@asynccontextmanager
async def venue(settings: dict[str, Any] | None = None, **simulator: Any):
    """A simulator, and a maker of market data sessions against it."""
    listed = {"symbols": ("IF2101", "rb2101"), "quotes_per_s": 20.0, "snapshot_ms": 50.0}
    simulator = {"seed": 3, **listed, **simulator}
    async with trio.open_nursery() as nursery:
        running = await nursery.start(serve, SimulatorSettings(**simulator))
        chosen = Settings(**{**QUICK, **(settings or {})}).for_simulator(running.endpoints)

        def session() -> Session:
            made = Session(VENUE.data(chosen, running.credentials))
            nursery.start_soon(made.driver.run)
            return made

        yield session, running
        nursery.cancel_scope.cancel()


def test_the_declared_credentials_are_the_simulators():
    """What `start` uses without a word in the configuration opens the simulator."""
    own = DEFAULT_CREDENTIALS
    assert VENUE.simulator_credentials == {
        name: getattr(own, name)
        for name in ("broker_id", "user_id", "password", "app_id", "auth_code")
    }


@pytest.mark.parametrize(
    "simulator",
    [
        {},
        {"frames": "binary", "greeting": "status"},
        {"answer_first": True, "float_noise": True},
        {"codes": "document"},
    ],
)
async def test_every_kind_of_market_data_flows(simulator: dict[str, Any]):
    """From every generation of the gateway: definitions, then each kind, on the tick and in order."""
    async with venue(**simulator) as (make, _):
        data = make()
        data.want(*KINDS, instruments=(INDEX, STEEL))
        await data.ready()
        await until(
            lambda: all(data.seen(kind, name) for kind in KINDS for name in (INDEX, STEEL)),
            what="all kinds",
        )
        index = data.instruments[INDEX]
        assert (index.currency, str(index.multiplier)) == ("CNY", "300")
        assert index.tradeable
        for quote in data.seen(Quote):
            assert 0 < quote.bid_price < quote.ask_price
            instrument = data.instruments[quote.instrument]
            assert instrument.price(str(quote.bid_price))
            assert instrument.price(str(quote.ask_price))
        for trade in data.seen(Trade):
            assert data.instruments[trade.instrument].price(str(trade.price))
            assert trade.size >= 1
        ids = [trade.trade_id for trade in data.seen(Trade, INDEX)]
        assert len(set(ids)) == len(ids)
        assert not [note for note in data.notes if note.alert]


async def test_all_exchanges_are_subscribed_one_by_one():
    """With the defect on, in which the last name of a message stands for all of them."""
    names = ("IF2101", "T2103", "rb2101", "ag2106", "sc2103", "m2105", "SR105", "si2308")
    wanted = tuple(f"{name}.WEBCTP" for name in names)
    async with venue(subscribe="last", packets_per_s=0, symbols=names) as (make, _):
        data = make()
        data.want(Quote, instruments=wanted)
        await until(lambda: all(data.seen(Quote, name) for name in wanted), what="all contracts")
        assert not data.noted("subscribed_another")


async def test_bars_are_made_of_snapshots():
    """One second long here."""
    async with venue({"bar_interval_s": 1}) as (make, _):
        data = make()
        data.want(Bar)
        await until(lambda: len(data.seen(Bar)) >= 2, what="bars")
        bars = data.seen(Bar)
        assert [bar.ts_ns for bar in bars] == sorted({bar.ts_ns for bar in bars})
        assert all(bar.low <= bar.open <= bar.high and bar.volume > 0 for bar in bars)


@pytest.mark.parametrize("how", ["reset", "close", "half_close", "restart"])
async def test_a_lost_socket_is_opened_again(how: str):
    """Subscribed again, stale in between; a gateway that is started again is found again."""
    async with venue() as (make, running):
        data = make()
        data.want(Quote, Trade)
        await data.ready()
        await until(lambda: data.seen(Quote) and data.seen(Trade), what="data")
        running.faults.arm(how, match="" if how == "restart" else "market_data")
        await data.ready_again()
        await data.more_quotes()
        told = [(mark.stream, mark.fresh) for mark in data.seen(MarketStale)]
        assert told[:2] == [("quote", False), ("trade", False)]
        assert data.driver.reconnects >= 1


async def test_a_lost_front_is_logged_in_to_again_on_the_same_socket():
    """`connect` is never said twice: the simulated gateway would die of it, as the real one does."""
    async with venue(reconnect_s=0.2) as (make, running):
        data = make()
        data.want(Quote, Trade)
        await data.ready()
        await until(lambda: data.seen(Quote), what="data")
        for _ in range(2):
            running.faults.arm("front_down", match="market_data")
            await data.ready_again()
            await data.more_quotes()
        assert data.driver.reconnects == 0


async def test_a_front_that_does_not_answer_is_left():
    """The gateway never says so; the attempts go on."""
    async with venue(silent_connect=True) as (make, _):
        data = make()
        await until(lambda: data.driver.reconnects >= 1, what="another attempt")
        ended = [note.detail for note in data.notes if note.event == "connection_ended"]
        assert any("did not answer the gateway" in detail for detail in ended)
        assert VenueStateWord.READY not in data.states


async def test_a_silent_peer_is_left():
    """T-044: nothing comes although we ask; the connection is left within its limit."""
    patience = {"ping_interval_s": 0.3, "silence_limit_s": 1.0}
    async with venue(patience) as (make, running):
        data = make()
        data.want(Quote)
        await data.ready()
        began = trio.current_time()
        running.faults.arm("stall", match="market_data")
        await data.ready_again()
        assert trio.current_time() - began > 0.9
        ended = [note.detail for note in data.notes if note.event == "connection_ended"]
        assert any(PeerSilent.__name__ in detail for detail in ended)


async def test_a_login_that_must_not_be_repeated_ends_the_session():
    """T-046: one attempt, an alert, and a session that is down."""
    async with venue() as (make, running):
        running.faults.arm("reject_login", match="market_data", value=75, count=5)
        data = make()
        await until(lambda: VenueStateWord.DOWN in data.states, what="down")
        assert data.noted("session_gave_up")
        assert data.driver.reconnects == 0


async def test_a_subscription_that_silently_ends_is_renewed():
    """T-048: the front forgets one; the gap is marked and data comes again."""
    async with venue({"quiet_s": 1.0}) as (make, running):
        data = make()
        data.want(Quote)
        await until(lambda: data.seen(Quote), what="quotes")
        running.faults.arm("unsubscribe", match="market_data", value="IF2101")
        await until(
            lambda: [m.fresh for m in data.seen(MarketStale)] == [False, True], what="renewed"
        )
        assert data.driver.reconnects == 0


async def test_an_error_that_names_no_request_is_that_of_the_request_under_way():
    """T-055: it is made again; nothing else is touched."""
    async with venue() as (make, running):
        running.faults.arm("unrelated_error", match="market_data/subscribe")
        data = make()
        data.want(Quote, instruments=(INDEX, STEEL))
        await until(
            lambda: data.seen(Quote, INDEX) and data.seen(Quote, STEEL), what="both contracts"
        )
        assert data.noted("subscription_repeated")
        assert data.driver.reconnects == 0


@pytest.mark.parametrize("fault", ["malformed", "torn", "oversized"])
async def test_a_broken_protocol_costs_the_connection_only(fault: str):
    """What is no message ends the connection; the next one works."""
    async with venue() as (make, running):
        data = make()
        data.want(Quote)
        await data.ready()
        await until(lambda: data.seen(Quote), what="quotes")
        running.faults.arm(fault, match="market_data/MARKET_DATA*")
        await data.ready_again()
        await data.more_quotes()


async def test_a_front_that_falls_silent_is_doubted():
    """The gateway says so after a minute; data is believed again when it comes."""
    async with venue() as (make, running):
        data = make()
        data.want(Quote)
        await until(lambda: data.seen(Quote), what="quotes")
        running.faults.arm("heartbeat_timeout", match="market_data")
        await until(lambda: data.noted("front_silent"), what="told")
        await until(
            lambda: [m.fresh for m in data.seen(MarketStale)][:1] == [False], what="doubted"
        )


async def test_the_recorded_day_of_the_index_future():
    """4 January 2021: prices of that day on the tick, trades whose sizes are the day's volume."""
    folder = recorded_folder("if2101-ctp-20210104")
    async with venue(replay=str(folder), speed=50.0) as (make, _):
        data = make()
        data.want(*KINDS)
        await until(lambda: len(data.seen(Trade)) > 200, what="trades")
        trades = data.seen(Trade)
        assert all(4694.6 <= trade.price <= 5737.8 for trade in trades)
        volumes = [int(trade.trade_id.split("-")[1]) for trade in trades]
        steps = [after - before for before, after in pairwise(volumes)]
        assert steps == [trade.size for trade in trades[1:]]
