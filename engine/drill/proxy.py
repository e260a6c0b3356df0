"""A TCP proxy that does harm: stands between a session and its venue, understands neither.

It forwards bytes and knows no messages, so it cannot be kind by accident. What it does to them is one
`LinkFault`, changed at any moment and in force at once, for open connections as for new ones. Loopback
only; the harness runs it in its own process, so it outlives whatever dies under it.
"""

import contextlib
import socket
import struct
from enum import StrEnum
from math import inf
from random import Random
from typing import Final

import attrs
import trio

CHUNK_BYTES: Final = 16 << 10
"""Read at once; small enough for faults to fall into the middle of things."""

CHUNKS_WAITING_MAX: Final = 64
"""Read and not yet forwarded, per direction; beyond it the sender feels it, as on a real link."""

CONNECTIONS_MAX: Final = 256
"""Open at one time; a client that opens more is reset."""

SLICE_PAUSE_S: Final = 0.0005
"""Between two single bytes, so that the receiver wakes up for each."""
SLICED_BYTES_MAX: Final = 512
"""Of each chunk so many are sent one by one, the rest at once: bytes of a frame's head matter most,
and 16 KiB one by one would be a slow link and no torn one."""

CONNECT_WITHIN_S: Final = 5.0
BANDWIDTH_STEP_S: Final = 0.05

_LINGER_NONE: Final = struct.pack("ii", 1, 0)


class LinkMode(StrEnum):
    """What the link does; the comment says what `value` is."""

    LATENCY = "latency"  # seconds that every byte is late
    SLICE = "slice"  # bytes arrive one by one
    LIMIT = "limit"  # bytes after which the connection is closed
    BLACKHOLE = "blackhole"  # nothing moves, nothing is closed; what was sent arrives after healing
    RESET = "reset"  # RST, at once and to all comers
    SLOW_CLOSE = "slow_close"  # seconds between the end of one side and that of the other
    BANDWIDTH = "bandwidth"  # bytes per second
    CORRUPT = "corrupt"  # share of chunks in which one byte becomes 0xff
    REFUSE = "refuse"  # nobody listens; open connections stay


class Direction(StrEnum):
    """Which way a fault works."""

    UP = "up"
    """From the client to the server."""
    DOWN = "down"
    """From the server to the client."""
    BOTH = "both"


@attrs.frozen
class LinkFault:
    """One thing that is wrong with a link; two equal faults are two incidents."""

    mode: LinkMode
    value: float = 0.0
    direction: Direction = Direction.BOTH

    def hits(self, direction: Direction) -> bool:
        """Whether it concerns bytes that go this way."""
        return self.direction in (Direction.BOTH, direction)


