"""The TCP driver: one plain byte stream, from name look-up to close, without any venue's words.

The same contract as the WebSocket driver, but for what a frame is: bytes are handed on as they come, and
the protocol cuts packets out of them. It reads at most so much at a time and keeps nothing, so a venue
that floods us fills its own socket; what we write is queued in order and bounded.
"""

from collections import deque

import attrs
import trio

from engine.errors import (
    ConnectFailed,
    ConnectionLost,
    LimitExceeded,
    LocalProtocolError,
    RemoteProtocolError,
)
from engine.session.address import address_of
from engine.session.contract import SendFrame, Target
from engine.session.stream import OpenStream, StreamEnd, StreamHandler

TCP_SCHEME = "tcp://"

RECEIVE_BYTES = 65536
"""Asked of the socket at once: a burst is handed on in one wake-up."""


@attrs.frozen(kw_only=True)
class TcpOptions:
    """Limits of one connection.

    Attributes:
        connect_timeout_s: for name look-up and TCP together.
        write_timeout_s: how long a venue may refuse to read before it counts as gone.
        frames_queued_max: frames waiting to be written; more means that the venue does not read.
        plain_allowed: permits connections to loopback; see `Target.plain_accepted` for others.
    """

    connect_timeout_s: float = 10.0
    write_timeout_s: float = 5.0
    frames_queued_max: int = 1024
    plain_allowed: bool = False


def tcp_opener(options: TcpOptions) -> OpenStream:
    """A maker of connections with these limits, for the session driver."""

    def open_stream(target: Target, handler: StreamHandler) -> "TcpStream":
        return TcpStream(target, handler, options)

    return open_stream


class TcpStream:
    """One connection to a TCP venue (`VenueStream`); `run` once."""

    def __init__(self, target: Target, handler: StreamHandler, options: TcpOptions) -> None:
        self._handler = handler
        self._options = options
        self._address = address_of(
            target.url, plain_allowed=options.plain_allowed, plain_accepted=target.plain_accepted
        )
        self._outgoing: deque[SendFrame] = deque()
        self._written = trio.Event()
        self._ending = trio.Event()
        self._error: Exception | None = None
        self._opened = False
        self._connecting = trio.CancelScope()

    def send(self, frame: SendFrame) -> None:
        """Queue one frame of bytes for the writer.

        Raises:
            LimitExceeded: the venue does not read.
            LocalProtocolError: text, which a byte stream has no form for.
        """
        if isinstance(frame.data, str):
            raise LocalProtocolError("a text frame for a TCP connection")
        if len(self._outgoing) >= self._options.frames_queued_max:
            raise LimitExceeded(
                f"{len(self._outgoing)} frames wait to be written: the venue does not read"
            )
        self._outgoing.append(frame)
        self._written.set()

    def ping(self, payload: bytes) -> None:
        """TCP has none: a protocol over TCP has words of its own for it."""

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
        stream = await self._connect()
        if stream is not None:
            try:
                await self._carry(stream)
            finally:
                await trio.aclose_forcefully(stream)
        return StreamEnd(error=self._error, opened=self._opened)

    async def _connect(self) -> trio.SocketStream | None:
        """None when we were asked to close, or no connection came about (then that is the error)."""
        host, port = self._address.host, self._address.port
        self._connecting.deadline = trio.current_time() + self._options.connect_timeout_s
        with self._connecting:
            try:
                return await trio.open_tcp_stream(host, port)
            except OSError as error:
                self.close(ConnectFailed(f"no connection to {host}:{port}: {error}"))
                return None
        wait_s = self._options.connect_timeout_s
        self.close(ConnectFailed(f"{host}:{port} did not answer within {wait_s:g} s"))
        return None

    async def _carry(self, stream: trio.SocketStream) -> None:
        self._opened = True
        self._handler.stream_opened()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read, stream)
            nursery.start_soon(self._write, stream)
            await self._ending.wait()
            nursery.cancel_scope.cancel()

    async def _read(self, stream: trio.SocketStream) -> None:
        while True:
            try:
                data = await stream.receive_some(RECEIVE_BYTES)
            except trio.BrokenResourceError as error:
                self.close(ConnectionLost(f"the connection broke: {error.__cause__ or error}"))
                return
            if not data:
                self.close(ConnectionLost("the venue ended the connection"))
                return
            if self._ending.is_set():
                return
            try:
                self._handler.stream_received([bytes(data)])
            except (RemoteProtocolError, LimitExceeded) as error:
                self.close(error)
                return

    async def _write(self, stream: trio.SocketStream) -> None:
        while True:
            while self._outgoing and not self._ending.is_set():
                # Once it is handed over, some of its bytes may be on their way.
                frame = self._outgoing.popleft()
                if isinstance(frame.data, bytes):
                    await self._write_one(stream, frame.data)
            self._written = trio.Event()
            await self._written.wait()

    async def _write_one(self, stream: trio.SocketStream, data: bytes) -> None:
        try:
            with trio.fail_after(self._options.write_timeout_s):
                await stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            self.close(
                ConnectionLost(f"the connection broke while writing: {error.__cause__ or error}")
            )
        except trio.TooSlowError:
            self.close(
                ConnectionLost(f"the venue read nothing for {self._options.write_timeout_s:g} s")
            )
