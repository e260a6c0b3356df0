"""The four sockets of the bus and the pump that reads them.

libzmq's descriptor is edge-triggered: it announces input once, and *any* call on the socket may
swallow the announcement. Two rules keep messages from lying unseen (without them 50 to 90 % were found
90 to 230 ms late): a pump parks only right after the socket said "empty" with no other call since, and
every send on a socket whose pump is parked looks at EVENTS afterwards, accepted or refused, and
wakes the pump. Sends never wait; a refusal is looked at twice, because libzmq sees returned credit
only when it processes commands, which it does lazily.

A parked pump is woken by telling trio that the descriptor is "closing": that is one call on the rare
path, where a cancel scope around every wait would cost 3 µs on the common one.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

import attrs
import trio
import zmq

from engine.bus.keys import NOBODY, Peer
from engine.bus.options import BATCH_MAX, Bounds
from engine.errors import BusError, BusFull, LimitExceeded, LocalProtocolError, UnknownPeer

T = TypeVar("T")
Item = TypeVar("Item")

CROWD_FROM = 16
CALM_BELOW = 4
"""Messages per batch, averaged over some, from which a socket counts as crowded, and no longer does."""

CALM_AFTER_S = 1.0
"""Without a message for so long a crowd is over: one burst must not slow down all that comes alone later."""

_CROWD_SHARE = 1 / 8
"""What one batch counts in that average."""

_NOBLOCK = int(zmq.NOBLOCK)
_SNDMORE = int(zmq.SNDMORE)
_EVENTS = int(zmq.EVENTS)
_POLLIN = int(zmq.POLLIN)
_USER_ID = "User-Id"


@attrs.define
class SocketStats:
    """Counters of one socket since it was made; read them, never reset them."""

    sent: int = 0
    received: int = 0
    refused_full: int = 0
    refused_unknown: int = 0
    retried: int = 0
    oversize: int = 0
    malformed: int = 0
    strangers: int = 0
    wakes: int = 0
    handshakes: int = 0
    handshakes_refused: int = 0
    disconnects: int = 0
    batch_max: int = 0


class OnCrowd(Protocol):
    """Told when messages begin to come in crowds, and when they no longer do."""

    def __call__(self, *, begins: bool) -> None:
        """Called from the pump: it must be quick."""


def _not_told(*, begins: bool) -> None:
    pass


@attrs.define
class Received:
    """One message at a ROUTER: who it is by its key, where an answer goes, and the bytes."""

    peer: Peer
    identity: bytes
    payload: bytes


class Channel(Generic[Item]):
    """What the four sockets share: the pump, the wake-up, the size check, the counters."""

    def __init__(self, socket: "zmq.Socket[bytes]", endpoint: str, bounds: Bounds) -> None:
        self.endpoint = endpoint
        self.stats = SocketStats()
        self.links = 0  # connections with a finished handshake, kept by the monitor; a hint
        self.on_crowd: OnCrowd = _not_told
        self._crowd = 0.0
        self._crowded = False
        self._socket = socket
        self._bytes_max = bounds.bytes_max
        self._fd = int(socket.getsockopt(zmq.FD))
        # the compiled methods: pyzmq's own send adds a layer for drafts that we do not use
        self._send_frame: Callable[..., Any] = super(zmq.Socket, socket).send
        self._recv_frame: Callable[..., Any] = super(zmq.Socket, socket).recv
        self._get: Callable[[int], Any] = super(zmq.Socket, socket).get
        self._pumping = False
        self._parked = False
        self._touched = False

    async def _pump(self, handler: Callable[[list[Item]], object]) -> None:
        with self._exclusively():
            alone = True
            while True:
                batch: list[Item] = []
                self._touched = False
                empty = self._drain(batch, 1)
                # Where messages come one by one, the first goes on at once and the rest is asked for
                # afterwards; asking is cheaper than a second recv that raises: 1.1 against 2.3 µs.
                if not (empty or alone):
                    empty = not self._input_waits() or self._drain(batch, BATCH_MAX - 1)
                if batch:
                    self._count(len(batch))
                    handler(batch)
                alone = not ((not empty or self._touched) and self._input_waits())
                if alone:
                    await self._park()
                else:
                    await trio.lowlevel.checkpoint()

    def _count(self, taken: int) -> None:
        stats = self.stats
        stats.received += taken
        stats.batch_max = max(stats.batch_max, taken)
        self._crowd += (taken - self._crowd) * _CROWD_SHARE
        if (self._crowd < CALM_BELOW) if self._crowded else (self._crowd >= CROWD_FROM):
            self._turn(crowded=not self._crowded)

    def _turn(self, *, crowded: bool) -> None:
        self._crowded = crowded
        self.on_crowd(begins=crowded)

    def _drain(self, batch: list[Item], limit: int) -> bool:
        """Add at most `limit` messages; True when the socket said that there is nothing more."""
        raise NotImplementedError

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        if self._pumping:
            raise LocalProtocolError(f"{self.endpoint} has a pump already: one reader per socket")
        self._pumping = True
        try:
            yield
        finally:
            self._pumping = False

    async def _park(self) -> None:
        """Wait for input; without any for a while a socket is crowded no more, and is looked at anew."""
        self._parked = True
        try:
            if not self._crowded:
                await trio.lowlevel.wait_readable(self._fd)
                return
            with trio.move_on_after(CALM_AFTER_S) as patience:
                await trio.lowlevel.wait_readable(self._fd)
            if patience.cancelled_caught:
                self._crowd = 0.0
                self._turn(crowded=False)
        except trio.ClosedResourceError:
            if self._socket.closed:
                raise BusError(f"{self.endpoint} was closed under its pump") from None
        finally:
            self._parked = False

    def _input_waits(self) -> bool:
        return bool(self._get(_EVENTS) & _POLLIN)

    def _after_call(self) -> None:
        """To be called after every call on the socket but the pump's own, however it ended."""
        self._touched = True
        if self._parked and self._input_waits():
            self.stats.wakes += 1
            self._parked = False  # once is enough: it will run, and look at the socket
            trio.lowlevel.notify_closing(self._fd)

    def _check_size(self, payload: bytes) -> None:
        if len(payload) > self._bytes_max:
            self.stats.oversize += 1
            raise LimitExceeded(
                f"message of {len(payload)} bytes for {self.endpoint}, at most {self._bytes_max} "
                "travel there: not sent"
            )

    def _send_again(self, frame: bytes, flags: int) -> None:
        """Second look at a refusal: asking for EVENTS lets libzmq see returned credit."""
        self.stats.retried += 1
        self._get(_EVENTS)
        try:
            self._send_frame(frame, flags)
        except zmq.Again:
            self._refuse_full()

    def _refuse_full(self) -> None:
        self.stats.refused_full += 1
        raise BusFull(f"{self.endpoint}: the peer does not read, its queue is full: not sent")

    def close(self) -> None:
        """Close at once; what was not yet on its way is dropped. The bus calls this at its end."""
        if not self._socket.closed:
            self._parked = False
            self._socket.close(linger=0)
            trio.lowlevel.notify_closing(self._fd)


