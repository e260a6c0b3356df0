"""The session actor against the WOO X Pro simulator: real bus, real WebSocket, a router played here."""

from contextlib import asynccontextmanager
from decimal import Decimal

import attrs
import psutil
import pytest
import trio

from engine.bus.reader import MarketReader
from engine.clock import SystemClock
from engine.messages.market import InstrumentDefinition, MarketStale, MarketStatus, Quote, Trade
from engine.messages.venue import (
    CancelOrder,
    Fill,
    InstrumentUpdate,
    OrderUpdate,
    ReconcileDone,
    ReconcilePart,
    ReconcileRequest,
    ReferencePrice,
    SessionHeartbeat,
    SessionHello,
    SessionRole,
    SessionState,
    SubmitOrder,
    UpdateKind,
)
from engine.model.enums import Mode, OrdType, Pending, Side, TimeInForce, VenueStateWord
from tests.kit.sessions import a_router, a_session
from tests.kit.waiting import until
from tests.kit.wooxpro_simulator import http, simulator

CLOCK = SystemClock()
BTC, ETH = "BTCUSDT.WOOXPRO", "ETHUSDT.WOOXPRO"
MARKET = {"symbols": ("BTCUSDT", "ETHUSDT"), "quotes_per_s": 40.0}
DATA, TRADE = "wooxpro.data", "wooxpro.trade"
NUMBERED = (SessionState, OrderUpdate, Fill, ReconcilePart, InstrumentUpdate, ReferencePrice)


def settings_of(running, role="data", **changes):
    return {
        "venue": "wooxpro",
        "role": role,
        "settings": {"ping_interval_s": 2.0, "frame_interval_s": 0.0, **changes},
        "simulator_endpoints": dict(running.endpoints),
        "instruments": [BTC],
    }


def data_session(stage, running, **changes):
    return a_session(stage, DATA, settings_of(running, **changes))


def trade_session(stage, running, **changes):
    secrets = dict(running.credentials)
    return a_session(stage, TRADE, settings_of(running, "trade", **changes), secrets=secrets)


@attrs.define
class Log:
    """What one reader was told."""

    reader: MarketReader
    messages: list = attrs.field(factory=list)

    def of(self, kind):
        return [message for message in self.messages if type(message) is kind]

    def stale_streams(self):
        """(stream, fresh) in order."""
        return [(m.stream, m.fresh) for m in self.of(MarketStale)]


@asynccontextmanager
async def reading(stage, *topics):
    async with stage.bus("reader") as bus:
        messages = []

        def ignore(_event):
            return None

        reader = MarketReader(
            bus,
            "wooxpro",
            clock=CLOCK,
            on_message=messages.append,
            on_stale=ignore,
            on_fresh=ignore,
            on_lost=ignore,
        )
        for kind, instrument in topics:
            reader.subscribe(kind, instrument)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(reader.run)
            yield Log(reader, messages)
            nursery.cancel_scope.cancel()


def gapless(router):
    numbers = [m.sequence for m in router.said if isinstance(m, NUMBERED)]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def order(client_order_id, **changes):
    given = {
        "session_boot": 500,
        "router_boot": 900,
        "expires_mono_ns": CLOCK.monotonic_ns() + 2_000_000_000,
        "mode": Mode.LIVE,
        "client_order_id": client_order_id,
        "instrument": BTC,
        "side": Side.BUY,
        "ord_type": OrdType.MARKET,
        "quantity": Decimal(3),
        "price": None,
        "stop_price": None,
        "time_in_force": TimeInForce.GTC,
        "post_only": False,
        "reduce_only": False,
        "position_quantity": Decimal(0),
        "tick_mono_ns": CLOCK.monotonic_ns(),
        "intent_mono_ns": 0,
        "routed_mono_ns": 0,
    }
    return SubmitOrder(**given | changes)


