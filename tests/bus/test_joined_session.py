"""The session actor of a venue whose sessions are joined: data and orders over one connection, one line to the router."""

from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
import trio

from engine.bus.reader import MarketReader
from engine.clock import SystemClock
from engine.drill.witness import lines_of
from engine.messages.market import MarketStale, MarketStatus, Quote
from engine.messages.venue import (
    Fill,
    InstrumentUpdate,
    OrderUpdate,
    ReconcileDone,
    ReconcilePart,
    ReconcileRequest,
    ReferencePrice,
    SessionHello,
    SessionRole,
    SessionState,
    SubmitOrder,
    UpdateKind,
)
from engine.model.enums import Mode, OrdType, Side, TimeInForce, VenueStateWord
from tests.kit.sessions import a_router, a_session
from tests.kit.venues.seventh import VENUE
from tests.kit.venues.seventh import simulator as seventh
from tests.kit.waiting import until

CLOCK = SystemClock()
PACKAGE = "tests.kit.venues.seventh"
AAA, DATA, TRADE = "AAA.SEVENTH", "seventh.data", "seventh.trade"
NUMBERED = (SessionState, OrderUpdate, Fill, ReconcilePart, InstrumentUpdate, ReferencePrice)
OF_THE_MARKET = {"watch", "ping"}


@asynccontextmanager
async def simulated(tmp_path):
    """The venue; what it reports, and the words that it was told."""
    file = tmp_path / "witness.jsonl"
    settings = seventh.SimulatorSettings(quotes_per_s=50.0, witness_file=str(file))
    async with trio.open_nursery() as nursery:
        running = await nursery.start(seventh.serve, settings)
        yield running, lambda: [line["word"] for line in lines_of(file)]
        nursery.cancel_scope.cancel()


def a_seventh(stage, name, running, **changes):
    role = name.partition(".")[2]
    settings = {
        "venue": "seventh",
        "package": PACKAGE,
        "role": role,
        "settings": {"ping_interval_s": 2.0},
        "simulator_endpoints": running.endpoints,
        "instruments": [AAA],
        **changes,
    }
    secrets = dict(VENUE.simulator_credentials) if role == "trade" else {}
    return a_session(stage, name, settings, secrets=secrets)


@asynccontextmanager
async def reading(stage):
    async with stage.bus("reader") as bus, trio.open_nursery() as nursery:
        messages = []
        reader = MarketReader(
            bus,
            "seventh",
            clock=CLOCK,
            on_message=messages.append,
            on_stale=lambda _: None,
            on_fresh=lambda _: None,
            on_lost=lambda _: None,
        )
        for kind, name in ((Quote, AAA), (MarketStale, AAA), (MarketStatus, "SEVENTH")):
            reader.subscribe(kind, name)
        nursery.start_soon(reader.run)
        yield messages
        nursery.cancel_scope.cancel()


def gapless(router):
    numbers = [m.sequence for m in router.said if isinstance(m, NUMBERED)]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def order(client_order_id):
    return SubmitOrder(
        session_boot=500,
        router_boot=900,
        expires_mono_ns=CLOCK.monotonic_ns() + 2_000_000_000,
        mode=Mode.LIVE,
        client_order_id=client_order_id,
        instrument=AAA,
        side=Side.BUY,
        ord_type=OrdType.MARKET,
        quantity=Decimal(3),
        price=None,
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        position_quantity=Decimal(0),
        tick_mono_ns=0,
        intent_mono_ns=0,
        routed_mono_ns=0,
    )


async def reconcile(router, number=1):
    """Play the router's reconciliation of a session that has logged in."""
    await router.hears(SessionState, state=VenueStateWord.RECONCILING)
    request = ReconcileRequest(
        session_boot=500, router_boot=900, request_id=number, since_ns=0, instruments=(AAA,)
    )
    router.send(TRADE, request)
    await router.hears(ReconcilePart, request_id=number, last=True)
    done = ReconcileDone(session_boot=500, router_boot=900, request_id=number, ok=True, reason="")
    router.send(TRADE, done)