class BatchChannel(Channel[Item]):
    """A channel whose pump hands over whole batches."""

    async def pump(self, handler: Callable[[list[Item]], object]) -> None:
        """Hand everything that arrives to `handler`, in batches of at most 256, until cancelled.

        The handler is a plain function; it may send on this socket. What it raises ends the pump
        and leaves here; the batch it had is gone. One scheduling point per batch.

        Raises:
            LocalProtocolError: a second pump on the same socket.
            BusError: the socket was closed.
        """
        await self._pump(handler)


class RouterSocket(BatchChannel[Received]):
    """A bound ROUTER: many peers, each known by its key.

    Who sent a message is asked per message from the authenticated key, not remembered per
    identity: an identity becomes free when its connection ends, and the next to claim it may hold
    another (also valid) key, with nothing on this socket to tell the two apart. Asking costs
    about 0.4 µs beside the 0.9 µs of receiving.
    """

    def __init__(
        self,
        socket: "zmq.Socket[bytes]",
        endpoint: str,
        bounds: Bounds,
        peers: dict[str, Peer] | None,
    ) -> None:
        super().__init__(socket, endpoint, bounds)
        self._peers = peers

    def send(self, identity: bytes, payload: bytes) -> None:
        """Queue one message for the peer with this identity; never waits.

        Raises:
            UnknownPeer: nobody is connected under it; not sent.
            BusFull: the peer does not read; not sent.
            LimitExceeded: the message is too large for the endpoint; not sent.
        """
        self._check_size(payload)
        try:
            self._address(identity)
            self._send_frame(payload, _NOBLOCK)
        except zmq.ZMQError as error:
            self._refuse(identity, error)
        finally:
            self._after_call()
        self.stats.sent += 1

    def _address(self, identity: bytes) -> None:
        """Choose the peer; all refusals happen here, the payload then always fits."""
        try:
            self._send_frame(identity, _SNDMORE | _NOBLOCK)
        except zmq.Again:
            self._send_again(identity, _SNDMORE | _NOBLOCK)

    def _refuse(self, identity: bytes, error: zmq.ZMQError) -> None:
        if error.errno != zmq.EHOSTUNREACH:
            raise BusError(f"{self.endpoint}: {error}: not sent") from error
        self.stats.refused_unknown += 1
        raise UnknownPeer(
            f"nobody is connected to {self.endpoint} as {identity!r}: not sent"
        ) from None

    def waiting(self) -> list[Received]:
        """What lies here already, taken without waiting: for what must go before another socket's batch.

        The socket's own pump hands over the rest; about 1 µs when there is nothing.
        """
        batch: list[Received] = []
        self._touched = True
        if self._input_waits():
            self._drain(batch, BATCH_MAX)
            self._count(len(batch))
            self._after_call()
        return batch

    def admit(self, public_key: bytes, peer: Peer) -> None:
        """Let a further key in, from its next handshake on."""
        if self._peers is None:
            raise LocalProtocolError(f"{self.endpoint} has no keys: everybody is admitted")
        self._peers[public_key.decode("ascii")] = peer

    def expel(self, public_key: bytes) -> None:
        """Refuse a key from now on; messages of a connection it still has are dropped, counted."""
        if self._peers is not None:
            self._peers.pop(public_key.decode("ascii"), None)

    def _drain(self, batch: list[Received], limit: int) -> bool:
        recv, append, peers = self._recv_frame, batch.append, self._peers
        try:
            for _ in range(limit):
                identity = recv(_NOBLOCK)
                frame = recv(_NOBLOCK, False)  # noqa: FBT003 - positional in the compiled method
                if frame.more:
                    self._drop_rest()
                    continue
                peer = NOBODY if peers is None else peers.get(frame.get(_USER_ID))
                if peer is None:
                    self.stats.strangers += 1
                    continue
                append(Received(peer, identity, frame.bytes))
        except zmq.Again:
            return True
        return False

    def _drop_rest(self) -> None:
        """Skip the other frames of a message that no sender of ours makes."""
        self.stats.malformed += 1
        while self._recv_frame(_NOBLOCK, False).more:  # noqa: FBT003
            pass


