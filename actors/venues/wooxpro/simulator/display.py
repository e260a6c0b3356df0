"""What subscribers of public topics see: which feeds a topic opens, and what each pushes when.

Sits between the hub (who hears what, and when) and the payloads (how it is printed). The book that
depth topics show is read at push time, so a slow pace conflates by itself.
"""

from typing import Final, TypeAlias

from actors.venues.wooxpro.simulator import payloads
from actors.venues.wooxpro.simulator.faults import FaultKind, Faults
from actors.venues.wooxpro.simulator.hub import BookMemory, Feed
from actors.venues.wooxpro.simulator.settings import SimulatorSettings
from actors.venues.wooxpro.simulator.symbols import SymbolState
from actors.venues.wooxpro.simulator.topics import KLINE_SECONDS, Channel, Topic
from engine.exchange.events import BookTop
from engine.exchange.exchange import Exchange
from engine.simulator.moment import MS, NS

KLINE_INTERVAL_NS: Final = 500 * MS
"""Bars are pushed on change, but not more often than this (the venue states no rate)."""
FUNDING_REPEAT_NS: Final = 60 * NS

Levels: TypeAlias = tuple[tuple[int, int], ...]


class Display:
    """Renders public feeds from the exchange and the contracts' state."""

    def __init__(
        self,
        settings: SimulatorSettings,
        exchange: Exchange,
        symbols: dict[str, SymbolState],
        faults: Faults,
    ) -> None:
        self._settings = settings
        self._faults = faults
        self._exchange = exchange
        self._symbols = symbols
        self._default_suffix = settings.group_suffix == "default"

    def feeds(self, topic: Topic) -> list[Feed]:
        """The feeds a public topic stands for, fresh and without subscribers."""
        symbols = [topic.symbol] if topic.symbol else list(self._symbols)
        return [self._feed(topic, symbol) for symbol in symbols]

    def _feed(self, topic: Topic, symbol: str) -> Feed:
        group = topic.group(symbol, default_suffix=self._default_suffix)
        repeat = FUNDING_REPEAT_NS if topic.channel is Channel.FUNDING_RATE else 0
        return Feed(topic, symbol, group, interval_ns=self._interval_ns(topic), repeat_ns=repeat)

    def _interval_ns(self, topic: Topic) -> int:
        settings, channel = self._settings, topic.channel
        if channel is Channel.TICKER:
            return settings.ticker_interval_ms * MS
        if channel in (Channel.KLINE, Channel.MARK_KLINE):
            return KLINE_INTERVAL_NS
        if channel.has_speed:
            return (topic.speed_ms or settings.depth_interval_ms) * MS
        return 0

    def top(self, symbol: str, market_ns: int) -> BookTop:
        """The best prices now."""
        bid, bid_lots, ask, ask_lots = self._exchange.top(symbol)
        return BookTop(symbol, bid, bid_lots, ask, ask_lots, market_ns)

    # --- texts ----------------------------------------------------------------------------

    def render(self, feed: Feed, market_ns: int, *, first: bool) -> list[str]:
        """Texts to push: the current value when `first`, else what is due (nothing if unchanged)."""
        channel, state = feed.topic.channel, self._symbols[feed.symbol]
        if channel is Channel.TICKER:
            statistics = self._exchange.statistics(feed.symbol, market_ns)
            top = self.top(feed.symbol, market_ns)
            if first and top.bid_ticks is None and top.ask_ticks is None:
                return []
            return [payloads.ticker(feed.group, state, top, statistics)]
        if channel is Channel.FUNDING_RATE:
            rate = self._settings.funding_rate
            return [payloads.funding_rate(feed.group, state, rate, market_ns // MS)]
        if channel is Channel.BOOKTICKER:
            return self._bookticker(feed, state, market_ns)
        if channel in (Channel.KLINE, Channel.MARK_KLINE):
            return self._kline(feed, state)
        return self._book(feed, state, market_ns, first=first)

    def _bookticker(self, feed: Feed, state: SymbolState, market_ns: int) -> list[str]:
        top = self.top(feed.symbol, market_ns)
        empty = top.bid_ticks is None and top.ask_ticks is None
        return [] if empty else [payloads.bookticker(feed.group, state, top)]

    @staticmethod
    def _kline(feed: Feed, state: SymbolState) -> list[str]:
        marks = feed.topic.channel is Channel.MARK_KLINE
        candles = state.mark_candles if marks else state.candles
        bar = candles.running(KLINE_SECONDS[feed.topic.detail])
        return [] if bar is None else [payloads.kline(feed.group, state, bar)]

    def _book(self, feed: Feed, state: SymbolState, market_ns: int, *, first: bool) -> list[str]:
        channel, at_ms = feed.topic.channel, market_ns // MS
        memory = feed.memory
        book = self._exchange.book(feed.symbol, int(feed.topic.detail))
        if first and not (book.bids or book.asks):
            return []  # nothing yet: the first push comes with the first quote
        if channel is Channel.DEPTH_INCREASE:
            return self._increase(feed, state, memory, (book.bids, book.asks, at_ms), first=first)
        changed = (True, True)
        if not first:
            changed = (book.bids != memory.bids, book.asks != memory.asks)
        if not first or memory.bids is None:  # a newcomer must not hide a change from the others
            memory.bids, memory.asks = book.bids, book.asks
        if channel is Channel.DEPTH_ALL:
            return [payloads.depth_all(feed.group, state, book, at_ms)] if any(changed) else []
        sides = ((payloads.BID, book.bids), (payloads.ASK, book.asks))
        return [
            payloads.depth(feed.group, state, way, side, at_ms)
            for (way, side), new in zip(sides, changed, strict=True)
            if new
        ]

    def _increase(
        self,
        feed: Feed,
        state: SymbolState,
        memory: BookMemory,
        now: tuple[Levels, Levels, int],
        *,
        first: bool,
    ) -> list[str]:
        bids, asks, at_ms = now
        fresh = memory.bids is None or memory.asks is None
        if fresh and first and len(feed.sinks) > 1:
            return []  # the others still wait for their snapshot: this one comes to all
        if memory.bids is None or memory.asks is None:
            memory.bids, memory.asks, memory.version = bids, asks, 1
        if first or fresh:
            sides, kind = (memory.bids, memory.asks), "snapshot"
        else:
            sides = (_difference(memory.bids, bids), _difference(memory.asks, asks))
            if not any(sides):
                return []
            memory.bids, memory.asks, kind = bids, asks, "update"
            memory.version += 1
            if self._faults and self._faults.take((FaultKind.GAP,), feed.topic.text):
                return []
        return [
            payloads.depth_increase(
                feed.group, state, sides, at_ms, version=memory.version, kind=kind
            )
        ]


def _difference(before: Levels, after: Levels) -> Levels:
    """Levels that changed, and with size 0 those that are gone."""
    old, new = dict(before), dict(after)
    changed = [(ticks, lots) for ticks, lots in after if old.get(ticks) != lots]
    return (*changed, *((ticks, 0) for ticks, _ in before if ticks not in new))
