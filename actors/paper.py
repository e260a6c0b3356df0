"""A venue on paper: stands where the trade session would stand and fills orders from the live market.

Owns: the paper account and its journal, a reader of each `market.<feed>`, one line to the router. In: the
router's commands, market data. Out: what a trade session would say. All decisions are
`engine.paper.PaperVenue`'s; here records are written and committed before the router hears of them,
so that the account survives this process. No network connection is ever opened. A journal that
cannot be written ends the process: nothing of the batch was told, the next boot goes on from the file.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import trio

from actors.context import ActorContext
from actors.folds import PAPER
from actors.paperjournal import PaperRecovered, recover_paper
from actors.upkeep import Upkeep, UpkeepSettings
from actors.venues import load
from engine.bus.reader import MarketReader
from engine.bus.track import Fresh, Lost, Stale
from engine.drill.paperwitness import note_effect
from engine.drill.witness import WitnessFile
from engine.messages.control import IN_SERVICE, ActorState, PeerReport
from engine.messages.market import (
    Book,
    InstrumentDefinition,
    MarketStale,
    MarketStatus,
    Quote,
    Trade,
)
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    QueryOrder,
    ReconcileDone,
    ReconcileRequest,
    ReplaceOrder,
    SessionHello,
    SessionRole,
    SessionState,
    SubmitOrder,
)
from engine.model.enums import Mode, VenueStateWord
from engine.model.feeds import feed_id_of
from engine.model.instrument import symbol_of
from engine.paper import Answer, PaperRules, PaperVenue, news_of, to_bytes
from engine.paper.sight import Sights
from engine.session.contract import Effects, Now
from engine.session.gate import Gate
from engine.session.orderside import OrderSide
from engine.session.uplink import Uplink
from engine.settings.converter import structure

FAREWELL_S_MAX = 1.0
"""How long an orderly end waits for requests on their way; within the grace of 3 s."""

_COMMANDS = (
    SubmitOrder,
    CancelOrder,
    ReplaceOrder,
    QueryOrder,
    CancelAllOrders,
    ReconcileRequest,
)
_VIEWS: dict[str, tuple[type, ...]] = {"book": (Book,), "quote": (Quote,), "": (Book, Quote)}
"""What a stream word of `MarketStale` casts doubt on."""


def _not_negative(_instance: object, attribute: Any, value: float) -> None:
    if value < 0:
        raise ValueError(f"{attribute.name} must not be negative")


@attrs.frozen(kw_only=True)
class PaperSettings:
    """What the tree gives a paper venue.

    Attributes:
        venue: folder name.
        package: dotted module that exports `VENUE`, for venues outside `actors/venues`.
        feeds: names of the venue's feeds that are started, for a venue with several; None for the only
            one of all others.
        instruments: what the engine trades there; their market data is read.
        state_dir: where the journal goes.
        latency_ms: time from a request's arrival to its effect.
        latency_jitter_ms: up to so much more, by a hash of the request and `seed`.
        cash: what the account began with, per currency.
        maker_fee_rate: in place of the instrument's own, when set.
        taker_fee_rate: in place of the instrument's own, when set.
        upkeep: when the journal gets a new segment and a snapshot.
        witness_file: for drills, where to note what arrived and what became of it; empty for nowhere.
    """

    venue: str
    instruments: tuple[str, ...]
    state_dir: str
    package: str = ""
    feeds: tuple[str, ...] | None = None
    latency_ms: float = attrs.field(default=5.0, validator=_not_negative)
    latency_jitter_ms: float = attrs.field(default=0.0, validator=_not_negative)
    cash: Mapping[str, Decimal] = attrs.field(factory=dict)
    maker_fee_rate: Decimal | None = None
    taker_fee_rate: Decimal | None = None
    seed: int = 1
    upkeep: UpkeepSettings = attrs.field(factory=UpkeepSettings)
    witness_file: str = ""

    @property
    def journal_file(self) -> Path:
        """The account's journal."""
        return Path(self.state_dir) / "paper" / f"{self.venue}.journal"

    @property
    def feed_ids(self) -> tuple[str, ...]:
        """The feeds to read."""
        names = ("",) if self.feeds is None else self.feeds
        return tuple(feed_id_of(self.venue, name) for name in names)

    @property
    def rules(self) -> PaperRules:
        """The same for the venue."""
        return PaperRules(
            latency_ms=self.latency_ms,
            latency_jitter_ms=self.latency_jitter_ms,
            seed=self.seed,
            maker_fee_rate=self.maker_fee_rate,
            taker_fee_rate=self.taker_fee_rate,
            cash=self.cash,
        )


