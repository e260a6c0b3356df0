"""The paper actor on a real bus: data session and router are played by the test."""

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from actors import paper, upkeep
from actors.paper import PaperSettings
from engine.bus.track import Fresh, Lost, Stale
from engine.errors import ConfigError, JournalBusy, JournalError
from engine.journal import Durability, JournalHeader, JournalWriter, read
from engine.journal.segments import archive_paths
from engine.journal.snapshot import snapshot_paths
from engine.messages.control import ActorState
from engine.messages.market import Book, MarketStale, Trade
from engine.messages.venue import (
    CancelOrder,
    Fill,
    OrderUpdate,
    ReconcileDone,
    ReconcilePart,
    ReconcileRequest,
    SessionHeartbeat,
    SessionHello,
    SessionRole,
    SessionState,
    UpdateKind,
)
from engine.model.enums import Mode, Pending, VenueStateWord
from engine.paper.records import FORMAT_VERSION, OrderTraded, from_bytes
from engine.settings.converter import structure
from tests.kit.bus import Stage, a_stage
from tests.kit.market import BTC, definition
from tests.kit.paper import SELL, command
from tests.kit.paperactor import (
    CLOCK,
    PAPER,
    a_market,
    a_paper,
    an_actor,
    paper_context,
    reconcile,
)
from tests.kit.sessions import Router, a_router
from tests.kit.waiting import until

