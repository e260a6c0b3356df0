"""The router's process in the simulation: the real core and journal, between model sockets and disk.

It does what `actors.router` does, in the same order: decide on a batch, commit once, send. At each
of its steps it can be killed.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.drill.checkers import SyncPoint
from engine.drill.simulation.disk import Disk
from engine.drill.simulation.line import Line
from engine.drill.simulation.world import MS, NS, World
from engine.errors import BadEnvelope, JournalError, LimitExceeded, LocalProtocolError
from engine.journal import Durability, JournalHeader, JournalWriter
from engine.messages.codec import decode, encode
from engine.messages.operator import OperatorReply, OperatorRequest
from engine.messages.orders import ExecutionReport, IntentJournaled, StrategyHello
from engine.messages.venue import CancelAllOrders, CancelOrder, SessionHello
from engine.orders.kernel import Outcome
from engine.orders.records import FORMAT_VERSION, from_bytes
from engine.orders.router import RouterCore
from engine.orders.settings import RouterSettings

DUE_INTERVAL_NS = 100 * MS
HEARTBEAT_INTERVAL_NS = NS
CONFIRM_WITHIN_NS = 20 * MS
FAILED_ROUNDS_MAX = 3
RESTART_MS = (50.0, 800.0)

_UNSENDABLE = (LocalProtocolError, LimitExceeded)


class KillPoint(StrEnum):
    """Where the router's process can be killed."""

    BEFORE_WRITE = "before_write"
    AFTER_WRITE = "after_write"
    AFTER_SYNC = "after_sync"
    AFTER_SEND = "after_send"
    AFTER_EVENT = "after_event"
    AFTER_REPORT = "after_report"


class Killed(Exception):
    """The process is gone, here and now."""


