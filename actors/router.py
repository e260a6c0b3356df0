"""The router's process: the only one that decides about orders, and the only writer of money state.

Owns: the journal, the endpoints `strategies`, `sessions` and `operator`. In: intents, news of orders,
reference prices, operators' requests. Out: commands to sessions, numbered reports to strategies. All
decisions are `engine.orders.router.RouterCore`'s; this file only reads sockets, writes the journal,
commits once per batch, and sends afterwards what the batch led to. A failed commit ends the process:
nothing of the batch was sent, and the next boot recovers what is in the file and reconciles.
"""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import trio

from actors.context import ActorContext
from engine.bus.sockets import Received
from engine.errors import BadEnvelope, BusError
from engine.journal import Durability, JournalHeader, JournalWriter
from engine.messages.codec import decode, encode
from engine.messages.operator import OperatorReply, OperatorRequest
from engine.model.enums import Mode
from engine.orders.kernel import STRATEGY_PREFIX, Outcome
from engine.orders.router import RouterCore
from engine.orders.settings import RouterSettings
from engine.session.contract import Now
from engine.settings.converter import structure

DUE_INTERVAL_S = 0.1
"""How often deadlines and the kill file are looked at; a tenth of the shortest of them."""

HEARTBEAT_INTERVAL_S = 1.0

KILL_FILE = "KILL"
"""A file of this name in the run directory pulls the kill switch: for when nothing else answers."""

JOURNAL_FORMAT = 1


@attrs.frozen(kw_only=True)
class RouterActorSettings:
    """Where the journal is, what it must survive, and what the core is told."""

    core: RouterSettings
    state_dir: str
    durability: Durability = Durability.PROCESS

    @property
    def journal_file(self) -> Path:
        """One journal per mode: paper and live never share one."""
        return Path(self.state_dir) / "journal" / f"{self.core.mode.value}.journal"


class RouterActor:
    """Sockets and file around the core."""

    def __init__(self, context: ActorContext, settings: RouterActorSettings) -> None:
        self.context = context
        self.settings = settings
        bind, bus = context.peers, context.bus
        self.strategies = bus.bind_router("strategies", bind("strategies"))
        self.sessions = bus.bind_router("sessions", bind("sessions"))
        self.operators = bus.bind_router("operator", bind("operator"))
        self.identities: dict[str, bytes] = {}
        self.bad_messages = 0
        self.core = RouterCore(settings.core, self._write)
        self.journal = self._open_journal()
        self.kill_file = context.run_dir / KILL_FILE
        self.kill_file_seen = False

    def _open_journal(self) -> JournalWriter:
        """Open and replay; what was cut off by a crash is logged."""
        file = self.settings.journal_file
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        journal = JournalWriter(
            file,
            self.settings.durability,
            header=JournalHeader(
                mode=Mode(self.context.mode),
                format_version=JOURNAL_FORMAT,
                created_ns=self.context.clock.wall_ns(),
                file_id=secrets.token_bytes(16),
            ),
            clock_ns=self.context.clock.monotonic_ns,
            on_record=lambda record: self.core.recover(record.body),
        )
        log = self.context.log
        log.info("journal_open", file=file.name, records=journal.sequence)
        if journal.recovered.dropped_bytes:
            log.warning("journal_tail_dropped", dropped_bytes=journal.recovered.dropped_bytes)
        return journal

    def _write(self, body: bytes) -> None:
        self.journal.append(body)

    async def run(self) -> None:
        """Serve until asked to stop; orders stay as they are."""
        context = self.context
        context.gauge(self.gauges)
        self._settle([self.core.start(context.boot, self._now())])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.operators.pump, self.on_operators)
            nursery.start_soon(self.sessions.pump, self.on_actors)
            nursery.start_soon(self.strategies.pump, self.on_actors)
            nursery.start_soon(self._watch)
            nursery.start_soon(self._beat)
            context.ready()
            await context.stop.wait()
            nursery.cancel_scope.cancel()
        self.journal.commit()
        self.journal.close()

    def gauges(self) -> Mapping[str, object]:
        """Numbers for status displays and reports."""
        return {
            **self.core.gauges(),
            "journal_records": self.journal.sequence,
            "bad_messages": self.bad_messages,
        }

    def _now(self) -> Now:
        clock = self.context.clock
        return Now(clock.monotonic_ns(), clock.wall_ns())

    # --- in ----------------------------------------------------------------------------------------

    def on_actors(self, batch: Sequence[Received]) -> None:
        """Messages of strategies or sessions: decide on all, commit once, then send."""
        outcomes = []
        now = self._now()
        for received in batch:
            name = received.peer.name
            self.identities[name] = received.identity
            try:
                message = decode(received.payload)
            except BadEnvelope as error:
                self.bad_messages += 1
                self.context.log.warning("bad_message", peer=name, error=str(error))
                continue
            outcomes.append(self.core.handle(message, name, now))
        self._settle(outcomes)

    def on_operators(self, batch: Sequence[Received]) -> None:
        """Requests of operators and viewers; who asks is known from the key."""
        for received in batch:
            role = received.peer.role
            try:
                message = decode(received.payload)
            except BadEnvelope:
                self.bad_messages += 1
                continue
            if not isinstance(message, OperatorRequest):
                continue
            outcome, answers = self.core.operate(message, role, self._now())
            self.context.log.info("operator", verb=message.verb, role=role, reason=message.reason)
            self._settle([outcome])
            self._answer(received.identity, answers)

    async def _watch(self) -> None:
        while True:
            self._settle([self.core.due(self._now())])
            self._look_for_kill_file()
            await trio.sleep(DUE_INTERVAL_S)

    def _look_for_kill_file(self) -> None:
        present = self.kill_file.exists()
        if present and not self.kill_file_seen:
            self.context.log.error("kill_file", file=str(self.kill_file))
            outcome = self.core.kill(
                by="file", reason=f"the file {KILL_FILE} appeared", now=self._now()
            )
            self._settle([outcome])
        self.kill_file_seen = present

    async def _beat(self) -> None:
        while True:
            for destination, message in self.core.heartbeats():
                self._send(destination, message)
            await trio.sleep(HEARTBEAT_INTERVAL_S)

    # --- out ---------------------------------------------------------------------------------------

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        """Make the records durable, then send; what cannot be sent is told to the core."""
        if any(outcome.records for outcome in outcomes):
            self.journal.commit()
        failed = []
        for outcome in outcomes:
            for destination, message in outcome.sends:
                why = self._send(destination, message)
                if why:
                    failed.append((destination, message, why))
        if failed:
            now = self._now()
            self._settle(
                [self.core.undelivered(where, what, why, now) for where, what, why in failed]
            )

    def _send(self, destination: str, message: object) -> str:
        """Hand one message to the bus; why it could not be, empty when it could."""
        identity = self.identities.get(destination)
        if identity is None:
            return f"{destination} has not said hello"
        to_strategy = destination.startswith(STRATEGY_PREFIX)
        socket = self.strategies if to_strategy else self.sessions
        try:
            socket.send(identity, encode(message))
        except BusError as error:
            return str(error)
        return ""

    def _answer(self, identity: bytes, answers: Sequence[OperatorReply]) -> None:
        for answer in answers:
            try:
                self.operators.send(identity, encode(answer))
            except BusError as error:
                self.context.log.warning("operator_gone", error=str(error))
                return


async def run(context: ActorContext) -> None:
    """The process's life."""
    settings = structure(context.settings, RouterActorSettings, path=context.name)
    await RouterActor(context, settings).run()
