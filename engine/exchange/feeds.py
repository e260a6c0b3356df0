"""Market events: what the outside market (recorded or generated) tells the exchange.

The outside market is a set of absolute level sizes plus prints. Prices are whole ticks, sizes
whole lots. `at_ns` is the time of the event on the feed's own time line; the driver decides when
to hand it over. A feed is anything with `next_at_ns` and `advance`: the generator and the replay
both are, and a driver needs to know no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heapreplace
from typing import Protocol, TypeAlias

import attrs

from engine.exchange.model import Side


@attrs.frozen(slots=True)
class LevelSet:
    """Absolute outside sizes of several levels, applied as one update.

    `levels` are (side, price in ticks, size in lots; 0 removes). `snapshot` means that outside
    levels not named are gone. `beneath_top` is for feeds whose best quotes come as `TopSet`: rows
    at or better than the last `TopSet` of their side are ignored, because the quote knows better.
    """

    symbol: str
    levels: tuple[tuple[Side, int, int], ...]
    at_ns: int
    snapshot: bool = False
    beneath_top: bool = False


@attrs.frozen(slots=True)
class TopSet:
    """The outside best quote; always answered by exactly one `BookTop`.

    Outside levels better than it go. Levels beneath it go too unless `keep_depth` (a depth feed
    maintains them). A missing side is (None, 0). A locked quote is taken as it is; a crossed one
    is an error of the feed (ValueError).
    """

    symbol: str
    bid_ticks: int | None
    bid_lots: int
    ask_ticks: int | None
    ask_lots: int
    at_ns: int
    keep_depth: bool = False


@attrs.frozen(slots=True)
class OutsideTrade:
    """A print of the outside market; `aggressor` and `trade_id` are None where unknown."""

    symbol: str
    price_ticks: int
    lots: int
    aggressor: Side | None
    trade_id: int | None
    at_ns: int


@attrs.frozen(slots=True)
class BookReset:
    """The outside book is empty from here on (start of a recording, a gap); clients' orders stay."""

    symbol: str
    at_ns: int


MarketEvent: TypeAlias = LevelSet | TopSet | OutsideTrade | BookReset


class MarketFeed(Protocol):
    """A stream of market events that a driver pulls along its own clock."""

    def next_at_ns(self) -> int | None:
        """Time of the next event, None at the end of the stream."""

    def advance(self, until_ns: int, limit: int | None = None) -> list[MarketEvent]:
        """Further events with `at_ns <= until_ns`, in order, each exactly once, at most `limit`.

        A driver that fell behind passes a limit and does other work between the batches; how the
        time line is cut into calls never changes the events.
        """


class StreamFeed:
    """A feed over any iterator of events in time order; reads one event ahead."""

    def __init__(self, events: Iterable[MarketEvent]) -> None:
        self._events = iter(events)
        self._next = next(self._events, None)

    def next_at_ns(self) -> int | None:
        """Time of the next event, None at the end of the stream."""
        return None if self._next is None else self._next.at_ns

    def advance(self, until_ns: int, limit: int | None = None) -> list[MarketEvent]:
        """See `MarketFeed.advance`."""
        taken: list[MarketEvent] = []
        event = self._next
        while event is not None and event.at_ns <= until_ns and len(taken) != limit:
            taken.append(event)
            event = next(self._events, None)
        self._next = event
        return taken


class MergedFeed:
    """Several feeds (one per instrument) as one in time order; at equal times in the given order.

    The feeds are its own from then on: it remembers when each is due, so nobody else advances them.
    """

    def __init__(self, feeds: Iterable[MarketFeed]) -> None:
        self._feeds = list(feeds)
        self._due = [
            (at_ns, place)
            for place, feed in enumerate(self._feeds)
            if (at_ns := feed.next_at_ns()) is not None
        ]
        heapify(self._due)

    def next_at_ns(self) -> int | None:
        """Time of the earliest next event, None when all feeds have ended."""
        return self._due[0][0] if self._due else None

    def advance(self, until_ns: int, limit: int | None = None) -> list[MarketEvent]:
        """See `MarketFeed.advance`."""
        taken: list[MarketEvent] = []
        due = self._due
        while due and due[0][0] <= until_ns and (limit is None or len(taken) < limit):
            at_ns, place = due[0]
            feed = self._feeds[place]
            taken += feed.advance(at_ns, None if limit is None else limit - len(taken))
            next_ns = feed.next_at_ns()
            if next_ns is None:
                heappop(due)
            else:
                heapreplace(due, (next_ns, place))
        return taken