class DealerSocket(BatchChannel[bytes]):
    """A connected DEALER: one peer, which is there or not; nothing is queued while it is not."""

    def send(self, payload: bytes) -> None:
        """Queue one message for the binder; never waits.

        Raises:
            UnknownPeer: nobody is connected; not sent.
            BusFull: the peer does not read; not sent.
            LimitExceeded: the message is too large for the endpoint; not sent.
        """
        self._check_size(payload)
        try:
            self._send_frame(payload, _NOBLOCK)
        except zmq.Again:
            self._send_again(payload, _NOBLOCK)
        except zmq.ZMQError as error:
            raise BusError(f"{self.endpoint}: {error}: not sent") from error
        finally:
            self._after_call()
        self.stats.sent += 1

    @property
    def connected(self) -> bool:
        """Whether a handshake was finished and no disconnect seen since: a hint, not the truth."""
        return self.links > 0

    def _refuse_full(self) -> None:
        if self.links > 0:
            super()._refuse_full()
        self.stats.refused_unknown += 1
        raise UnknownPeer(f"nobody serves {self.endpoint} now: not sent")

    def _drain(self, batch: list[bytes], limit: int) -> bool:
        return _drain_frames(self._recv_frame, batch, limit)


class PublisherSocket(Channel[tuple[bool, bytes]]):
    """A bound XPUB: sends to whoever subscribed, drops for a reader whose queue is full."""

    def send(self, payload: bytes) -> None:
        """Hand one message to all its subscribers; a slow one loses it and sees the gap.

        Raises:
            LimitExceeded: the message is too large; not sent.
        """
        self._check_size(payload)
        try:
            self._send_frame(payload, _NOBLOCK)
        except zmq.ZMQError as error:
            raise BusError(f"{self.endpoint}: {error}: not sent") from error
        finally:
            self._after_call()
        self.stats.sent += 1

    async def pump(self, handler: Callable[[bool, bytes], object]) -> None:
        """Hand each subscription to `handler(subscribed, prefix)` until cancelled.

        Every subscription is reported, also of a prefix that others have; an unsubscription only
        when the last reader of the prefix is gone (or died). Errors as in `BatchChannel.pump`.
        """

        def each(batch: list[tuple[bool, bytes]]) -> None:
            for subscribed, prefix in batch:
                handler(subscribed, prefix)

        await self._pump(each)

    def _drain(self, batch: list[tuple[bool, bytes]], limit: int) -> bool:
        frames: list[bytes] = []
        empty = _drain_frames(self._recv_frame, frames, limit)
        for frame in frames:
            if frame[:1] in {b"\x00", b"\x01"}:
                batch.append((frame[0] == 1, frame[1:]))
            else:
                self.stats.malformed += 1
        return empty