class Proxy:
    """One listening address in front of one server.

    Attributes:
        address: (host, port) to connect to, once `run` has reported.
        connections: open ones.
        accepted: connections so far.
        passed: bytes forwarded so far, each way.
        longest: bytes that one connection alone has carried, the most since `measure_anew`, each way.
    """

    def __init__(
        self, host: str, port: int, *, seed: int = 0, listen_host: str = "127.0.0.1"
    ) -> None:
        """Nothing is opened yet.

        Args:
            host: of the server.
            port: of the server.
            seed: decides which bytes are corrupted.
            listen_host: a loopback address.
        """
        self.address: tuple[str, int] = (listen_host, 0)
        self.accepted = 0
        self.passed = dict.fromkeys((Direction.UP, Direction.DOWN), 0)
        self.longest = dict(self.passed)
        self.connections: set[_Connection] = set()
        self.random = Random(seed)  # noqa: S311 - reproducible harm, no secret
        self._server = (host, port)
        self._fault: LinkFault | None = None
        self._changed = trio.Event()
        self._to_hold = b""

    @property
    def passed_bytes(self) -> int:
        """Forwarded so far, both ways."""
        return sum(self.passed.values())

    def measure_anew(self) -> None:
        """Forget which connection has carried the most so far."""
        self.longest = dict.fromkeys(self.longest, 0)

    @property
    def fault(self) -> LinkFault | None:
        """What is wrong now."""
        return self._fault

    def set(self, fault: LinkFault | None) -> None:
        """Make the link do this from now on; None heals it."""
        self._fault = fault
        if fault is not None and fault.mode is LinkMode.RESET:
            self.reset_all()
        self._changed.set()
        self._changed = trio.Event()

    def reset_all(self) -> None:
        """RST to both ends of every open connection."""
        for connection in list(self.connections):
            connection.end(reset=True)

    def hold(self) -> None:
        """A black hole for the connections that are open now; new ones are not concerned."""
        for connection in self.connections:
            connection.held = True

    def hold_next(self, carrying: bytes) -> None:
        """A black hole for the one connection that next has these bytes to carry up, old or new."""
        self._to_hold = carrying

    def holds(self, data: bytes) -> bool:
        """Whether the connection with these bytes to carry up is the one to be held; asked once."""
        found = bool(self._to_hold) and self._to_hold in data
        if found:
            self._to_hold = b""
        return found

    def release(self) -> None:
        """What is held goes on."""
        self._to_hold = b""
        for connection in self.connections:
            connection.held = False
        self._changed.set()
        self._changed = trio.Event()

    def inject(self, data: bytes) -> None:
        """Have every open connection's client read these bytes after what is under way to it."""
        for connection in self.connections:
            connection.inject(data)

    async def changed(self) -> None:
        """Wait until another fault, or none, is set, or what was held is released."""
        await self._changed.wait()

    async def run(
        self, *, task_status: trio.TaskStatus[tuple[str, int]] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Forward until cancelled; reports the address once it listens.

        Raises:
            OSError: the address cannot be listened on (again).
        """
        async with trio.open_nursery() as connections:
            first = True
            while True:
                listener = await self._listen()
                self.address = listener.socket.getsockname()[:2]
                if first:
                    task_status.started(self.address)
                first = False
                async with listener, trio.open_nursery() as nursery:
                    nursery.start_soon(self._accept, listener, connections)
                    await self._until(refusing=True)
                    nursery.cancel_scope.cancel()
                await self._until(refusing=False)

    async def _until(self, *, refusing: bool) -> None:
        while (self._fault is not None and self._fault.mode is LinkMode.REFUSE) is not refusing:
            await self.changed()

    async def _listen(self) -> trio.SocketListener:
        sock = trio.socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            await sock.bind(self.address)
            sock.listen(128)
            return trio.SocketListener(sock)
        except BaseException:
            sock.close()
            raise

    async def _accept(self, listener: trio.SocketListener, connections: trio.Nursery) -> None:
        while True:
            client = await listener.accept()
            self.accepted += 1
            resetting = self._fault is not None and self._fault.mode is LinkMode.RESET
            if resetting or len(self.connections) >= CONNECTIONS_MAX:
                _close(client, reset=True)
                continue
            connections.start_soon(self._serve, client)

    async def _serve(self, client: trio.SocketStream) -> None:
        server = None
        try:
            with contextlib.suppress(OSError), trio.move_on_after(CONNECT_WITHIN_S):
                server = await trio.open_tcp_stream(*self._server)
        finally:
            if server is None:  # also when we end while we connect
                _close(client, reset=True)
        if server is None:
            return
        connection = _Connection(self, client, server)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)


def _close(stream: trio.SocketStream, *, reset: bool) -> None:
    if reset:
        with contextlib.suppress(OSError):
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    stream.socket.close()


class _Connection:
    """Two streams and a pump for each direction."""

    def __init__(self, proxy: Proxy, client: trio.SocketStream, server: trio.SocketStream) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._scope = trio.CancelScope()
        self._reset = False
        self._down: trio.MemorySendChannel[tuple[float, bytes]] | None = None
        self.held = False

    def inject(self, data: bytes) -> None:
        """Put bytes of our own into what goes down, if there is room."""
        if self._down is not None:
            with contextlib.suppress(
                trio.WouldBlock, trio.ClosedResourceError, trio.BrokenResourceError
            ):
                self._down.send_nowait((trio.current_time(), data))

    def end(self, *, reset: bool) -> None:
        """Close both ends now."""
        self._reset = self._reset or reset
        self._scope.cancel()

    async def run(self) -> None:
        """Until both directions have ended, or somebody cuts it."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    for way, source, target in (
                        (Direction.UP, self._client, self._server),
                        (Direction.DOWN, self._server, self._client),
                    ):
                        send, receive = trio.open_memory_channel[tuple[float, bytes]](
                            CHUNKS_WAITING_MAX
                        )
                        if way is Direction.DOWN:
                            self._down = send
                        nursery.start_soon(self._read, source, send)
                        nursery.start_soon(_Pump(self, self._proxy, way, target).run, receive)
        finally:
            for stream in (self._client, self._server):
                _close(stream, reset=self._reset)

    async def _read(
        self, source: trio.SocketStream, send: trio.MemorySendChannel[tuple[float, bytes]]
    ) -> None:
        async with send:
            while True:
                try:
                    data = await source.receive_some(CHUNK_BYTES)
                    if not data:
                        return
                    await send.send((trio.current_time(), data))
                except trio.BrokenResourceError:  # of the source, or the pump gave its target up
                    self.end(reset=True)  # as one side broke, so the other shall see it
                    return


