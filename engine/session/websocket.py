"""The WebSocket driver: one connection, from name look-up to close, without any venue's words.

It stands on trio-websocket with the frame tap below it. The connection lives in a nursery of our own
(never `open_websocket`): a legal ping that arrives while we close makes trio-websocket 0.12 fail in
its reader task (its issue 184), and only a nursery that we unpack ourselves turns that into a classed
end instead of a stray cancellation. The protocol is called straight from the reader, so a slow
consumer elsewhere never delays an answer to a ping.
"""

import ssl
from collections import deque
from contextlib import suppress

import attrs
import h11
import trio
import trio_websocket
from wsproto.utilities import LocalProtocolError as WebSocketLocalError

from engine.errors import (
    ConnectFailed,
    ConnectionLost,
    InvariantViolation,
    LimitExceeded,
    RemoteProtocolError,
    TransportError,
)
from engine.session.address import address_of
from engine.session.closing import closed_by_venue
from engine.session.contract import SendFrame, Target
from engine.session.framecutter import CLOSE_PROTOCOL_ERROR, CLOSE_TOO_BIG, MESSAGE_BYTES_MAX
from engine.session.frametap import RECEIVE_BYTES, FrameTap
from engine.session.retryafter import retry_after_s
from engine.session.stream import OpenStream, StreamEnd, StreamHandler
from engine.session.tls import verifying_context

CLOSE_NORMAL = 1000

PINGS_AWAITED_MAX = 8
"""Pings without an answer; a peer that answers none of so many is left by the silence ladder anyway."""


@attrs.frozen(kw_only=True)
class WebSocketOptions:
    """Limits of one connection.

    Attributes:
        connect_timeout_s: for name look-up, TCP, TLS and the WebSocket handshake together.
        close_timeout_s: how long a close handshake may take before the socket is just closed.
        write_timeout_s: how long a venue may refuse to read before it counts as gone.
        message_bytes_max: longest message, all fragments together, unless the target says otherwise.
        frames_queued_max: frames waiting to be written; more means that the venue does not read.
        plain_allowed: permits `ws://` to loopback; see `Target.plain_accepted` for others.
        ssl_context: None for the system's authorities with verification.
    """

    connect_timeout_s: float = 10.0
    close_timeout_s: float = 1.0
    write_timeout_s: float = 5.0
    message_bytes_max: int = MESSAGE_BYTES_MAX
    frames_queued_max: int = 1024
    plain_allowed: bool = False
    ssl_context: ssl.SSLContext | None = None


def websocket_opener(options: WebSocketOptions) -> OpenStream:
    """A maker of connections with these limits, for the session driver."""

    def open_stream(target: Target, handler: StreamHandler) -> "WebSocketStream":
        return WebSocketStream(target, handler, options)

    return open_stream


