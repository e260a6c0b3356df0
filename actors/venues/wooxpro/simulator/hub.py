"""Who hears what: topics, their subscribers, and the moment each push is due; pure, time handed in.

A *feed* is one topic text with its subscribers. Event feeds (bookticker, trade, the private ones)
push for every event, in order, never conflated; timed feeds (ticker, depth, klines, funding) are
marked dirty by events and pushed by `advance` at their pace. A push is rendered once, made into one
frame and handed to every subscriber; armed faults bend it on that way.
"""

import heapq
from collections.abc import Iterable
from itertools import count
from typing import Final, Protocol

import attrs

from actors.venues.wooxpro.simulator.faults import FRAME, Fault, FaultKind, Faults
from actors.venues.wooxpro.simulator.topics import Channel, Topic
from engine.simulator.frames import text_frame
from engine.simulator.moment import NS

DELAYED_MAX: Final = 100_000
"""Frames that the delay fault may hold back at once; beyond it frames go out undelayed."""
OVERSIZE_BYTES: Final = 2_000_000


class Sink(Protocol):
    """A subscriber: one connection's outbox."""

    @property
    def account(self) -> str | None:
        """The account that is logged in, None before the login."""

    def push(self, frame: bytes) -> None:
        """Take one whole frame; must not block and must not raise."""

    def torn(self, part: bytes) -> None:
        """Take the beginning of a frame after which the connection ends."""


class Render(Protocol):
    """Texts of a timed feed: everything when `first`, else what changed (or nothing)."""

    def __call__(self, feed: "Feed", market_ns: int, *, first: bool) -> list[str]:
        """The texts to push at this market time."""


@attrs.define
class BookMemory:
    """What a depth feed pushed last, and the version of depthIncrease."""

    bids: tuple[tuple[int, int], ...] | None = None
    asks: tuple[tuple[int, int], ...] | None = None
    version: int = 0


@attrs.define(eq=False)
class Feed:
    """One topic and its subscribers.

    Attributes:
        topic: as subscribed.
        symbol: contract of this feed (a ticker for all symbols has one feed per contract).
        group: the group text of its pushes.
        interval_ns: shortest time between pushes; 0 for event feeds.
        repeat_ns: pushed so often even without a change; 0 for never.
        memory: what the renderer of depth topics keeps from push to push.
    """

    topic: Topic
    symbol: str
    group: str
    interval_ns: int = 0
    repeat_ns: int = 0
    dirty: bool = False
    pushed_ns: int = -(1 << 62)
    sinks: dict[Sink, None] = attrs.field(factory=dict)
    late_acks: dict[Sink, bytes] = attrs.field(factory=dict)
    memory: BookMemory = attrs.field(factory=BookMemory)

    def due_ns(self) -> int | None:
        """When `advance` has to push it, None for not at all."""
        if not self.sinks:
            return None
        if self.dirty:
            return self.pushed_ns + self.interval_ns
        return self.pushed_ns + self.repeat_ns if self.repeat_ns else None


