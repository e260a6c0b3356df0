"""Who hears what: subscriptions of both gateways and the way of every push; pure, time handed in.

A push is one packet, made once and handed to every subscriber; armed faults bend it on that way.
Subjects are `SYMBOL/quote`, `/depth`, `/brokers`, `/trade` and, on the trade gateway, the topic.
"""

import heapq
from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum
from itertools import count
from typing import Final, Protocol

from actors.venues.longbridge.simulator import bodies, packets
from actors.venues.longbridge.simulator.faults import PUSH, Fault, FaultKind, Faults
from engine.simulator import jsontext
from engine.simulator.moment import NS, Moment

DELAYED_MAX: Final = 100_000
"""Pushes that faults may hold back at once; beyond it they go out undelayed."""
COPIES_MAX: Final = 200
"""Of one push under the fault `duplicate`."""
OVERSIZE_BYTES: Final = 2_000_000
PRIVATE: Final = "private"
TOPICS: Final = (PRIVATE, "notice")
"""Topics of the trade gateway; nothing is ever said on `notice`."""
_FAR: Final = 1 << 62


class SubType(IntEnum):
    """What of a security is subscribed; its push command is 100 more."""

    QUOTE = 1
    DEPTH = 2
    BROKERS = 3
    TRADE = 4


class Sink(Protocol):
    """A subscriber: one connection's outbox."""

    @property
    def account(self) -> str | None:
        """The account that is logged in, None before the login."""

    def push(self, packet: bytes) -> None:
        """Take one packet; must not block and must not raise."""

    def torn(self, part: bytes) -> None:
        """Take the beginning of a packet after which the connection ends."""

    def text(self, packet: bytes) -> None:
        """Take one packet that is to go out as text, where the transport has text."""


