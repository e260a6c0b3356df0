"""The router's core: every decision about orders behind one object, without I/O, clock or randomness.

Input is one message with the name of its sender and the time; output is an `Outcome`: the records
that went into the journal (handed to `write` before anything changed) and the messages to send once
they are committed. Senders and destinations are actor names. The shell (`actors.router`) owns
sockets, the file and the clock; a backtest drives the same object in one process.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from engine.errors import (
    BadEnvelope,
    InvariantViolation,
    JournalError,
    LimitExceeded,
    LocalProtocolError,
)
from engine.messages.operator import OperatorReply, OperatorRequest
from engine.messages.orders import (
    CancelAllIntent,
    CancelIntent,
    ExecutionReport,
    ModifyIntent,
    ReportSeen,
    StrategyHello,
    SubmitIntent,
    SubmitListIntent,
)
from engine.messages.venue import (
    CancelOrder,
    Fill,
    FillBust,
    FillCorrection,
    InstrumentUpdate,
    OrderUpdate,
    ReconcilePart,
    ReferencePrice,
    ReplaceOrder,
    RouterHeartbeat,
    SessionHeartbeat,
    SessionHello,
    SessionState,
    SubmitOrder,
    SubmitOrderList,
)
from engine.model.enums import TradingStateWord
from engine.orders import records as r
from engine.orders.book import BookOfOrders
from engine.orders.commands import Commands
from engine.orders.dump import dump
from engine.orders.flattening import Flattener
from engine.orders.guarding import Guard
from engine.orders.insisting import Insisting
from engine.orders.kernel import STRATEGY_PREFIX, Forward, Kernel, Outcome, Write
from engine.orders.killing import Killing
from engine.orders.operating.limits import LimitsDesk
from engine.orders.operator import OperatorDesk
from engine.orders.orphans import Orphans
from engine.orders.placer import Placer
from engine.orders.queues import levels
from engine.orders.reconciling import Reconciler
from engine.orders.repeating import Repeating
from engine.orders.revisions import RevisionDesk
from engine.orders.settings import RouterSettings
from engine.orders.state import Event
from engine.orders.strategies import StrategyDesk
from engine.orders.venues import VenueDesk
from engine.orders.views import behind, summary
from engine.orders.watching import Watchman
from engine.risk.killswitch import ENGINE_SCOPE
from engine.session.contract import Now
from engine.watermark import Levels

_UNWRITABLE = (LocalProtocolError, LimitExceeded)
"""What a record raises that cannot be written: the numbers in it make sums that no field can hold."""

_NOT_HANDED_OVER: Mapping[type, Event] = {
    SubmitOrder: Event.NOT_SENT,
    CancelOrder: Event.CANCEL_REJECTED,
    ReplaceOrder: Event.REPLACE_REJECTED,
}


class RouterCore:
    """Decides; see the module.

    `write` puts one record at the end of the journal, or raises JournalError having written nothing.
    Life: `recover` for each record of the journal in order, `start` once, then the others in any
    order, one at a time.
    """

    def __init__(self, settings: RouterSettings, write: Write) -> None:
        self._k = kernel = Kernel(settings, write)
        commands = Commands(kernel)
        reconciler = Reconciler(kernel)
        placer = Placer(kernel, commands)
        self._strategies = StrategyDesk(kernel, commands, placer)
        self._venues = VenueDesk(kernel, commands, reconciler)
        self._revisions = RevisionDesk(kernel, self._venues, reconciler)
        self._killing = Killing(kernel, commands)
        repeating = Repeating(kernel, commands)
        self._guard = Guard(kernel, repeating, self._killing)
        self._limits = LimitsDesk(kernel)
        reconciler.on_unexplained = self._killing.unexplained
        reconciler.on_unproven = self._killing.unproven
        self._flattener = Flattener(kernel, repeating, placer)
        self._orphans = Orphans(kernel, repeating, self._flattener)
        self._insisting = Insisting(kernel, commands)
        self._venues.on_cancel_refused = self._insisting.refused
        self._operator = OperatorDesk(
            kernel,
            commands,
            self._killing,
            reconciler,
            placer=placer,
            flattener=self._flattener,
            insisting=self._insisting,
        )
        self._watchman = Watchman(kernel, commands, reconciler, self._venues, self._killing)
        self._commands = commands
        self._reconciler = reconciler
        self._alarmed: set[str] = set()
        self._handlers: Mapping[type, Callable[[Any, str], None]] = {
            SubmitIntent: self._strategies.submit,
            SubmitListIntent: self._strategies.submit_list,
            CancelIntent: self._strategies.cancel,
            ModifyIntent: self._strategies.modify,
            CancelAllIntent: self._strategies.cancel_all,
            ReportSeen: self._strategies.seen,
            StrategyHello: self._strategies.hello,
            OrderUpdate: self._venues.update,
            Fill: self._venues.fill,
            FillBust: self._revisions.bust,
            FillCorrection: self._revisions.correction,
            ReferencePrice: self._venues.reference,
            InstrumentUpdate: self._venues.instrument,
            SessionHello: self._venues.hello,
            SessionState: self._venues.state,
            SessionHeartbeat: self._venues.heartbeat,
            ReconcilePart: self._reconcile_part,
        }

    @property
    def book(self) -> BookOfOrders:
        """The money state, for reading."""
        return self._k.book

    def forward_by(self, forward: Forward) -> None:
        """Let commands of orders leave as soon as they are recorded, not with the batch.

        Only for a shell whose `write` makes a record durable by itself; what `forward` refuses is in
        `Outcome.refused` and must be told by `undelivered`. The shell says `settled` whenever it has
        sent all there was: a command goes at once only where it overtakes nothing.
        """
        self._k.forward = forward

    def settled(self) -> None:
        """All sends of all outcomes so far were handed to the bus, or were refused by it."""
        self._k.waiting.clear()

    @property
    def journal_failure(self) -> str:
        """Why the journal takes no records now; empty when it does."""
        return self._k.journal_failure

    @property
    def is_killed(self) -> bool:
        """Whether the whole engine stands at killed, in the journal or not yet."""
        return self._k.switch.level_of(ENGINE_SCOPE) is TradingStateWord.KILLED

    @property
    def owed_kill(self) -> str:
        """Why the engine is killed, while the journal has not taken that; empty when it has."""
        move = self._k.owed.get(ENGINE_SCOPE)
        if move is None or move.level is not TradingStateWord.KILLED:
            return ""
        return f"{move.by}: {move.reason}"

    # --- life ----------------------------------------------------------------------------------

    def restore(self, book: BookOfOrders) -> None:
        """Begin with this book instead of an empty one; before any `recover`."""
        self._k.book = book

    def recover(self, body: bytes) -> None:
        """Apply one record of the journal.

        Raises:
            InvariantViolation: it is no record of this router: the journal is of another release.
        """
        try:
            record = r.from_bytes(body)
        except BadEnvelope as error:
            raise InvariantViolation(f"journal record cannot be read: {error}") from error
        self._k.book.apply(record)

    def start(self, router_boot: int, now: Now) -> Outcome:
        """Begin a boot: what was under way is unknown from here on.

        Raises:
            JournalError: the journal cannot be written: there is no point in going on.
        """
        k = self._k
        self._begin(now)
        boot = k.book.boot
        record = r.BootRecord(
            router_boot=router_boot,
            number=boot.number + 1,
            salt=boot.salt or router_boot,
            mode=k.settings.mode,
            ts_ns=now.wall_ns,
        )
        k.record(record)
        k.carried = {name: behind(k, name) for name in k.settings.strategies}
        self._strategies.start()
        self._limits.start()
        self._guard.start()
        self._orphans.start()
        for link in k.links.values():
            link.prefix = link.ids.prefix(k.book.boot.salt, k.book.boot.number)
            self._venues.lose(link, "the router was restarted")
        return self._end()

    def journal_alarm(self, text: str, now: Now) -> Outcome:
        """Something about the journal itself that a person should look at; JournalError as in `start`."""
        self._begin(now)
        alarm = r.AlarmRecord(
            kind=r.AlarmKind.JOURNAL, account="", subject="journal", text=text, ts_ns=now.wall_ns
        )
        self._k.record(alarm)
        return self._end()

    # --- inputs --------------------------------------------------------------------------------

    def handle(self, message: object, peer: str, now: Now) -> Outcome:
        """One message from the actor whose key is that of `peer`."""
        k = self._k
        self._begin(now)
        self._orphans.hear(peer, message)
        handler = self._handlers.get(type(message))
        if handler is None:
            k.counters["unexpected_message"] += 1
            return self._end()
        try:
            handler(message, peer)
            self._guard.look(tuple(k.outcome.records))
        except JournalError as error:
            k.counters["dropped_without_journal"] += 1
            self._strategies.refuse(message, peer, error)
        except _UNWRITABLE as error:
            self._drop(peer, error)
        return self._end()

    def _drop(self, peer: str, error: Exception) -> None:
        """What a message leads to cannot be recorded: leave it, alarm, and ask how things are."""
        k, link = self._k, self._k.by_session.get(peer)
        k.counters["unwritable"] += 1
        if link is not None:
            self._reconciler.postpone(link)
        if peer in self._alarmed:
            return
        self._alarmed.add(peer)
        alarm = r.AlarmRecord(
            kind=r.AlarmKind.UNEXPLAINED,
            account="" if link is None else link.account,
            subject=peer,
            text=f"what it says cannot be recorded: {error}",
            ts_ns=k.now.wall_ns,
        )
        with suppress(JournalError):
            k.record(alarm)

    def _reconcile_part(self, message: ReconcilePart, peer: str) -> None:
        link = self._venues.link_of(message, peer)
        if link is not None:
            self._reconciler.part(link, message)

    def operate(
        self, request: OperatorRequest, role: str, now: Now
    ) -> tuple[Outcome, list[OperatorReply]]:
        """One request of an operator or viewer; the replies go to whoever asked, after commit."""
        self._begin(now)
        answers = self._operator.request(request, role)
        self._guard.armed(tuple(self._k.outcome.records))
        return self._end(), answers

    def kill(self, *, by: str, reason: str, now: Now) -> Outcome:
        """Kill everything, on behalf of a trigger that is no operator's request."""
        self._begin(now)
        self._killing.trip(ENGINE_SCOPE, TradingStateWord.KILLED, by=by, reason=reason)
        return self._end()

    def due(self, now: Now) -> Outcome:
        """Time has passed; to be called several times a second."""
        self._begin(now)
        try:
            self._watchman.due()
            self._insisting.due()
            if not self._k.journal_failure:
                self._limits.due()
                self._guard.due()
                self._orphans.due()
                self._flattener.due()
                self._strategies.due()
        except JournalError:
            self._k.counters["dropped_without_journal"] += 1
        except _UNWRITABLE as error:
            self._drop("", error)
        return self._end()

    def stop(self, now: Now) -> Outcome:
        """The boot ends in an orderly way; what it knows and the journal does not is recorded."""
        self._begin(now)
        with suppress(JournalError):
            self._strategies.stop()
        return self._end()

    def told_of(self, strategy: str, dead: str) -> None:
        """The supervisor's word on `strategy.<name>`: why its process is dead for good, else empty."""
        self._orphans.told(strategy, dead)

    def undelivered(self, destination: str, message: object, why: str, now: Now) -> Outcome:
        """A message of an outcome could not be handed to the bus."""
        k = self._k
        self._begin(now)
        k.counters["undelivered"] += 1
        if isinstance(message, ExecutionReport) and message.number:
            k.deliveries[destination.removeprefix(STRATEGY_PREFIX)].refused(message.number)
        elif isinstance(message, SubmitOrderList):
            for each in message.orders:
                self._not_handed_over(each, why)
        elif isinstance(message, SubmitOrder | CancelOrder | ReplaceOrder):
            self._not_handed_over(message, why)
        return self._end()

    def _not_handed_over(self, command: SubmitOrder | CancelOrder | ReplaceOrder, why: str) -> None:
        k = self._k
        order = k.book.orders.get(command.client_order_id)
        if order is None:
            return
        try:
            self._commands.not_sent(order, _NOT_HANDED_OVER[type(command)], why)
        except JournalError:
            k.counters["dropped_without_journal"] += 1

    def heartbeats(self) -> list[tuple[str, object]]:
        """What every session hears once a second."""
        beat = RouterHeartbeat(router_boot=self._k.book.boot.router_boot)
        links, feeds = self._k.by_session.items(), self._k.feeds.items()
        spoken = [name for name, link in links if link.boot]
        spoken += [name for name, feed in feeds if feed.boot and name not in spoken]
        return [(name, beat) for name in spoken]

    # --- outputs -------------------------------------------------------------------------------

    def gauges(self) -> dict[str, object]:
        """Numbers for the status page."""
        return {**summary(self._k), "counters": dict(self._k.counters)}

    def queues(self) -> Levels:
        """High-water marks of what is kept and waited for."""
        return levels(self._k)

    def dump(self) -> bytes:
        """The money state as canonical bytes."""
        return dump(self._k.book)

    def _begin(self, now: Now) -> None:
        self._k.now = now
        self._k.outcome = Outcome()

    def _end(self) -> Outcome:
        return self._k.outcome
