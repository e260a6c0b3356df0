"""The strategy's process: greeting, starting, repeating, saving, ending; on a real bus."""

import json
from contextlib import suppress
from decimal import Decimal

import attrs
import pytest
import trio

from actors import strategy
from engine.bus.keys import generate
from engine.clock import SystemClock
from engine.errors import ConfigError, UnknownPeer
from engine.messages.control import ActorState
from engine.messages.market import InstrumentDefinition, Quote
from engine.messages.orders import (
    CancelIntent,
    ReportSeen,
    SnapshotPart,
    StrategyHello,
    SubmitIntent,
    VenueState,
)
from engine.model.enums import (
    ExecType,
    Lifecycle,
    Mode,
    OrdType,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.strategy import prerequisites
from tests.kit.bus import Stage, a_stage
from tests.kit.market import BTC, definition, quote
from tests.kit.strategies import acting, context_of, publishing, routing, status, trading
from tests.kit.waiting import deadline_s, until
from tests.unit.strategy.test_host import report


@pytest.fixture
def stage():
    with a_stage() as stage:
        yield stage


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Everything that is repeated is repeated soon."""
    monkeypatch.setattr(strategy, "REPEAT_INTERVAL_S", 0.03)
    monkeypatch.setattr(strategy, "GREETING_INTERVAL_S", 0.01)
    monkeypatch.setattr(strategy, "FAREWELL_S_MAX", 0.3)


def tick(bid: float) -> Quote:
    """A quote of this moment."""
    return quote(bid, bid + 0.1, at_ns=SystemClock().monotonic_ns())


def a_wish() -> SubmitIntent:
    """An order of an earlier boot."""
    return SubmitIntent(
        intent_id="alpha:6:1",
        strategy="alpha",
        boot=6,
        counter=1,
        instrument=BTC,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        quantity=Decimal(1),
        price=Decimal(100),
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        created_mono_ns=0,
        data_mono_ns=0,
        note="",
    )


def leaves(group: BaseExceptionGroup) -> list[BaseException]:
    found = []
    for error in group.exceptions:
        found += leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


# --- beginning -------------------------------------------------------------------------------------


async def test_it_greets_until_it_is_welcomed(stage: Stage):
    """A router that comes late, or does not answer, hears the hello again; one that answered does not."""
    async with acting(stage), publishing(stage), routing(stage, welcoming=False) as router:
        await until(lambda: len(router.heard(StrategyHello)) >= 3)
        hello = router.heard(StrategyHello)[0]
        assert (hello.strategy, hello.boot, hello.mode) == ("alpha", 7, Mode.PAPER)
        router.welcome(hello.boot)
        await until(lambda: len(router.heard(ReportSeen)) >= 2)
        count = len(router.heard(StrategyHello))
        seen = len(router.heard(ReportSeen))
        await until(lambda: len(router.heard(ReportSeen)) >= seen + 3)
        assert len(router.heard(StrategyHello)) == count


async def test_a_welcome_for_another_boot_is_not_for_us(stage: Stage):
    """What the router still says to a dead predecessor does not count as an answer."""
    async with routing(stage, welcoming=False) as router, acting(stage):
        await until(lambda: router.heard(StrategyHello))
        router.welcome(boot=6)
        count = len(router.heard(StrategyHello))
        await until(lambda: len(router.heard(StrategyHello)) >= count + 3)
        assert not router.heard(ReportSeen)
        router.welcome(boot=7)
        await until(lambda: router.heard(ReportSeen))


async def test_it_starts_when_definitions_and_router_are_there(stage: Stage):
    """In either order: without both, the plugin is not started and the actor not in service."""
    async with (
        routing(stage, welcoming=False) as router,
        publishing(stage, defined=False) as publisher,
        acting(stage) as actor,
    ):
        await until(lambda: router.heard(StrategyHello))
        router.welcome(7)
        await until(lambda: len(router.heard(ReportSeen)) >= 2)
        assert actor.plugin is None
        assert not actor.is_ready
        publisher.publish(definition())
        await until(lambda: actor.is_ready)
        assert actor.calls("start") == [({},)]


async def test_it_does_not_start_before_the_welcome(stage: Stage):
    """Orders and positions of an earlier life come with the welcome: on_start may rely on them."""
    async with (
        routing(stage, welcoming=False) as router,
        publishing(stage) as publisher,
        acting(stage) as actor,
    ):
        await until(lambda: publisher.is_demanded(InstrumentDefinition, BTC))
        await until(lambda: len(router.heard(StrategyHello)) >= 3)
        assert actor.plugin is None
        router.welcome(7)
        await until(lambda: actor.is_ready)


async def test_a_snapshot_with_a_hole_is_asked_for_again(stage: Stage):
    """A strategy that does not know all its orders must not begin: some would have no owner."""
    wish = a_wish()
    part = SnapshotPart(strategy="alpha", orders=(report(wish, 0, ExecType.STATUS),))
    async with (
        routing(stage, welcoming=False) as router,
        publishing(stage),
        acting(stage) as actor,
    ):
        await until(lambda: router.heard(StrategyHello))
        router.welcome(7, orders=2, parts=(part,))
        count = len(router.heard(StrategyHello))
        await until(lambda: len(router.heard(StrategyHello)) >= count + 3)
        assert actor.plugin is None
        assert "snapshot_incomplete" in [line["event"] for line in actor.lines.entries]
        other = report(attrs.evolve(wish, intent_id="alpha:6:2"), 0, ExecType.STATUS)
        router.welcome(7, orders=2, parts=(part, attrs.evolve(part, orders=(other,))))
        await until(lambda: actor.is_ready)
        assert actor.gauges["open_orders"] == 2


async def waiting_for(actor, words: str) -> None:
    """In service, and the operator is told what is missing."""
    told = (ActorState.DEGRADED, words)
    await until(lambda: actor.context.current_state == told, what=words)


async def test_who_waits_is_in_service_and_says_for_what(stage: Stage):
    """A router or venue that is away is no fault of the strategy: it must not be restarted for it."""
    async with acting(stage) as actor:
        definitions = f"waits for the definition of {BTC}"
        await waiting_for(actor, f"waits for the router; {definitions}")
        async with routing(stage):
            await waiting_for(actor, definitions)
            async with publishing(stage):
                await until(lambda: actor.context.current_state == (ActorState.READY, ""))
                assert actor.calls("start")


async def test_an_instrument_that_the_venue_does_not_list_is_named(stage: Stage, monkeypatch):
    """Only the word of a session that is ready and heard counts; a definition still cures it."""
    monkeypatch.setattr(prerequisites, "DEFINITIONS_WITHIN_S", 0.0)
    async with routing(stage), acting(stage) as actor:
        unlisted = f"wooxpro does not list {BTC}: correct the strategy's instruments"
        async with publishing(stage, defined=False, ready=False) as publisher:
            publisher.publish(status(VenueStateWord.CONNECTING))
            await waiting_for(actor, f"waits for the definition of {BTC}")
            publisher.publish(status(VenueStateWord.READY))
            await waiting_for(actor, unlisted)
        await waiting_for(actor, f"waits for the definition of {BTC}")
        async with publishing(stage, boot=2, defined=False) as publisher:
            await waiting_for(actor, unlisted)
            publisher.publish(definition())
            await until(lambda: actor.is_ready)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"class": "strategies.nothing:X"}, "alpha.class"),
        ({"parameters": {"fial_in": "x"}}, "fail_in"),
        ({"conflate": "no"}, "conflate"),
    ],
)
async def test_settings_that_cannot_be_used_end_it(stage: Stage, settings, where):
    """The supervisor learns that a restart would not help: a ConfigError, before anything is sent."""
    async with stage.bus("strategy.alpha", 7) as bus:
        context, _ = context_of(bus, stage.run_dir, boot=7, **settings)
        with pytest.raises(ConfigError, match=where):
            await strategy.run(context)


# --- orders ----------------------------------------------------------------------------------------


async def test_an_intent_is_repeated_until_it_is_journaled(stage: Stage):
    """The very same message again and again, so that the router can recognise it; then never more."""
    async with trading(stage) as (actor, router, publisher):
        router.journaling = False
        actor.plugin.on_quote = lambda q: actor.plugin.buy(q.instrument, 1, 100)
        publisher.publish(tick(100.0))
        await until(lambda: len(router.heard(SubmitIntent)) >= 3)
        assert len(set(router.heard(SubmitIntent))) == 1
        router.journal(router.heard(SubmitIntent)[0])
        await until(lambda: actor.plugin.orders()[0].client_order_id == "c1")
        count, seen = len(router.heard(SubmitIntent)), len(router.heard(ReportSeen))
        await until(lambda: len(router.heard(ReportSeen)) >= seen + 3)
        assert len(router.heard(SubmitIntent)) <= count + 1  # one may have been under way


async def test_reports_reach_the_plugin_and_are_acknowledged(stage: Stage):
    """Acceptance and fill, each told once; the router hears how far they were handled."""
    async with trading(stage) as (actor, router, publisher):
        actor.plugin.on_quote = lambda q: actor.plugin.buy(q.instrument, 1, 100)
        publisher.publish(tick(100.0))
        await until(lambda: router.heard(SubmitIntent))
        (intent,) = set(router.heard(SubmitIntent))
        accepted = report(intent, 1, ExecType.NEW)
        filled = report(intent, 2, ExecType.TRADE, lifecycle=Lifecycle.FILLED, last_qty=Decimal(1))
        router.send(accepted, accepted, filled)
        await until(lambda: router.said[-1] == ReportSeen(strategy="alpha", boot=7, through=2))
        assert actor.calls("fill") == [(intent.intent_id, Decimal(1))]
        assert [state for _, state in actor.calls("order")] == ["open", "filled"]
        assert actor.gauges["host_fills"] == 1
        assert actor.gauges["open_orders"] == 0


async def test_reports_are_acknowledged_soon(stage: Stage, monkeypatch):
    """Long before the next sign of life: what is not is told to the next process again."""
    async with trading(stage) as (_, router, _):
        await until(lambda: router.heard(ReportSeen))
        monkeypatch.setattr(strategy, "REPEAT_INTERVAL_S", 3_600.0)
        seen = len(router.heard(ReportSeen))
        await until(lambda: len(router.heard(ReportSeen)) > seen)
        router.send(report(a_wish(), 1, ExecType.NEW), report(a_wish(), 2, ExecType.STATUS))
        await until(lambda: router.heard(ReportSeen)[-1].through == 2)


async def test_the_last_words_acknowledge_what_was_told(stage: Stage, monkeypatch):
    """A strategy that is restarted in an orderly way hears nothing twice."""
    monkeypatch.setattr(strategy, "ACKNOWLEDGE_WITHIN_S", 3_600.0)
    async with trading(stage) as (actor, router, _):
        await until(lambda: router.heard(ReportSeen))
        monkeypatch.setattr(strategy, "REPEAT_INTERVAL_S", 3_600.0)
        seen = len(router.heard(ReportSeen))
        await until(lambda: len(router.heard(ReportSeen)) > seen)
        router.send(report(a_wish(), 1, ExecType.NEW))
        await until(lambda: actor.calls("order"))
        assert router.heard(ReportSeen)[-1].through == 0
        actor.plugin.on_stop = lambda: actor.plugin.buy(BTC, 1, 100)
        await actor.stop()
        await until(lambda: router.heard(ReportSeen)[-1].through == 1)


async def test_a_hole_in_the_reports_is_asked_for(stage: Stage):
    """A report that came before its predecessor is not shown; the router is greeted again."""
    async with trading(stage) as (actor, router, publisher):
        actor.plugin.on_quote = lambda q: actor.plugin.buy(q.instrument, 1, 100)
        publisher.publish(tick(100.0))
        await until(lambda: router.heard(SubmitIntent))
        intent, hellos = router.heard(SubmitIntent)[0], len(router.heard(StrategyHello))
        filled = report(intent, 2, ExecType.TRADE, lifecycle=Lifecycle.FILLED, last_qty=Decimal(1))
        router.send(filled)
        await until(lambda: len(router.heard(StrategyHello)) > hellos)
        assert router.heard(StrategyHello)[-1].report_seen == 0
        router.send(report(intent, 1, ExecType.NEW), filled)
        await until(lambda: actor.calls("fill"))
        assert [state for _, state in actor.calls("order")] == ["open", "filled"]


async def test_a_new_router_is_greeted_and_hears_what_is_open(stage: Stage):
    """Told by the supervisor, once it is in service; until its welcome nothing else is sent to it."""
    async with trading(stage) as (actor, router, publisher):
        router.journaling = router.welcoming = False
        actor.plugin.on_quote = lambda q: actor.plugin.buy(q.instrument, 1, 100)
        publisher.publish(tick(100.0))
        await until(lambda: router.heard(SubmitIntent))
        first, seen = router.heard(SubmitIntent)[0], len(router.heard(ReportSeen))
        hellos = len(router.heard(StrategyHello))
        actor.router_is(100)
        actor.router_is(200, ActorState.STARTING)
        await until(lambda: len(router.heard(ReportSeen)) > seen + 2)
        assert len(router.heard(StrategyHello)) == hellos
        router.boot = 200
        actor.router_is(200)
        await until(lambda: len(router.heard(StrategyHello)) > hellos)
        router.said.clear()
        publisher.publish(tick(101.0))
        await until(lambda: len(actor.plugin.orders()) == 2)
        await until(lambda: len(router.heard(StrategyHello)) >= 2)
        assert set(map(type, router.said)) == {StrategyHello}
        router.welcome(7)
        await until(lambda: len(set(router.heard(SubmitIntent))) == 2)
        assert router.heard(SubmitIntent)[0] == first


async def test_an_answer_of_another_router_gives_it_away(stage: Stage):
    """Also when the supervisor's word is late: whoever confirms under another boot is greeted."""
    async with trading(stage) as (actor, router, publisher):
        actor.plugin.on_quote = lambda q: actor.plugin.buy(q.instrument, 1, 100)
        hellos = len(router.heard(StrategyHello))
        router.boot = 200
        publisher.publish(tick(100.0))
        await until(lambda: len(router.heard(StrategyHello)) > hellos)
        await until(lambda: isinstance(router.said[-1], ReportSeen))


async def test_a_router_that_dies_and_comes_back_is_found(stage: Stage):
    """The actor lives on without a router, and its wishes of that time arrive at the next one."""
    async with publishing(stage) as publisher, acting(stage) as actor:
        async with routing(stage, boot=100):
            await until(lambda: actor.is_ready)
        actor.plugin.on_quote = lambda q: actor.plugin.buy(q.instrument, 1, 100)
        publisher.publish(tick(100.0))
        await until(actor.plugin.orders)
        async with routing(stage, boot=101) as router:
            actor.router_is(101)
            await until(lambda: router.heard(SubmitIntent))
            assert router.heard(StrategyHello)


# --- market data -------------------------------------------------------------------------------------


async def test_a_timer_set_in_a_quote_fires(stage: Stage):
    """A callback that wants nothing but a timer is heard."""
    async with trading(stage) as (actor, _, publisher):
        actor.plugin.on_quote = lambda _: actor.plugin.schedule("soon", 0.01)
        publisher.publish(tick(100.0))
        await until(lambda: actor.calls("timer") == [("soon",)])


async def test_an_earlier_timer_does_not_wait_for_a_later_one(stage: Stage):
    """The wait is for the nearest of all timers, also when it was armed last."""
    async with trading(stage) as (actor, _, publisher):
        actor.plugin.on_quote = lambda _: actor.plugin.schedule("soon", 0.01)
        actor.plugin.on_venue_status = lambda *_: actor.plugin.schedule("late", 3600.0)
        publisher.publish(tick(100.0))
        await until(lambda: actor.calls("timer") == [("soon",)])


@pytest.mark.parametrize("conflate", [False, True])
async def test_every_quote_is_shown_when_it_is_wanted(stage: Stage, conflate):
    """With `conflate` off nothing is skipped; with it on the newest comes for sure."""
    async with trading(stage, conflate=conflate) as (actor, _, publisher):
        for price in range(1, 101):
            publisher.publish(tick(float(price)))
        await until(lambda: actor.calls("quote")[-1:] == [(100.0,)])
        shown = [price for (price,) in actor.calls("quote")]
        assert shown == sorted(set(shown))
        if not conflate:
            assert len(shown) == 100


async def test_data_of_a_session_without_its_venue_is_stale(stage: Stage):
    """Told in words of the strategy; good again when the session is connected again."""
    async with trading(stage) as (actor, _, publisher):
        publisher.publish(status(VenueStateWord.CONNECTING))
        await until(lambda: actor.calls("stale") == [(BTC, False)])
        publisher.publish(status(VenueStateWord.READY))
        await until(lambda: actor.calls("stale") == [(BTC, False), (BTC, True)])


async def test_who_starts_in_an_outage_knows_it(stage: Stage):
    """The last quote that a late joiner gets is not taken for the present."""
    async with routing(stage), publishing(stage, ready=False) as publisher:
        publisher.publish(tick(100.0))
        publisher.publish(status(VenueStateWord.DISCONNECTED))
        async with acting(stage) as actor:
            await until(lambda: actor.is_ready)
            await until(lambda: actor.plugin.quote(BTC) and actor.plugin.is_stale(BTC))


async def test_a_session_that_dies_makes_data_stale_until_the_next(stage: Stage):
    """The reader notices the end of the connection; data of the next boot is good again."""
    async with routing(stage), acting(stage) as actor:
        async with publishing(stage, boot=1) as publisher:
            await until(lambda: publisher.is_demanded(Quote, BTC))
            publisher.publish(tick(100.0))
            await until(lambda: actor.calls("quote"))
        await until(lambda: actor.plugin.is_stale(BTC))
        async with publishing(stage, boot=2) as publisher:
            await until(lambda: publisher.is_demanded(Quote, BTC))
            publisher.publish(tick(100.0))
            await until(lambda: not actor.plugin.is_stale(BTC))
            assert actor.calls("stale") == [(BTC, False), (BTC, True)]


# --- what the strategy wants -------------------------------------------------------------------------


async def test_saved_state_comes_back(stage: Stage):
    """What one process saved, the next finds at its start."""
    async with trading(stage) as (actor, _, publisher):
        actor.plugin.on_quote = lambda q: actor.plugin.save(level=q.bid_price)
        publisher.publish(tick(100.0))
        file = stage.run_dir / "state" / "strategies" / "alpha.json"
        await until(file.exists)
        assert json.loads(file.read_text())["state"] == {"level": 100.0}
    async with trading(stage, boot=8) as (actor, _, _):
        assert actor.calls("start") == [({"level": 100.0},)]


async def test_a_damaged_saved_state_ends_it(stage: Stage):
    """Better no strategy than one that has forgotten what it knew."""
    file = stage.run_dir / "state" / "strategies" / "alpha.json"
    file.parent.mkdir(parents=True)
    file.write_text("{")
    async with stage.bus("strategy.alpha", 7) as bus:
        context, _ = context_of(bus, stage.run_dir / "state", boot=7)
        with pytest.raises(ConfigError, match=r"alpha\.json"):
            await strategy.run(context)


async def test_heavy_work_comes_back_by_callback(stage: Stage):
    """A result, or the error in words; the loop goes on meanwhile."""
    async with trading(stage) as (actor, _, publisher):
        started, go = trio.Event(), trio.Event()

        def work(x: int) -> float:
            trio.from_thread.run_sync(started.set)
            trio.from_thread.run(go.wait)
            return 1 / x

        actor.plugin.on_venue_status = lambda *_: None
        actor.plugin.on_quote = lambda q: actor.plugin.offload(work, int(q.bid_price), name="w")
        publisher.publish(tick(2.0))
        await until(started.is_set)
        publisher.publish(tick(0.0))
        go.set()
        await until(lambda: len(actor.calls("offloaded")) == 2)
        assert set(actor.calls("offloaded")) == {
            ("w", 0.5, ""),
            ("w", None, "ZeroDivisionError: division by zero"),
        }
        (line,) = [e for e in actor.lines.entries if e["event"] == "offloaded_work_failed"]
        assert (line["work"], type(line["exc_info"])) == ("w", ZeroDivisionError)


async def test_a_log_line_is_written(stage: Stage):
    """With its fields, apart from those of the engine."""
    async with trading(stage) as (actor, _, publisher):
        actor.plugin.on_quote = lambda q: actor.plugin.log("hello", price=q.bid_price, event="e")
        publisher.publish(tick(100.0))
        await until(lambda: any(line["event"] == "hello" for line in actor.lines.entries))
        line = next(line for line in actor.lines.entries if line["event"] == "hello")
        assert (line["by"], line["price"], line["x_event"]) == ("strategy", 100.0, "e")


async def test_numbers_travel(stage: Stage):
    """What status displays show is counted and ready for JSON."""
    async with trading(stage) as (actor, _, publisher):
        publisher.publish(tick(100.0))
        await until(lambda: actor.gauges["host_callbacks"] == 1)
        assert actor.gauges["market_messages"] >= 3
        assert actor.gauges["callback_us_max"] > 0
        assert actor.gauges["lost"] == 0


# --- ending ------------------------------------------------------------------------------------------


async def test_an_orderly_end_waits_for_the_last_words(stage: Stage):
    """on_stop may still ask for something; the process ends once the router has it."""
    async with trading(stage) as (actor, router, publisher):
        order = actor.plugin.buy(BTC, 1, 100)
        publisher.publish(tick(100.0))
        await until(lambda: order.client_order_id)
        router.journaling = False
        actor.plugin.on_stop = lambda: actor.plugin.cancel(order)
        actor.context.stop.set()
        await until(lambda: router.heard(CancelIntent))
        assert not actor.ended.is_set()
        router.journal(router.heard(CancelIntent)[0])
        await until(actor.ended.is_set)


async def test_it_is_not_started_again_while_it_ends(stage: Stage):
    """Market data that comes during the farewell finds a strategy that is over."""
    async with trading(stage) as (actor, router, publisher):
        router.journaling = False
        actor.plugin.on_stop = lambda: actor.plugin.buy(BTC, 1, 100)
        actor.context.stop.set()
        await until(lambda: router.heard(SubmitIntent))
        received = actor.gauges["market_messages"]
        publisher.publish(definition())
        await until(lambda: actor.gauges["market_messages"] > received)
        await until(actor.ended.is_set)
        assert len(actor.calls("start")) == 1


async def test_an_orderly_end_waits_only_so_long(stage: Stage):
    """A router that does not answer does not keep the process alive."""
    async with trading(stage) as (actor, router, _):
        router.journaling = False
        actor.plugin.on_stop = lambda: actor.plugin.buy(BTC, 1, 100)
        await actor.stop()
        assert router.heard(SubmitIntent)


async def test_an_end_before_the_start_is_quiet(stage: Stage):
    """Without router and data there is nothing to say goodbye to."""
    async with acting(stage) as actor:
        await actor.stop()
        assert actor.plugin is None


async def test_state_saved_at_the_end_is_kept(stage: Stage):
    """on_stop is the natural place to save."""
    async with trading(stage) as (actor, _, _):
        actor.plugin.on_stop = lambda: actor.plugin.save(done=True)
        await actor.stop()
    file = stage.run_dir / "state" / "strategies" / "alpha.json"
    assert json.loads(file.read_text())["state"] == {"done": True}


@pytest.mark.parametrize("callback", ["start", "quote", "timer", "offloaded", "venue", "stop"])
async def test_what_a_callback_raises_ends_the_process(stage: Stage, callback):
    """The exception itself leaves `run`, so that the supervisor can say what it was."""
    with pytest.raises(BaseExceptionGroup) as caught:
        await live_and_fail(stage, callback)

    (error,) = leaves(caught.value)
    assert str(error) == f"told to fail in {callback}"


async def live_and_fail(stage: Stage, callback: str) -> None:
    """Bring about every callback; one of them raises."""
    async with (
        routing(stage) as router,
        publishing(stage) as publisher,
        acting(stage, parameters={"fail_in": callback}) as actor,
    ):
        await until(lambda: actor.is_ready)
        if callback == "timer":
            actor.plugin.on_quote = lambda _: actor.plugin.schedule("t", 0.0)
        if callback == "offloaded":
            actor.plugin.on_quote = lambda _: actor.plugin.offload(len, "x")
        await until(lambda: publisher.is_demanded(Quote, BTC))
        publisher.publish(tick(100.0))
        router.send(VenueState(venue="wooxpro", state=VenueStateWord.READY, reason=""))
        if callback == "stop":
            actor.context.stop.set()
        await trio.sleep(deadline_s(10))


async def test_a_strategy_with_a_foreign_key_is_never_welcomed(stage: Stage):
    """Its name alone opens no door: without the key the router does not even hear of it."""
    async with routing(stage) as router, publishing(stage):
        stage.keys["strategy.alpha"] = generate()
        async with acting(stage) as actor:
            await until(lambda: stage.alerts, what="the refusal is noticed")
            assert not actor.is_ready
            assert router.said == []
            with suppress(UnknownPeer):
                router.send(status(VenueStateWord.READY))


DEAF = """
from engine.strategy import Strategy

class Deaf(Strategy):
    def on_start(self):
        self.schedule("later", 0.0)

    def on_timer(self, name):
        self.subscribe_quotes(self.instruments[0])

    def on_quote(self, quote):
        pass
"""


async def test_a_strategy_that_looks_wrong_says_so_until_it_looks_right(stage: Stage, tmp_path):
    """In service all the same, with the reason in status and log; gone with the subscription."""
    (tmp_path / "deaf.py").write_text(DEAF)
    given = {"folder": str(tmp_path), "class": "deaf:Deaf"}
    async with routing(stage), publishing(stage), acting(stage, **given) as actor:
        await until(lambda: actor.context.current_state == (ActorState.READY, ""))
        (line,) = [line for line in actor.lines.entries if line["event"] == "strategy_looks_wrong"]
        assert line["text"] == "on_quote is not called: no subscribe_quotes yet"