async def test_one_session_has_the_market_and_the_orders(stage, tmp_path):
    """Readers get data, the router definitions, prices and fills, all in one row of numbers."""
    async with (
        simulated(tmp_path) as (running, words),
        a_router(stage, TRADE) as router,
        a_seventh(stage, TRADE, running) as session,
        reading(stage) as messages,
    ):
        hello = await router.hears(SessionHello)
        assert (hello.session, hello.role) == (TRADE, SessionRole.TRADE)
        await reconcile(router)
        await until(lambda: session.is_ready)
        await until(lambda: any(type(m) is Quote for m in messages))
        router.send(TRADE, order("c1"))
        await router.hears(OrderUpdate, client_order_id="c1", kind=UpdateKind.FILLED)
        fill = await router.hears(Fill, client_order_id="c1")
        price = await router.hears(ReferencePrice, instrument=AAA)

        assert (fill.instrument, fill.last_qty) == (AAA, 3)
        assert price.bid_price < price.ask_price
        assert {update.definition.id for update in router.of(InstrumentUpdate)} >= {AAA}
        assert gapless(router)
        assert words().count("login") == 1
        figures = session.gauges
        assert figures["gate"] == "open"
        assert figures["market_messages"] > 0
        assert figures["state"] == "ready"


async def test_the_market_that_comes_after_the_login_closes_no_gate(stage, tmp_path):
    """The router compares once for a login; that data came later is told to readers alone."""
    async with (
        simulated(tmp_path) as (running, _words),
        a_router(stage, TRADE) as router,
        a_seventh(stage, TRADE, running) as session,
        reading(stage) as messages,
    ):
        await reconcile(router)
        await until(lambda: session.is_ready)
        told = [state.state for state in router.of(SessionState)]
        seen = [m.state for m in messages if type(m) is MarketStatus]

        assert VenueStateWord.READY not in told
        assert told[-1] is VenueStateWord.RECONCILING
        assert seen[-1] is VenueStateWord.READY


async def test_a_lost_connection_takes_both(stage, tmp_path):
    """Data is stale and the gate is closed; connected again, both come back after one comparison."""
    async with (
        simulated(tmp_path) as (running, _words),
        a_router(stage, TRADE) as router,
        a_seventh(stage, TRADE, running) as session,
        reading(stage) as messages,
    ):
        await reconcile(router)
        await until(lambda: session.is_ready and any(type(m) is Quote for m in messages))
        running.faults.arm("log_out")
        await router.hears(SessionState, state=VenueStateWord.DISCONNECTED)
        await until(lambda: [m for m in messages if type(m) is MarketStale and not m.fresh])
        router.said.clear()
        await until(lambda: session.gauges["reconnects"] == 1)
        await reconcile(router, 2)
        await until(lambda: session.is_ready)
        seen = len(messages)
        await until(lambda: any(type(m) is Quote for m in messages[seen:]))
        assert not session.gauges["stale_topics"]


@pytest.mark.parametrize("role", ["data", "trade"])
async def test_the_data_session_can_say_nothing_of_orders(stage, tmp_path, role):
    """On paper the venue hears of subscriptions and pings only; the other one logs in."""
    name = f"seventh.{role}"
    async with (
        simulated(tmp_path) as (running, words),
        a_router(stage, name) as router,
        a_seventh(stage, name, running, settings={"ping_interval_s": 0.1}),
        reading(stage) as messages,
    ):
        hello = await router.hears(SessionHello)
        await until(lambda: any(type(m) is Quote for m in messages))
        await until(lambda: "watch" in words())

        assert hello.role.value == role
        assert ("login" in words()) is (role == "trade")
        assert set(words()) <= OF_THE_MARKET | ({"login"} if role == "trade" else set())
