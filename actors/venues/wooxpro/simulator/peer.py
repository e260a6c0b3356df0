"""One WebSocket client on its socket: the outbox and the tasks of its connection.

trio-websocket keeps the handshake, control frames and everything received; data frames are written
here as ready-made bytes, many at a time, through the same locked stream. A client that does not
read fills its outbox and is cut off; a fault can silence, half-close or reset the stream.
"""

from collections.abc import Callable
from typing import Final

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from actors.venues.wooxpro.simulator.connection import (
    Connection,
    LoginTried,
    Requested,
    Rules,
    Send,
    Subscribed,
    Unsubscribed,
)
from actors.venues.wooxpro.simulator.faults import FaultKind
from actors.venues.wooxpro.simulator.venue import Venue
from engine.simulator.frames import text_frame
from engine.simulator.moment import Moment
from engine.simulator.wire import Wire, reset

CLOSE_S: Final = 2.0
"""How long a closing handshake may take before the connection is cut."""


class Peer:
    """A subscriber on a socket.

    Args:
        wire: the stream.
        venue: where it is subscribed.
        number: of the connection, for the log and for faults.
        endpoint: `public` or `private`, by its path.
        clock: the present moment.
        kick: wakes whoever moves the market, because something is due earlier now.
    """

    def __init__(
        self,
        wire: Wire,
        venue: Venue,
        *,
        number: int,
        endpoint: str,
        rules: Rules,
        clock: Callable[[], Moment],
        kick: Callable[[], None],
    ) -> None:
        self.number = number
        self.endpoint = endpoint
        self.wire = wire
        self.connection = Connection(rules, clock().mono_ns)
        self.connection.reject_login = self._rejects_login
        self.scope = trio.CancelScope()
        self.ended = ""
        self._venue = venue
        self._clock = clock
        self._kick = kick
        self._outbox: list[bytes] = []
        self._outbox_bytes = 0
        self._wake = trio.Event()
        self._tearing = False
        self._order: tuple[FaultKind, int] | None = None
        self._ordered = trio.Event()

    # --- Sink -----------------------------------------------------------------------------

    @property
    def account(self) -> str | None:
        """The account that is logged in."""
        return self.connection.account

    def push(self, frame: bytes) -> None:
        """Queue one frame; a client that is too slow is cut off."""
        if self._tearing:
            return
        self._outbox.append(frame)
        self._outbox_bytes += len(frame)
        self._wake.set()
        if self._outbox_bytes > self._venue.settings.outbox_bytes_max:
            self.cut("slow client")

    def torn(self, part: bytes) -> None:
        """Queue a part of a frame; the connection ends when it is sent."""
        self.push(part)
        self._tearing = True

    def cut(self, why: str) -> None:
        """End the connection with a reset."""
        self.ended = self.ended or why
        reset(self.wire.stream)
        self.scope.cancel()

    def order_end(self, kind: FaultKind, code: int) -> None:
        """Half-close or close the connection soon, as a fault asks for."""
        self._order = (kind, code)
        self._ordered.set()

    # --- tasks ----------------------------------------------------------------------------

    async def run(self, websocket: WebSocketConnection) -> None:
        """Serve until either side closes."""
        with self.scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write)
                nursery.start_soon(self._watch, websocket)
                nursery.start_soon(self._end_on_order, websocket)
                await self._read(websocket)
                nursery.cancel_scope.cancel()

    async def _read(self, websocket: WebSocketConnection) -> None:
        try:
            while True:
                message = await websocket.get_message()
                text = message if isinstance(message, str) else message.decode("utf-8", "replace")
                self.receive(text)
        except ConnectionClosed as closed:
            code = closed.reason.code if closed.reason is not None else 1006
            self.ended = self.ended or f"closed {code}"

    def receive(self, text: str) -> None:
        """Carry out what one frame asks for."""
        now = self._clock()
        late_ack: bytes | None = None
        for action in self.connection.receive(text, now):
            if isinstance(action, Send):
                late_ack = self._answer(action)
            elif isinstance(action, Subscribed):
                self._log("subscribe", now, topic=action.topic.text)
                self._venue.subscribe(self, action.topic, now, late_ack=late_ack)
            elif isinstance(action, Unsubscribed):
                self._log("unsubscribe", now, topic=action.topic.text)
                self._venue.unsubscribe(self, action.topic)
            elif isinstance(action, Requested):
                self._venue.request(self, action.topic, now)
            elif isinstance(action, LoginTried):
                accepted = action.account is not None
                self._log("login", now, api_key=action.api_key, accepted=accepted)
        self._kick()

    def _answer(self, action: Send) -> bytes | None:
        """Send an answer, or return it when a fault wants it to follow the first data."""
        frame, faults = text_frame(action.text), self._venue.faults
        if faults and action.ack_of and faults.take((FaultKind.ACK_AFTER_DATA,), action.ack_of):
            return frame
        self.push(frame)
        return None

    def _rejects_login(self) -> bool:
        return self._venue.faults.take((FaultKind.REJECT_LOGIN,), self.endpoint) is not None

    def _log(self, kind: str, now: Moment, **details: object) -> None:
        self._venue.log.append(kind, now, connection=self.number, endpoint=self.endpoint, **details)

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake = trio.Event()
                data, self._outbox = b"".join(self._outbox), []
                await self.wire.send_all(data)
                self._outbox_bytes -= len(data)
                if self._tearing:
                    self.cut("torn frame")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.ended = self.ended or "lost"
            self.scope.cancel()

    async def _watch(self, websocket: WebSocketConnection) -> None:
        """Close the connection when the venue's timing rules say so."""
        while True:
            now_ns = self._clock().mono_ns
            if self.wire.muted:  # silent on purpose: the venue's own rules must not end it
                self.connection.activity(now_ns)
            why = self.connection.expired(now_ns)
            if why:
                self.ended = why
                await self.close(websocket, 1000)
                return
            await trio.sleep((self.connection.next_deadline_ns() - now_ns) / 1e9)

    async def _end_on_order(self, websocket: WebSocketConnection) -> None:
        await self._ordered.wait()
        if self._order is None:
            return
        kind, code = self._order
        self.ended = f"{kind.value} by fault"
        if kind is FaultKind.HALF_CLOSE:
            await self.wire.send_eof()
        else:
            await self.close(websocket, code)

    async def close(self, websocket: WebSocketConnection, code: int) -> None:
        """Close in order; cut when the client does not play along."""
        with trio.move_on_after(CLOSE_S):
            await websocket.aclose(code)
        self.scope.cancel()
