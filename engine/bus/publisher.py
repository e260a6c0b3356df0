"""Market data out: numbers every message, sends what is wanted, remembers what was sent.

The data session publishes through this. Numbers count per topic and boot; a topic nobody reads is
numbered and remembered, but not sent. Readers' subscriptions are the demand that the session turns
into upstream subscriptions. A topic that falls quiet is echoed (its last message is sent again), so
that a reader whose queue dropped the very last one learns of it.
"""

from collections.abc import Callable
from typing import Any, Protocol

import attrs
import trio

from engine.bus.options import MARKET_BYTES_MAX
from engine.bus.ring import RING_BYTES_MAX, Ring
from engine.bus.sockets import PublisherSocket
from engine.errors import LimitExceeded
from engine.messages.codec import Kind, encode, kind_of, kind_of_tag, prefix
from engine.messages.joined import JOINED_BYTES_MAX, JOINED_MAX, join
from engine.messages.topic import EVERYTHING, Topic, parse_subscription
from engine.watermark import Levels, Watermark

TOPICS_MAX = 4096
"""Topics of one feed: kinds times instruments; with full rings a bound of 256 MiB."""

DEMAND_MAX = 3 * TOPICS_MAX
"""Distinct prefixes that readers may ask for; beyond, they are ignored and counted."""

ECHO_INTERVAL_S = 1.0
"""How long a topic is quiet before its last message is echoed the first time."""

ECHO_AGAIN = 5
"""Further echoes of a quiet topic come at this many intervals, as its sign of life."""


class MarketMessage(Protocol):
    """What every market message begins with."""

    instrument: str
    boot: int
    sequence: int


@attrs.define
class PublisherStats:
    """Counters since the start."""

    published: int = 0
    sent: int = 0
    joined: int = 0
    replays: int = 0
    echoes: int = 0
    foreign_subscriptions: int = 0
    refused_subscriptions: int = 0


class _Outgoing:
    """One topic's state."""

    __slots__ = ("demanded", "fields", "mutable", "prefix", "quiet", "repeats", "ring", "topic")

    def __init__(self, kind: Kind, instrument: str, *, ring_bytes_max: int) -> None:
        self.topic = Topic(kind.tag, instrument)
        self.prefix = prefix(kind.cls, instrument)
        self.fields = len(kind.fields)
        self.mutable = kind.mutable
        self.repeats = kind.conflate  # a late joiner gets the last value
        self.ring = Ring(ring_bytes_max)
        self.demanded = False
        self.quiet = 0  # whole echo intervals without a message


