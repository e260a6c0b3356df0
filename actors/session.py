"""A venue session: one upstream connection of a venue, for market data, for orders, or for both.

Owns: the connection and its HTTP calls (`engine.session.driver`), the endpoints `market.<feed>` and
`replay.<feed>` in the role `data`, one line to the router in either role. In the role `trade` it has
all of these at a venue whose sessions are joined (`Venue.joined`). Knows no venue: what is
said to the venue comes from the protocol object of the venue package that the settings name. Losing
the venue is normal life and costs no restart; losing the router neither: news for it are dropped and
found again by its reconciliation. Orders whose router stays away are cancelled or kept by the orphan
policy (`engine.session.caretaker`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

import attrs
import trio

from actors.context import ActorContext
from actors.venues import load
from engine.bus.publisher import Publisher
from engine.bus.replayserver import ReplayServer
from engine.errors import ConfigError, LocalProtocolError, Problem
from engine.messages.control import IN_SERVICE, ActorState, PeerReport
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
    SubmitOrderList,
)
from engine.model.enums import Mode, VenueStateWord
from engine.model.feeds import feed_id_of
from engine.model.instrument import Instrument
from engine.session.backoff import Backoff
from engine.session.caretaker import Caretaker
from engine.session.contract import (
    DataProtocol,
    Note,
    OrderNews,
    Remembers,
    SessionProtocol,
    TradeProtocol,
)
from engine.session.demand import KIND_WORDS, DemandRule
from engine.session.driver import SessionDriver
from engine.session.feeds import Feed
from engine.session.gate import Gate
from engine.session.keeping import KeptText
from engine.session.making import make_driver
from engine.session.marketside import MarketSide
from engine.session.orderside import OrderSide
from engine.session.orphan import OrphanPolicy, OrphanSettings
from engine.session.uplink import Uplink
from engine.settings.converter import structure

LOGGED_IN = frozenset({VenueStateWord.RECONCILING, VenueStateWord.READY, VenueStateWord.CLOSED})
"""States in which the venue knows our login."""

LIVE = frozenset({VenueStateWord.RECONCILING, VenueStateWord.READY})
"""Those of them in which the venue's market is open, or not known to be closed."""

GIVEN_UP = frozenset({ActorState.QUARANTINED, ActorState.FAILED})
"""States of a router that will not come back by itself."""

CARE_INTERVAL_S = 0.5
"""Between two looks at the router's silence and the venue's timers; a tenth of the shortest of them."""

LEAVE_S = 4.2
ABANDON_S = 2.5
END_S = 4.4
"""For switching timers off, for cancelling what a router that was given up has left, and for a trade
session's whole end: with the time that the HTTP side takes to close, below its grace of 5 s. Timers
are switched off one by one at the venue's pace, so the first of these is as long as it can be."""
SETTLE_S = 0.5
"""For calls that wait when there are no timers."""
LEAVE_POLL_S = 0.02

_COMMANDS = (
    SubmitOrder,
    SubmitOrderList,
    CancelOrder,
    ReplaceOrder,
    QueryOrder,
    CancelAllOrders,
    ReconcileRequest,
)


@attrs.frozen(kw_only=True)
class SessionSettings:
    """What the tree gives a session.

    Attributes:
        venue: folder name.
        package: dotted module that exports `VENUE`, for venues outside `actors/venues`.
        role: what the connection is for; `trade` means both where the venue's sessions are joined.
        feed: which of the venue's feeds a data session serves; empty for the only one.
        settings: the venue's own, structured by the venue's class.
        simulator_endpoints: where the venue's simulator is, None for the real venue.
        instruments: what the engine trades there; their quotes are always subscribed.
        backoff: waits between two connections.
        orphan: what a trade session does when its router is gone.
        state_dir: where a trade session keeps what its next boot has to know; empty for nowhere.
    """

    venue: str
    role: Literal["data", "trade"]
    feed: str = ""
    package: str = ""
    settings: Mapping[str, object] = attrs.field(factory=dict)
    simulator_endpoints: Mapping[str, str] | None = None
    instruments: tuple[str, ...] = ()
    backoff: Backoff = attrs.field(factory=Backoff)
    orphan: OrphanSettings = attrs.field(factory=OrphanSettings)
    state_dir: str = ""

    def kept_file(self, name: str, mode: str) -> Path | None:
        """Of the session of this name; one for each mode."""
        return Path(self.state_dir) / "sessions" / f"{name}.{mode}" if self.state_dir else None


