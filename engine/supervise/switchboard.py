"""The supervisor's side of the control conversation: who is greeted, what is believed, who is told.

Who speaks is known from the key. What a message says is believed only of the boot that was started:
bytes a dead boot still had under way change nothing.
"""

import json
from collections.abc import Callable, Mapping, Sequence

from engine.bus.sockets import Received, RouterSocket
from engine.clock import Clock
from engine.errors import BadEnvelope, BusFull, UnknownPeer
from engine.log import FilteringBoundLogger
from engine.messages.codec import decode, encode, protocol_fingerprint
from engine.messages.control import (
    IN_SERVICE,
    Hello,
    PeerReport,
    Pong,
    Refused,
    StateReport,
    Welcome,
)
from engine.supervise.child import Child
from engine.supervise.life import Life


class Switchboard:
    """Routes control messages to and from children; plain, nothing here waits."""

    def __init__(
        self,
        socket: RouterSocket,
        children: Mapping[str, Child],
        *,
        boot: int,
        clock: Clock,
        log: FilteringBoundLogger,
        on_published: Callable[[Child], None],
    ) -> None:
        self._socket = socket
        self._children = children
        self._boot = boot
        self._clock = clock
        self._log = log
        self._on_published = on_published

    def handle(self, batch: Sequence[Received]) -> None:
        """Messages from actors; the handler of the control socket's pump."""
        for received in batch:
            child = self._children[received.peer.name]
            try:
                message = decode(received.payload)
            except BadEnvelope as error:
                self._log.warning(
                    "control message refused", actor=child.spec.name, reason=str(error)
                )
                continue
            self._dispatch(child, received.identity, message)

    def send(self, child: Child, message: object) -> None:
        """To the child's current process; dropped when it is not there or does not read."""
        if child.life is not None and child.life.identity:
            self._send(child.life.identity, message)

    def broadcast(self, subject: Child) -> None:
        """Tell those who watch the others how one of them is."""
        for child in self._children.values():
            if child.spec.watches and child is not subject:
                self.send(child, peer_report(subject))

    def _send(self, identity: bytes, message: object) -> None:
        try:
            self._socket.send(identity, encode(message))
        except (UnknownPeer, BusFull) as error:
            self._log.debug(
                "control message not sent", kind=type(message).__name__, reason=str(error)
            )

    def _dispatch(self, child: Child, identity: bytes, message: object) -> None:
        life = child.life
        match message:
            case Hello():
                self._greet(child, identity, message)
            case StateReport() if life is not None and message.boot == life.boot:
                self._believe(child, life, message)
            case Pong() if life is not None and message.boot == life.boot:
                life.heartbeat.pong(message.number, self._clock.monotonic_ns())
                life.gauges = json_object(message.gauges)
                self._believe(child, life, message)
            case _:
                kind = type(message).__name__
                self._log.info("control message of another boot", actor=child.spec.name, kind=kind)

    def _greet(self, child: Child, identity: bytes, hello: Hello) -> None:
        problem = _problem_of(child, hello)
        if problem:
            self._log.warning("hello refused", actor=child.spec.name, reason=problem)
            self._send(identity, Refused(boot=hello.boot, reason=problem))
            return
        assert child.life is not None  # noqa: S101 - _problem_of has seen to it
        child.life.identity = identity
        self._send(identity, Welcome(boot=hello.boot, supervisor_boot=self._boot))
        if child.spec.watches and not child.life.greeted.is_set():
            self._tell_all(child)
        child.life.greeted.set()

    def _tell_all(self, child: Child) -> None:
        for other in self._children.values():
            if other is not child:
                self.send(child, peer_report(other))

    def _believe(self, child: Child, life: Life, message: StateReport | Pong) -> None:
        """Take over what the process says of itself; once asked to end it is past being ready."""
        if message.state in IN_SERVICE and not life.asked.is_set():
            published = json_object(message.published)
            news = published != child.published
            child.published = published
            life.in_service.set()
            child.entered(message.state, message.reason)
            if news:
                self._on_published(child)


def _problem_of(child: Child, hello: Hello) -> str:
    ours = protocol_fingerprint()
    if hello.protocol != ours:
        return f"its messages are of another release ({hello.protocol}, ours are {ours})"
    if child.life is None or hello.boot != child.life.boot:
        return "not the process that was started"
    return ""


def peer_report(child: Child) -> PeerReport:
    """How a child is, as the others are told."""
    return PeerReport(
        name=child.spec.name,
        kind=child.spec.kind,
        boot=child.life.boot if child.life is not None else 0,
        state=child.state,
        reason=child.reason,
    )


def json_object(text: str) -> Mapping[str, object]:
    """The object that a JSON text is, empty for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