NUMBERED = (SessionState, OrderUpdate, Fill, ReconcilePart)
HEADER = JournalHeader(
    mode=Mode.PAPER, format_version=FORMAT_VERSION, created_ns=1, file_id=bytes(16)
)
RECONCILING, DISCONNECTED = VenueStateWord.RECONCILING, VenueStateWord.DISCONNECTED


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A run directory of its own."""
    with a_stage() as stage:
        yield stage


def router_of(stage, **changes):
    return a_router(stage, PAPER, mode=Mode.PAPER, **changes)


def submit(router: Router, client_order_id="c1", *, boot=500, **changes):
    in_time = {"expires_mono_ns": CLOCK.monotonic_ns() + 2_000_000_000}
    given = in_time | {"session_boot": boot, "tick_mono_ns": CLOCK.monotonic_ns()} | changes
    router.send(PAPER, command(client_order_id, **given))


def cancel(router: Router, client_order_id="c1"):
    router.send(
        PAPER,
        CancelOrder(
            session_boot=500,
            router_boot=900,
            expires_mono_ns=CLOCK.monotonic_ns() + 2_000_000_000,
            client_order_id=client_order_id,
            venue_order_id="",
            instrument="BTCUSDT.WOOXPRO",
        ),
    )


def a_book():
    now_ns = CLOCK.monotonic_ns()
    return Book(BTC, 1, 1, now_ns, now_ns, now_ns, 50, ((99.9, 10.0),), ((100.1, 10.0),))


def best_ask(actor):
    return actor.venue._matcher.depth(BTC).best(SELL)


def open_gate(actor):
    """As the router would."""
    common = {"session_boot": actor.context.boot, "router_boot": 900, "request_id": 1}
    actor.gate.welcomed(900)
    actor.gate.reconciling(ReconcileRequest(**common, since_ns=0, instruments=()))
    actor.gate.reconciled(ReconcileDone(**common, ok=True, reason=""))


def gapless(router: Router) -> bool:
    numbers = [m.sequence for m in router.said if isinstance(m, NUMBERED)]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


# --- orders ----------------------------------------------------------------------------------------


async def test_an_order_from_hello_to_fill(stage, tmp_path):
    """Greeted as paper, reconciled, gate open, filled from the visible book; numbered without a hole."""
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path) as running,
    ):
        hello = await router.hears(SessionHello)
        assert (hello.role, hello.mode, hello.venue) == (SessionRole.PAPER, Mode.PAPER, "wooxpro")
        market.open()
        (part,) = await reconcile(router)
        assert (part.complete, part.orders, part.balances[0].total) == (True, (), 10_000)
        await until(lambda: running.is_ready)
        submit(router, quantity=15, price="100.1")
        fill = await router.hears(Fill, client_order_id="c1")
        assert (fill.session, fill.boot, fill.last_px) == (PAPER, 500, Decimal("100.1"))
        market.trade(100.1, 5)
        await until(lambda: len(router.of(Fill)) == 2)
        assert sum(fill.last_qty for fill in router.of(Fill)) == 15
        assert gapless(router)
        assert running.gauges["latency_us"]["count"] == 1
        assert running.gauges["fills"] == 2
        assert running.gauges["gate"] == "open"
        await router.hears(SessionHeartbeat)


async def test_records_are_written_before_they_are_told(stage, tmp_path):
    """Whatever the router hears of a fill can be read in the journal at that moment."""
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path),
    ):
        market.open()
        await reconcile(router)
        submit(router, price=None)
        fill = await router.hears(Fill)
        records = [from_bytes(r.body) for r in read(tmp_path / "paper" / "wooxpro.journal")]
        (traded,) = [each for each in records if isinstance(each, OrderTraded)]
        assert traded.fill.fill_key == fill.fill_key


async def test_requests_take_effect_after_their_latency(stage, tmp_path):
    """A timer of the actor lets the order take effect; meanwhile it is on its way."""
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path, latency_ms=150.0) as running,
    ):
        market.open()
        await reconcile(router)
        submit(router, price="99.0")
        await until(lambda: running.gauges["requests_on_their_way"] == 1)
        assert router.of(OrderUpdate) == []
        cancel(router)
        await router.hears(OrderUpdate, client_order_id="c1", kind=UpdateKind.CANCELLED)
        kinds = [update.kind for update in router.of(OrderUpdate)]
        assert kinds == [UpdateKind.ACCEPTED, UpdateKind.CANCELLED]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"boot": 499}, "NOT_SENT_SESSION_BOOT"),
        ({"router_boot": 899}, "NOT_SENT_ROUTER_BOOT"),
        ({"expires_mono_ns": 1}, "NOT_SENT_EXPIRED"),
        ({"mode": Mode.LIVE}, "NOT_SENT_MODE"),
    ],
)
async def test_commands_out_of_time_or_place_are_not_sent(stage, tmp_path, changes, code):
    """Another boot's, late or live orders are answered and leave no trace (ORD-4, ORD-15)."""
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path) as running,
    ):
        market.open()
        await reconcile(router)
        await until(lambda: running.is_ready)
        before = running.gauges["journal_records"]
        submit(router, **changes)
        update = await router.hears(OrderUpdate, client_order_id="c1")
        assert (update.kind, update.code, update.command) == (
            UpdateKind.NOT_SENT,
            code,
            Pending.NEW,
        )
        assert running.gauges["journal_records"] == before
        assert running.gauges["refused"] == 1


# --- market data -----------------------------------------------------------------------------------


async def test_without_market_data_the_venue_is_not_there(stage, tmp_path):
    """In service but degraded; the router hears why, orders do not pass, cancels do."""
    async with router_of(stage) as router, a_paper(stage, tmp_path) as running:
        state = await router.hears(SessionState)
        assert state.state is VenueStateWord.CONNECTING
        assert "market data" in state.reason
        await until(lambda: running.context.in_service)
        assert not running.is_ready
        submit(router)
        update = await router.hears(OrderUpdate, client_order_id="c1")
        assert update.code == "NOT_SENT_GATE"
        cancel(router, "c9")
        update = await router.hears(OrderUpdate, client_order_id="c9")
        assert update.kind is UpdateKind.CANCEL_REJECTED


