"""One bus per process: the ZeroMQ context, its sockets, their locks and who watches them.

`open_bus` owns two kinds of background task, the authenticator and one monitor per socket; it ends
with them cancelled, the sockets closed, the context gone within a second, and only then the
endpoint locks released.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
import zmq

from engine.bus import options
from engine.bus.authenticator import Authenticator
from engine.bus.endpoints import (
    EndpointLock,
    address_of,
    is_plain,
    make_private,
    prepare_run_dir,
)
from engine.bus.iothreads import IOThreads
from engine.bus.keys import KeyPair, Peer
from engine.bus.monitor import Monitor
from engine.bus.options import BOUNDS, IDENTITY_BYTES_MAX, Bounds, Purpose
from engine.bus.sockets import (
    Channel,
    DealerSocket,
    PublisherSocket,
    RouterSocket,
    SocketStats,
    SubscriberSocket,
    peers_by_key,
)
from engine.errors import BusError, LocalProtocolError
from engine.log import structlog
from engine.watermark import Levels

RawContext = zmq.Context["zmq.Socket[bytes]"]
RawSocket = zmq.Socket[bytes]


def log_alert(text: str) -> None:
    """The default alert: one warning in the log."""
    structlog.get_logger("bus").warning("bus_alert", text=text)


class Bus:
    """Makes this process's sockets. Construct it through `open_bus`."""

    def __init__(
        self,
        run_dir: Path,
        *,
        name: str,
        boot: int,
        keys: KeyPair,
        servers: Mapping[str, bytes],
        alert: Callable[[str], None],
    ) -> None:
        self.run_dir = run_dir
        self.name = name
        self.boot = boot
        self.identity = f"{name}:{boot:x}".encode()
        if len(self.identity) > IDENTITY_BYTES_MAX:
            raise LocalProtocolError(f"actor name {name!r} is too long for a socket identity")
        self._keys = keys
        self._servers = dict(servers)
        self._alert = alert
        self._nursery: trio.Nursery | None = None
        self._context: RawContext = zmq.Context(io_threads=1)
        self._authenticator = Authenticator(self._context, alert)
        self._io_threads = IOThreads()
        self._channels: list[Channel[Any]] = []
        self._monitors: list[Monitor] = []
        self._locks: list[EndpointLock] = []

    def start(self, nursery: trio.Nursery) -> None:
        """Begin to answer handshakes; all watchers live in this nursery. `open_bus` calls it."""
        self._nursery = nursery
        nursery.start_soon(self._authenticator.run)

    def bind_router(
        self,
        endpoint: str,
        peers: Mapping[bytes, Peer] | None = None,
        *,
        purpose: Purpose = Purpose.ORDERS,
    ) -> RouterSocket:
        """Serve an endpoint to the holders of these public keys; plain endpoints take no keys.

        `purpose` decides how large messages and queues may be.

        Raises:
            BusError: the endpoint is held by another process.
            LocalProtocolError: keys for a plain endpoint, or none for one that changes state.
        """
        if is_plain(endpoint) == (peers is not None):
            raise LocalProtocolError(f"{endpoint}: keys go with endpoints that can change state")
        table = None if peers is None else peers_by_key(peers)
        bounds = BOUNDS[purpose]
        self._lock(endpoint)
        socket = self._raw(zmq.ROUTER, bounds)
        options.set_router(socket)
        if table is not None:
            self._guard(socket, endpoint, table)
        channel = RouterSocket(socket, endpoint, bounds, table)
        self._bind(socket, channel)
        return channel

    def connect_dealer(self, endpoint: str) -> DealerSocket:
        """A socket to an endpoint's binder, which may come later and go at any time.

        A binder that refuses our key ends it for good: libzmq does not knock twice. Whoever is
        admitted later makes a new socket.

        Raises:
            LocalProtocolError: no server key is known for an endpoint that needs one.
        """
        server_key = None if is_plain(endpoint) else self._server_key(endpoint)
        bounds = BOUNDS[Purpose.ORDERS]
        socket = self._raw(zmq.DEALER, bounds)
        options.set_dealer(socket, self.identity)
        if server_key is not None:
            socket.setsockopt(zmq.CURVE_SERVERKEY, server_key)
            socket.setsockopt(zmq.CURVE_PUBLICKEY, self._keys.public)
            socket.setsockopt(zmq.CURVE_SECRETKEY, self._keys.secret)
        channel = DealerSocket(socket, endpoint, bounds)
        self._connect(socket, channel)
        return channel

    def bind_publisher(self, endpoint: str) -> PublisherSocket:
        """Publish market data; errors as in `bind_router`."""
        self._require_plain(endpoint)
        bounds = BOUNDS[Purpose.MARKET]
        self._lock(endpoint)
        socket = self._raw(zmq.XPUB, bounds)
        options.set_publisher(socket)
        channel = PublisherSocket(socket, endpoint, bounds)
        self._bind(socket, channel)
        return channel

    def connect_subscriber(self, endpoint: str) -> SubscriberSocket:
        """Read market data; the publisher may come later and go at any time."""
        self._require_plain(endpoint)
        bounds = BOUNDS[Purpose.MARKET]
        socket = self._raw(zmq.SUB, bounds)
        channel = SubscriberSocket(socket, endpoint, bounds)
        self._connect(socket, channel)
        return channel

    def stats(self) -> dict[str, SocketStats]:
        """Counters by endpoint; of several sockets to one endpoint the last counts."""
        return {channel.endpoint: channel.stats for channel in self._channels}

    def queues(self) -> Levels:
        """What waited in each socket when it was looked at, up to a batch, and the largest batch.

        ZeroMQ's own queues cannot be measured; it holds them to `options.BOUNDS`, and what they
        refuse is counted (`refused_full`).
        """
        return {
            f"bus.{channel.endpoint}.batch": (channel.stats.batch_max, options.BATCH_MAX)
            for channel in self._channels
        }

    @property
    def handshakes_refused(self) -> int:
        """Keys that the authenticator turned away."""
        return self._authenticator.refused

    def _raw(self, kind: int, bounds: Bounds) -> RawSocket:
        nursery = self._open_nursery()
        try:
            socket = self._context.socket(kind)
        except zmq.ZMQError as error:
            raise BusError(f"no further socket: {error}; raise the descriptor limit") from error
        options.set_common(socket, bounds)
        if not self._channels:
            nursery.start_soon(self._io_threads.find)
        return socket

    def _guard(self, socket: RawSocket, endpoint: str, peers: dict[str, Peer]) -> None:
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_SECRETKEY, self._keys.secret)
        socket.setsockopt(zmq.ZAP_DOMAIN, endpoint.encode())
        self._authenticator.serve(endpoint, peers)

    def _server_key(self, endpoint: str) -> bytes:
        key = self._servers.get(endpoint)
        if key is None:
            raise LocalProtocolError(f"{self.name} was given no server key for {endpoint}")
        return key

    def _require_plain(self, endpoint: str) -> None:
        if not is_plain(endpoint):
            raise LocalProtocolError(f"{endpoint} can change state: it is no market data endpoint")

    def _lock(self, endpoint: str) -> None:
        self._locks.append(EndpointLock(self.run_dir, endpoint))

    def _bind(self, socket: RawSocket, channel: Channel[Any]) -> None:
        try:
            socket.bind(address_of(self.run_dir, channel.endpoint))
        except zmq.ZMQError as error:
            socket.close(linger=0)
            raise BusError(f"{channel.endpoint} cannot be bound: {error}") from error
        make_private(self.run_dir, channel.endpoint)
        self._watch(socket, channel)

    def _connect(self, socket: RawSocket, channel: Channel[Any]) -> None:
        self._watch(socket, channel)
        socket.connect(address_of(self.run_dir, channel.endpoint))

    def _watch(self, socket: RawSocket, channel: Channel[Any]) -> None:
        channel.on_crowd = self._io_threads.crowd
        monitor = Monitor(socket, channel, self._alert)
        self._channels.append(channel)
        self._monitors.append(monitor)
        self._open_nursery().start_soon(monitor.run)

    def _open_nursery(self) -> trio.Nursery:
        if self._nursery is None:
            raise LocalProtocolError("a bus makes sockets only inside its open_bus block")
        return self._nursery

    async def aclose(self) -> None:
        """Close everything; `open_bus` calls it, shielded, after the tasks have ended."""
        self._nursery = None
        for monitor in self._monitors:
            monitor.close()
        for channel in self._channels:
            channel.close()
        self._authenticator.close()
        with trio.move_on_after(options.CLOSE_TIMEOUT_S, shield=True) as scope:
            await trio.to_thread.run_sync(self._context.term, abandon_on_cancel=True)
        if scope.cancelled_caught:
            self._alert("the ZeroMQ context did not end in time; its threads are left behind")
        for lock in self._locks:
            lock.release()


@asynccontextmanager
async def open_bus(
    run_dir: Path,
    *,
    name: str,
    boot: int,
    keys: KeyPair,
    servers: Mapping[str, bytes] | None = None,
    alert: Callable[[str], None] = log_alert,
) -> AsyncIterator[Bus]:
    """The bus of this process, for the length of the block.

    Args:
        run_dir: where the endpoints are; made with mode 0700 when missing.
        name: the actor's name; with `boot` it is the identity of every DEALER.
        boot: new for each start of the process.
        keys: the actor's own pair; what it binds is served under it.
        servers: public key of the binder, by endpoint.
        alert: told in words of refused handshakes; the default writes a warning to the log.

    Raises:
        ConfigError: the run directory is not private or too long.

    What the block raises leaves as it is from a nursery: in an exception group.
    """
    prepare_run_dir(run_dir)
    bus = Bus(run_dir, name=name, boot=boot, keys=keys, servers=servers or {}, alert=alert)
    try:
        async with trio.open_nursery() as nursery:
            bus.start(nursery)
            try:
                yield bus
            finally:
                nursery.cancel_scope.cancel()
    finally:
        # the watchers have ended: nobody waits on a descriptor that is closed here
        with trio.CancelScope(shield=True):
            await bus.aclose()
