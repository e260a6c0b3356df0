"""What the router's desks share: the book, the links, and the two ways to act: record and send.

`record` writes first and applies after, so a record that could not be written changes nothing, and
reports come out only after it. `send` only notes: the shell sends when the batch is committed.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

import attrs

from engine.errors import BadEnvelope, JournalError, LocalProtocolError
from engine.messages.orders import ExecutionReport, PositionReport, TradingState, VenueState
from engine.model.enums import Mode, Side, TradingStateWord, VenueStateWord
from engine.model.instrument import venue_of
from engine.orders import records
from engine.orders.book import BookOfOrders, Report
from engine.orders.day import OwnerKind
from engine.orders.delivery import Delivery
from engine.orders.limitchanges import changed
from engine.orders.link import Feed, Link
from engine.orders.order import Order
from engine.orders.plausible import TEXT_CHARS_MAX
from engine.orders.settings import RouterSettings
from engine.orders.state import Event
from engine.risk.drift import PriceWindow
from engine.risk.killswitch import KillSwitch, Setting, is_stricter, severity
from engine.risk.limits import Drift, Effective, RiskSettings, effective
from engine.risk.rates import NS, RateMeter, RecentOrders
from engine.risk.view import Reference
from engine.session.contract import Now
from engine.session.latency import LatencyHistogram

Write = Callable[[bytes], object]
"""Puts one record at the end of the journal; raises JournalError and then has written nothing."""

Forward = Callable[[str, object], str]
"""Hands one message to the bus now; why it could not be, empty when it could."""

STRATEGY_PREFIX = "strategy."

CHECKED_BYTES = 2_048
"""Larger records are read back before they are written: a few bulky ones a day, and one that could
not be read would end every later start."""


@attrs.define
class Outcome:
    """What one input led to: records that are in the journal, and messages to send after commit."""

    records: list[object] = attrs.field(factory=list)
    sends: list[tuple[str, object]] = attrs.field(factory=list)
    refused: list[tuple[str, object, str]] = attrs.field(factory=list)
    """What was to go at once and could not: destination, message and why."""


class Deadline(NamedTuple):
    """An answer is expected by then; `request_ns` tells whether the order has moved on."""

    mono_ns: int
    client_order_id: str
    request_ns: int
    event: Event


class Kernel:
    """Shared state and services of the desks; see `router.RouterCore`."""

    def __init__(self, settings: RouterSettings, write: Write) -> None:
        self.settings = settings
        self.book = BookOfOrders()
        self.links: dict[str, Link] = {}
        self.by_session: dict[str, Link] = {}
        for session, each in settings.trade_sessions.items():
            link = Link.of(session, each)
            self.links[link.account] = self.by_session[session] = link
        self.feeds = {name: Feed(venue) for name, venue in settings.data_sessions.items()}
        self.watched_only = {feed.venue for feed in self.feeds.values()} - {
            link.venue for link in self.links.values()
        }
        """Venues that deliver market data and take no orders."""
        self.references: dict[str, Reference] = {}
        self.deliveries: dict[str, Delivery] = {name: Delivery() for name in settings.strategies}
        self.meters: dict[str, RateMeter] = {}
        self.recent = RecentOrders()
        self.executions: dict[tuple[str, str], RateMeter] = {}
        self.windows: dict[tuple[str, str], PriceWindow] = {}
        self.losses: dict[tuple[OwnerKind, str], dict[str, Decimal]] = {}
        self.deadlines: list[Deadline] = []
        self.counters: Counter[str] = Counter()
        self.tick_to_route = LatencyHistogram()
        self.journal_failure = ""
        self.owed: dict[str, records.TradingStateChanged] = {}
        """By scope, the newest move of the kill switch that the journal has not taken yet. Such a move
        only ever makes a scope stricter; it is in force, see `switch`."""
        self.now = Now(0, 0)
        self.outcome = Outcome()
        self.forward: Forward | None = None
        """Set by a shell whose records are durable as soon as they are written; see `send_at_once`."""
        self.waiting: set[str] = set()
        """Destinations of what was noted by `send` and has not left yet, as far as the shell said."""
        self.carried: dict[str, dict[str, object]] = {}
        """What each strategy had behind it when this boot began, as `views.behind` tells it."""
        self._intruders: set[tuple[str, str]] = set()
        self._write = write
        self._limits: dict[tuple[str, str], Effective] = {}
        self._limits_revision = 0
        self._risk = settings.risk

    # --- acting --------------------------------------------------------------------------------

    def record(self, record: object) -> None:
        """Write a record, apply it, and note the reports it leads to.

        Raises:
            JournalError: it was not written, and nothing changed.
            LocalProtocolError, LimitExceeded: it cannot be written; nothing changed.
        """
        self.write(record)
        self.apply(record)

    def write(self, record: object) -> None:
        """The first half of `record`: `apply` must follow before anything else is decided.

        Between the two only what follows from the record itself may be sent, and only `send_at_once`.
        Errors as in `record`.
        """
        if self.journal_failure:
            raise JournalError(self.journal_failure)
        body = _bytes_of(record)
        try:
            self._write(body)
        except JournalError as error:
            self.journal_failure = str(error)
            self.broadcast_trading_state()
            raise
        self.outcome.records.append(record)

    def apply(self, record: object) -> None:
        """The second half of `record`, for one that was written."""
        for report in self.book.apply(record):
            self.report(report)

    def probe(self, record: object) -> bool:
        """Try to write again after a failure; whether the journal takes records now."""
        failure, self.journal_failure = self.journal_failure, ""
        try:
            self.record(record)
        except JournalError:
            self.journal_failure = failure
            return False
        return True

    def send(self, destination: str, message: object) -> None:
        """Have a message sent after the commit of what was recorded so far."""
        self.outcome.sends.append((destination, message))
        self.waiting.add(destination)

    def send_at_once(self, destination: str, message: object) -> None:
        """The same, but without waiting for the end of the batch where what was written is durable.

        This is the order path: what an order changes in the book is worked out while its command
        travels. Nothing overtakes: while something else waits for its batch at the same destination,
        this waits behind it.
        """
        if self.forward is None or destination in self.waiting:
            self.send(destination, message)
        elif why := self.forward(destination, message):
            self.outcome.refused.append((destination, message, why))

    def report(self, report: Report) -> None:
        """Pass a report on, unless older ones must be delivered first."""
        delivery = self.deliveries.get(report.strategy)
        if delivery is None:
            return
        if isinstance(report, ExecutionReport) and not delivery.takes(report.number):
            return
        if isinstance(report, PositionReport) and not delivery.is_current:
            return
        self.send(STRATEGY_PREFIX + report.strategy, report)

    def expect(self, order: Order, event: Event, within_s: float) -> None:
        """Let `event` happen to the order unless its request is answered in time."""
        deadline = self.now.mono_ns + int(within_s * NS)
        entry = Deadline(deadline, order.client_order_id, order.request_ns, event)
        heapq.heappush(self.deadlines, entry)

    def intruder(self, counter: str, peer: str, claim: str) -> None:
        """A peer claims to be another, or of another mode: counted, alarmed once, never answered.

        Peers are those with a key, so alarms are bounded by their number.
        """
        self.counters[counter] += 1
        if (counter, peer) in self._intruders:
            return
        alarm = records.AlarmRecord(
            kind=records.AlarmKind.IMPOSTOR,
            account="",
            subject=peer,
            text=claim[:TEXT_CHARS_MAX],
            ts_ns=self.now.wall_ns,
        )
        self.record(alarm)
        self._intruders.add((counter, peer))  # last: what could not be recorded is still to be

    # --- knowing -------------------------------------------------------------------------------

    @property
    def switch(self) -> KillSwitch:
        """The levels in force: those in the journal, and those that wait for it."""
        if not self.owed:
            return self.book.switch
        return self.book.switch.overlaid(
            {
                scope: Setting(level=move.level, by=move.by, reason=move.reason, ts_ns=move.ts_ns)
                for scope, move in self.owed.items()
            }
        )

    def is_killed(self, order: Order) -> bool:
        """Whether the kill switch wants this order gone."""
        link = self.links.get(order.account)
        venue = "" if link is None else link.venue
        level = self.switch.level_for(venue, order.strategy, order.account)
        return level is TradingStateWord.KILLED

    @property
    def risk(self) -> RiskSettings:
        """The configured limits with those laid over them that a person set for a time."""
        if self._limits_revision != self.book.risk.revision:
            self._limits_revision = self.book.risk.revision
            self._limits.clear()
            self._risk = changed(self.settings.risk, self.book.risk.changes.values())
        return self._risk

    def limits(self, strategy: str, instrument: str) -> Effective:
        """The limits in force."""
        risk = self._risk if self._limits_revision == self.book.risk.revision else self.risk
        key = (strategy, instrument)
        found = self._limits.get(key)
        if found is None:
            account = f"{venue_of(instrument)}.{self.mode_of(strategy)}"
            found = self._limits[key] = effective(risk, strategy, instrument, account)
        return found

    def mode_of(self, owner: str) -> Mode:
        """The mode an owner trades in; of a removed one as its last declaration says."""
        rights = self.settings.strategies.get(owner)
        if rights is not None:
            return rights.mode
        declared = self.book.declared.get(owner)
        return self.settings.mode if declared is None else declared.mode

    def anchors(
        self, strategy: str, instrument: str, drifts: Iterable[Drift]
    ) -> tuple[tuple[float, float] | None, ...]:
        """Extremes of the references under which the strategy ordered, in each drift's window."""
        window, now_ns = self.windows.get((strategy, instrument)), self.now.mono_ns
        if window is None:
            return tuple(None for _ in drifts)
        return tuple(window.extremes(drift.window_s, now_ns) for drift in drifts)

    def sample(self, strategy: str, instrument: str, drifts: Iterable[Drift]) -> None:
        """Remember the reference under which the strategy is ordering, where a drift is limited."""
        reference, longest_s = self.references.get(instrument), 0.0
        for drift in drifts:
            longest_s = max(longest_s, drift.window_s)
        if not longest_s or reference is None:
            return
        window = self.windows.get((strategy, instrument))
        if window is None:
            window = self.windows[strategy, instrument] = PriceWindow()
        window.forget(longest_s, self.now.mono_ns)
        window.add(reference.price, self.now.mono_ns)

    def link_of(self, instrument: str, mode: Mode) -> Link | None:
        """The session that trades an instrument in a mode."""
        return self.links.get(f"{venue_of(instrument)}.{mode}")

    def meter(self, owner: str) -> RateMeter:
        """The owner's message counter."""
        meter = self.meters.get(owner)
        if meter is None:
            meter = self.meters[owner] = RateMeter()
        return meter

    def count_message(self, order: Order) -> None:
        """Count a command to the venue for account and strategy."""
        self.meter(order.account).add(self.now.mono_ns)
        if order.strategy:
            self.meter(order.strategy).add(self.now.mono_ns)

    def state_of(self, strategy: str) -> tuple[TradingStateWord, str]:
        """What a strategy is told: the strictest that holds for it on any account it trades on."""
        rights = self.settings.strategies[strategy]
        venues = sorted({venue_of(instrument) for instrument in rights.instruments}) or [""]
        states = [self.trading_state(v, strategy, f"{v}.{rights.mode}") for v in venues]
        return max(states, key=lambda state: severity(state[0]))

    def trading_state(
        self, venue: str, strategy: str, account: str
    ) -> tuple[TradingStateWord, str]:
        """What is let through, and why not more; at least halted while nothing can be journaled."""
        setting = self.switch.setting_for(venue, strategy, account)
        level = TradingStateWord.ACTIVE if setting is None else setting.level
        if self.journal_failure and is_stricter(TradingStateWord.HALTED, level):
            return TradingStateWord.HALTED, f"journal: {self.journal_failure}"
        return level, "" if setting is None else f"{setting.by}: {setting.reason}"

    def worst_price(
        self, instrument: str, price: Decimal | None, stop_price: Decimal | None
    ) -> Decimal | None:
        """The price an order is valued at: its own, or the worse side of the reference."""
        if price is not None or stop_price is not None:
            return price if price is not None else stop_price
        reference = self.references.get(instrument)
        if reference is None:
            return None
        return Decimal(repr(max(reference.price, reference.ask_price, reference.bid_price)))

    def market_price(self, instrument: str, side: Side) -> Decimal | None:
        """What an order would trade at now: the other side of the quote, else the reference."""
        reference = self.references.get(instrument)
        if reference is None:
            return None
        quoted = reference.ask_price if side is Side.BUY else reference.bid_price
        price = quoted or reference.price
        return Decimal(repr(price)) if price else None

    # --- telling strategies --------------------------------------------------------------------

    def tell(self, strategies: Iterable[str], message: object) -> None:
        """Send an unnumbered message to those strategies that are in service."""
        for name in strategies:
            if self.deliveries[name].is_served:
                self.send(STRATEGY_PREFIX + name, message)

    def set_venue_state(self, link: Link, state: VenueStateWord, reason: str) -> None:
        """Note a venue's readiness and tell the strategies that trade there in this mode."""
        reason = reason[:TEXT_CHARS_MAX]
        if (link.state, link.reason) == (state, reason):
            return
        link.state, link.reason = state, reason
        names = (n for n, s in self.settings.strategies.items() if s.mode is link.settings.mode)
        self.tell(names, VenueState(venue=link.venue, state=state, reason=reason))

    def broadcast_trading_state(self) -> None:
        """Tell every strategy what is let through for it now."""
        for name in self.settings.strategies:
            state, reason = self.state_of(name)
            self.tell((name,), TradingState(state=state, reason=reason))


def _bytes_of(record: object) -> bytes:
    body = records.to_bytes(record)
    if len(body) > CHECKED_BYTES:
        try:
            records.from_bytes(body)
        except BadEnvelope as error:
            raise LocalProtocolError(f"record could not be read back: {error}") from error
    return body
