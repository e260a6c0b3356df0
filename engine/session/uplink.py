"""A session's line to the router: greeting, numbering, and making good what could not be sent.

Everything a session says is numbered without holes (one counter per boot). What cannot be sent is
dropped and its number is gone: the router sees the gap and reconciles. Nothing is queued here for a
router that is away, because when it is back it begins with a reconciliation anyway; but what lasts
(state, definitions) is told again.
"""

from collections.abc import Callable
from typing import Any

import attrs

from engine.bus.sockets import DealerSocket
from engine.errors import BadEnvelope, BusError, LimitExceeded
from engine.messages.codec import decode, encode
from engine.messages.venue import (
    RouterHeartbeat,
    SessionHeartbeat,
    SessionHello,
    SessionWelcome,
)

HEARTBEAT_INTERVAL_S = 1.0
GREETING_INTERVAL_S = 0.1
"""Until the router has answered; a restarted router is back in service the sooner."""

ROUTER_SILENCE_S_MAX = 3.0
"""The router says something to every session each second; three missed words are no accident."""


@attrs.define
class UplinkStats:
    """Counters since the start."""

    sent: int = 0
    dropped: int = 0
    malformed: int = 0


class Uplink:
    """The session's end of the `sessions` endpoint.

    Args:
        dealer: this object is its only user.
        hello: who we are.
        on_welcome: called with the router's boot when a router has taken us in (again).
        on_command: called with everything else that the router says.
        on_missed: called at a heartbeat when something could not be sent since the last one.
    """

    def __init__(
        self,
        dealer: DealerSocket,
        hello: SessionHello,
        *,
        on_welcome: Callable[[int], None],
        on_command: Callable[[Any], None],
        on_missed: Callable[[], None],
    ) -> None:
        self.router_boot = 0
        self._heard_ns = 0
        self.stats = UplinkStats()
        self._dealer = dealer
        self._hello = hello
        self._on_welcome = on_welcome
        self._on_command = on_command
        self._on_missed = on_missed
        self._sequence = 0
        self._missed = False

    async def pump(self, handler: Callable[[list[bytes]], None]) -> None:
        """Read until cancelled; `handler` passes each batch to `receive` with the time."""
        await self._dealer.pump(handler)

    def greet(self) -> None:
        """Present ourselves; repeated until welcomed."""
        self._put(self._hello)

    def silence_s(self, now_ns: int) -> float | None:
        """How long the router has said nothing; None before its first word."""
        return (now_ns - self._heard_ns) / 1e9 if self._heard_ns else None

    def router_seen(self, router_boot: int) -> None:
        """A router serves with this boot; a new one must be greeted before it listens to us."""
        if router_boot != self.router_boot:
            self.router_boot = 0
            self.greet()

    def send(self, message: Any) -> bool:
        """Number and send; False when it could not be sent (its number is used up all the same).

        Raises:
            LimitExceeded: too large to travel; the number is free for what is said instead.
        """
        self._sequence += 1
        hello = self._hello
        numbered = attrs.evolve(
            message, session=hello.session, boot=hello.boot, sequence=self._sequence
        )
        try:
            if self.router_boot and self._put(numbered):
                return True
        except LimitExceeded:
            self._sequence -= 1
            raise
        self._missed = True
        self.stats.dropped += 1
        return False

    def skip(self) -> None:
        """Leave a hole in the numbers: the router sees that it missed something and compares."""
        self._sequence += 1

    @property
    def interval_s(self) -> float:
        """How long to wait before the next `beat`."""
        return HEARTBEAT_INTERVAL_S if self.router_boot else GREETING_INTERVAL_S

    def beat(self, now_ns: int) -> None:
        """Once per interval: a sign of life, or a greeting; tells again what was missed.

        A router that has been silent for long may be another one that does not know us: it is
        greeted again, which a router that does know us answers with another welcome.
        """
        if not self.router_boot or (self.silence_s(now_ns) or 0.0) > ROUTER_SILENCE_S_MAX:
            self.greet()
        if not self.router_boot:
            return
        if self._missed:
            self._missed = False
            self._on_missed()
        hello = self._hello
        self._put(SessionHeartbeat(session=hello.session, boot=hello.boot, sequence=self._sequence))

    def receive(self, batch: list[bytes], now_ns: int) -> None:
        """The socket's handler."""
        self._heard_ns = now_ns
        for payload in batch:
            try:
                message = decode(payload)
            except BadEnvelope:
                self.stats.malformed += 1
                continue
            if isinstance(message, RouterHeartbeat):
                self.router_seen(message.router_boot)
            elif isinstance(message, SessionWelcome):
                self._welcomed(message)
            else:
                self._on_command(message)

    def _welcomed(self, welcome: SessionWelcome) -> None:
        ours = (welcome.session, welcome.session_boot, welcome.mode)
        if ours != (self._hello.session, self._hello.boot, self._hello.mode):
            self.stats.malformed += 1
            return
        self.router_boot = welcome.router_boot
        self._missed = False
        self._on_welcome(welcome.router_boot)

    def _put(self, message: object) -> bool:
        try:
            self._dealer.send(encode(message))
        except BusError:
            return False
        self.stats.sent += 1
        return True
