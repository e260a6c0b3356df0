"""A strategy's process: one plugin between the market data of its venues and the router.

Owns: the plugin object and its host, one reader per feed, the connection to the router, the saved
state. In: market data, the router's reports. Out: intents, repeated until the router confirms them,
and `ReportSeen` soon after reports and once a second, which is also the heartbeat. Callbacks run in the main loop: a callback
that hangs silences the heartbeat to the supervisor, which then kills this process and no other.

While the router or a venue is away the plugin waits for its start; that is no fault of this process,
so it is in service (degraded, with what it waits for) from the moment its plugin is built.
"""

from collections.abc import Mapping
from pathlib import Path

import attrs
import trio

from actors.context import ActorContext
from actors.offloading import Offloading
from engine.bus.reader import MarketReader
from engine.bus.track import Fresh, Lost, Stale
from engine.drill.flooding import flooding
from engine.drill.marketnotes import MarketNotes
from engine.drill.notes import noting_reports
from engine.errors import BusError
from engine.messages.codec import decode, encode
from engine.messages.control import IN_SERVICE, ActorState, PeerReport
from engine.messages.market import InstrumentDefinition, MarketStale, MarketStatus
from engine.messages.orders import (
    IntentJournaled,
    PositionReport,
    ReportSeen,
    SnapshotEnd,
    SnapshotPart,
    StrategyHello,
    StrategyWelcome,
)
from engine.model.enums import Mode
from engine.model.feeds import FeedMap
from engine.settings.converter import structure
from engine.strategy.host import StrategyHost
from engine.strategy.loading import load_class, load_parameters
from engine.strategy.logline import fields_of
from engine.strategy.outbox import LogLine, Offload, SaveState, Subscribe, ToRouter, Unsubscribe
from engine.strategy.prerequisites import Prerequisites
from engine.strategy.savedstate import load_saved, store_saved
from engine.strategy.twins import Twins

NS_PER_S = 1_000_000_000

REPEAT_INTERVAL_S = 1.0
"""How often unconfirmed intents, an unanswered hello and the heartbeat are sent again."""

GREETING_INTERVAL_S = 0.1
"""How often a router that is not there is looked for; found soon, a restart of it costs little."""

ACKNOWLEDGE_WITHIN_S = 0.05
"""How long a handled report waits for others to be acknowledged with: what a process that dies has not
acknowledged is told to the next one again."""

FAREWELL_S_MAX = 1.0
"""How long an orderly end waits for the router to confirm the last intents; within the grace of 2 s."""


@attrs.frozen(kw_only=True)
class StrategySettings:
    """What the tree tells this process; the keys of `[[strategies]]` and where things are.

    `feeds` names the feed of those instruments whose venue has several (`engine.model.feeds`),
    `twins` the instrument to trade for one that is watched (`engine.strategy.twins`).
    """

    name: str
    class_: str
    folder: str
    state_dir: str
    instruments: tuple[str, ...]
    parameters: Mapping[str, object] = attrs.field(factory=dict)
    mode: Mode = Mode.PAPER
    conflate: bool = True
    feeds: Mapping[str, str] = attrs.field(factory=dict)
    twins: Mapping[str, str] = attrs.field(factory=dict)


