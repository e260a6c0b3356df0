"""The router's door for people: the `operator` endpoint, the `kill` endpoint, and the KILL file.

Part of the router's actor. Who asks is known from the key; what is asked is the core's to decide. The
kill endpoint has a small queue of its own and takes only what stops. The file in the run directory is
for when nothing else answers, and keeps a kill that the journal could not take for the next boot.
"""

from collections.abc import Callable, Sequence

from actors.context import ActorContext
from actors.killfile import KillFile
from engine.bus.options import Purpose
from engine.bus.sockets import Received, RouterSocket
from engine.errors import BusError, LimitExceeded, LocalProtocolError
from engine.messages.codec import encode
from engine.messages.operator import OperatorReply, OperatorRequest, refusal
from engine.orders.kernel import Outcome
from engine.orders.operating.arguments import parsed
from engine.orders.router import RouterCore
from engine.risk.killswitch import ENGINE_SCOPE
from engine.session.contract import Now

KILL_VERBS = frozenset({"kill", "cancel-all", "alive"})
"""What the kill endpoint takes: what stops, and nothing that could keep it busy."""

_UNANSWERABLE = (BusError, LocalProtocolError, LimitExceeded)
"""Whoever asked has gone, or asked for more than a message holds."""


class OperatorDoor:
    """Lets operators in.

    Args:
        context: of the router's actor.
        core: decides.
        settle: makes what was decided durable and sends it; JournalError ends the process.
        decoded: the message in what was received, None for what is none.
    """

    def __init__(
        self,
        context: ActorContext,
        core: RouterCore,
        *,
        settle: Callable[[Outcome], None],
        decoded: Callable[[Received], object | None],
    ) -> None:
        bus, peers = context.bus, context.peers
        self.operators = bus.bind_router("operator", peers("operator"))
        self.kills = bus.bind_router("kill", peers("kill"), purpose=Purpose.URGENT)
        self.kill_file = KillFile(context.run_dir)
        self._kill_file_failure = ""
        self._context = context
        self._core = core
        self._settle = settle
        self._decoded = decoded

    def on_operators(self, batch: Sequence[Received]) -> None:
        """Requests of operators and viewers, after those at the kill endpoint."""
        if kills := self.kills.waiting():
            self.on_kills(kills)
        for received in batch:
            message = self._decoded(received)
            if isinstance(message, OperatorRequest):
                self._operate(self.operators, received, message)

    def on_kills(self, batch: Sequence[Received]) -> None:
        """Requests at the kill endpoint, whose peers all have the operator's key."""
        for received in batch:
            message = self._decoded(received)
            if not isinstance(message, OperatorRequest):
                continue
            if message.verb in KILL_VERBS:
                self._operate(self.kills, received, message)
            else:
                text = f"this endpoint takes {', '.join(sorted(KILL_VERBS))} only"
                self._answer(self.kills, received, [refusal(message.request_id, text)])

    def look_for_kill_file(self) -> bool:
        """Kill when it appeared; whether it did."""
        reason = self.kill_file.look()
        if reason:
            self._context.log.error("kill_file", file=str(self.kill_file.path))
            self._settle(self._core.kill(by="file", reason=reason, now=self._now()))
        return bool(reason)

    def keep_kill(self) -> None:
        """A kill that the journal has not taken must outlive this process: the file says it, too."""
        reason = self._core.owed_kill
        if reason and (why := self.kill_file.pull(reason)) != self._kill_file_failure:
            self._kill_file_failure = why
            if why:
                self._context.log.error("kill_file_not_made", error=why)

    def _operate(self, socket: RouterSocket, received: Received, message: OperatorRequest) -> None:
        log, role = self._context.log, received.peer.role
        if message.verb == "arm" and self.look_for_kill_file():
            text = "the KILL file appeared just now and killed the engine: look into it, then arm again"
            self._answer(socket, received, [refusal(message.request_id, text)])
            return
        outcome, answers = self._core.operate(message, role, self._now())
        self._settle(outcome)
        self.keep_kill()
        self._answer(socket, received, answers)
        if message.verb != "alive":  # that comes every second or so
            log.info("operator", verb=message.verb, role=role, reason=message.reason)
        armed = message.verb == "arm" and answers[0].ok and _is_of_engine(message)
        if armed and not self._core.is_killed and (why := self.kill_file.put_away()):
            log.warning("kill_file_stays", error=why)

    def _answer(
        self, socket: RouterSocket, received: Received, answers: Sequence[OperatorReply]
    ) -> None:
        for answer in answers:
            try:
                socket.send(received.identity, encode(answer))
            except _UNANSWERABLE as error:
                self._context.log.warning("operator_gone", error=str(error))
                return

    def _now(self) -> Now:
        clock = self._context.clock
        return Now(clock.monotonic_ns(), clock.wall_ns())


def _is_of_engine(message: OperatorRequest) -> bool:
    """Whether a request that was fulfilled is about the whole engine."""
    return parsed(message.arguments).get("scope") in (None, "", ENGINE_SCOPE)