def request(number, since_ns=0):
    return ReconcileRequest(
        session_boot=500,
        router_boot=900,
        request_id=number,
        since_ns=since_ns,
        instruments=(BTC,),
    )


def done(number, **changes):
    given = {"session_boot": 500, "router_boot": 900, "ok": True, "reason": ""}
    return ReconcileDone(request_id=number, **given | changes)


async def reconcile(router, number=1):
    """Play the router's reconciliation after the session has logged in."""
    await router.hears(SessionState, state=VenueStateWord.RECONCILING)
    router.send(TRADE, request(number))
    await router.hears(ReconcilePart, request_id=number, last=True)
    router.send(TRADE, done(number))


# --- market data ---------------------------------------------------------------------------------


async def test_data_reaches_readers_on_demand(stage):
    """Definitions come first, quotes and trades when a reader asks, nothing that nobody asked for."""
    async with simulator(**MARKET) as running, data_session(stage, running) as session:
        await until(lambda: session.is_ready)
        async with reading(stage, (InstrumentDefinition, ETH), (Quote, ETH), (Trade, ETH)) as log:
            await until(lambda: len(log.of(Quote)) > 3 and log.of(Trade))
            assert log.of(InstrumentDefinition)[0].definition.id == ETH
            first = log.of(Quote)[0]
            assert (first.instrument, first.boot) == (ETH, 500)
            assert first.mono_ns
        async with http(running) as client:
            topics = {entry["topic"] for entry in await client.log("subscribe") if "topic" in entry}
    assert not any("depth" in topic for topic in topics)


async def test_the_router_hears_definitions_and_reference_prices(stage):
    """All definitions and prices of the traded instruments, numbered without a hole, no reader needed."""
    async with (
        simulator(**MARKET) as running,
        a_router(stage, DATA) as router,
        data_session(stage, running),
    ):
        hello = await router.hears(SessionHello)
        assert (hello.session, hello.role, hello.boot) == (DATA, SessionRole.DATA, 500)
        await router.hears(SessionState, state=VenueStateWord.READY)
        await until(lambda: len(router.of(ReferencePrice)) > 5)
        await router.hears(SessionHeartbeat)
        assert {u.definition.id for u in router.of(InstrumentUpdate)} == {BTC, ETH}
        assert {price.instrument for price in router.of(ReferencePrice)} == {BTC}
        price = router.of(ReferencePrice)[-1]
        assert price.bid_price < price.price < price.ask_price
        assert gapless(router)


async def test_reference_prices_are_conflated(stage):
    """However fast the market, an instrument's price is told some ten times a second."""
    busy = {**MARKET, "quotes_per_s": 1000.0}
    async with (
        simulator(**busy) as running,
        a_router(stage, DATA) as router,
        data_session(stage, running) as session,
    ):
        await until(lambda: session.gauges["market_messages"] > 300)
        assert len(router.of(ReferencePrice)) < session.gauges["market_messages"] / 5


async def test_a_new_router_boot_is_greeted_and_told_everything_again(stage):
    """After a restart of the router: hello, state and all definitions once more."""
    async with simulator(**MARKET) as running, data_session(stage, running):
        async with a_router(stage, DATA) as router:
            await until(lambda: len(router.of(InstrumentUpdate)) == 2)
        async with a_router(stage, DATA, boot=901) as second:
            await until(lambda: len(second.of(InstrumentUpdate)) == 2)
            assert second.of(SessionState)[-1].state is VenueStateWord.READY
            assert gapless(second)


async def test_a_router_with_another_boot_on_the_same_line_is_greeted(stage):
    """The router's heartbeat alone is enough to notice its restart."""
    async with (
        simulator(**MARKET) as running,
        a_router(stage, DATA) as router,
        data_session(stage, running),
    ):
        await until(lambda: len(router.of(InstrumentUpdate)) == 2)
        router.boot = 902
        router.beat()
        await until(lambda: len(router.of(InstrumentUpdate)) == 4)
        assert len(router.of(SessionHello)) >= 2