class _Pump:
    """One direction of one connection."""

    def __init__(
        self, connection: _Connection, proxy: Proxy, way: Direction, target: trio.SocketStream
    ) -> None:
        self._connection = connection
        self._proxy = proxy
        self._way = way
        self._target = target
        self._incident: LinkFault | None = None
        self._left_bytes = inf
        self._carried = 0

    async def run(self, receive: trio.MemoryReceiveChannel[tuple[float, bytes]]) -> None:
        """Forward what was read, then the end of it."""
        try:
            async with receive:
                async for read_at, data in receive:
                    await self._forward(read_at, data)
            await self._let_through()
            fault = self._fault()
            if fault is not None and fault.mode is LinkMode.SLOW_CLOSE:
                await trio.sleep(fault.value)
            with contextlib.suppress(trio.ClosedResourceError):
                await self._target.send_eof()
        except trio.BrokenResourceError:
            self._connection.end(reset=True)

    def _fault(self) -> LinkFault | None:
        """What is wrong in this direction now."""
        fault = self._proxy.fault
        if fault is not self._incident:
            self._incident = fault
            limited = fault is not None and fault.mode is LinkMode.LIMIT
            self._left_bytes = fault.value if fault is not None and limited else inf
        return fault if fault is not None and fault.hits(self._way) else None

    async def _let_through(self) -> None:
        """Wait while the link is a black hole."""
        while self._connection.held or self._is_black_hole():
            await self._proxy.changed()

    def _is_black_hole(self) -> bool:
        fault = self._fault()
        return fault is not None and fault.mode is LinkMode.BLACKHOLE

    async def _forward(self, read_at: float, data: bytes) -> None:
        if self._way is Direction.UP and self._proxy.holds(data):
            self._connection.held = True
        await self._let_through()
        fault = self._fault()
        mode = fault.mode if fault is not None else None
        value = fault.value if fault is not None else 0.0
        if mode is LinkMode.RESET:
            self._connection.end(reset=True)
            await trio.lowlevel.checkpoint_if_cancelled()
        elif mode is LinkMode.LATENCY:
            await trio.sleep_until(read_at + value)
            await self._send(data)
        elif mode is LinkMode.SLICE:
            await self._slice(data)
        elif mode is LinkMode.LIMIT:
            await self._limit(data)
        elif mode is LinkMode.BANDWIDTH:
            await self._crawl(data, value)
        elif mode is LinkMode.CORRUPT and self._proxy.random.random() < value:
            place = self._proxy.random.randrange(len(data))
            await self._send(data[:place] + b"\xff" + data[place + 1 :])
        else:
            await self._send(data)

    async def _send(self, data: bytes) -> None:
        await self._target.send_all(data)
        proxy, way = self._proxy, self._way
        proxy.passed[way] += len(data)
        self._carried += len(data)
        proxy.longest[way] = max(proxy.longest[way], self._carried)

    async def _slice(self, data: bytes) -> None:
        for place in range(min(len(data), SLICED_BYTES_MAX)):
            await self._send(data[place : place + 1])
            await trio.sleep(SLICE_PAUSE_S)
        if len(data) > SLICED_BYTES_MAX:
            await self._send(data[SLICED_BYTES_MAX:])

    async def _limit(self, data: bytes) -> None:
        allowed = data[: int(self._left_bytes)]
        if allowed:
            await self._send(allowed)
        self._left_bytes -= len(allowed)
        if self._left_bytes <= 0:
            # Closing with unread input would turn into a reset and could overtake what was sent.
            with contextlib.suppress(trio.ClosedResourceError):
                await self._target.send_eof()
            self._connection.end(reset=False)
            await trio.lowlevel.checkpoint_if_cancelled()

    async def _crawl(self, data: bytes, bytes_per_s: float) -> None:
        step = max(1, int(bytes_per_s * BANDWIDTH_STEP_S))
        for place in range(0, len(data), step):
            if self._fault() is None:  # healed meanwhile
                await self._send(data[place:])
                return
            await self._send(data[place : place + step])
            await trio.sleep(step / bytes_per_s)