class Hub:
    """All feeds of one simulator.

    Args:
        render: texts of a timed feed.
        faults: asked for every frame while any is armed.
    """

    def __init__(self, render: Render, faults: Faults) -> None:
        self._render = render
        self._faults = faults
        self._feeds: dict[tuple[str, str], Feed] = {}
        self._by_channel: dict[tuple[Channel, str], list[Feed]] = {}
        self._delayed: list[tuple[int, int, list[Sink], bytes]] = []
        self._delayed_numbers = count()
        self._due_ns: int | None = None
        self.pushes = 0

    # --- subscribers ----------------------------------------------------------------------

    def subscribe(self, sink: Sink, feeds: Iterable[Feed], *, late_ack: bytes | None) -> list[Feed]:
        """Join the sink to feeds (kept ones where they exist already); returns the feeds joined."""
        joined = []
        for wanted in feeds:
            feed = self._feeds.setdefault((wanted.topic.text, wanted.symbol), wanted)
            if feed is wanted:
                self._by_channel.setdefault((feed.topic.channel, feed.symbol), []).append(feed)
            feed.sinks[sink] = None
            if late_ack is not None:
                feed.late_acks[sink] = late_ack
            joined.append(feed)
        self._forget_due()
        return joined

    def unsubscribe(self, sink: Sink, topic_text: str) -> None:
        """Deliver this topic to the sink no more."""
        for key in [key for key in self._feeds if key[0] == topic_text]:
            self._leave(key, sink)

    def drop(self, sink: Sink) -> None:
        """The sink is gone."""
        for key in list(self._feeds):
            self._leave(key, sink)

    def _leave(self, key: tuple[str, str], sink: Sink) -> None:
        feed = self._feeds[key]
        feed.sinks.pop(sink, None)
        feed.late_acks.pop(sink, None)
        if not feed.sinks:
            del self._feeds[key]
            self._by_channel[feed.topic.channel, feed.symbol].remove(feed)

    def feeds(self, channel: Channel, symbol: str) -> list[Feed]:
        """The feeds of one channel and contract that have subscribers; the live list, do not change it."""
        return self._by_channel.get((channel, symbol), _NONE)

    # --- pushes ---------------------------------------------------------------------------

    def push(self, feed: Feed, text: str, now_ns: int, only: Sink | None = None) -> None:
        """Push one text to every subscriber of the feed (or to one of them)."""
        self.pushes += 1
        sinks = feed.sinks if only is None else (only,)
        if self._faults:
            self._push_bent(feed, text, now_ns, list(sinks))
        else:
            frame = text_frame(text)
            for sink in sinks:
                sink.push(frame)
        if feed.late_acks:
            self._push_late_acks(feed, list(sinks))

    def _push_late_acks(self, feed: Feed, sinks: list[Sink]) -> None:
        for sink in sinks:
            ack = feed.late_acks.pop(sink, None)
            if ack is not None:
                sink.push(ack)

    def _push_bent(self, feed: Feed, text: str, now_ns: int, sinks: list[Sink]) -> None:
        fault = self._faults.take(FRAME, feed.topic.text)
        if fault is None:
            self._hand_out(sinks, text_frame(text))
        elif fault.kind is FaultKind.DELAY:
            self._hold_back(sinks, text_frame(text), now_ns + int(fault.number_value(1.0) * NS))
        elif fault.kind is FaultKind.TORN:
            frame = text_frame(text)
            for sink in sinks:
                sink.torn(frame[: len(frame) // 2])
        else:
            for bent in _bent(fault, text):
                self._hand_out(sinks, text_frame(bent))

    @staticmethod
    def _hand_out(sinks: list[Sink], frame: bytes) -> None:
        for sink in sinks:
            sink.push(frame)

    def _hold_back(self, sinks: list[Sink], frame: bytes, due_ns: int) -> None:
        if len(self._delayed) >= DELAYED_MAX:
            self._hand_out(sinks, frame)
            return
        heapq.heappush(self._delayed, (due_ns, next(self._delayed_numbers), sinks, frame))
        self._forget_due()

    # --- time -----------------------------------------------------------------------------

    def touch(self, channel: Channel, symbol: str) -> None:
        """Something a timed channel shows has changed."""
        for feed in self._by_channel.get((channel, symbol), _NONE):
            if not feed.dirty:
                feed.dirty = True
                due = feed.pushed_ns + feed.interval_ns
                if self._due_ns is not None and due < self._due_ns:
                    self._due_ns = due

    def _forget_due(self) -> None:
        self._due_ns = None

    def next_deadline_ns(self) -> int:
        """When `advance` has something to do; far in the future when it has not."""
        if self._due_ns is None:
            dues = [due for feed in self._feeds.values() if (due := feed.due_ns()) is not None]
            if self._delayed:
                dues.append(self._delayed[0][0])
            self._due_ns = min(dues, default=_FAR)
        return self._due_ns

    def advance(self, now_ns: int, market_ns: int) -> None:
        """Push every timed feed and every delayed frame that is due."""
        if now_ns < self.next_deadline_ns():
            return
        while self._delayed and self._delayed[0][0] <= now_ns:
            _, _, sinks, frame = heapq.heappop(self._delayed)
            self._hand_out(sinks, frame)
        for feed in list(self._feeds.values()):
            due = feed.due_ns()
            if due is not None and due <= now_ns:
                self._push_timed(feed, now_ns, market_ns)
        self._forget_due()

    def _push_timed(self, feed: Feed, now_ns: int, market_ns: int) -> None:
        feed.dirty = False
        feed.pushed_ns = now_ns
        for text in self._render(feed, market_ns, first=False):
            self.push(feed, text, now_ns)


_NONE: Final[list[Feed]] = []
_FAR: Final = 1 << 62

COPIES_MAX: Final = 200
"""Of one frame under the fault `duplicate`."""


def _bent(fault: Fault, text: str) -> list[str]:
    """What is sent in place of a text."""
    if fault.kind is FaultKind.DUPLICATE:
        return [text] * min(int(fault.number_value(2)), COPIES_MAX)
    if fault.kind is FaultKind.MALFORMED:
        return [text[: len(text) // 2]]
    if fault.kind is FaultKind.OVERSIZED:
        padding = " " * int(fault.number_value(OVERSIZE_BYTES))
        return [text[:-1] + padding + text[-1:]]
    return []