class Hub:
    """All subscriptions of one simulator.

    Args:
        faults: asked for every push while any is armed.
        gzip_from: pushes with bodies of so many bytes are compressed; 0 for never.
    """

    def __init__(self, faults: Faults, gzip_from: int = 0) -> None:
        self._faults = faults
        self._gzip_from = gzip_from
        self._sinks: dict[tuple[str, SubType], dict[Sink, None]] = {}
        self._topics: dict[str, dict[Sink, None]] = {topic: {} for topic in TOPICS}
        self._of_sink: dict[Sink, dict[str, set[SubType]]] = {}
        self._delayed: list[tuple[int, int, list[Sink], bytes]] = []
        self._delayed_numbers = count()
        self._held: dict[str, tuple[list[Sink], bytes]] = {}
        self.pushes = 0

    # --- subscribers of the quote gateway -------------------------------------------------

    def subscribe(self, sink: Sink, symbols: Iterable[str], types: Collection[SubType]) -> None:
        """Add types to symbols."""
        mine = self._of_sink.setdefault(sink, {})
        for symbol in symbols:
            mine.setdefault(symbol, set()).update(types)
            for kind in types:
                self._sinks.setdefault((symbol, kind), {})[sink] = None

    def unsubscribe(
        self, sink: Sink, symbols: Iterable[str], types: Collection[SubType] = tuple(SubType)
    ) -> None:
        """Take types off symbols; what is not subscribed is passed over."""
        mine = self._of_sink.get(sink, {})
        for symbol in list(symbols):
            for kind in types:
                self._leave(sink, symbol, kind)
            left = mine.get(symbol, set()).difference(types)
            if left:
                mine[symbol] = left
            else:
                mine.pop(symbol, None)

    def silence(self, sink: Sink, symbol: str, types: Collection[SubType]) -> None:
        """Fault: deliver no more of this, while the subscription still shows."""
        for kind in types:
            self._leave(sink, symbol, kind)

    def _leave(self, sink: Sink, symbol: str, kind: SubType) -> None:
        sinks = self._sinks.get((symbol, kind))
        if sinks is not None:
            sinks.pop(sink, None)
            if not sinks:
                del self._sinks[symbol, kind]

    def subscribed(self, sink: Sink) -> dict[str, set[SubType]]:
        """What a connection is subscribed to; the live table, do not change it."""
        return self._of_sink.get(sink, _NOTHING)

    def symbols_of(self, account: str) -> set[str]:
        """The symbols of all connections of an account."""
        return {
            symbol
            for sink, mine in self._of_sink.items()
            if sink.account == account
            for symbol in mine
        }

    def wanted(self, symbol: str, kind: SubType) -> bool:
        """Whether anybody is subscribed."""
        return (symbol, kind) in self._sinks

    def drop(self, sink: Sink) -> None:
        """The connection is gone."""
        self.unsubscribe(sink, list(self.subscribed(sink)))
        self._of_sink.pop(sink, None)
        for sinks in self._topics.values():
            sinks.pop(sink, None)

    # --- subscribers of the trade gateway -------------------------------------------------

    def join(self, sink: Sink, topic: str) -> bool:
        """Subscribe a topic; False for one that does not exist."""
        sinks = self._topics.get(topic)
        if sinks is None:
            return False
        sinks[sink] = None
        return True

    def leave(self, sink: Sink, topic: str) -> None:
        """Unsubscribe a topic."""
        self._topics.get(topic, {}).pop(sink, None)

    def topics_of(self, sink: Sink) -> list[str]:
        """The topics of one connection."""
        return [topic for topic, sinks in self._topics.items() if sink in sinks]

    def push_order(self, account: str, data: Mapping[str, str], now: Moment) -> None:
        """Tell all `private` subscribers of an account that one of its orders changed.

        `data` is the object of the venue's `order_changed_lb` event, all values text.
        """
        text = jsontext.dumps({"event": "order_changed_lb", "data": dict(data)})
        body = bodies.Notification(
            topic=PRIVATE, content_type=1, dispatch_type=1, data=text.encode()
        ).SerializeToString()
        sinks = [sink for sink in self._topics[PRIVATE] if sink.account == account]
        self._push(sinks, PRIVATE, packets.Command.TRADE_NOTIFY, body, now)

    # --- pushes ---------------------------------------------------------------------------

    def push(self, symbol: str, kind: SubType, body: bytes, now: Moment) -> None:
        """Push to all subscribers."""
        sinks = self._sinks.get((symbol, kind))
        if sinks:
            self._push(list(sinks), f"{symbol}/{kind.name.lower()}", 100 + kind, body, now)

    def push_to(self, sink: Sink, symbol: str, kind: SubType, body: bytes, now: Moment) -> None:
        """Push to one connection."""
        self._push([sink], f"{symbol}/{kind.name.lower()}", 100 + kind, body, now)

    def _push(
        self, sinks: list[Sink], subject: str, command: int, body: bytes, now: Moment
    ) -> None:
        self.pushes += 1
        fault = self._faults.take(PUSH, subject) if self._faults else None
        if fault is not None:
            self._bend(fault, sinks, subject, command=command, body=body, now=now)
            return
        self._send(sinks, subject, packets.push(command, body, gzip_from=self._gzip_from))

    def _send(self, sinks: list[Sink], subject: str, packet: bytes) -> None:
        """Send a push, and behind it the one that was held back for it."""
        self._hand_out(sinks, packet)
        held_sinks, held = self._held.pop(subject, (_NOBODY, b""))
        self._hand_out(held_sinks, held)

    def _bend(
        self,
        fault: Fault,
        sinks: list[Sink],
        subject: str,
        *,
        command: int,
        body: bytes,
        now: Moment,
    ) -> None:
        """Send a push in the way a fault wants it."""
        packet = packets.push(command, body, gzip_from=self._gzip_from)
        match fault.kind:
            case FaultKind.DELAY:
                self._hold_back(sinks, packet, now.mono_ns + int(fault.number_value(1.0) * NS))
            case FaultKind.REORDER:
                if subject in self._held:
                    self._send(sinks, subject, packet)
                else:
                    self._held[subject] = (sinks, packet)
            case FaultKind.TORN:
                for sink in sinks:
                    sink.torn(packet[: len(packet) // 2])
            case FaultKind.TEXT:
                for sink in sinks:
                    sink.text(packet)
            case _:
                self._hand_out(sinks, *_bent(fault, command, body, packet))

    @staticmethod
    def _hand_out(sinks: list[Sink], *pushed: bytes) -> None:
        for packet in pushed:
            for sink in sinks:
                sink.push(packet)

    def _hold_back(self, sinks: list[Sink], packet: bytes, due_ns: int) -> None:
        if len(self._delayed) >= DELAYED_MAX:
            self._hand_out(sinks, packet)
            return
        heapq.heappush(self._delayed, (due_ns, next(self._delayed_numbers), sinks, packet))

    def next_deadline_ns(self) -> int:
        """When `advance` has something to do; far in the future when it has not."""
        return self._delayed[0][0] if self._delayed else _FAR

    def advance(self, now: Moment) -> None:
        """Send the delayed pushes that are due."""
        while self._delayed and self._delayed[0][0] <= now.mono_ns:
            _, _, sinks, packet = heapq.heappop(self._delayed)
            self._hand_out(sinks, packet)


def _bent(fault: Fault, command: int, body: bytes, packet: bytes) -> list[bytes]:
    """What is sent in place of a push; nothing when it is dropped."""
    match fault.kind:
        case FaultKind.DUPLICATE:
            return [packet] * min(int(fault.number_value(2)), COPIES_MAX)
        case FaultKind.MALFORMED:
            return [packets.push(command, b"\x0a\x7f" + body[:8])]
        case FaultKind.TRUNCATED:
            return [packet[:-1]]
        case FaultKind.OVERSIZED:
            padding = int(fault.number_value(OVERSIZE_BYTES))
            return [packets.push(command, body + _padded(padding))]
    return []


def _padded(size: int) -> bytes:
    """An unknown bytes field (number 100) of so many bytes."""
    length, varint = size, bytearray()
    while length > 0x7F:
        varint.append(length & 0x7F | 0x80)
        length >>= 7
    varint.append(length)
    return b"\xa2\x06" + bytes(varint) + bytes(size)


_NOBODY: Final[list[Sink]] = []
_NOTHING: Final[dict[str, set[SubType]]] = {}
