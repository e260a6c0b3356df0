"""Longbridge's quote session over the real driver against the real simulator, on both transports."""

from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from actors.venues.longbridge import VENUE
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.simulator import SimulatorSettings, serve
from actors.venues.longbridge.stages import Stage
from engine.messages.market import Bar, Book, MarketStale, Quote, Ticker, Trade
from engine.model.enums import VenueStateWord
from engine.session.contract import Topic
from tests.kit.driven import Driven
from tests.kit.waiting import until

TENCENT = "700.HK.LONGBRIDGE"
KINDS = (Quote, Book, Trade, Ticker)
TRANSPORTS = pytest.mark.parametrize("transport", ["ws", "tcp"])


class Session(Driven):
    """A quote session."""

    def __init__(self, protocol: Any, http_url: str) -> None:
        super().__init__(protocol, http_url, VENUE.budgets)

    def want(self, *kinds: type, instrument: str = TENCENT) -> None:
        topics = frozenset(Topic(kind, instrument) for kind in kinds)
        self.call("demand", topics)

    async def ready_again(self) -> None:
        count = self.driver.reconnects
        self.states.clear()
        await self.ready()
        assert self.driver.reconnects > count

    @property
    def logins(self) -> list[str]:
        return [note.event for note in self.notes]


@asynccontextmanager
async def venue(settings: dict[str, Any] | None = None, **simulator: Any):
    """A simulator, and a maker of quote sessions against it."""
    listed = {"symbols": ("700.HK", "AAPL.US"), "quotes_per_s": 20.0}
    simulator = {"seed": 3, **listed, **simulator}
    async with trio.open_nursery() as nursery:
        running = await nursery.start(serve, SimulatorSettings(**simulator))
        chosen = Settings(**(settings or {})).for_simulator(running.endpoints)

        def session() -> Session:
            made = Session(VENUE.data(chosen, running.credentials), chosen.http_url)
            nursery.start_soon(made.driver.run)
            return made

        yield session, running
        nursery.cancel_scope.cancel()


def test_the_declared_credentials_are_the_simulators():
    """What `start` uses without a word in the configuration opens the simulator."""
    (account,) = SimulatorSettings().credentials
    assert VENUE.simulator_credentials == {
        "app_key": account.app_key,
        "app_secret": account.app_secret,
        "access_token": account.access_token,
    }


@TRANSPORTS
async def test_every_kind_of_market_data_flows(transport: str):
    """Instruments, then each kind of one instrument, believable and in order."""
    async with venue({"transport": transport}) as (make, _):
        data = make()
        data.want(*KINDS)
        await data.ready()
        await until(lambda: all(data.seen(kind) for kind in KINDS), what="all kinds")
        tencent = data.instruments[TENCENT]
        assert (tencent.currency, tencent.quantity_increment) == ("HKD", 100)
        assert tencent.tradeable
        for quote in data.seen(Quote):
            assert 0 < quote.bid_price < quote.ask_price
            assert tencent.price(str(quote.bid_price))
        for book in data.seen(Book):
            assert book.bids[0][0] < book.asks[0][0]
            assert max(len(book.bids), len(book.asks)) == book.depth <= 10
        assert [t.ts_ns for t in data.seen(Trade)] == sorted(t.ts_ns for t in data.seen(Trade))
        assert not [note for note in data.notes if note.alert]


@TRANSPORTS
async def test_bars_are_warmed_up(transport: str):
    """Finished bars of before come with the subscription, oldest first."""
    async with venue({"transport": transport, "warm_up_bars": 20}) as (make, _):
        data = make()
        data.want(Bar)
        await until(lambda: len(data.seen(Bar)) >= 20, what="bars")
        bars = data.seen(Bar)
        assert [bar.ts_ns for bar in bars] == sorted({bar.ts_ns for bar in bars})
        assert all(bar.closed and bar.interval_s == 60 for bar in bars)


@TRANSPORTS
@pytest.mark.parametrize("how", ["reset", "close", "half_close", "close_push"])
async def test_a_lost_connection_is_resumed(transport: str, how: str):
    """Cut by the venue: resumed without a password, subscribed again, stale in between."""
    async with venue({"transport": transport}) as (make, running):
        data = make()
        data.want(Quote, Trade)
        await data.ready()
        await until(lambda: data.seen(Quote) and data.seen(Trade), what="data")
        running.venue.faults.arm(how, match=f"quote_{transport}")
        await data.ready_again()
        count = len(data.seen(Quote))
        await until(lambda: len(data.seen(Quote)) > count, what="quotes again")
        told = [(mark.stream, mark.fresh) for mark in data.seen(MarketStale)]
        assert told[:2] == [("quote", False), ("trade", False)]
        await until(
            lambda: {m.stream for m in data.seen(MarketStale) if m.fresh} == {"quote", "trade"},
            what="fresh again",
        )
        assert otps_asked(running) == 1


@TRANSPORTS
async def test_a_session_that_is_refused_falls_back_to_a_password(transport: str):
    """The venue does not know the session any more: a new password, and data again."""
    async with venue({"transport": transport}) as (make, running):
        data = make()
        data.want(Quote)
        await data.ready()
        running.venue.faults.arm("refuse_resume")
        running.venue.faults.arm("reset", match=f"quote_{transport}")
        await data.ready_again()
        assert otps_asked(running) == 2
        assert data.driver.reconnects == 2