class WebSocketStream:
    """One connection to a WebSocket venue (`VenueStream`); `run` once."""

    def __init__(self, target: Target, handler: StreamHandler, options: WebSocketOptions) -> None:
        self._target = target
        self._handler = handler
        self._options = options
        self._address = address_of(
            target.url, plain_allowed=options.plain_allowed, plain_accepted=target.plain_accepted
        )
        self._outgoing: deque[SendFrame] = deque()
        self._pings: deque[bytes] = deque()
        self._awaited: set[bytes] = set()
        self._written = trio.Event()
        self._ending = trio.Event()
        self._error: Exception | None = None
        self._opened = False
        self._refused: trio_websocket.ConnectionRejected | None = None
        self._transport: trio.abc.Stream | None = None
        self._connecting = trio.CancelScope()

    def send(self, frame: SendFrame) -> None:
        """Queue one frame for the writer. Raises LimitExceeded when the venue does not read."""
        if len(self._outgoing) >= self._options.frames_queued_max:
            raise LimitExceeded(
                f"{len(self._outgoing)} frames wait to be written: the venue does not read"
            )
        self._outgoing.append(frame)
        self._written.set()

    def ping(self, payload: bytes) -> None:
        """Queue a ping frame, unless too many or just this one await their answers."""
        if payload not in self._awaited and len(self._awaited) < PINGS_AWAITED_MAX:
            self._awaited.add(payload)
            self._pings.append(payload)
            self._written.set()

    def close(self, error: Exception | None) -> None:
        """End the connection; the first reason given is the one that counts."""
        if not self._ending.is_set():
            self._error = error
            self._ending.set()
            self._connecting.cancel()

    def unsent(self) -> tuple[SendFrame, ...]:
        """What was still queued: no byte of these frames was handed to the transport."""
        return tuple(self._outgoing)

    async def run(self) -> StreamEnd:
        """Connect, deliver, and tell how it ended. Raises only what is a bug of ours."""
        try:
            async with trio.open_nursery() as nursery:
                await self._carry(nursery)
                nursery.cancel_scope.cancel()
        except* (TransportError, RemoteProtocolError) as group:
            self.close(_leaf(group))
        except* (trio_websocket.HandshakeError, h11.ProtocolError) as group:
            self.close(self._handshake_error(_leaf(group)))
        except* WebSocketLocalError as group:
            # The known defect: a ping met our close frame. While closing that is no news.
            self.close(ConnectionLost(f"trio-websocket gave up: {_leaf(group)}"))
        finally:
            if self._transport is not None:
                await trio.aclose_forcefully(self._transport)
        return self._end()

    def _end(self) -> StreamEnd:
        error, status, wait_s = self._error, 0, 0.0
        if self._refused is not None:
            status = self._refused.status_code
            wait_s = retry_after_s(dict(self._refused.headers or ()).get(b"retry-after", b""))
        elif isinstance(error, ConnectionLost) and not self._opened:
            error = ConnectFailed(str(error))
        return StreamEnd(
            error=error, opened=self._opened, refused_status=status, retry_after_s=wait_s
        )

    async def _carry(self, nursery: trio.Nursery) -> None:
        connected = await self._connect(nursery)
        if connected is None:
            return
        websocket, tap = connected
        self._opened = True
        self._handler.stream_opened()
        tap.release()
        nursery.start_soon(self._watch, websocket)
        nursery.start_soon(self._write, nursery, websocket, tap)
        await self._ending.wait()
        tap.mute()
        with trio.move_on_after(self._options.close_timeout_s):
            await websocket.aclose(_close_code(self._error))

    async def _connect(
        self, nursery: trio.Nursery
    ) -> tuple[trio_websocket.WebSocketConnection, FrameTap] | None:
        """None when we were asked to close, or no answer came in time (then that is the error)."""
        self._connecting.deadline = trio.current_time() + self._options.connect_timeout_s
        with self._connecting:
            tap = FrameTap(
                await self._open_transport(),
                self._handler.stream_received,
                self.close,
                message_bytes_max=self._target.message_bytes_max or self._options.message_bytes_max,
            )
            websocket = await trio_websocket.wrap_client_stream(
                nursery,
                tap,  # type: ignore[arg-type]  # documented for "an arbitrary stream"
                self._address.host_header,
                self._address.resource,
                extra_headers=[(n.encode(), v.encode()) for n, v in self._target.headers],
                receive_buffer_size=RECEIVE_BYTES,
            )
            return websocket, tap
        self.close(
            ConnectFailed(
                f"{self._address.host} did not answer within {self._options.connect_timeout_s:g} s"
            )
        )
        return None

    async def _open_transport(self) -> trio.abc.Stream:
        """TCP, then TLS; `_transport` is what `run` has to close, however far this came."""
        host, port = self._address.host, self._address.port
        try:
            plain = await trio.open_tcp_stream(host, port)
        except OSError as error:
            raise ConnectFailed(f"no connection to {host}:{port}: {error}") from error
        self._transport = plain
        if not self._address.encrypted:
            return plain
        secure = trio.SSLStream(
            plain,
            self._options.ssl_context or verifying_context(),
            server_hostname=host,
            https_compatible=True,
        )
        try:
            await secure.do_handshake()
        except trio.BrokenResourceError as error:
            raise ConnectFailed(f"no TLS with {host}: {error.__cause__ or error}") from error
        self._transport = secure
        return secure

    async def _watch(self, websocket: trio_websocket.WebSocketConnection) -> None:
        try:
            await websocket.get_message()
        except trio_websocket.ConnectionClosed as closed:
            reason = closed.reason
            # Without a reason the reader has died. Its own exception says why, and would be lost to
            # a Cancelled if we raised first: it still has a checkpoint on its way out.
            if self._ending.is_set() or reason is None:
                return
            self.close(
                ConnectionLost(closed_by_venue(reason.code, reason.reason or str(reason.name)))
            )
            return
        raise InvariantViolation("a data message went past the frame tap")

    async def _write(
        self,
        nursery: trio.Nursery,
        websocket: trio_websocket.WebSocketConnection,
        tap: FrameTap,
    ) -> None:
        while True:
            while self._outgoing:
                await self._write_one(websocket, tap, self._outgoing[0])
                if self._ending.is_set():
                    return
            while self._pings:
                nursery.start_soon(self._ping_one, websocket, self._pings.popleft())
            self._written = trio.Event()
            await self._written.wait()

    async def _ping_one(
        self, websocket: trio_websocket.WebSocketConnection, payload: bytes
    ) -> None:
        """Until it is answered; that the connection has ended is told by the reader."""
        try:
            with suppress(trio_websocket.ConnectionClosed):
                await websocket.ping(payload)
        finally:
            self._awaited.discard(payload)

    async def _write_one(
        self, websocket: trio_websocket.WebSocketConnection, tap: FrameTap, frame: SendFrame
    ) -> None:
        writes = tap.writes
        try:
            with trio.fail_after(self._options.write_timeout_s):
                await websocket.send_message(frame.data)
        except trio_websocket.ConnectionClosed as closed:
            self.close(ConnectionLost(f"the connection broke while writing: {closed!r}"))
        except trio.TooSlowError:
            self.close(
                ConnectionLost(f"the venue read nothing for {self._options.write_timeout_s:g} s")
            )
        finally:
            # Only a frame whose writing has not begun may be claimed as not sent. A pong written
            # meanwhile counts against us, which is the safe side.
            if tap.writes != writes:
                self._outgoing.popleft()

    def _handshake_error(self, error: Exception) -> Exception:
        if isinstance(error, trio_websocket.ConnectionRejected):
            self._refused = error
            return ConnectFailed(f"the venue refused the WebSocket with HTTP {error.status_code}")
        return RemoteProtocolError(f"the venue's answer is no WebSocket handshake: {error}")


def _close_code(error: Exception | None) -> int:
    if isinstance(error, LimitExceeded):
        return CLOSE_TOO_BIG
    if isinstance(error, RemoteProtocolError):
        return int(getattr(error, "close_code", CLOSE_PROTOCOL_ERROR))
    return CLOSE_NORMAL


def _leaf(error: BaseException) -> Exception:
    """The first real exception of a group, groups in it unpacked."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if not isinstance(error, Exception):
        raise InvariantViolation(f"{type(error).__name__} in a group of errors") from error
    return error