@pytest.mark.parametrize("fault", ["reset", "close", "stall"])
async def test_a_lost_connection_is_stale_until_data_flows_again(stage, fault):
    """Loss (reset, close, silence): stale once; reconnected and resubscribed: fresh with the first data."""
    async with (
        simulator(**MARKET) as running,
        data_session(stage, running, ping_interval_s=1.0) as session,
        reading(stage, (Quote, BTC), (MarketStale, BTC), (MarketStatus, "WOOXPRO")) as log,
    ):
        await until(lambda: log.of(Quote) and session.is_ready)
        async with http(running) as client:
            await client.fault(fault, match="public")
        await until(lambda: log.stale_streams() == [("quote", False), ("quote", True)])
        seen = len(log.of(Quote))
        await until(lambda: len(log.of(Quote)) > seen)
        await until(lambda: session.is_ready)
        assert session.gauges["reconnects"] == 1
        assert session.gauges["stale_topics"] == 0
        states = [status.state.value for status in log.of(MarketStatus)]
        assert "disconnected" in states
        assert states[-1] == "ready"


async def test_a_venue_that_is_away_is_waited_for(stage):
    """No venue: in service but degraded, attempts go on, and no crash."""
    async with simulator(**MARKET) as running:
        settings = settings_of(running)
    async with a_session(stage, DATA, settings) as session:
        await until(lambda: "disconnected" in session.context.current_state[1])
        assert session.context.in_service
        assert not session.is_ready


async def test_stop_is_orderly(stage):
    """Asked to stop, the actor says goodbye to the venue and returns."""
    async with simulator(**MARKET) as running, data_session(stage, running) as session:
        await until(lambda: session.is_ready)
        await session.stop()
        async with http(running) as client:
            (entry,) = await client.log("disconnect")
            assert "1000" in str(entry["reason"]), entry


async def test_reconnects_leave_no_descriptor(stage):
    """Thirty lost connections: subscribed again each time, no descriptor more (T-050)."""
    async with (
        simulator(**MARKET) as running,
        data_session(stage, running) as session,
        http(running) as client,
    ):
        await until(lambda: session.is_ready)
        before = psutil.Process().num_fds()
        for turn in range(1, 31):
            await client.fault("reset", match="public")
            await reconnected(session, turn)
        assert psutil.Process().num_fds() <= before + 2


async def reconnected(session, turn):
    await until(lambda: session.gauges["reconnects"] == turn and session.is_ready)


# --- orders ----------------------------------------------------------------------------------------


async def test_an_order_from_command_to_fill(stage):
    """Reconciled, gate open: accepted, filled, numbered without a hole; latency is counted."""
    async with (
        simulator(**MARKET) as running,
        a_router(stage, TRADE) as router,
        trade_session(stage, running) as session,
    ):
        await reconcile(router)
        await until(lambda: session.is_ready)
        router.send(TRADE, order("c1"))
        await router.hears(OrderUpdate, client_order_id="c1", kind=UpdateKind.ACCEPTED)
        fill = await router.hears(Fill, client_order_id="c1")
        assert (fill.session, fill.boot, fill.instrument) == (TRADE, 500, BTC)
        assert gapless(router)
        assert session.gauges["latency_us"]["count"] == 1
        assert session.gauges["latency_us"]["p50"] > 0