@TRANSPORTS
async def test_a_silent_peer_is_left(transport: str):
    """T-044: nothing comes although we ask; the connection is left within its limit."""
    patience = {"heartbeat_interval_s": 0.3, "silence_limit_s": 1.0, "login_timeout_s": 60.0}
    async with venue({"transport": transport, **patience}) as (make, running):
        data = make()
        data.want(Quote)
        await data.ready()
        began = trio.current_time()
        running.venue.faults.arm("stall", match=f"quote_{transport}")
        await data.ready_again()
        assert trio.current_time() - began > 0.9
        ended = [note.detail for note in data.notes if note.event == "connection_ended"]
        assert any("PeerSilent" in detail for detail in ended)


@TRANSPORTS
async def test_heartbeats_keep_a_quiet_connection(transport: str):
    """Without any data the connection stays, because both sides answer each other's heartbeats."""
    patience = {"heartbeat_interval_s": 0.2, "silence_limit_s": 1.0}
    quick = {"ping_s": 0.3, "tcp_heartbeat_s": 0.3, "idle_s": 1.0}
    async with venue({"transport": transport, **patience}, **quick) as (make, _):
        data = make()
        await data.ready()
        end = trio.current_time() + 3.0
        await until(lambda: trio.current_time() >= end, what="three seconds of quiet")
        assert data.driver.reconnects == 0
        assert data.protocol._gateway.stage is Stage.IN_SERVICE


@TRANSPORTS
async def test_the_connection_limit_is_an_alert_and_no_flood(transport: str):
    """Full: told once, tried again with back-off, in service as soon as there is room."""
    async with venue({"transport": transport}, connection_limit=1) as (make, _):
        first = make()
        await first.ready()
        second = make()
        await until(lambda: any(n.event == "connection_limit" for n in second.notes), what="told")
        assert VenueStateWord.READY not in second.states
        first.driver.stop()
        await second.ready()
        assert [note.alert for note in second.notes if note.event == "connection_limit"] == [True]


async def test_rejected_credentials_stop_after_one_attempt():
    """T-046: one request for a password, an alert, and a session that is down."""
    async with venue() as (make, running):
        running.credentials["app_secret"] = "wrong"
        data = make()
        await until(lambda: VenueStateWord.DOWN in data.states, what="down")
        assert otps_asked(running) == 1
        assert any(note.alert and note.event == "session_gave_up" for note in data.notes)


@TRANSPORTS
async def test_a_subscription_that_silently_ends_is_renewed(transport: str):
    """T-048: the venue forgets one; the gap is marked and data comes again."""
    quiet = {"quote_s": 0, "depth_s": 1.0, "trade_s": 0}
    async with venue({"transport": transport, "quiet": quiet_of(quiet)}) as (make, running):
        data = make()
        data.want(Quote)
        await until(lambda: data.seen(Quote), what="quotes")
        running.venue.faults.arm("unsubscribe", match=f"quote_{transport}", value="700.HK")
        await until(
            lambda: [m.fresh for m in data.seen(MarketStale)] == [False, True], what="renewed"
        )
        assert data.driver.reconnects == 0


@TRANSPORTS
@pytest.mark.parametrize(
    "fault", ["answer_lost", "answer_error", "answer_twice", "answer_unknown", "answer_gzip"]
)
async def test_answers_that_go_astray_do_no_harm(transport: str, fault: str):
    """Lost, refused, doubled, misnumbered and compressed answers; in the end all is there."""
    async with venue({"transport": transport, "request_timeout_s": 1.0}) as (make, running):
        running.venue.faults.arm(fault, match="quote/10")
        running.venue.faults.arm(fault, match="quote/6")
        data = make()
        data.want(Quote)
        if fault == "answer_error":
            await until(lambda: any("refused" in n.event for n in data.notes), what="refused")
            return
        await until(lambda: data.seen(Quote), what="quotes")


@TRANSPORTS
@pytest.mark.parametrize("fault", ["malformed", "torn", "unknown_type", "truncated"])
async def test_a_broken_protocol_costs_the_connection_only(transport: str, fault: str):
    """What is no packet or no message ends the connection; the next one works."""
    async with venue({"transport": transport}) as (make, running):
        data = make()
        data.want(Quote)
        await data.ready()
        match = f"quote_{transport}" if fault == "unknown_type" else "700.HK/*"
        running.venue.faults.arm(fault, match=match)
        await data.ready_again()
        assert not [note for note in data.notes if note.alert]


@TRANSPORTS
@pytest.mark.parametrize("fault", ["unknown_push", "server_heartbeat", "pong", "expire_session"])
async def test_what_is_legal_or_newer_does_no_harm(transport: str, fault: str):
    """Pushes that we do not know, heartbeats as requests, pongs nobody asked for."""
    async with venue({"transport": transport}) as (make, running):
        data = make()
        data.want(Quote)
        await data.ready()
        running.venue.faults.arm(fault, match=f"quote_{transport}")
        count = len(data.seen(Quote))
        await until(lambda: len(data.seen(Quote)) > count + 5, what="more quotes")
        assert data.driver.reconnects == 0


def quiet_of(values: dict[str, float]) -> Any:
    return type(Settings().quiet)(**values)


def otps_asked(running: Any) -> int:
    """How often the venue was asked for a one-time password."""
    entries = running.venue.log.since(0)
    return sum("/v1/socket/token" in str(entry) for entry in entries if entry.kind == "request")
