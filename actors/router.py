"""The router's process: the only one that decides about orders, and the only writer of money state.

Owns: the journal, the endpoints `strategies`, `sessions`, `operator` and `kill`. In: intents, news of
orders, reference prices, operators' requests. Out: commands to sessions, numbered reports to strategies. All
decisions are `engine.orders.router.RouterCore`'s; this file only reads sockets, writes the journal,
commits once per batch, and sends afterwards what the batch led to.

The commit stays in the loop: a disk sync takes 150 µs here, through a thread 210 µs, and nothing of
the batch may leave before it anyway. A failed sync ends the process: of its batch only the cancels are
sent; the next boot recovers what is in the file and reconciles. Operators come in by
`actors.routerdoor`; its kill endpoint is looked at before each batch and within it, so that the kill switch
does not wait behind what it is to stop.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import attrs
import trio

from actors import journalplace
from actors.context import ActorContext
from actors.recovering import Recovered, recover
from actors.routerdoor import OperatorDoor
from actors.upkeep import Upkeep, UpkeepSettings
from engine.bus.sockets import Received
from engine.drill.disk import journal_opener
from engine.drill.notes import noting_syncs
from engine.errors import (
    BadEnvelope,
    BusError,
    ConfigError,
    JournalError,
    LimitExceeded,
    LocalProtocolError,
    Problem,
)
from engine.journal import (
    Durability,
    IndexFailed,
    JournalIndex,
    JournalTail,
)
from engine.messages.codec import decode, encode
from engine.messages.control import ActorState, PeerReport
from engine.messages.orders import ExecutionReport, IntentJournaled, StrategyHello
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    Fill,
    OrderUpdate,
    ReplaceOrder,
    SessionHello,
    SubmitOrder,
    SubmitOrderList,
)
from engine.orders.kernel import STRATEGY_PREFIX, Outcome
from engine.orders.plausible import TEXT_CHARS_MAX
from engine.orders.projection import TABLES, project
from engine.orders.router import RouterCore
from engine.orders.settings import RouterSettings
from engine.session.contract import Now
from engine.settings.converter import structure

DUE_INTERVAL_S = 0.1
"""How often deadlines and the kill file are looked at; a tenth of the shortest of them."""

HEARTBEAT_INTERVAL_S = 1.0

INDEX_INTERVAL_S = 1.0
INDEX_RECORDS_MAX = 500
"""Records the index takes in at once: a few milliseconds of another thread."""
INDEX_BUSY_RECORDS = 100
"""More new records in an interval than this, and the index waits: its thread would take turns with
the order path for the interpreter's lock. It is only for questions, and readers can catch it up."""
INDEX_RETRY_S = 30.0

FAILED_ROUNDS_MAX = 3
"""Rounds of telling the core what could not be sent; what a failure leads to may fail as well."""

CONFIRM_WITHIN_S = 0.02
"""How long a confirmation may wait for a report of the order, which makes it superfluous: it is not
urgent (intents are repeated after a second), but alone it would wake the strategy just while its
order is on its way."""

KILL_LOOK_MESSAGES = 16
"""Messages decided on between two looks at the kill endpoint: some milliseconds at most."""

FAREWELL_S = 0.1
"""What was handed to the bus needs a moment to leave: a socket that closes drops the rest, and the
last words of a router whose journal failed are cancels."""

_UNSENDABLE = (LocalProtocolError, LimitExceeded)
"""Numbers or texts that no message can hold; sums of what peers said may come to that."""

_GIVEN_UP = frozenset({ActorState.QUARANTINED, ActorState.FAILED})
"""States of a process that is not there and will not be started again by itself."""

_HELLOS = (StrategyHello, SessionHello)


@attrs.frozen(kw_only=True)
class RouterActorSettings:
    """Where the journal is, what it must survive, and what the core is told."""

    core: RouterSettings
    state_dir: str
    durability: Durability = Durability.PROCESS
    upkeep: UpkeepSettings = attrs.field(factory=UpkeepSettings)

    @property
    def journal_file(self) -> Path:
        """One journal per mode: paper and live never share one."""
        return Path(self.state_dir) / "journal" / f"{self.core.mode.value}.journal"

    @property
    def index_file(self) -> Path:
        """Beside the journal; may be thrown away."""
        return self.journal_file.with_suffix(".sqlite")