async def test_no_order_passes_before_reconciliation_and_cancels_do(stage):
    """A closed gate answers orders with not_sent; a cancel goes to the venue."""
    async with (
        simulator(**MARKET) as running,
        a_router(stage, TRADE) as router,
        trade_session(stage, running) as session,
    ):
        await router.hears(SessionState, state=VenueStateWord.RECONCILING)
        router.send(TRADE, order("c1"))
        update = await router.hears(OrderUpdate, client_order_id="c1")
        assert (update.kind, update.code) == (UpdateKind.NOT_SENT, "NOT_SENT_GATE")
        assert update.command is Pending.NEW
        router.send(
            TRADE,
            CancelOrder(
                session_boot=500,
                router_boot=900,
                expires_mono_ns=CLOCK.monotonic_ns() + 2_000_000_000,
                client_order_id="c9",
                venue_order_id="",
                instrument=BTC,
            ),
        )
        cancel = await router.hears(OrderUpdate, client_order_id="c9")
        assert cancel.kind is not UpdateKind.NOT_SENT
        assert not session.is_ready
        async with http(running) as client:
            assert not await client.log("order")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"session_boot": 499}, "NOT_SENT_SESSION_BOOT"),
        ({"router_boot": 899}, "NOT_SENT_ROUTER_BOOT"),
        ({"expires_mono_ns": 1}, "NOT_SENT_EXPIRED"),
        ({"mode": Mode.PAPER}, "NOT_SENT_MODE"),
    ],
)
async def test_commands_out_of_time_or_place_are_not_sent(stage, changes, code):
    """Another boot's, late or paper orders are answered and never reach the venue (ORD-4, ORD-15)."""
    async with (
        simulator(**MARKET) as running,
        a_router(stage, TRADE) as router,
        trade_session(stage, running) as session,
    ):
        await reconcile(router)
        await until(lambda: session.is_ready)
        router.send(TRADE, order("c1", **changes))
        update = await router.hears(OrderUpdate, client_order_id="c1")
        assert (update.kind, update.code) == (UpdateKind.NOT_SENT, code)
        async with http(running) as client:
            assert not await client.log("order")


async def test_a_reconnect_closes_the_gate_until_reconciled(stage):
    """After a lost connection orders wait for a new reconciliation; an old verdict opens nothing."""
    async with (
        simulator(**MARKET) as running,
        a_router(stage, TRADE) as router,
        trade_session(stage, running) as session,
        http(running) as client,
    ):
        await reconcile(router)
        await until(lambda: session.is_ready)
        router.said.clear()
        await client.fault("reset", match="private")
        await router.hears(SessionState, state=VenueStateWord.DISCONNECTED)
        await router.hears(SessionState, state=VenueStateWord.RECONCILING)
        router.send(TRADE, done(1))
        router.send(TRADE, order("c2"))
        update = await router.hears(OrderUpdate, client_order_id="c2")
        assert update.code == "NOT_SENT_GATE"
        await reconcile(router, 2)
        await until(lambda: session.is_ready)
        router.send(TRADE, order("c3"))
        await router.hears(Fill, client_order_id="c3")


async def test_rejected_credentials_are_tried_once(stage):
    """A rejected login ends the attempts: one login at the venue, state down, in service (T-046)."""
    async with simulator(**MARKET) as running, a_router(stage, TRADE) as router:
        secrets = {**running.credentials, "api_secret": "wrong"}
        settings = settings_of(running, "trade")
        async with a_session(stage, TRADE, settings, secrets=secrets) as session:
            await router.hears(SessionState, state=VenueStateWord.DOWN)
            async with http(running) as client:
                before = len(await client.log("login"))
                await until(lambda: len(router.of(SessionHeartbeat)) > 1)
                assert len(await client.log("login")) == before == 1
            assert session.context.in_service
            assert "down" in session.context.current_state[1]


async def test_an_order_lost_on_the_way_is_unknown(stage):
    """A request whose connection breaks after it was sent is unknown, never not_sent (ORD-5, F-08)."""
    async with (
        simulator(**MARKET) as running,
        a_router(stage, TRADE) as router,
        trade_session(stage, running, order_timeout_s=1.0) as session,
        http(running) as client,
    ):
        await reconcile(router)
        await until(lambda: session.is_ready)
        await client.fault("http_reset_before", match="*submit-order*")
        router.send(TRADE, order("c1"))
        update = await router.hears(OrderUpdate, client_order_id="c1")
        assert update.kind is UpdateKind.UNKNOWN