class Publisher:
    """Publishes market messages of one feed on its socket.

    Args:
        socket: from `Bus.bind_publisher`; this object is its only user.
        boot: of this process; travels in every message.
        on_demand: called with (tag, instrument) when the first reader of a topic arrives. Tag 0
            stands for all kinds, an empty instrument for all instruments.
        on_release: the same when the last reader is gone.
        ring_bytes_max: memory per topic for readers that missed something.
    """

    def __init__(
        self,
        socket: PublisherSocket,
        *,
        boot: int,
        on_demand: Callable[[int, str], object] | None = None,
        on_release: Callable[[int, str], object] | None = None,
        ring_bytes_max: int = RING_BYTES_MAX,
    ) -> None:
        self.boot = boot
        self.stats = PublisherStats()
        self._socket = socket
        self._on_demand = on_demand
        self._on_release = on_release
        self._ring_bytes_max = ring_bytes_max
        self._topics: dict[tuple[type, str], _Outgoing] = {}
        self._demand: dict[bytes, Topic] = {}
        self._demanded = Watermark(DEMAND_MAX)
        self._holding = False
        self._run: list[bytes] = []  # held messages of one topic, in order
        self._run_of: _Outgoing | None = None
        self._run_bytes = 0

    def publish(self, message: Any) -> None:
        """Number the message, remember it and send it to whoever wants it; never waits.

        `boot` and `sequence` of the message are set here; a hot (mutable) message is changed, of a
        frozen one a copy is sent. A reader that is too slow loses it and sees the gap.

        Raises:
            LocalProtocolError: the message cannot travel; nothing was numbered.
            LimitExceeded: it is too large, or there are too many topics; nothing was numbered.
        """
        out = self._topics.get((message.__class__, message.instrument))
        if out is None:
            out = self._open_topic(message.__class__, message.instrument)
        ring = out.ring
        if out.mutable:
            message.boot, message.sequence = self.boot, ring.head + 1
        else:
            message = attrs.evolve(message, boot=self.boot, sequence=ring.head + 1)
        data = encode(message)
        if len(data) > MARKET_BYTES_MAX:
            raise LimitExceeded(
                f"{out.topic} has {len(data)} bytes, at most {MARKET_BYTES_MAX} travel"
            )
        ring.append(data)
        out.quiet = 0
        self.stats.published += 1
        if out.demanded:
            self.stats.sent += 1
            if self._holding:
                self._hold(out, data)
            else:
                self._socket.send(data)

    def hold(self) -> None:
        """Keep what is published from now on until `release`: neighbours of one topic travel together.

        For the length of one plain call: nothing of it leaves before, in the end all of it in order.
        """
        self._holding = True

    def release(self) -> None:
        """Send what is still held; publish at once again."""
        self._holding = False
        if self._run:
            self._send_run()

    def _hold(self, out: _Outgoing, data: bytes) -> None:
        run = self._run
        if run and (
            out is not self._run_of
            or len(run) >= JOINED_MAX
            or self._run_bytes + len(data) > JOINED_BYTES_MAX
        ):
            self._send_run()
            run = self._run
        self._run_of = out
        self._run_bytes += len(data)
        run.append(data)

    def _send_run(self) -> None:
        run, out = self._run, self._run_of
        self._run, self._run_of, self._run_bytes = [], None, 0
        if len(run) == 1 or out is None:
            self._socket.send(run[0])
        else:
            self.stats.joined += len(run)
            self._socket.send(join(out.prefix, out.fields, run))

    def _open_topic(self, cls: type, instrument: str) -> _Outgoing:
        kind = kind_of(cls)
        if len(self._topics) >= TOPICS_MAX:
            raise LimitExceeded(
                f"more than {TOPICS_MAX} topics: {cls.__name__} of {instrument} refused"
            )
        out = _Outgoing(kind, instrument, ring_bytes_max=self._ring_bytes_max)
        out.demanded = self.is_demanded(cls, instrument)
        self._topics[cls, instrument] = out
        return out

    def is_demanded(self, cls: type, instrument: str) -> bool:
        """Whether anybody reads messages of this class on this instrument."""
        demand = self._demand
        return prefix(cls, instrument) in demand or prefix(cls) in demand or b"" in demand

    def demand(self) -> tuple[Topic, ...]:
        """All that readers ask for now."""
        return tuple(self._demand.values())

    def ring_of(self, tag: int, instrument: str) -> Ring | None:
        """The memory of a topic; None when nothing was published on it."""
        kind = kind_of_tag(tag)
        out = self._topics.get((kind.cls, instrument)) if kind else None
        return out.ring if out else None

    def queues(self) -> Levels:
        """Topics and demand, and the fullest ring of more than one message."""
        rings = [out.ring.held_bytes for out in self._topics.values() if len(out.ring) > 1]
        return {
            "publisher.topics": (len(self._topics), TOPICS_MAX),
            "publisher.demand": self._demanded.level,
            "publisher.ring_bytes": (max(rings, default=0), self._ring_bytes_max),
        }

    async def run(self) -> None:
        """Follow subscriptions and echo quiet topics until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._socket.pump, self.on_subscription)
            while True:
                await trio.sleep(ECHO_INTERVAL_S)
                self.echo()

    def on_subscription(self, subscribed: bool, wanted: bytes) -> None:  # noqa: FBT001
        """One reader wants a prefix, or the last reader of it is gone (the socket's handler)."""
        topic = parse_subscription(wanted)
        if topic is None:
            self.stats.foreign_subscriptions += 1
        elif subscribed:
            self._subscribed(wanted, topic)
        else:
            self._unsubscribed(wanted, topic)

    def _subscribed(self, wanted: bytes, topic: Topic) -> None:
        first = wanted not in self._demand
        if first and len(self._demand) >= DEMAND_MAX:
            self.stats.refused_subscriptions += 1
            return
        self._demand[wanted] = topic
        self._demanded.note(len(self._demand))
        for out in self._matching(topic):
            out.demanded = True
            if out.repeats and out.ring.head:
                self.stats.replays += 1
                self._socket.send(out.ring.last)
        if first and self._on_demand:
            self._on_demand(topic.tag, topic.instrument)

    def _unsubscribed(self, wanted: bytes, topic: Topic) -> None:
        if self._demand.pop(wanted, None) is None:
            return
        for out in self._matching(topic):
            cls = _class_of(out.topic)
            out.demanded = self.is_demanded(cls, out.topic.instrument)
        if self._on_release:
            self._on_release(topic.tag, topic.instrument)

    def _matching(self, topic: Topic) -> list[_Outgoing]:
        if topic.tag != EVERYTHING and topic.instrument:
            out = self._topics.get((_class_of(topic), topic.instrument))
            return [out] if out else []
        return [o for o in self._topics.values() if topic.tag in {EVERYTHING, o.topic.tag}]

    def echo(self) -> None:
        """Send the last message of topics that fell quiet once more; called each interval."""
        for out in self._topics.values():
            out.quiet += 1
            if out.demanded and out.ring.head and (out.quiet == 2 or out.quiet % ECHO_AGAIN == 0):
                self.stats.echoes += 1
                self._socket.send(out.ring.last)


def _class_of(topic: Topic) -> type:
    kind = kind_of_tag(topic.tag)
    if kind is None:
        raise KeyError(topic.tag)
    return kind.cls
