"""One client on its socket: the outbox, and the tasks that read, write, watch and send heartbeats.

A client that does not read fills its outbox and is cut off; faults bend answers on their way and
silence, half-close or reset the stream.
"""

from collections.abc import Callable
from itertools import count
from typing import Final

import attrs
import trio
from trio_websocket import ConnectionClosed

from actors.venues.longbridge.simulator import bodies, packets
from actors.venues.longbridge.simulator.bending import sending
from actors.venues.longbridge.simulator.connection import (
    Answer,
    Connection,
    First,
    Gateway,
    Goodbye,
    Outcome,
    Resumed,
)
from actors.venues.longbridge.simulator.faults import ANSWER, FaultKind
from actors.venues.longbridge.simulator.packets import CloseCode, MalformedPacket
from actors.venues.longbridge.simulator.routes import HANDLERS
from actors.venues.longbridge.simulator.transports import (
    Ended,
    Transport,
    WebSocketTransport,
    heartbeat_body,
)
from actors.venues.longbridge.simulator.venue import Venue
from engine.simulator.moment import NS, Moment
from engine.simulator.wire import reset

CLOSE_S: Final = 2.0
"""How long an end in order may take before the connection is cut."""
LATE_ANSWERS_MAX: Final = 1_000
"""Answers that a fault may hold back on one connection; beyond it they go out at once."""
NORMAL_CLOSURE: Final = 1000


@attrs.frozen
class Surroundings:
    """What a peer needs of its server."""

    venue: Venue
    clock: Callable[[], Moment]
    kick: Callable[[], None]
    taken_over: Callable[["Peer", str], None]