async def test_a_lost_venue_connection_is_passed_on_and_orders_rest(stage, tmp_path):
    """The data session's words become the venue's; back again, the router reconciles anew."""
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path) as running,
    ):
        market.open()
        await reconcile(router)
        submit(router, price="99.9")
        await router.hears(OrderUpdate, kind=UpdateKind.ACCEPTED)
        router.said.clear()
        market.status(DISCONNECTED, "reset by peer")
        state = await router.hears(SessionState, state=DISCONNECTED)
        assert "reset by peer" in state.reason
        await until(lambda: "reset by peer" in running.context.current_state[1])
        submit(router, "c2")
        update = await router.hears(OrderUpdate, client_order_id="c2")
        assert update.code == "NOT_SENT_GATE"
        market.status()
        (part,) = await reconcile(router, 2)
        assert [order.client_order_id for order in part.orders] == ["c1"]
        await until(lambda: running.is_ready)
        submit(router, "c3", price=None)
        update = await router.hears(OrderUpdate, client_order_id="c3")
        assert update.code == "NO_MARKET", "what was shown before the loss is void"
        market.book(asks=((99.8, 20.0),))
        fill = await router.hears(Fill, client_order_id="c1")
        assert fill.last_px == Decimal("99.9")


async def test_a_dead_data_session_is_noticed_and_its_successor_serves(stage, tmp_path):
    """The process is gone: disconnected; the next boot brings the market back."""
    async with router_of(stage) as router, a_paper(stage, tmp_path) as running:
        async with a_market(stage) as market:
            market.open()
            await reconcile(router)
            await until(lambda: running.is_ready)
            router.said.clear()
        state = await router.hears(SessionState, state=DISCONNECTED)
        assert "market data session" in state.reason
        router.said.clear()
        async with a_market(stage, boot=301) as market:
            market.open()
            await reconcile(router, 2)
            await until(lambda: running.is_ready)
            submit(router, price=None)
            await router.hears(Fill, client_order_id="c1")


@pytest.mark.parametrize("stream", ["book", ""])
async def test_an_instrument_in_doubt_has_no_market(stage, tmp_path, stream):
    """Its market orders are refused, what rests stays, and the next data after the doubt counts."""
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path) as running,
    ):
        market.open()
        await reconcile(router)
        await until(lambda: running.is_ready)
        submit(router, "rests", price="99.9")
        await router.hears(OrderUpdate, client_order_id="rests")
        received = running.gauges["market_messages"]
        market.stale(stream)
        await until(lambda: running.gauges["market_messages"] > received)
        submit(router, "market", price=None)
        update = await router.hears(OrderUpdate, client_order_id="market")
        assert (update.kind, update.code) == (UpdateKind.REJECTED, "NO_MARKET")
        market.stale(stream, fresh=True)
        market.book(asks=((99.0, 20.0),))
        await router.hears(Fill, client_order_id="rests")


async def test_what_was_shown_before_a_doubt_is_void(stage, tmp_path):
    """The doubt ends before the first new data comes: until then there is no market."""
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path) as running,
    ):
        market.open()
        await reconcile(router)
        await until(lambda: running.is_ready)
        received = running.gauges["market_messages"]
        market.stale("book")
        market.stale("book", fresh=True)
        await until(lambda: running.gauges["market_messages"] == received + 2)
        submit(router, price=None)
        update = await router.hears(OrderUpdate, client_order_id="c1")
        assert update.code == "NO_MARKET"


async def test_data_that_the_reader_doubts_is_not_traded_on(stage, tmp_path):
    """Late or silent topics are no market until they are fresh; lost doubts void what was shown."""
    async with an_actor(stage, tmp_path) as actor:
        actor.on_market(definition())
        actor.on_market(a_book())
        actor.on_stale(Stale(BTC, Book, "late"))
        assert best_ask(actor) is None
        actor.on_fresh(Fresh(BTC, Book))
        assert best_ask(actor) == Decimal("100.1")
        actor.on_stale(Stale(BTC, Trade, "gap"))
        actor.on_lost(Lost(BTC, Trade, 3))
        assert best_ask(actor) == Decimal("100.1")
        actor.on_lost(Lost(BTC, MarketStale, 1))
        assert best_ask(actor) is None
        actor.on_market(a_book())
        assert best_ask(actor) == Decimal("100.1")
        assert actor.gauges()["lost"] == 4