class SubscriberSocket(BatchChannel[bytes]):
    """A connected SUB: takes what begins with one of its prefixes."""

    def subscribe(self, prefix: bytes) -> None:
        """Ask for messages that begin so; each subscribe needs its own unsubscribe."""
        self._option(zmq.SUBSCRIBE, prefix)

    def unsubscribe(self, prefix: bytes) -> None:
        """Take one subscription back."""
        self._option(zmq.UNSUBSCRIBE, prefix)

    def _option(self, option: int, prefix: bytes) -> None:
        try:
            self._socket.setsockopt(option, prefix)
        except zmq.ZMQError as error:
            raise BusError(f"{self.endpoint}: {error}") from error
        finally:
            self._after_call()

    @property
    def connected(self) -> bool:
        """Whether the publisher is connected: a hint, not the truth."""
        return self.links > 0

    def _drain(self, batch: list[bytes], limit: int) -> bool:
        return _drain_frames(self._recv_frame, batch, limit)


def _drain_frames(recv: Callable[[int], bytes], batch: list[bytes], limit: int) -> bool:
    append = batch.append
    try:
        for _ in range(limit):
            append(recv(_NOBLOCK))
    except zmq.Again:
        return True
    return False


def peers_by_key(peers: Mapping[bytes, Peer]) -> dict[str, Peer]:
    """The same, keyed by the text that libzmq reports as the sender of a message."""
    return {key.decode("ascii"): peer for key, peer in peers.items()}