class Peer:
    """A subscriber on a socket.

    Args:
        transport: its packets.
        around: the server.
        number: of the connection, for the log and for faults.
        endpoint: where it came in.
        gateway: quote or trade.
    """

    def __init__(
        self,
        transport: Transport,
        around: Surroundings,
        *,
        number: int,
        endpoint: str,
        gateway: Gateway,
    ) -> None:
        self.number = number
        self.endpoint = endpoint
        self.transport = transport
        self._around = around
        self.connection = Connection(
            gateway,
            endpoint,
            around.venue,
            sink=self,
            handlers=HANDLERS[gateway],
            opened_ns=around.clock().mono_ns,
        )
        self.scope = trio.CancelScope()
        self.ended = ""
        self._outbox: list[bytes] = []
        self._outbox_bytes = 0
        self._late = 0
        self._wake = trio.Event()
        self._heartbeats = count(1)
        self._nursery: trio.Nursery | None = None
        self._tearing = False
        self._leaving = False
        self._end: tuple[FaultKind, int] | None = None
        self._end_ordered = trio.Event()

    # --- Sink -----------------------------------------------------------------------------

    @property
    def account(self) -> str | None:
        """The account that is logged in."""
        return self.connection.account

    def push(self, packet: bytes) -> None:
        """Queue one packet; a client that is too slow is cut off."""
        self._queue(self.transport.framed(packet))

    def text(self, packet: bytes) -> None:
        """Queue one packet as text."""
        self._queue(self.transport.framed(packet, text=True))

    def torn(self, part: bytes) -> None:
        """Queue a part of a packet; the connection ends when it is sent."""
        framed = self.transport.framed(part + part)
        self._queue(framed[: len(framed) // 2])
        self._tearing = True

    def _queue(self, data: bytes) -> None:
        if self._tearing or self._leaving:
            return
        self._outbox.append(data)
        self._outbox_bytes += len(data)
        self._wake.set()
        if self._outbox_bytes > self._around.venue.settings.outbox_bytes_max:
            self.cut("slow client")

    def cut(self, why: str) -> None:
        """End the connection with a reset."""
        self.ended = self.ended or why
        reset(self.transport.wire.stream)
        self.scope.cancel()

    def farewell(self, code: int, reason: str, *, stay: bool = False) -> None:
        """Push a Close packet, and disconnect when it is sent unless the connection is to stay."""
        body = bodies.Close(code=code, reason=reason).SerializeToString()
        self.push(packets.push(packets.Command.CLOSE, body))
        if not stay:
            self.ended = self.ended or reason
            self._leaving = True

    def order_end(self, kind: FaultKind, code: int) -> None:
        """Half-close or close the connection soon, as a fault asks for."""
        self._end = (kind, code)
        self._end_ordered.set()

    def misspeak(self, kind: FaultKind) -> None:
        """Say what no client expects."""
        number = next(self._heartbeats)
        body = heartbeat_body(self._around.clock().wall_ms, number)
        match kind:
            case FaultKind.UNKNOWN_PUSH:
                self.push(packets.push(250, body))
            case FaultKind.UNKNOWN_TYPE:
                self.push(b"\x09\x01\x00\x00\x00")
            case FaultKind.SERVER_HEARTBEAT:
                self.push(packets.request(packets.Command.HEARTBEAT, number, 0, body))
            case _:
                self._queue(self.transport.stray_pong())

    # --- tasks ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until either side closes."""
        with self.scope:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                nursery.start_soon(self._write)
                nursery.start_soon(self._watch)
                nursery.start_soon(self._beat)
                nursery.start_soon(self._end_on_order)
                await self._read()
                nursery.cancel_scope.cancel()

    async def _read(self) -> None:
        try:
            while True:
                for packet in await self.transport.receive():
                    if self._leaving:
                        continue  # it was told that the connection ends
                    now = self._around.clock()
                    for outcome in self.connection.receive(packet, now):
                        self._carry_out(outcome, now)
                self._around.kick()
        except MalformedPacket as error:
            self.farewell(CloseCode.UNPACK_ERROR, f"unpack error: {error}")
            await self._until_left()
        except ConnectionClosed as closed:
            code = closed.reason.code if closed.reason is not None else 1006
            self.ended = self.ended or f"closed {code}"
        except Ended:
            self.ended = self.ended or "closed"

    async def _until_left(self) -> None:
        """The end comes from `_write` once the farewell is out."""
        with trio.move_on_after(CLOSE_S):
            await trio.sleep_forever()

    def _carry_out(self, outcome: Outcome, now: Moment) -> None:
        match outcome:
            case Answer():
                self._answer(outcome)
            case First():
                self._around.venue.display.first(self, outcome.symbol, outcome.kinds, now)
            case Resumed():
                self._around.taken_over(self, outcome.session_id)
            case Goodbye():
                self.farewell(outcome.code, outcome.reason)

    def _answer(self, answer: Answer) -> None:
        venue = self._around.venue
        subject = f"{self.connection.gateway}/{answer.command}"
        fault = venue.faults.take(ANSWER, subject) if venue.faults else None
        out = sending(answer, fault, venue.settings.gzip_from)
        if out.delay_s and self._nursery is not None and self._late < LATE_ANSWERS_MAX:
            self._nursery.start_soon(self._answer_late, answer, out.packets, out.delay_s)
            return
        for packet in out.packets:
            self.push(packet)
        self._close_call(answer)

    async def _answer_late(self, answer: Answer, out: tuple[bytes, ...], delay_s: float) -> None:
        self._late += 1
        try:
            await trio.sleep(delay_s)
            for packet in out:
                self.push(packet)
        finally:
            self._late -= 1
            self._close_call(answer)

    def _close_call(self, answer: Answer) -> None:
        if answer.counted_for:
            self._around.venue.limits.leave(answer.counted_for)

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake = trio.Event()
                data, self._outbox = b"".join(self._outbox), []
                await self.transport.wire.send_all(data)
                self._outbox_bytes -= len(data)
                if self._tearing:
                    self.cut("torn packet")
                elif self._leaving and not self._outbox:
                    await self.close(NORMAL_CLOSURE)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.ended = self.ended or "lost"
            self.scope.cancel()

    async def _watch(self) -> None:
        """Close the connection when the venue's timing rules say so."""
        while True:
            now_ns = self._around.clock().mono_ns
            if self.transport.wire.muted:  # silent on purpose: the venue's rules must not end it
                self.connection.activity(now_ns)
            goodbye = self.connection.expired(now_ns)
            if goodbye is not None:
                self.farewell(goodbye.code, goodbye.reason)
                return
            await trio.sleep((self.connection.next_deadline_ns() - now_ns) / NS)

    async def _beat(self) -> None:
        """The server's own signs of life."""
        settings = self._around.venue.settings
        websocket = isinstance(self.transport, WebSocketTransport)
        interval_s = settings.ping_s if websocket else settings.tcp_heartbeat_s
        while interval_s > 0:
            await trio.sleep(interval_s)
            now_ms = self._around.clock().wall_ms
            self._queue(self.transport.heartbeat(now_ms, next(self._heartbeats)))

    async def _end_on_order(self) -> None:
        await self._end_ordered.wait()
        if self._end is None:
            return
        kind, code = self._end
        self.ended = f"{kind.value} by fault"
        if kind is FaultKind.HALF_CLOSE:
            await self.transport.wire.send_eof()
        else:
            await self.close(code)

    async def close(self, code: int) -> None:
        """Close in order; cut when the client does not play along."""
        with trio.move_on_after(CLOSE_S):
            await self.transport.close(code)
        self.scope.cancel()