async def test_a_quote_alone_is_a_market_too(stage, tmp_path):
    """A venue without books fills at the top."""
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path),
    ):
        market.publisher.publish(definition())
        market.quote(99.5, 99.6, 3.0)
        market.status()
        await reconcile(router)
        submit(router, quantity=5, price=None)
        fill = await router.hears(Fill)
        assert (fill.last_px, fill.last_qty) == (Decimal("99.6"), 3)
        update = await router.hears(OrderUpdate, kind=UpdateKind.CANCELLED)
        assert update.code == "NO_LIQUIDITY"


# --- restarts ----------------------------------------------------------------------------------------


async def test_the_account_survives_its_process(stage, tmp_path):
    """Killed and started again: orders, position, cash, used ids; nothing is told twice as new."""
    async with router_of(stage) as router, a_market(stage) as market:
        async with a_paper(stage, tmp_path):
            market.open()
            await reconcile(router)
            submit(router, "filled", price=None)
            submit(router, "rests", price="99.5")
            first = await router.hears(Fill)
            await router.hears(OrderUpdate, client_order_id="rests")
            (before,) = await reconcile(router, 2)
        async with a_paper(stage, tmp_path, boot=501):
            (after,) = await reconcile(router, 3, boot=501)
            assert (after.fills, after.positions, after.balances) == (
                before.fills,
                before.positions,
                before.balances,
            )
            assert {o.client_order_id: o.lifecycle for o in after.orders} == {
                "filled": "filled",
                "rests": "open",
            }
            market.book(asks=((99.4, 20.0),))
            fill = await router.hears(Fill, client_order_id="rests")
            assert [fill.fill_key.split("-")[0], first.fill_key.split("-")[0]] == ["1f5", "1f4"]
            submit(router, "filled", boot=501)
            update = await router.hears(OrderUpdate, client_order_id="filled", boot=501)
            assert (update.kind, update.code) == (UpdateKind.REJECTED, "DUPLICATE_ID")


async def test_what_was_on_its_way_is_refused_by_the_next_boot(stage, tmp_path):
    """Killed before the order took effect: it is known, and known to be refused."""
    async with an_actor(stage, tmp_path, latency_ms=60_000.0) as actor:
        open_gate(actor)
        actor.on_command(command("c1", expires_mono_ns=1 << 62))
        assert actor.gauges()["requests_on_their_way"] == 1
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path, boot=501),
    ):
        market.open()
        (part,) = await reconcile(router, boot=501)
        assert [(o.client_order_id, o.lifecycle) for o in part.orders] == [("c1", "rejected")]


async def test_orders_outlive_their_place_in_the_configuration(stage, tmp_path):
    """An instrument nobody names any more is read as long as an order rests in it."""
    async with router_of(stage) as router, a_market(stage) as market:
        async with a_paper(stage, tmp_path):
            market.open()
            await reconcile(router)
            submit(router, price="99.5")
            await router.hears(OrderUpdate, client_order_id="c1")
        async with a_paper(stage, tmp_path, boot=501, instruments=[]):
            await reconcile(router, 2, boot=501)
            market.book(asks=((99.4, 20.0),))
            await router.hears(Fill, client_order_id="c1")


async def test_a_new_router_boot_is_greeted_and_must_reconcile(stage, tmp_path):
    """After a restart of the router: hello, state, and no order before its reconciliation."""
    async with a_market(stage) as market, a_paper(stage, tmp_path) as running:
        async with router_of(stage) as router:
            market.open()
            await reconcile(router)
            await until(lambda: running.is_ready)
        async with router_of(stage, boot=901) as second:
            await second.hears(SessionState, state=RECONCILING)
            submit(second, router_boot=901)
            update = await second.hears(OrderUpdate, client_order_id="c1")
            assert update.code == "NOT_SENT_GATE"
            await reconcile(second, 2)
            submit(second, "c2", router_boot=901, side=SELL, price=None)
            await second.hears(Fill, client_order_id="c2")
            assert gapless(second)