class StrategyActor:
    """Carries messages between the bus and the host."""

    def __init__(self, context: ActorContext, settings: StrategySettings) -> None:
        self.context = context
        self.settings = settings
        self.feeds = FeedMap(settings.feeds)
        self.saved_file = Path(settings.state_dir) / "strategies" / f"{settings.name}.json"
        self.host = StrategyHost(
            settings.name,
            context.boot,
            settings.instruments,
            saved=load_saved(self.saved_file),
            feeds=self.feeds,
            twins=Twins(settings.twins),
        )
        cls = load_class(settings.class_, Path(settings.folder), path=f"{settings.name}.class")
        parameters = load_parameters(cls, settings.parameters, path=f"{settings.name}.parameters")
        self.host.create(cls, parameters)
        self.router = context.bus.connect_dealer("strategies")
        self.readers: dict[str, MarketReader] = {}
        self.prerequisites = Prerequisites(self.feeds)
        self.welcomed = False
        self._hear = noting_reports(
            context.points, context.run_dir, self.host, settings.name, context.boot
        )
        self._notes = MarketNotes.wanted(
            context.points,
            context.run_dir,
            context.clock,
            settings.name,
            context.boot,
            feeds=self.feeds,
        )
        take = flooding(context.points, self.host)
        self._wishes = self._notes.wishes(take) if self._notes else take
        self.router_boot = 0
        self._in_snapshot = False
        self._owed_orders = self._owed_positions = 0
        self.lost_messages = 0
        self._acknowledged = -1
        self._handled = trio.Event()
        self.callback_us_max = 0.0
        self._offloading = Offloading(context.log, Path(settings.folder), self._offloaded)
        self._nursery: trio.Nursery | None = None
        self._timers_changed = trio.Event()
        self._armed_ns: int | None = None
        self._heard = trio.Event()

    async def run(self) -> None:
        """Serve until asked to stop."""
        self.context.gauge(self.gauges)
        self.context.queues(self.host.queues)
        self.context.watch(self.on_peer)
        self._start_when_complete()
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            for feed in sorted({self.feeds.of(name) for name in self.settings.instruments}):
                nursery.start_soon(self._open_reader(feed).run)
            nursery.start_soon(self.router.pump, self.on_router)
            nursery.start_soon(self._repeat)
            nursery.start_soon(self._acknowledge)
            nursery.start_soon(self._run_timers)
            await self.context.stop.wait()
            await self._farewell()
            nursery.cancel_scope.cancel()

    def gauges(self) -> Mapping[str, object]:
        """Numbers for status displays."""
        stats = [reader.stats for reader in self.readers.values()]
        return {
            **{f"host_{key}": value for key, value in self.host.counters.items()},
            "open_orders": self.host.open_orders(),
            "market_messages": sum(one.received for one in stats),
            "conflated": sum(one.conflated for one in stats),
            "gaps": sum(one.gaps for one in stats),
            "lost": self.lost_messages,
            "callback_us_max": round(self.callback_us_max, 1),
        }

    # --- market data ---------------------------------------------------------------------------

    def _open_reader(self, feed: str) -> MarketReader:
        notes = self._notes
        on_market = self.context.points.around(self.on_market, before="before_callback")
        reader = MarketReader(
            self.context.bus,
            feed,
            clock=self.context.clock,
            on_message=notes.messages(on_market) if notes else on_market,
            on_stale=notes.events(self.on_stale) if notes else self.on_stale,
            on_fresh=notes.events(self.on_fresh) if notes else self.on_fresh,
            on_lost=notes.events(self.on_lost) if notes else self.on_lost,
        )
        self.readers[feed] = reader
        self.context.queues(reader.queues)
        reader.subscribe(MarketStatus, feed.upper())
        for name in self.settings.instruments:
            if self.feeds.of(name) == feed:
                reader.subscribe(InstrumentDefinition, name)
                reader.subscribe(MarketStale, name)
        return reader

    def on_market(self, message: object) -> None:
        """One message of a feed: straight into the host, and its wishes straight out."""
        clock = self.context.clock
        before_ns = clock.monotonic_ns()
        if isinstance(message, MarketStatus):
            self.prerequisites.told(message, before_ns)
        self.host.handle(message, before_ns, clock.wall_ns())
        if self.host.wishes or self.host.deadline() != self._armed_ns:
            self._carry_out()
        spent_us = (clock.monotonic_ns() - before_ns) / 1e3
        self.callback_us_max = max(self.callback_us_max, spent_us)
        if not self.host.started:
            self._start_when_complete()

    def on_stale(self, event: Stale) -> None:
        """A topic is not to be trusted; definitions do not age."""
        if event.cls is not InstrumentDefinition:
            self._tell_belief(event, fresh=False)

    def on_fresh(self, event: Fresh) -> None:
        """A topic is to be trusted again."""
        if event.cls is not InstrumentDefinition:
            self._tell_belief(event, fresh=True)

    def _tell_belief(self, event: Stale | Fresh, *, fresh: bool) -> None:
        clock = self.context.clock
        mono_ns = clock.monotonic_ns()
        if event.cls is MarketStatus:
            self.prerequisites.linked(event.instrument.lower(), mono_ns, fresh=fresh)
        self.host.doubted(
            event.instrument,
            event.cls.__name__.lower(),
            fresh=fresh,
            mono_ns=mono_ns,
            wall_ns=clock.wall_ns(),
        )
        self._carry_out()

    def on_lost(self, event: Lost) -> None:
        """Messages are gone for ever: counted and logged, never silent."""
        self.lost_messages += event.count
        self.context.log.warning(
            "market_messages_lost",
            instrument=event.instrument,
            kind=event.cls.__name__,
            count=event.count,
        )

    # --- the router --------------------------------------------------------------------------------

    def on_router(self, batch: list[bytes]) -> None:
        """What the router says."""
        clock = self.context.clock
        for payload in batch:
            message = decode(payload)
            if not self._is_for_us(message):
                continue
            if isinstance(message, StrategyWelcome):
                self.router_boot = message.router_boot
            elif isinstance(message, IntentJournaled) and message.router_boot != self.router_boot:
                self._hello()
            self._hear(message, clock.monotonic_ns(), clock.wall_ns())
            if isinstance(message, SnapshotEnd):
                self._welcomed()
        if self.welcomed and self.host.misses_reports:
            self._hello()
        self._carry_out()
        if self.host.report_seen != self._acknowledged:
            self._handled.set()
        self._heard.set()

    def _is_for_us(self, message: object) -> bool:
        """Whether it counts: a snapshot only after the welcome of this boot, its end if it is whole.

        Without that end the router is greeted again.
        """
        if isinstance(message, StrategyWelcome):
            self._in_snapshot = message.boot == self.context.boot
            self._owed_orders, self._owed_positions = message.orders, message.positions
            return self._in_snapshot
        if isinstance(message, SnapshotPart):
            self._owed_orders -= len(message.orders)
        elif isinstance(message, PositionReport):
            self._owed_positions -= 1
        elif isinstance(message, SnapshotEnd):
            missing = max(self._owed_orders, self._owed_positions)
            if self._in_snapshot and missing > 0:
                self._in_snapshot = False
                self.context.log.warning("snapshot_incomplete", missing=missing)
            return self._in_snapshot
        return True

    def on_peer(self, report: PeerReport) -> None:
        """A router with a new boot must be greeted; it asks for nothing itself."""
        serving = report.kind == "router" and report.state in IN_SERVICE
        if serving and report.boot != self.router_boot:
            self._hello()

    def _hello(self) -> bool:
        self.welcomed = False
        return self._send(
            StrategyHello(
                strategy=self.settings.name,
                boot=self.context.boot,
                mode=self.settings.mode,
                report_seen=self.host.report_seen,
                journal=self.host.journal,
            )
        )

    def _welcomed(self) -> None:
        self.welcomed = True
        self._in_snapshot = False
        for intent in self.host.unconfirmed():
            self._send(intent)
        self._start_when_complete()

    def _start_when_complete(self) -> None:
        """Begin, once and never after the end, or tell the supervisor what it waits for."""
        if self.host.started or self.context.stop.is_set():
            return
        clock = self.context.clock
        waits_for = self.prerequisites.waits_for(
            self.host.missing(), clock.monotonic_ns(), welcomed=self.welcomed
        )
        waits_for = "; ".join(filter(None, (waits_for, *self.host.mismatches())))
        if waits_for:
            self.context.state(ActorState.DEGRADED, waits_for)
            return
        self.host.start(clock.monotonic_ns(), clock.wall_ns())
        self._carry_out()
        self._tell_ready()

    def _tell_ready(self) -> None:
        """In service, with what looks like a mistake in the strategy as the reason if there is any."""
        odd = "; ".join(self.host.oddities())
        if odd and (ActorState.READY, odd) != self.context.current_state:
            self.context.log.warning("strategy_looks_wrong", text=odd)
        self.context.state(ActorState.READY, odd)

    async def _repeat(self) -> None:
        """Greet until welcomed, repeat what is unconfirmed, acknowledge reports."""
        while True:
            wait_s = self._speak()
            await trio.sleep(wait_s)

    def _speak(self) -> float:
        """Say what is due; seconds until the next time."""
        self._start_when_complete()
        if not self.welcomed:
            # A hello that got out is answered by a whole snapshot: it is not repeated hastily.
            return REPEAT_INTERVAL_S if self._hello() else GREETING_INTERVAL_S
        self._repeat_intents()
        self._say_seen()
        return REPEAT_INTERVAL_S

    async def _acknowledge(self) -> None:
        """Tell the router soon what was handled, many reports at once when they come fast."""
        while True:
            await self._handled.wait()
            await trio.sleep(ACKNOWLEDGE_WITHIN_S)
            self._handled = trio.Event()
            if self.welcomed:
                self._say_seen()

    def _say_seen(self) -> None:
        through = self.host.report_seen
        seen = ReportSeen(strategy=self.settings.name, boot=self.context.boot, through=through)
        if self._send(seen):
            self._acknowledged = through

    def _repeat_intents(self) -> None:
        before_ns = self.context.clock.monotonic_ns() - int(REPEAT_INTERVAL_S * NS_PER_S)
        for intent in self.host.unconfirmed():
            if intent.created_mono_ns < before_ns:
                self._send(intent)

    def _send(self, message: object) -> bool:
        try:
            self.router.send(encode(message))
        except BusError:
            # Not sent: intents, hello and acknowledgement are all repeated.
            return False
        return True

    # --- what the strategy wants -----------------------------------------------------------------------

    def _carry_out(self) -> None:
        """Do what the strategy asked for, in order."""
        for wish in self._wishes():
            if isinstance(wish, ToRouter):
                if self.welcomed:
                    self._send(wish.message)
            else:
                self._carry_out_slow(wish)
        if self.host.deadline() != self._armed_ns:
            self._timers_changed.set()

    def _carry_out_slow(self, wish: object) -> None:
        match wish:
            case Subscribe(kind, instrument):
                self._reader_of(instrument).subscribe(
                    kind, instrument, conflate=self._conflates(kind)
                )
                if self.context.current_state[0] is ActorState.READY:
                    self._tell_ready()
            case Unsubscribe(kind, instrument):
                self._reader_of(instrument).unsubscribe(kind, instrument)
            case LogLine(event, fields):
                self.context.log.info(event, by="strategy", **fields_of(fields))
            case SaveState():
                store_saved(self.saved_file, wish)
            case Offload() if self._nursery is not None:
                self._nursery.start_soon(self._offloading.run, wish)

    def _conflates(self, kind: type) -> bool | None:
        """None leaves it to the kind; a strategy may insist on every message."""
        return None if self.settings.conflate or kind is InstrumentDefinition else False

    def _reader_of(self, instrument: str) -> MarketReader:
        return self.readers[self.feeds.of(instrument)]

    def _offloaded(self, name: str, result: object, error: str) -> None:
        clock = self.context.clock
        self.host.offloaded(name, result, error, clock.monotonic_ns(), clock.wall_ns())
        self._carry_out()

    async def _run_timers(self) -> None:
        clock = self.context.clock
        while True:
            self._timers_changed = trio.Event()
            deadline = self._armed_ns = self.host.deadline()
            with trio.move_on_after(_delay_s(deadline, clock.monotonic_ns())):
                await self._timers_changed.wait()
                continue
            self.host.due(clock.monotonic_ns(), clock.wall_ns())
            self._carry_out()

    async def _farewell(self) -> None:
        """Let the strategy say its last words, and the router confirm them."""
        clock = self.context.clock
        self.host.stop(clock.monotonic_ns(), clock.wall_ns())
        self._carry_out()
        if self.welcomed:
            self._say_seen()
        with trio.move_on_after(FAREWELL_S_MAX):
            while self.welcomed and self.host.unconfirmed():
                self._heard = trio.Event()
                await self._heard.wait()


def _delay_s(deadline_ns: int | None, now_ns: int) -> float:
    """Seconds until a deadline; none is infinitely far."""
    return float("inf") if deadline_ns is None else max(0.0, (deadline_ns - now_ns) / NS_PER_S)


async def run(context: ActorContext) -> None:
    """The process's life."""
    settings = structure(context.settings, StrategySettings, path=context.name)
    await StrategyActor(context, settings).run()