class RouterNode:
    """One router over its boots; `lines` are its connections by the peer's name."""

    def __init__(self, world: World, settings: RouterSettings, durability: Durability) -> None:
        self.world = world
        self.settings = settings
        self.durability = durability
        self.disk = Disk(world)
        self.lines: dict[str, Line] = {}
        self.sync_points: list[SyncPoint] = []
        self.core: RouterCore | None = None
        self.journal: JournalWriter | None = None
        self.boots = 0
        self.kill_at: KillPoint | None = None
        self.kill_in = 0
        self.stays_up = False
        self._identities: dict[str, int] = {}
        self._confirmations: dict[str, dict[str, IntentJournaled]] = {}

    @property
    def is_up(self) -> bool:
        """Whether the process lives."""
        return self.core is not None

    def serving(self) -> RouterCore:
        """The core of the boot in service; only to be asked for while it is up."""
        if self.core is None:
            raise Killed
        return self.core

    # --- life ------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Open the journal, recover, start; where that fails, try again later."""
        if self.core is not None:
            return
        self.boots += 1
        world = self.world
        core = RouterCore(self.settings, self._write)
        if self.durability is Durability.PROCESS:
            core.forward_by(self._dispatch)
        header = JournalHeader(
            mode=self.settings.mode,
            format_version=FORMAT_VERSION,
            created_ns=world.now.wall_ns,
            file_id=world.random.randbytes(16),
        )
        try:
            self.journal = JournalWriter(
                Path("simulated.journal"),
                self.durability,
                header=header,
                clock_ns=world.mono,
                on_record=lambda record: core.recover(record.body),
                open_file=self.disk.open,
            )
            self.core = core
            world.note("router", f"boot {self.boots}, {self.journal.sequence} records")
            self._settle([core.start(world.random.getrandbits(62) | 1, world.now)])
        except (JournalError, Killed) as error:
            self.die(f"at its start: {type(error).__name__}")
            return
        for line in self.lines.values():
            world.after(world.delay_ns(5, 100), self._connect, line, self.boots)
        world.after(DUE_INTERVAL_NS, self._due, self.boots)
        world.after(HEARTBEAT_INTERVAL_NS, self._beat, self.boots)

    def _connect(self, line: Line, boot: int) -> None:
        if boot == self.boots and self.is_up:
            line.connect()

    def die(self, why: str, *, restarts: bool = True) -> None:
        """The process ends without a word."""
        world = self.world
        world.note("router", f"died {why}")
        if self.journal is not None:
            self.journal.close()
        self.core = self.journal = None
        self.kill_at = None
        self._identities.clear()
        self._confirmations.clear()
        if self.durability is Durability.POWER:
            self.disk.lose_unsynced()
        for line in self.lines.values():
            line.cut()
        if restarts:
            world.after(world.delay_ns(*RESTART_MS), self.boot)

    def arm(self, point: KillPoint, countdown: int) -> None:
        """Let the process be killed when it has passed the point so many times."""
        self.kill_at, self.kill_in = point, countdown

    def _pass(self, point: KillPoint) -> None:
        if self.kill_at is not point:
            return
        self.kill_in -= 1
        if self.kill_in <= 0:
            raise Killed(point.value)

    # --- in --------------------------------------------------------------------------------------

    def linked(self, line: Line, *, up: bool) -> None:
        """A peer is there, or is gone."""

    def arrived(self, line: Line, message: Any) -> None:
        """One message from the peer at the other end of the line."""
        core = self.core
        if core is None:
            return
        try:
            self._pass(KillPoint.AFTER_EVENT)
            decoded = decode(message)
            outcome = core.handle(decoded, line.name, self.world.now)
            self._note_identity(line, decoded, outcome)
            self._settle([outcome])
        except BadEnvelope as error:  # pragma: no cover - our own nodes speak the protocol
            raise AssertionError(str(error)) from error
        except (Killed, JournalError) as error:
            self.die(f"{type(error).__name__} {error}")

    def _note_identity(self, line: Line, message: object, outcome: Outcome) -> None:
        name = line.name
        answered = any(destination == name for destination, _ in outcome.sends)
        hello = isinstance(message, StrategyHello | SessionHello)
        if name not in self._identities or (hello and answered):
            self._identities[name] = line.generation

    def operate(self, verb: str, arguments: str, reason: str) -> list[OperatorReply]:
        """A person's request; empty when there is no router."""
        core = self.core
        if core is None:
            return []
        request = OperatorRequest(request_id="r", verb=verb, arguments=arguments, reason=reason)
        try:
            outcome, replies = core.operate(request, "operator", self.world.now)
            self.world.note("operator", f"{verb} {arguments}: {replies[0].ok}")
            self._settle([outcome])
        except (Killed, JournalError) as error:
            self.die(f"{type(error).__name__} {error}")
            return []
        return replies

    # --- time ------------------------------------------------------------------------------------

    def _due(self, boot: int) -> None:
        core = self.core
        if core is None or boot != self.boots:
            return
        self.world.after(DUE_INTERVAL_NS, self._due, boot)
        try:
            self._settle([core.due(self.world.now)])
        except (Killed, JournalError) as error:
            self.die(f"{type(error).__name__} {error}")

    def _beat(self, boot: int) -> None:
        core = self.core
        if core is None or boot != self.boots:
            return
        self.world.after(HEARTBEAT_INTERVAL_NS, self._beat, boot)
        for destination, message in core.heartbeats():
            self._send(destination, message)

    # --- out -------------------------------------------------------------------------------------

    def _write(self, body: bytes) -> None:
        journal = self.journal
        if journal is None:
            raise Killed("writes after its end")
        self._pass(KillPoint.BEFORE_WRITE)
        sequence = journal.append(body)
        if self.durability is Durability.PROCESS:
            self.sync_points.append(SyncPoint(sequence, self.world.mono_ns))
        if self.world.is_traced:
            self.world.note("journal", str(from_bytes(body)))
        self._pass(KillPoint.AFTER_WRITE)

    def _settle(self, outcomes: list[Outcome]) -> None:
        for _ in range(FAILED_ROUNDS_MAX):
            self._commit(outcomes)
            failed = [
                (destination, message, why)
                for outcome in outcomes
                for destination, message in outcome.sends
                if (why := self._dispatch(destination, message))
            ]
            core = self.serving()
            core.settled()
            failed += [each for outcome in outcomes for each in outcome.refused]
            if not failed:
                return
            outcomes = [core.undelivered(*each, self.world.now) for each in failed]
        self._commit(outcomes)
        self.serving().settled()

    def _commit(self, outcomes: list[Outcome]) -> None:
        journal = self.journal
        if journal is None:
            raise Killed("commits after its end")
        if not journal.poisoned and not any(outcome.records for outcome in outcomes):
            return
        try:
            journal.commit()
        except JournalError:
            for outcome in outcomes:
                for destination, message in outcome.sends:
                    if isinstance(message, CancelOrder | CancelAllOrders):
                        self._send(destination, message)
            raise
        if self.durability is Durability.POWER:
            self.sync_points.append(SyncPoint(journal.synced_sequence, self.world.mono_ns))
        self._pass(KillPoint.AFTER_SYNC)

    def _dispatch(self, destination: str, message: object) -> str:
        waiting = self._confirmations.get(destination)
        if isinstance(message, IntentJournaled):
            if not waiting:
                self.world.after(CONFIRM_WITHIN_NS, self._confirm, destination, self.boots)
            self._confirmations.setdefault(destination, {})[message.intent_id] = message
            return ""
        failure = self._send(destination, message)
        self._pass(KillPoint.AFTER_SEND)
        if isinstance(message, ExecutionReport):
            if waiting and not failure:  # it says as well that its intent is in the journal
                waiting.pop(message.intent_id, None)
            self._pass(KillPoint.AFTER_REPORT)
        return failure

    def _confirm(self, destination: str, boot: int) -> None:
        if boot != self.boots or not self.is_up:
            return
        for message in self._confirmations.pop(destination, {}).values():
            self._send(destination, message)

    def _send(self, destination: str, message: object) -> str:
        line = self.lines.get(destination)
        if line is None or self._identities.get(destination) is None:
            return f"{destination} has not said hello"
        if line.generation != self._identities[destination] or not line.is_up:
            return f"{destination} is gone"
        try:
            line.send(self, encode(message))
        except _UNSENDABLE as error:
            return str(error)
        if self.world.is_traced:
            self.world.note("router", f"to {destination}: {message}")
        return ""

    def gauges(self) -> Mapping[str, object]:
        """What the core counts."""
        return {} if self.core is None else self.core.gauges()