async def test_an_orderly_end_lets_requests_take_effect(stage, tmp_path):
    """Asked to stop, the actor refuses what is new, finishes what is on its way, and returns."""
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path, latency_ms=100.0) as running,
    ):
        market.open()
        await reconcile(router)
        submit(router, price="99.0")
        await until(lambda: running.gauges["requests_on_their_way"] == 1)
        await running.stop()
        await router.hears(OrderUpdate, client_order_id="c1", kind=UpdateKind.ACCEPTED)
    with JournalWriter(
        tmp_path / "paper" / "wooxpro.journal",
        Durability.PROCESS,
        header=HEADER,
        clock_ns=CLOCK.monotonic_ns,
    ) as journal:
        assert journal.sequence == 3
        assert journal.recovered.end.clean


async def test_a_stopping_venue_takes_nothing_new(stage, tmp_path):
    """From its farewell on every command is answered `not_sent`."""
    async with an_actor(stage, tmp_path) as actor:
        open_gate(actor)
        actor.on_command(command("c1"))
        await actor._farewell()
        actor.on_command(command("c2"))
        assert actor.orders.refused == 1
        assert not actor.venue.book.history.is_used("c2")


async def test_a_paper_venue_of_a_live_engine_takes_paper_orders_only(stage, tmp_path):
    """Its mode is its own, whatever the engine's is (SEC-18)."""
    async with an_actor(stage, tmp_path, mode=Mode.LIVE) as actor:
        open_gate(actor)
        actor.on_command(command("real", mode=Mode.LIVE))
        actor.on_command(command("play"))
        assert actor.orders.refused == 1
        assert actor.venue.book.history.is_used("play")


@pytest.mark.parametrize(
    ("ok", "state"), [(True, (ActorState.READY, "")), (False, (ActorState.DEGRADED, "why"))]
)
async def test_the_routers_verdict_is_told_to_the_supervisor(stage, tmp_path, ok, state):
    """Ready from the moment the router agrees; degraded, with its reason, when it does not."""
    async with an_actor(stage, tmp_path) as actor:
        actor.word = RECONCILING
        actor.gate.welcomed(900)
        common = {"session_boot": 500, "router_boot": 900, "request_id": 1}
        actor.on_command(ReconcileRequest(**common, since_ns=0, instruments=()))
        actor.on_command(ReconcileDone(**common, ok=ok, reason="" if ok else "why"))
        told, reason = actor.context.current_state
        assert told is state[0]
        assert state[1] in reason


async def test_nonsense_from_the_router_is_logged_and_survived(stage, tmp_path):
    """A message that no session should get changes nothing."""
    async with an_actor(stage, tmp_path) as actor:
        actor.on_command(definition())
        assert actor.gauges()["journal_records"] == 0


async def test_the_journal_is_kept_in_bounds(stage, tmp_path, monkeypatch):
    """Segments and snapshots as the router's: the next process has the whole account, also other cash."""
    monkeypatch.setattr(upkeep, "CARE_INTERVAL_S", 0.02)
    bounds = {"segment_bytes": 300, "snapshot_records": 4, "keep_days": 30}
    file = tmp_path / "paper" / "wooxpro.journal"
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path, upkeep=bounds) as running,
    ):
        market.open()
        await reconcile(router)
        for number in range(6):
            market.book(asks=((100.1, 10.0 + number),))  # what was taken is not there again
            submit(router, f"c{number}", price=None, quantity=Decimal(1))
            await until(lambda number=number: len(router.of(Fill)) == number + 1)
        submit(router, "rests", price="99.0")
        await router.hears(OrderUpdate, client_order_id="rests", kind=UpdateKind.ACCEPTED)
        records = running.gauges["journal_records"]
        await until(lambda: running.gauges["snapshot_record"] > records - 4)
        await until(lambda: len(archive_paths(file)) > 1)
    assert 1 <= len(snapshot_paths(file)) <= 2
    for path in archive_paths(file)[:1]:
        path.unlink()  # history that is past its days: the snapshots cover it
    async with an_actor(stage, tmp_path, boot=501, upkeep=bounds, cash={"USDT": "1"}) as actor:
        book = actor.venue.book
        assert (book.fills, list(book.orders)) == (6, ["rests"])
        assert all(book.history.is_used(f"c{number}") for number in range(6))
        assert Decimal(-100) < book.account.cash()["USDT"] <= Decimal(1)
        assert book.account.quantity(BTC) == 6 * book.history.find("c0").quantity


