"""One client on its socket: the outbox, and the tasks that read, write and watch the clock.

A client that does not read fills its outbox: what was to be sent is thrown away, it is told the backlog
result, and the connection ends. Faults silence, half-close or reset the stream.
"""

from collections.abc import Callable
from typing import Final

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from actors.venues.t4.simulator import logins
from actors.venues.t4.simulator.codes import LoginResult
from actors.venues.t4.simulator.connection import NORMAL_CLOSE, Connection
from actors.venues.t4.simulator.faults import FaultKind
from actors.venues.t4.simulator.hub import BROKEN, UNKNOWN_ENVELOPE
from actors.venues.t4.simulator.routes import HANDLERS
from actors.venues.t4.simulator.venue import Venue, frame
from engine.simulator.frames import binary_frame
from engine.simulator.moment import NS, Moment
from engine.simulator.wire import Wire, reset

CLOSE_S: Final = 5.0
"""How long an end in order may take before the connection is cut."""
LATE_MAX: Final = 1_000
"""Requests that a fault may hold back on one connection; beyond it they are processed at once."""
TEXT_CLOSE: Final = 1003
_NONSENSE: Final = {
    FaultKind.BREAK_FRAME: BROKEN,
    FaultKind.UNKNOWN_ENVELOPE: UNKNOWN_ENVELOPE,
    FaultKind.EMPTY_ENVELOPE: b"",
}


class Peer:
    """A connection's owner.

    Args:
        wire: its socket.
        venue: what its messages work on.
        number: of the connection, for the log and for faults.
        clock: the present.
        kick: to be called when something may be due earlier than the server believes.
    """

    def __init__(
        self,
        wire: Wire,
        venue: Venue,
        *,
        number: int,
        clock: Callable[[], Moment],
        kick: Callable[[], None],
    ) -> None:
        self.wire = wire
        self.ended = ""
        self.scope = trio.CancelScope()
        self._number = number
        self._venue = venue
        self._clock = clock
        self._kick = kick
        self.connection = Connection(venue, self, handlers=HANDLERS, clock=clock, opened=clock())
        self._outbox: list[bytes] = []
        self._outbox_bytes = 0
        self._late = 0
        self._wake = trio.Event()
        self._timing = trio.Event()
        self._nursery: trio.Nursery | None = None
        self._flushed = trio.Event()
        self._flushed.set()
        self._shut = False
        self._tearing = False
        self._farewell: tuple[int, float] | None = None
        self._half_close = False
        self._leaving = trio.Event()

    @property
    def number(self) -> int:
        """Of the connection."""
        return self._number

    @property
    def username(self) -> str:
        """Who is logged in, "" for nobody."""
        session = self.connection.session
        return "" if session is None else session.user.username

    # --- Outbox ---------------------------------------------------------------------------

    def push(self, frame_: bytes) -> None:
        """Queue whole frames; a client that is too slow is cut off."""
        if self._shut:
            return
        self._queue(frame_)
        if self._outbox_bytes > self._venue.settings.outbox_bytes_max:
            self._outbox.clear()
            self._venue.log.append("backlog", self._clock(), connection=self._number)
            self.end_session(LoginResult.API_MESSAGE_BACKLOG, "message backlog")

    def _queue(self, data: bytes) -> None:
        self._outbox.append(data)
        self._outbox_bytes += len(data)
        self._wake.set()
        if self._flushed.is_set():
            self._flushed = trio.Event()

    def torn(self, part: bytes) -> None:
        """Queue a part of a frame; the connection ends when it is sent."""
        self.push(part)
        self._shut = self._tearing = True

    def end_session(self, result: LoginResult, reason: str) -> None:
        """Tell an unsolicited login result, then close."""
        self._queue(frame("login_response", logins.refusal(result, reason)))
        self.connection.ended = True
        self.farewell(NORMAL_CLOSE, reason)

    def farewell(self, code: int, reason: str, *, after_s: float = 0.0) -> None:
        """Send what is queued, then close (so much later)."""
        self.ended = self.ended or reason
        self._shut = True
        self._farewell = self._farewell or (code, after_s)
        self._leaving.set()

    def half_close(self) -> None:
        """Close the sending half, as a fault asks for."""
        self._half_close = True
        self.farewell(NORMAL_CLOSE, "half_close by fault")

    def cut(self, why: str) -> None:
        """End the connection with a reset."""
        self.ended = self.ended or why
        reset(self.wire.stream)
        self.scope.cancel()

    def later(self, after_s: float, do: Callable[[], None]) -> None:
        """Do something so much later, if the connection is still there."""
        if self._nursery is None or self._late >= LATE_MAX:
            do()
            return
        self._nursery.start_soon(self._later, after_s, do)

    async def _later(self, after_s: float, do: Callable[[], None]) -> None:
        self._late += 1
        try:
            await trio.sleep(after_s)
            do()
            self._kick()
        finally:
            self._late -= 1

    def misspeak(self, kind: FaultKind) -> None:
        """Say what no client expects."""
        self.push(binary_frame(_NONSENSE[kind]))

    # --- tasks ----------------------------------------------------------------------------

    async def run(self, websocket: WebSocketConnection) -> None:
        """Serve until either side closes."""
        with self.scope:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                nursery.start_soon(self._write)
                nursery.start_soon(self._watch)
                nursery.start_soon(self._leave, websocket)
                await self._read(websocket)
                nursery.cancel_scope.cancel()

    async def _read(self, websocket: WebSocketConnection) -> None:
        try:
            while True:
                message = await websocket.get_message()
                now = self._clock()
                if isinstance(message, str):
                    self.connection.ended = True
                    self.farewell(TEXT_CLOSE, "text")
                    continue
                self.connection.receive(bytes(message), now)
                self._timing.set()
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
                self._outbox_bytes = len(data)
                await self.wire.send_all(data)
                self._outbox_bytes -= len(data)
                self.connection.sent(self._clock().mono_ns)
                if self._tearing:
                    self.cut("torn frame")
                elif not self._outbox:
                    self._flushed.set()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.ended = self.ended or "lost"
            self.scope.cancel()

    async def _watch(self) -> None:
        """The venue's timing rules; a login brings an earlier deadline."""
        while True:
            now = self._clock()
            if self.wire.muted:  # silent on purpose: the venue's rules must not end it
                self.connection.heard(now.mono_ns)
            self.connection.due(now)
            wait_s = max(0.0, (self.connection.next_deadline_ns() - now.mono_ns) / NS)
            self._timing = trio.Event()
            if self.connection.ended:
                return
            with trio.move_on_after(wait_s):
                await self._timing.wait()

    async def _leave(self, websocket: WebSocketConnection) -> None:
        """Close in order once it is time; cut when the client does not play along."""
        await self._leaving.wait()
        code, after_s = self._farewell or (NORMAL_CLOSE, 0.0)
        await trio.sleep(after_s)
        with trio.move_on_after(CLOSE_S) as scope:
            await self._flushed.wait()
            if self._half_close:
                await self.wire.send_eof()
                return
            await websocket.aclose(code)
        if scope.cancelled_caught:
            reset(self.wire.stream)
        self.scope.cancel()