class Session:
    """One session; it is the sink of its driver."""

    def __init__(self, context: ActorContext, settings: SessionSettings) -> None:
        self.context = context
        self.settings = settings
        self.venue = load(settings.venue, settings.package)
        self.role = SessionRole(settings.role)
        self.feed = self._own_feed() if self.role is SessionRole.DATA else None
        self.word = self.told = VenueStateWord.DISCONNECTED
        self.reason = ""
        venue_settings = self._venue_settings()
        protocol = self._make_protocol(venue_settings)
        self.kept = KeptText(settings.kept_file(context.name, context.mode))
        if isinstance(protocol, Remembers) and (kept := self.kept.load()):
            protocol.remember(kept)
        self.uplink = self._open_uplink()
        self.market: MarketSide | None = None
        self.orders: OrderSide | None = None
        self.care: Caretaker | None = None
        self.born_ns = context.clock.monotonic_ns()
        self.router_given_up = False
        self.gate = Gate(boot=context.boot, mode=Mode(context.mode))
        if self.role is SessionRole.DATA or self.venue.joined:
            self.market = self._open_market(cast("DataProtocol", protocol))
        if self.role is not SessionRole.DATA:
            trade = cast("TradeProtocol", protocol)
            capabilities = self.venue.capabilities
            care = Caretaker(trade, capabilities, settings.orphan, boot=context.boot)
            self.care = care
            self.orders = OrderSide(trade, uplink=self.uplink, gate=self.gate, witness=care.orders)
        self.driver = self._make_driver(protocol, venue_settings)

    # --- making ----------------------------------------------------------------------------------

    def _venue_settings(self) -> Any:
        path = f"venues.{self.settings.venue}"
        own: Any = structure(dict(self.settings.settings), self.venue.settings, path=path)
        endpoints = self.settings.simulator_endpoints
        return own if endpoints is None else own.for_simulator(endpoints)

    def _make_protocol(self, venue_settings: object) -> SessionProtocol:
        if self.feed is not None:
            return self.feed.data(venue_settings, self.context.secrets)
        if self.venue.trade is None:
            path = f"venues.{self.settings.venue}"
            raise ConfigError(
                Problem(path, "the venue takes no orders, so it has no trade session")
            )
        return self.venue.trade(venue_settings, self.context.secrets)

    def _own_feed(self) -> Feed:
        wanted = self.settings.feed
        for feed in self.venue.data_feeds:
            if feed.name == wanted:
                return feed
        path = f"venues.{self.settings.venue}"
        raise ConfigError(Problem(path, f"the venue has no feed {wanted or 'without a name'!r}"))

    def _open_uplink(self) -> Uplink:
        context = self.context
        return Uplink(
            context.bus.connect_dealer("sessions"),
            SessionHello(
                session=context.name,
                venue=self.settings.venue,
                boot=context.boot,
                mode=Mode(context.mode),
                role=self.role,
            ),
            on_welcome=self.on_welcome,
            on_command=self.on_command,
            on_missed=self.tell_again,
        )

    def _open_market(self, protocol: DataProtocol) -> MarketSide:
        context, feed = self.context, feed_id_of(self.settings.venue, self.settings.feed)
        publisher = Publisher(
            context.bus.bind_publisher(f"market.{feed}"),
            boot=context.boot,
            on_demand=lambda _tag, _instrument: side.demand_changed(),
            on_release=lambda _tag, _instrument: side.demand_changed(),
        )
        words = self.venue.capabilities.market_kinds
        side = MarketSide(
            feed,
            protocol,
            publisher=publisher,
            replay=ReplayServer(context.bus.bind_router(f"replay.{feed}"), publisher),
            uplink=self.uplink,
            rule=DemandRule(
                instruments=self.settings.instruments,
                kinds=tuple(kind for word, kind in KIND_WORDS.items() if word in words),
            ),
            clock=context.clock,
        )
        return side

    def _make_driver(self, protocol: SessionProtocol, venue_settings: object) -> SessionDriver:
        context = self.context
        # Plain connections lead to loopback only, and only where no real money is behind them.
        plain = self.settings.simulator_endpoints is not None or context.mode == Mode.PAPER
        passing = context.points.reach if context.points.on else None
        return make_driver(
            self.venue,
            venue_settings,
            protocol,
            plain=plain,
            backoff=self.settings.backoff,
            clock=context.clock,
            sink=self,
            feed=self.feed,
            passing=passing,
        )

    # --- running ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until the supervisor asks to stop; then the connection is closed in an orderly way."""
        context = self.context
        context.gauge(self.gauges)
        context.queues(self.driver.queues)
        if self.market is not None:
            context.queues(self.market.queues)
        context.watch(self.on_peer)
        self._tell_supervisor()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen)
            nursery.start_soon(self._beat)
            nursery.start_soon(self._stop_when_asked, nursery.cancel_scope)
            if self.market is not None:
                nursery.start_soon(self.market.run, self.driver)
            if self.care is not None:
                nursery.start_soon(self._take_care, self.care)
            await self.driver.run()
            nursery.cancel_scope.cancel()

    async def _listen(self) -> None:
        clock, uplink = self.context.clock, self.uplink
        await uplink.pump(lambda batch: uplink.receive(batch, clock.monotonic_ns()))

    async def _beat(self) -> None:
        while True:
            self.uplink.beat(self.context.clock.monotonic_ns())
            await trio.sleep(self.uplink.interval_s)

    async def _take_care(self, care: Caretaker) -> None:
        """Act for a router that is gone; have it compare when it is back."""
        while True:
            now = self.driver.now()
            was_alone = care.alone
            self.driver.apply(
                care.look(now, silence_s=self._router_silence_s(), connected=self._is_logged_in())
            )
            if care.acted and care.alone:
                self.gate.close("the router was gone and orders were cancelled without it")
                self._tell_supervisor()
            elif care.acted and was_alone:
                care.acted = False
                self.uplink.skip()  # the hole in the numbers makes the router ask for everything
            await trio.sleep(CARE_INTERVAL_S)

    def _router_silence_s(self) -> float:
        now_ns = self.context.clock.monotonic_ns()
        silence_s = self.uplink.silence_s(now_ns)
        return (now_ns - self.born_ns) / 1e9 if silence_s is None else silence_s

    def _is_logged_in(self) -> bool:
        return self.word in LOGGED_IN

    async def _stop_when_asked(self, life: trio.CancelScope) -> None:
        await self.context.stop.wait()
        if self.care is not None:
            life.deadline = trio.current_time() + END_S
        if self.orders is not None:
            self.orders.stop()
        if self.care is not None:
            await self._leave(self.care)
        self.driver.stop()

    async def _leave(self, care: Caretaker) -> None:
        """Orders stay for the next run, unless their router was given up for good (SUP-6)."""
        now = self.driver.now()
        within_s = 0.0
        if not self.router_given_up:
            timers = care.leave(now)
            within_s = LEAVE_S if timers else SETTLE_S
            self.driver.apply(timers)
        elif self.settings.orphan.policy is OrphanPolicy.CANCEL:
            self.context.log.error("router_given_up", open_orders=len(care.orders), alert=True)
            within_s = ABANDON_S
            self.driver.apply(care.cancel(now))
        with trio.move_on_after(within_s):
            # Polled: neither the protocol nor the HTTP side has an event for being done with all.
            while self.driver.busy or (self.router_given_up and care.left):  # noqa: ASYNC110
                await trio.sleep(LEAVE_POLL_S)

    def gauges(self) -> Mapping[str, object]:
        """Numbers for status displays."""
        figures: dict[str, object] = {
            "venue": self.settings.venue,
            "state": self.word.value,
            "router_silence_s": self.uplink.silence_s(self.context.clock.monotonic_ns()),
            "uplink_dropped": self.uplink.stats.dropped,
            **self.driver.gauges(),
        }
        if self.market is not None:
            figures["market_messages"] = self.market.messages
            figures["stale_topics"] = self.market.stale_topics
        if self.orders is not None:
            figures["gate"] = self.gate.closed_because or "open"
            figures["refused"] = self.orders.refused
            figures["latency_us"] = self.orders.tick_to_order.figures()
        if self.care is not None:
            figures |= self.care.gauges()
        return figures

    # --- what the driver says (SessionSink) ------------------------------------------------------

    def publish(self, message: Any) -> None:
        """A market message."""
        if self.market is None:
            raise LocalProtocolError(
                f"market data in the role {self.role}: {type(message).__name__}"
            )
        self.market.publish(message)

    def hold(self) -> None:
        """Market messages are about to come together."""
        if self.market is not None:
            self.market.hold()

    def release(self) -> None:
        """They have come."""
        if self.market is not None:
            self.market.release()

    def report(self, event: OrderNews) -> None:
        """News of orders."""
        if self.orders is None:
            raise LocalProtocolError(f"order news in the role {self.role}: {type(event).__name__}")
        self.orders.report(event)

    def define(self, instrument: Instrument) -> None:
        """An instrument; the data session alone tells them, so they come from one source."""
        if self.market is not None:
            self.market.define(instrument)

    def state(self, state: VenueStateWord, reason: str) -> None:
        """How far the session has come."""
        if (state, reason) == (self.word, self.reason):
            return
        self.word, self.reason = state, reason
        self.context.log.info("venue_state", state=state.value, reason=reason)
        if self.market is not None:
            self.market.state(state, reason)
        if not self._is_of_market_only(state):
            self.told = state
            if self.orders is not None:
                self.orders.state(state, reason)
            self._tell_state()
        self._tell_supervisor()

    def _is_of_market_only(self, state: VenueStateWord) -> bool:
        """Of joined sessions: whether only market data came or went, under the login that there was."""
        joined = self.market is not None and self.orders is not None
        return joined and state in LIVE and self.told in LIVE

    def note(self, note: Note) -> None:
        """Something for the operator."""
        tell = self.context.log.error if note.alert else self.context.log.info
        tell(note.event, detail=note.detail, alert=note.alert)

    def keep(self, text: str) -> None:
        """For the next boot."""
        if fault := self.kept.store(text):
            self.context.log.error("not_kept", detail=fault, alert=True)

    # --- what the router says --------------------------------------------------------------------

    def on_peer(self, report: PeerReport) -> None:
        """The supervisor's word on a router: a new one is greeted at once."""
        if report.kind != "router":
            return
        self.router_given_up = report.state in GIVEN_UP
        if report.state in IN_SERVICE:
            self.uplink.router_seen(report.boot)

    def on_welcome(self, router_boot: int) -> None:
        """A router has taken us in: it hears everything that lasts."""
        self.context.log.info("router_welcome", router_boot=router_boot)
        self.gate.welcomed(router_boot)
        self.tell_again()

    def tell_again(self) -> None:
        """State and definitions once more, after a welcome or when something was missed."""
        self._tell_state()
        self._tell_supervisor()
        if self.market is not None:
            self.market.tell_again()

    def on_command(self, message: Any) -> None:
        """Anything else the router sends."""
        if self.orders is not None and isinstance(message, _COMMANDS):
            self.orders.command(message, self.driver)
        elif self.orders is not None and isinstance(message, ReconcileDone):
            if self.orders.reconciled(message):
                self.context.log.info("reconciled", ok=message.ok, reason=message.reason)
                self._tell_supervisor()
        else:
            # Not worth a crash, which would cost the connection; the router's fault all the same.
            self.context.log.error("router_sent_nonsense", kind=type(message).__name__)

    def _tell_state(self) -> None:
        self.uplink.send(
            SessionState(
                session="",
                venue=self.settings.venue,
                boot=0,
                sequence=0,
                state=self.told,
                reason=self.reason,
            )
        )

    def _tell_supervisor(self) -> None:
        # A session is in service from the start: a venue that is away is degraded, not a failed start.
        trouble = self._trouble()
        self.context.state(ActorState.DEGRADED if trouble else ActorState.READY, trouble)

    def _trouble(self) -> str:
        gated = self.orders is not None and self.word in LIVE
        if gated and (self.gate.closed_because or self.market is None):
            return self.gate.closed_because
        return "" if self.word is VenueStateWord.READY else f"{self.word}: {self.reason}"


async def run(context: ActorContext) -> None:
    """The process's life."""
    settings = structure(context.settings, SessionSettings, path=context.name)
    await Session(context, settings).run()
