"""One WebSocket client on its socket: the outbox and the tasks of its connection.

trio-websocket keeps the handshake, control frames and everything received; data frames are written
here as ready-made bytes through the same locked stream. What a client that does not read leaves
unsent is bounded as at the gateway: the newest message is lost, without a word.
"""

import select
from collections.abc import Callable
from typing import Final

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from actors.venues.webctp.simulator.api import Api
from actors.venues.webctp.simulator.faults import FaultKind
from actors.venues.webctp.simulator.mdapi import MdApi
from actors.venues.webctp.simulator.tradeapi import TradeApi
from actors.venues.webctp.simulator.venue import Venue
from engine.simulator.frames import ping_frame
from engine.simulator.moment import NS, Moment
from engine.simulator.wire import Wire, reset

CLOSE_S: Final = 2.0
"""How long a closing handshake may take before the connection is cut."""
OUTBOX_BYTES_MAX: Final = 64 * 1024 * 1024
"""Beyond it messages are lost whoever is slow."""
KINDS: Final[dict[str, type[Api]]] = {"market_data": MdApi, "trade": TradeApi}


class Peer:
    """A client on a socket.

    Args:
        wire: the stream.
        venue: what is behind the gateway.
        number: of the connection, for the log and for faults.
        endpoint: `market_data` or `trade`.
        clock: the present moment.
        kick: wakes whoever moves the venue, because something is due earlier now.
    """

    def __init__(
        self,
        wire: Wire,
        venue: Venue,
        *,
        number: int,
        endpoint: str,
        clock: Callable[[], Moment],
        kick: Callable[[], None],
    ) -> None:
        self.number = number
        self.endpoint = endpoint
        self.wire = wire
        self.scope = trio.CancelScope()
        self.ended = ""
        self.lost = 0
        self.heard_ns = clock().mono_ns
        self.api = KINDS[endpoint](venue, self, number)
        self._venue = venue
        self._clock = clock
        self._kick = kick
        self._outbox: list[bytes] = []
        self._outbox_bytes = 0
        self._blocked_since_ns: int | None = None
        self._wake = trio.Event()
        self._tearing = False
        self._order: tuple[FaultKind, int] | None = None
        self._ordered = trio.Event()

    # --- Sink -----------------------------------------------------------------------------

    def push(self, frame: bytes) -> None:
        """Queue one frame, or lose it when the client has left too much unread."""
        if self._tearing:
            return
        unsent = self._outbox_bytes + len(frame)
        if unsent > OUTBOX_BYTES_MAX or (
            unsent > self._venue.settings.unsent_bytes_max and self._blocked()
        ):
            self.lost += 1
            return
        self._outbox.append(frame)
        self._outbox_bytes += len(frame)
        self._wake.set()

    def _blocked(self) -> bool:
        """Whether what is unsent waits for the client, and not only for its turn here."""
        fileno = self.wire.stream.socket.fileno()
        if fileno < 0:
            return True
        poll = select.poll()
        poll.register(fileno, select.POLLOUT)
        if poll.poll(0):
            return False
        now_ns = self._clock().mono_ns
        if self._blocked_since_ns is None:
            self._blocked_since_ns = now_ns
        return now_ns - self._blocked_since_ns >= self._venue.settings.blocked_s * NS

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
                nursery.start_soon(self._watch)
                nursery.start_soon(self._end_on_order, websocket)
                self.api.greet(self._clock())
                await self._read(websocket)
                nursery.cancel_scope.cancel()

    async def _read(self, websocket: WebSocketConnection) -> None:
        try:
            while True:
                message = await websocket.get_message()
                size = len(message.encode() if isinstance(message, str) else message)
                if size > self._venue.settings.frame_bytes_max:
                    self.ended = self.ended or "frame too long"
                    self.scope.cancel()
                    return
                self.api.receive(message, self._clock())
                self._kick()
        except ConnectionClosed as closed:
            code = closed.reason.code if closed.reason is not None else 1006
            self.ended = self.ended or f"closed {code}"

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake = trio.Event()
                data, self._outbox = b"".join(self._outbox), []
                await self.wire.send_all(data)
                self._blocked_since_ns = None
                self._outbox_bytes -= len(data)
                if self._tearing:
                    self.cut("torn frame")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.ended = self.ended or "lost"
            self.scope.cancel()

    async def _watch(self) -> None:
        """Ping a client that is silent, and close it when it stays so."""
        settings = self._venue.settings
        ping_ns, close_ns = int(settings.idle_ping_s * NS), int(settings.idle_close_s * NS)
        pinged_ns = 0
        while True:
            now_ns = self._clock().mono_ns
            if self.wire.muted:  # silent on purpose: the gateway's own rules must not end it
                self.heard_ns = now_ns
            if now_ns >= self.heard_ns + close_ns:
                self.cut("idle")
                return
            if now_ns >= self.heard_ns + ping_ns and pinged_ns < self.heard_ns:
                pinged_ns = now_ns
                self.push(ping_frame(b""))
            next_ns = self.heard_ns + (close_ns if pinged_ns >= self.heard_ns else ping_ns)
            await trio.sleep(max(0.001, (next_ns - now_ns) / NS))

    async def _end_on_order(self, websocket: WebSocketConnection) -> None:
        await self._ordered.wait()
        if self._order is None:
            return
        kind, code = self._order
        self.ended = f"{kind.value} by fault"
        if kind is FaultKind.HALF_CLOSE:
            await self.wire.send_eof()
        else:
            with trio.move_on_after(CLOSE_S):
                await websocket.aclose(code)
            self.scope.cancel()
