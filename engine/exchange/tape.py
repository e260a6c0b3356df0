"""The tape of one instrument: its newest prints and rolling statistics by the minute."""

from __future__ import annotations

from collections import deque
from itertools import islice

import attrs

from engine.exchange.events import TradePrinted

TRADE_HISTORY_MAX = 1_000
"""Prints remembered per instrument: venues answer "recent trades" with 100 to 1,000."""
MINUTE_NS = 60_000_000_000
STATISTICS_MINUTES = 24 * 60
"""Span of the rolling statistics, and with it the number of buckets kept."""


@attrs.frozen(slots=True)
class Statistics:
    """Rolling 24 hours of prints: ticks (None before the first print), lots, ticks times lots.

    `last_ticks` is the newest print, however old.
    """

    symbol: str
    open_ticks: int | None
    high_ticks: int | None
    low_ticks: int | None
    last_ticks: int | None
    lots: int
    tick_lots: int


@attrs.define(slots=True, eq=False)
class _Minute:
    """Prints of one minute."""

    number: int
    open: int
    high: int
    low: int
    lots: int
    tick_lots: int


class Tape:
    """Prints of one instrument, newest last; times never step back by more than feeds do."""

    __slots__ = ("_minutes", "_symbol", "trades")

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self.trades: deque[TradePrinted] = deque(maxlen=TRADE_HISTORY_MAX)
        self._minutes: deque[_Minute] = deque(maxlen=STATISTICS_MINUTES + 1)

    def add(self, trade: TradePrinted) -> None:
        """Take a print into history and statistics; a time before the last minute counts to that minute."""
        self.trades.append(trade)
        ticks, lots, number = trade.price_ticks, trade.lots, trade.at_ns // MINUTE_NS
        if not self._minutes or self._minutes[-1].number < number:
            self._minutes.append(_Minute(number, ticks, ticks, ticks, lots, ticks * lots))
            return
        minute = self._minutes[-1]
        minute.high = max(minute.high, ticks)
        minute.low = min(minute.low, ticks)
        minute.lots += lots
        minute.tick_lots += ticks * lots

    def last(self) -> TradePrinted | None:
        """The newest print."""
        return self.trades[-1] if self.trades else None

    def recent(self, limit: int) -> list[TradePrinted]:
        """Newest first."""
        return list(islice(reversed(self.trades), max(0, limit)))

    def statistics(self, now_ns: int) -> Statistics:
        """The last 24 hours as seen at `now_ns`."""
        first = now_ns // MINUTE_NS - STATISTICS_MINUTES
        inside = [minute for minute in self._minutes if minute.number > first]
        last = self.last()
        return Statistics(
            symbol=self._symbol,
            open_ticks=inside[0].open if inside else None,
            high_ticks=max((minute.high for minute in inside), default=None),
            low_ticks=min((minute.low for minute in inside), default=None),
            last_ticks=None if last is None else last.price_ticks,
            lots=sum(minute.lots for minute in inside),
            tick_lots=sum(minute.tick_lots for minute in inside),
        )
