"""Bars: the venue has none on its stream, so they are asked for over HTTP, again and again.

A code's history comes first (`/kline`), then the last two bars of all codes at each poll
(`/batch-kline`). A bar is told as closed when a later one is there, or, up to an hour's length, when its
time has been over for a while. Rows may come in any order. A hole since the last closed bar is filled
from the history before anything newer is told.
"""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from actors.venues.alltick.codes import Listing
from actors.venues.alltick.values import TIME_MS_MAX, measure, measure_or_zero, rows
from engine.messages.market import Bar
from engine.session.contract import Now
from engine.session.values import malformed, whole

CLOSED_BY_TIME_MAX_S: Final = 3_600
"""Longer bars do not begin at multiples of their length everywhere."""
CLOSE_GRACE_S: Final = 5
"""A bar may still change for a moment after its time is over."""
HOLE_MAX: Final = 498
"""Bars missing that are asked for at most: what one `/kline` holds beside the two known ones."""


@attrs.frozen
class Row:
    """One bar as the venue tells it; `begin_s` are seconds since 1970."""

    begin_s: int
    open: float
    high: float
    low: float
    close: float
    volume: float


def read_rows(value: Any) -> list[Row]:
    """The rows of one code, in time order, each time once. Raises RemoteProtocolError."""
    found = {row.begin_s: row for row in map(_row, rows(value, "kline rows"))}
    return [found[begin_s] for begin_s in sorted(found)]


def _row(item: Mapping[str, Any]) -> Row:
    begin_s = whole(item.get("timestamp"), "timestamp")
    if begin_s * 1_000 >= TIME_MS_MAX:
        malformed("timestamp", "a time in seconds")
    row = Row(
        begin_s,
        measure(item.get("open_price"), "open_price"),
        measure(item.get("high_price"), "high_price"),
        measure(item.get("low_price"), "low_price"),
        measure(item.get("close_price"), "close_price"),
        measure_or_zero(item.get("volume"), "volume"),
    )
    if row.low > min(row.open, row.close) or row.high < max(row.open, row.close):
        malformed("a bar", "between its high and its low")
    return row


class BarReader:
    """The bars of one code."""

    def __init__(self, listing: Listing, interval_s: int) -> None:
        self.listing = listing
        self._interval_s = interval_s
        self._closed_s = -1
        self._running: Row | None = None
        self._hole_s = -1

    def missing(self, given: list[Row]) -> int:
        """How many bars lie between the last closed one and these, told once per hole; 0 for none."""
        if self._closed_s < 0 or not given or given[0].begin_s == self._hole_s:
            return 0
        between = (given[0].begin_s - self._closed_s) // self._interval_s - 1
        if between <= 0:
            return 0
        self._hole_s = given[0].begin_s
        return min(between, HOLE_MAX)

    def read(self, given: list[Row], now: Now) -> list[Bar]:
        """What is new in these rows: bars that have closed, and the running one if it changed."""
        bars: list[Bar] = []
        for place, row in enumerate(given):
            if row.begin_s <= self._closed_s:
                continue
            if place < len(given) - 1 or self._is_over(row, now):
                self._closed_s, self._running = row.begin_s, None
                bars.append(self._bar(row, now, closed=True))
            elif row != self._running:
                self._running = row
                bars.append(self._bar(row, now, closed=False))
        return bars

    def _is_over(self, row: Row, now: Now) -> bool:
        if self._interval_s > CLOSED_BY_TIME_MAX_S:
            return False
        end_s = row.begin_s + self._interval_s + CLOSE_GRACE_S
        return now.wall_ns >= end_s * 1_000_000_000

    def _bar(self, row: Row, now: Now, *, closed: bool) -> Bar:
        return Bar(
            self.listing.instrument.id,
            0,
            0,
            row.begin_s * 1_000_000_000,
            now.wall_ns,
            now.mono_ns,
            self._interval_s,
            row.open,
            row.high,
            row.low,
            row.close,
            row.volume,
            closed=closed,
        )
