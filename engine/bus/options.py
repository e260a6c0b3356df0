"""Every socket option of the bus, in one place, with its reason.

ZeroMQ's defaults lose or hoard messages silently: it lingers for ever, takes messages of any size,
queues orders for peers that never existed, and drops what a ROUTER cannot route. Each option here
answers a measured behaviour. Four are never set: XPUB_NODROP (one stalled reader would starve all
others), CONFLATE (swallows subscriptions), ROUTER_HANDOVER (lets a stranger take an identity), and
ZMTP's heartbeat: a peer whose queue is full reads no heartbeats either, so it is cut off while it
lives, reconnects under an identity that its unread messages still hold, and what is sent then
vanishes (measured: 9,001 of 10,200 accepted messages lost in a 4 s stall with 200/600 ms, none
without). On ipc the kernel tells of a dead peer at once; a stopped or stuck one is the business of
the application's heartbeat, which both need anyway.
"""

from enum import Enum

import attrs
import zmq

LINGER_MS = 0
"""A closing socket drops what it could not send; delivery is the messages' business, not linger's."""

ORDER_BYTES_MAX = 256 * 1024
"""Order, control, operator and replay sockets: 1 MB of hostile msgpack can become 69 MB of objects."""

CURVE_BYTES = 64
"""Encryption adds 33 bytes, and the receiver's limit counts them: without this room a message of
exactly the limit would cost the connection."""

MARKET_BYTES_MAX = 1024 * 1024
"""Market data: the largest book of ours is below 20 kB; the rest is room for foreign feeds."""

SUBSCRIPTION_BYTES_MAX = 4 * 1024
"""What an XPUB takes from its readers: subscriptions, which are shorter than any prefix of ours."""

ORDER_QUEUE_MAX = 1_000
"""Order sockets, each direction and peer: one full second of a busy strategy; more is overload."""

URGENT_BYTES_MAX = 16 * 1024
URGENT_QUEUE_MAX = 32
"""The kill endpoint: a person's short commands; what is more is no person."""

MARKET_QUEUE_MAX = 10_000
"""Market data, each side and reader: two seconds at 5,000 messages/s, about 3 MiB of quotes."""

HEARTBEAT_INTERVAL_MS = 0
"""Off, written down so that a changed default of the library changes nothing; the reason is above."""

HANDSHAKE_INTERVAL_MS = 5_000
"""A peer that connects and says nothing is dropped; the binder's loop may be busy starting."""

RECONNECT_INTERVAL_MS = 10
RECONNECT_INTERVAL_MAX_MS = 160
"""A restarted binder is found within 10 ms (default: 148 ms gap); absent ones cost 6 tries a second."""

BATCH_MAX = 256
"""Messages a pump hands over before it lets other tasks run."""

CLOSE_TIMEOUT_S = 1.0
"""Upper bound for ending the context; with linger 0 it takes milliseconds."""

IDENTITY_BYTES_MAX = 255
"""ZeroMQ's own limit."""


class Purpose(Enum):
    """What a socket is for; decides its sizes and queues."""

    ORDERS = "orders"
    URGENT = "urgent"
    MARKET = "market"


@attrs.frozen
class Bounds:
    """Largest message and queue length of a socket."""

    bytes_max: int
    queue_max: int


BOUNDS = {
    Purpose.ORDERS: Bounds(ORDER_BYTES_MAX, ORDER_QUEUE_MAX),
    Purpose.URGENT: Bounds(URGENT_BYTES_MAX, URGENT_QUEUE_MAX),
    Purpose.MARKET: Bounds(MARKET_BYTES_MAX, MARKET_QUEUE_MAX),
}


def set_common(socket: "zmq.Socket[bytes]", bounds: Bounds) -> None:
    """What every socket gets, before bind or connect."""
    socket.setsockopt(zmq.LINGER, LINGER_MS)
    socket.setsockopt(zmq.MAXMSGSIZE, bounds.bytes_max + CURVE_BYTES)
    socket.setsockopt(zmq.SNDHWM, bounds.queue_max)
    socket.setsockopt(zmq.RCVHWM, bounds.queue_max)
    socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_INTERVAL_MS)
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_INTERVAL_MS)
    socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_INTERVAL_MS)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_INTERVAL_MAX_MS)


def set_router(socket: "zmq.Socket[bytes]") -> None:
    """An absent or full peer is an error of `send`, not a silent loss."""
    socket.setsockopt(zmq.ROUTER_MANDATORY, 1)


def set_dealer(socket: "zmq.Socket[bytes]", identity: bytes) -> None:
    """No queue for a peer that is not there; the identity carries the boot, so it never collides."""
    socket.setsockopt(zmq.IMMEDIATE, 1)
    socket.setsockopt(zmq.ROUTING_ID, identity)


def set_publisher(socket: "zmq.Socket[bytes]") -> None:
    """Every subscription is seen, also the second of a topic: late joiners get the last value."""
    socket.setsockopt(zmq.XPUB_VERBOSE, 1)
    socket.setsockopt(zmq.MAXMSGSIZE, SUBSCRIPTION_BYTES_MAX)