async def test_a_journal_that_cannot_be_kept_in_bounds_shows(stage, tmp_path, monkeypatch):
    """Degraded with the reason, and ready again when it works; the venue trades on."""
    monkeypatch.setattr(upkeep, "CARE_INTERVAL_S", 0.02)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    bounds = {"segment_bytes": 1 << 30, "snapshot_records": 1, "keep_days": 30}
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path, upkeep=bounds) as running,
    ):
        market.open()
        await reconcile(router)
        submit(router, price=None)
        await router.hears(Fill)
        await until(lambda: "no snapshot" in running.context.current_state[1])
        assert running.context.current_state[0] is ActorState.DEGRADED
        submit(router, "c2", price=None)
        await router.hears(Fill, client_order_id="c2")


async def test_a_journal_has_one_writer(stage, tmp_path):
    """A second paper venue on the same account does not start."""
    async with a_paper(stage, tmp_path) as running, stage.bus("other") as bus:
        await until(lambda: running.context.in_service)
        with pytest.raises(JournalBusy):
            await paper.run(paper_context(stage, bus, tmp_path))


async def test_a_journal_of_another_release_is_refused(stage, tmp_path):
    """A record that cannot be read stops the venue and says what to do."""
    file = tmp_path / "paper" / "wooxpro.journal"
    file.parent.mkdir()
    with JournalWriter(
        file, Durability.PROCESS, header=HEADER, clock_ns=CLOCK.monotonic_ns
    ) as journal:
        journal.append(b"\x01")
    async with stage.bus("other") as bus:
        with pytest.raises(JournalError, match="record 1 is not of this release"):
            await paper.run(paper_context(stage, bus, tmp_path))


# --- settings and secrecy ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes", [{"latency_ms": -1.0}, {"latency_jitter_ms": -0.1}, {"seed": "x"}, {"surprise": 1}]
)
async def test_bad_settings_are_refused(stage, tmp_path, changes):
    """Negative latencies and unknown keys are a fault of the configuration."""
    async with stage.bus("other") as bus:
        with pytest.raises(ConfigError):
            await paper.run(paper_context(stage, bus, tmp_path, **changes))


def test_money_in_settings_is_exact():
    """Cash and rates travel as text and become Decimals; the journal is the venue's own."""
    plain = {"venue": "v", "instruments": [], "state_dir": "s", "cash": {"USD": "0.1"}}
    settings = structure(plain | {"maker_fee_rate": "-0.0001"}, PaperSettings)
    assert settings.rules.maker_fee_rate == Decimal("-0.0001")
    assert settings.rules.taker_fee_rate is None
    assert settings.rules.cash == {"USD": Decimal("0.1")}
    assert settings.journal_file == Path("s/paper/v.journal")


async def test_no_network_connection_is_ever_opened(stage, tmp_path):
    """From start to fill the process has Unix sockets only (T-086)."""
    before = len(psutil.Process().net_connections("inet"))
    async with (
        router_of(stage) as router,
        a_market(stage) as market,
        a_paper(stage, tmp_path),
    ):
        market.open()
        await reconcile(router)
        submit(router, price=None)
        await router.hears(Fill)
        assert len(psutil.Process().net_connections("inet")) == before