class PaperActor:
    """Sockets, journal and clock around a paper venue."""

    def __init__(self, context: ActorContext, settings: PaperSettings) -> None:
        self.context = context
        self.settings = settings
        # The boot is in every id, so ids stay unique even if somebody deletes the journal.
        found = self._open_journal()
        self.journal = found.journal
        self.venue = PaperVenue(settings.rules, tag=f"{context.boot:x}", book=found.book)
        self.upkeep = Upkeep(
            self.journal, settings.upkeep, context.clock, context.log, fold=PAPER.name
        )
        self.sight = Sights(settings.feed_ids)
        self.word, self.reason = self.sight.state()
        self.uplink = self._open_uplink()
        # Orders with real money are refused here whatever the engine's mode is.
        self.gate = Gate(boot=context.boot, mode=Mode.PAPER)
        self.orders = OrderSide(self.venue, uplink=self.uplink, gate=self.gate)
        self.readers = [self._open_reader(feed) for feed in settings.feed_ids]
        self.lost_messages = 0
        self.witness = WitnessFile.wanted(settings.witness_file)
        self._sight_changed = trio.Event()
        self._timers_changed = trio.Event()
        self._armed_ns: int | None = None

    # --- making ----------------------------------------------------------------------------------

    def _open_journal(self) -> PaperRecovered:
        """Open and replay; what was passed over, or cut off by a crash, is logged."""
        settings, log = self.settings, self.context.log
        found = recover_paper(settings.journal_file, settings.cash, self.context.clock)
        log.info(
            "journal_open",
            file=settings.journal_file.name,
            records=found.journal.sequence,
            snapshot=found.snapshot_sequence,
        )
        for problem in found.problems:
            log.warning("journal_problem", problem=problem)
        if dropped := found.journal.recovered.dropped_bytes:
            log.warning("journal_tail_dropped", dropped_bytes=dropped)
        return found

    def _open_uplink(self) -> Uplink:
        context = self.context
        return Uplink(
            context.bus.connect_dealer("sessions"),
            SessionHello(
                session=context.name,
                venue=self.settings.venue,
                boot=context.boot,
                mode=Mode.PAPER,
                role=SessionRole.PAPER,
            ),
            on_welcome=self.on_welcome,
            on_command=self.on_command,
            on_missed=self.tell_again,
        )

    def _feed_of(self, instrument: str) -> str:
        """The id of the feed that an instrument's data comes over."""
        venue = self.settings.venue
        if self.settings.feeds is None:
            return venue
        feed = load(venue, self.settings.package).feed_of(symbol_of(instrument))
        return feed_id_of(venue, feed.name if feed else "")

    def _open_reader(self, feed: str) -> MarketReader:
        reader = MarketReader(
            self.context.bus,
            feed,
            clock=self.context.clock,
            on_message=self.on_market,
            on_stale=self.on_stale,
            on_fresh=self.on_fresh,
            on_lost=self.on_lost,
        )
        reader.subscribe(MarketStatus, feed.upper())
        # Orders may rest in instruments that the configuration does not name any more.
        names = {*self.settings.instruments, *self.venue.book.working_instruments()}
        for name in sorted(name for name in names if self._feed_of(name) == feed):
            for kind in (InstrumentDefinition, MarketStale, Book, Quote, Trade):
                reader.subscribe(kind, name)
        return reader

    # --- running ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until asked to stop; what rests stays in the journal."""
        context = self.context
        with self.journal:
            self._write(self.venue.resume(self.now()))
            context.gauge(self.gauges)
            context.watch(self.on_peer)
            self._tell_supervisor()
            async with trio.open_nursery() as nursery:
                for reader in self.readers:
                    nursery.start_soon(reader.run)
                nursery.start_soon(self._listen)
                nursery.start_soon(self._beat)
                nursery.start_soon(self._follow_sight)
                nursery.start_soon(self._run_timers)
                nursery.start_soon(self.upkeep.run)
                await context.stop.wait()
                await self._farewell()
                nursery.cancel_scope.cancel()

    async def _listen(self) -> None:
        clock, uplink = self.context.clock, self.uplink
        await uplink.pump(lambda batch: uplink.receive(batch, clock.monotonic_ns()))

    async def _beat(self) -> None:
        while True:
            self.uplink.beat(self.context.clock.monotonic_ns())
            self._tell_supervisor()  # the journal's upkeep may have got into trouble, or out of it
            await trio.sleep(self.uplink.interval_s)

    async def _run_timers(self) -> None:
        while True:
            self._timers_changed = trio.Event()
            self._armed_ns = self.venue.deadline()
            with trio.move_on_after(self._delay_s(self._armed_ns)):
                await self._timers_changed.wait()
                continue
            self.apply(self.venue.due(self.now()))

    def _delay_s(self, deadline_ns: int | None) -> float:
        if deadline_ns is None:
            return float("inf")
        return max(0.0, (deadline_ns - self.context.clock.monotonic_ns()) / 1e9)

    async def _farewell(self) -> None:
        """Take nothing new, and let what is on its way take effect."""
        self.orders.stop()
        with trio.move_on_after(FAREWELL_S_MAX):
            while (deadline_ns := self.venue.deadline()) is not None:
                await trio.sleep(self._delay_s(deadline_ns))
                self.apply(self.venue.due(self.now()))

    def gauges(self) -> Mapping[str, object]:
        """Numbers for status displays."""
        stats, book = [reader.stats for reader in self.readers], self.venue.book
        return {
            "venue": self.settings.venue,
            "state": self.word.value,
            "gate": self.gate.closed_because or "open",
            "refused": self.orders.refused,
            "latency_us": self.orders.tick_to_order.figures(),
            "router_silence_s": self.uplink.silence_s(self.context.clock.monotonic_ns()),
            "uplink_dropped": self.uplink.stats.dropped,
            "open_orders": len(book.orders),
            "requests_on_their_way": self.venue.in_transit,
            "fills": book.fills,
            "journal_records": self.journal.sequence,
            "snapshot_record": self.upkeep.snapshot_sequence,
            "market_messages": sum(one.received for one in stats),
            "conflated": sum(one.conflated for one in stats),
            "gaps": sum(one.gaps for one in stats),
            "lost": self.lost_messages,
        }

    # --- what the venue decides (the order side's carrier) ---------------------------------------

    def now(self) -> Now:
        """The moment, on both clocks."""
        clock = self.context.clock
        return Now(clock.monotonic_ns(), clock.wall_ns())

    def apply(self, effects: Effects) -> None:
        """Write first, then tell; and wake the timer when something takes effect earlier."""
        if effects:
            self._write(effects)
            for effect in effects:
                news = news_of(effect)
                if news is not None:
                    self.orders.report(news)
        deadline_ns = self.venue.deadline()
        if deadline_ns is not None and (self._armed_ns is None or deadline_ns < self._armed_ns):
            self._timers_changed.set()

    def _write(self, effects: Effects) -> None:
        bodies = [to_bytes(effect) for effect in effects if not isinstance(effect, Answer)]
        if bodies:
            self.journal.append_batch(bodies)
            self.journal.commit()
        if self.witness is not None:
            mono_ns = self.context.clock.monotonic_ns()
            for effect in effects:
                note_effect(self.witness, mono_ns, effect)

    # --- market data -----------------------------------------------------------------------------

    def on_market(self, message: Any) -> None:
        """One message of the venue's data session."""
        kind = message.__class__
        if kind is MarketStatus:
            if not self.sight.told(message):
                feed = message.instrument.lower()
                self.venue.blind(lambda name: self._feed_of(name) == feed)
            self._sight_changed.set()
        elif kind is MarketStale:
            self._doubted(message)
        else:
            self.apply(self.venue.on_market(message, self.now()))

    def _doubted(self, told: MarketStale) -> None:
        """The data session doubts its data, or has it anew; what it had before is void."""
        for kind in _VIEWS.get(told.stream, ()):
            if told.fresh:
                self.venue.believe(told.instrument, kind, "session")
            else:
                self.venue.doubt(told.instrument, kind, "session", void=True)

    def on_stale(self, event: Stale) -> None:
        """A topic is not to be trusted: it stays as it was last seen, but nothing trades on it."""
        if event.cls is MarketStatus:
            self.sight.gone(event.instrument.lower(), event.reason)
            self._sight_changed.set()
        elif event.cls in _VIEWS[""]:
            self.venue.doubt(event.instrument, event.cls, "bus")

    def on_fresh(self, event: Fresh) -> None:
        """A topic is to be trusted again."""
        if event.cls is MarketStatus:
            self.sight.back(event.instrument.lower())
            self._sight_changed.set()
        elif event.cls in _VIEWS[""]:
            self.venue.believe(event.instrument, event.cls, "bus")

    def on_lost(self, event: Lost) -> None:
        """Messages are gone for ever; a lost doubt may have been about anything shown before."""
        self.lost_messages += event.count
        if event.cls is MarketStale:
            for kind in _VIEWS[""]:
                self.venue.doubt(event.instrument, kind, "lost", void=True)
                self.venue.believe(event.instrument, kind, "lost")
        self.context.log.warning(
            "market_messages_lost",
            instrument=event.instrument,
            kind=event.cls.__name__,
            count=event.count,
        )

    async def _follow_sight(self) -> None:
        """Tell what became of the market data, once for all that came in one batch."""
        while True:
            await self._sight_changed.wait()
            self._sight_changed = trio.Event()
            state, reason = self.sight.state()
            if (state, reason) != (self.word, self.reason):
                self.word, self.reason = state, reason
                self.context.log.info("venue_state", state=state.value, reason=reason)
                self.orders.state(state, reason)
                self.tell_again()

    # --- what the router says --------------------------------------------------------------------

    def on_peer(self, report: PeerReport) -> None:
        """The supervisor's word on a router: a new one is greeted at once."""
        if report.kind == "router" and report.state in IN_SERVICE:
            self.uplink.router_seen(report.boot)

    def on_welcome(self, router_boot: int) -> None:
        """A router has taken us in."""
        self.context.log.info("router_welcome", router_boot=router_boot)
        self.gate.welcomed(router_boot)
        self.tell_again()

    def tell_again(self) -> None:
        """The state, to the router and to the supervisor."""
        self.uplink.send(
            SessionState(
                session="",
                venue=self.settings.venue,
                boot=0,
                sequence=0,
                state=self.word,
                reason=self.reason,
            )
        )
        self._tell_supervisor()

    def on_command(self, message: Any) -> None:
        """Anything else the router sends."""
        if isinstance(message, _COMMANDS):
            self.orders.command(message, self)
        elif isinstance(message, ReconcileDone):
            if self.orders.reconciled(message):
                self.context.log.info("reconciled", ok=message.ok, reason=message.reason)
                self._tell_supervisor()
        else:
            # Not worth a crash; the router's fault all the same.
            self.context.log.error("router_sent_nonsense", kind=type(message).__name__)

    def _tell_supervisor(self) -> None:
        # In service from the start: without market data it is degraded, not a failed start.
        live = self.word is VenueStateWord.RECONCILING
        trouble = self.gate.closed_because if live else f"{self.word}: {self.reason}"
        if not trouble and self.upkeep.trouble:
            trouble = f"journal: {self.upkeep.trouble}"
        self.context.state(ActorState.DEGRADED if trouble else ActorState.READY, trouble)


async def run(context: ActorContext) -> None:
    """The process's life."""
    settings = structure(context.settings, PaperSettings, path=context.name)
    await PaperActor(context, settings).run()