class RouterActor:
    """Sockets and file around the core."""

    def __init__(self, context: ActorContext, settings: RouterActorSettings) -> None:
        self.context = context
        self.settings = settings
        bind, bus = context.peers, context.bus
        self.strategies = bus.bind_router("strategies", bind("strategies"))
        self.sessions = bus.bind_router("sessions", bind("sessions"))
        self.identities: dict[str, bytes] = {}
        self.confirmations: dict[str, dict[str, IntentJournaled]] = {}
        self.confirm = trio.Event()
        self.bad_messages = 0
        self.unsendable = 0
        self.index_records = 0
        points = context.points
        write, sync = self._write, self._sync
        if settings.durability is Durability.PROCESS:  # what is written is as durable as it gets
            write = self._noting_syncs(write)
        else:
            sync = self._noting_syncs(sync)
        write = points.around(write, before="before_write", after="after_write")
        self.core = RouterCore(settings.core, write)
        self.door = OperatorDoor(
            context,
            self.core,
            settle=lambda outcome: self._settle([outcome]),
            decoded=self._decoded,
        )
        self.recovered = self._open_journal()
        self.journal = self.recovered.journal
        self._handle = points.chosen(self.core.handle, _point_of_event)
        self._make_durable = points.around(sync, after="after_sync")
        self._send = points.chosen(self._send_now, _point_of_sending)
        if settings.durability is Durability.PROCESS:
            self.core.forward_by(self._dispatch)
        self.upkeep = Upkeep(
            self.journal, settings.upkeep, context.clock, context.log, alarm=self._alarm_journal
        )

    def _noting_syncs(self, function: Callable[..., None]) -> Callable[..., None]:
        context = self.context
        through = (
            (lambda: self.journal.sequence)
            if self.settings.durability is Durability.PROCESS
            else (lambda: self.journal.synced_sequence)
        )
        return noting_syncs(context.points, context.run_dir, context.clock, function, through)

    def _open_journal(self) -> Recovered:
        """Open and replay; what was passed over or cut off is logged, and alarmed at the start."""
        file, core = self.settings.journal_file, self.core
        try:  # first: who cannot open it is looked into
            journalplace.note(self.context.run_dir, file)
        except OSError as error:  # it is only for people who look
            self.context.log.warning("journal_not_noted", error=str(error))
        found = recover(
            file,
            self.settings.durability,
            mode=self.settings.core.mode,
            core=core,
            clock=self.context.clock,
            open_file=journal_opener(self.context.points),
        )
        self.context.log.info(
            "journal_open",
            file=file.name,
            records=found.journal.sequence,
            snapshot=found.snapshot_sequence,
            took_s=round(found.took_s, 3),
        )
        for problem in found.problems:
            self.context.log.warning("journal_problem", problem=problem)
        return found

    def _write(self, body: bytes) -> None:
        self.journal.append(body)

    async def run(self) -> None:
        """Serve until asked to stop; orders stay as they are."""
        context = self.context
        context.gauge(self.gauges)
        context.queues(self.core.queues)
        try:
            self._settle([self.core.start(context.boot, self._now())])
            for problem in self.recovered.problems:
                self._settle([self.core.journal_alarm(problem, self._now())])
            async with trio.open_nursery() as nursery:
                # Tasks run in no promised order, but none holds the loop for longer than one batch,
                # so an operator waits for two batches at most; a kill waits for no batch.
                nursery.start_soon(self.door.kills.pump, self.door.on_kills)
                nursery.start_soon(self.door.operators.pump, self.door.on_operators)
                nursery.start_soon(self.sessions.pump, self.on_actors)
                nursery.start_soon(self.strategies.pump, self.on_actors)
                nursery.start_soon(self._watch)
                nursery.start_soon(self._beat)
                nursery.start_soon(self._keep_index)
                nursery.start_soon(self._confirm)
                nursery.start_soon(self.upkeep.run)
                context.watch(self._on_peer)
                self._tell_state()
                await context.stop.wait()
                nursery.cancel_scope.cancel()
            self._settle([self.core.stop(self._now())])
            self.journal.commit()
        finally:
            if self.journal.poisoned:
                with trio.CancelScope(shield=True):
                    await trio.sleep(FAREWELL_S)
            self.journal.close()

    def gauges(self) -> Mapping[str, object]:
        """Numbers for status displays and reports."""
        return {
            **self.core.gauges(),
            "journal_records": self.journal.sequence,
            "journal_bytes": self.journal.size_bytes,
            "journal_sync_us": round(self.journal.sync_times.last_ns / 1000),
            "journal_sync_max_us": round(self.journal.sync_times.max_ns / 1000),
            "journal_first_record": self.journal.header.first_sequence,
            "snapshot_record": self.upkeep.snapshot_sequence,
            "index_records": self.index_records,
            "bad_messages": self.bad_messages,
            "unsendable": self.unsendable,
        }

    def _now(self) -> Now:
        clock = self.context.clock
        return Now(clock.monotonic_ns(), clock.wall_ns())

    # --- in ----------------------------------------------------------------------------------------

    def on_actors(self, batch: Sequence[Received]) -> None:
        """Messages of strategies or sessions: decide on all, commit once, then send."""
        outcomes: list[Outcome] = []
        look = len(batch) > 1  # one message is over sooner than the look
        for number, received in enumerate(batch):
            if look and number % KILL_LOOK_MESSAGES == 0 and (kills := self.door.kills.waiting()):
                self._settle(outcomes)
                outcomes = []
                self.door.on_kills(kills)
            message = self._decoded(received)
            if message is not None:
                name = received.peer.name
                outcome = self._handle(message, name, self._now())
                self._note_identity(received, message, outcome)
                outcomes.append(outcome)
        self._settle(outcomes)

    def _note_identity(self, received: Received, message: object, outcome: Outcome) -> None:
        """Where an actor's messages go: to the boot whose hello was taken, not to a straggler's."""
        name = received.peer.name
        if name not in self.identities or (
            isinstance(message, _HELLOS)
            and any(destination == name for destination, _ in outcome.sends)
        ):
            self.identities[name] = received.identity

    def _on_peer(self, report: PeerReport) -> None:
        """The supervisor's word on another process; what it says of a strategy's death is certain."""
        if report.kind == "strategy":
            dead = report.state in _GIVEN_UP
            self.core.told_of(report.name, (report.reason or report.state.value) if dead else "")

    def _decoded(self, received: Received) -> object | None:
        try:
            return decode(received.payload)
        except BadEnvelope as error:
            self.bad_messages += 1
            self.context.log.warning("bad_message", peer=received.peer.name, error=str(error))
            return None

    # --- time --------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            self.door.look_for_kill_file()
            self._settle([self.core.due(self._now())])
            self.door.keep_kill()
            self._tell_state()
            await trio.sleep(DUE_INTERVAL_S)

    def _tell_state(self) -> None:
        """Ready, or degraded while the journal takes no records or cannot be kept in bounds."""
        failure = self.core.journal_failure or self.upkeep.trouble
        state = ActorState.DEGRADED if failure else ActorState.READY
        self.context.state(state, f"journal: {failure}" if failure else "")

    def _alarm_journal(self, text: str) -> bool:
        """Alarm a failure of the journal's upkeep; False while nothing can be recorded."""
        try:
            outcome = self.core.journal_alarm(text[:TEXT_CHARS_MAX], self._now())
        except JournalError:
            return False
        self._settle([outcome])
        return True

    async def _beat(self) -> None:
        while True:
            for destination, message in self.core.heartbeats():
                self._send(destination, message)
            await trio.sleep(HEARTBEAT_INTERVAL_S)

    async def _keep_index(self) -> None:
        """Let the query index follow the journal; without it only questions about the past suffer."""
        while True:
            try:
                await self._follow_journal()
            except (IndexFailed, JournalError, BadEnvelope) as error:
                self.context.log.warning("index_failed", error=str(error))
            await trio.sleep(INDEX_RETRY_S)

    async def _follow_journal(self) -> None:
        files = self.settings.journal_file, self.settings.index_file
        with JournalTail(files[0]) as tail, JournalIndex(files[1], TABLES, project) as index:
            before = 0
            while True:
                new, before = self.journal.sequence - before, self.journal.sequence
                if new <= INDEX_BUSY_RECORDS:
                    step = partial(index.catch_up, tail, INDEX_RECORDS_MAX)
                    await trio.to_thread.run_sync(step)
                    self.index_records = tail.next_sequence - 1
                await trio.sleep(INDEX_INTERVAL_S)

    # --- out ---------------------------------------------------------------------------------------

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        """Make the records durable, then send; what cannot be sent is told to the core."""
        for _ in range(FAILED_ROUNDS_MAX):
            self._commit(outcomes)
            failed = [
                (destination, message, why)
                for outcome in outcomes
                for destination, message in outcome.sends
                if (why := self._dispatch(destination, message))
            ]
            self.core.settled()
            failed += [each for outcome in outcomes for each in outcome.refused]
            if not failed:
                return
            outcomes = [self.core.undelivered(*each, self._now()) for each in failed]
        self._commit(outcomes)
        self.core.settled()

    def _sync(self) -> None:
        self.journal.commit()

    def _commit(self, outcomes: Sequence[Outcome]) -> None:
        """Raises JournalError when the batch is lost and the journal must be opened anew."""
        if not self.journal.poisoned and not any(outcome.records for outcome in outcomes):
            return
        try:
            self._make_durable()
        except JournalError:
            self._send_cancels(outcomes)
            raise

    def _send_cancels(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            for destination, message in outcome.sends:
                if isinstance(message, CancelOrder | CancelAllOrders):
                    self._send(destination, message)

    def _send_now(self, destination: str, message: object) -> str:
        """Hand one message to the bus; why it could not be, empty when it could.

        A confirmation that is lost is given again when the intent is repeated.
        """
        identity = self.identities.get(destination)
        if identity is None:
            return f"{destination} has not said hello"
        to_strategy = destination.startswith(STRATEGY_PREFIX)
        socket = self.strategies if to_strategy else self.sessions
        try:
            socket.send(identity, encode(message))
        except BusError as error:
            return str(error)
        except _UNSENDABLE as error:
            self.unsendable += 1
            self.context.log.warning("unsendable", to=destination, error=str(error))
            return str(error)
        return ""

    def _dispatch(self, destination: str, message: object) -> str:
        waiting = self.confirmations.get(destination)
        if isinstance(message, IntentJournaled):
            self._later(destination, message)
        elif waiting and isinstance(message, ExecutionReport):
            why = self._send(destination, message)
            if not why:  # a report of the order says as well that its intent is in the journal
                waiting.pop(message.intent_id, None)
            return why
        else:
            return self._send(destination, message)
        return ""

    def _later(self, destination: str, message: IntentJournaled) -> None:
        """Let a confirmation wait: soon a report may make it superfluous."""
        self.confirmations.setdefault(destination, {})[message.intent_id] = message
        self.confirm.set()

    async def _confirm(self) -> None:
        """Send the confirmations that no report has made superfluous."""
        while True:
            await self.confirm.wait()
            await trio.sleep(CONFIRM_WITHIN_S)
            self.confirm = trio.Event()
            for destination in list(self.confirmations):
                for message in self.confirmations.pop(destination).values():
                    self._send(destination, message)


def _point_of_event(message: object, _sender: str, _now: Now) -> str:
    """A venue's news of an order were decided on, and nobody has been told."""
    return "after_event" if isinstance(message, OrderUpdate | Fill) else ""


def _point_of_sending(_destination: str, message: object) -> str:
    if isinstance(message, SubmitOrder | SubmitOrderList | ReplaceOrder | CancelOrder):
        return "after_send"
    return "after_report" if isinstance(message, ExecutionReport) else ""


async def run(context: ActorContext) -> None:
    """The process's life."""
    settings = structure(context.settings, RouterActorSettings, path=context.name)
    if settings.core.mode.value != context.mode:
        raise ConfigError(
            Problem(
                f"{context.name}.core.mode",
                f"is {settings.core.mode}, but the engine runs on {context.mode}",
                "the tree and its settings were made from different configurations",
            )
        )
    await RouterActor(context, settings).run()
