"""The kline feed into bars.

The venue repeats the running bar with each change and stamps it about a second after its beginning,
so times are floored to the interval. A bar is closed when a later one has begun; the last state of
the bar before is then published once more as closed, but only if no loss lies in between.
"""

from typing import Any, Final

from actors.venues.wooxpro.market import Doubt, Reading, check_symbol
from actors.venues.wooxpro.wire import measure, rows
from engine.messages.market import Bar
from engine.session.contract import Now
from engine.session.values import malformed, obj, whole

WEEK_S: Final = 604_800
MONDAY_S: Final = 4 * 86_400
"""The epoch was a Thursday; weekly bars begin on Mondays (inferred)."""
TIME_S_MAX: Final = 4_102_444_800


class BarStream:
    """`futures/klineBin<interval>` of one instrument."""

    __slots__ = ("_doubtful", "_instrument", "_interval_s", "_running", "_symbol")

    def __init__(self, instrument: str, symbol: str, interval_s: int) -> None:
        self._instrument = instrument
        self._symbol = symbol
        self._interval_s = interval_s
        self._running: Bar | None = None
        self._doubtful = False

    def read(self, data: Any, now: Now) -> Reading:
        """The bars of one push in time order; bars older than the running one are skipped."""
        obj(data, "kline")
        check_symbol(data, self._symbol)
        items = sorted(
            (self._bar(item, now) for item in rows(data.get("items"), "items")),
            key=lambda bar: bar.ts_ns,
        )
        if any(not _possible(bar) for bar in items):
            return Doubt("a bar whose high or low is not its highest or lowest price")
        out: list[Bar] = []
        for bar in items:
            self._follow(bar, out)
        return out

    def restart(self) -> None:
        """The running bar may have changed unseen: it is only closed if it is seen again."""
        self._doubtful = True

    def _follow(self, bar: Bar, out: list[Bar]) -> None:
        running = self._running
        if running is not None and bar.ts_ns < running.ts_ns:
            return
        if running is not None and bar.ts_ns > running.ts_ns and not self._doubtful:
            out.append(_closed(running, bar))
        self._running, self._doubtful = bar, False
        out.append(bar)

    def _bar(self, item: Any, now: Now) -> Bar:
        stamp_s = whole(item.get("ts"), "ts")
        if stamp_s > TIME_S_MAX:
            malformed("ts", "a time in seconds")
        return Bar(
            self._instrument,
            0,
            0,
            self._begin_s(stamp_s) * 1_000_000_000,
            now.wall_ns,
            now.mono_ns,
            self._interval_s,
            measure(item.get("o"), "o"),
            measure(item.get("h"), "h"),
            measure(item.get("l"), "l"),
            measure(item.get("c"), "c"),
            measure(item.get("v"), "v"),
            closed=False,
        )

    def _begin_s(self, stamp_s: int) -> int:
        offset = MONDAY_S if self._interval_s == WEEK_S else 0
        return max(0, stamp_s - (stamp_s - offset) % self._interval_s)


def _possible(bar: Bar) -> bool:
    return bar.low <= min(bar.open, bar.close) and max(bar.open, bar.close) <= bar.high


def _closed(bar: Bar, following: Bar) -> Bar:
    return Bar(
        bar.instrument,
        0,
        0,
        bar.ts_ns,
        following.recv_ns,
        following.mono_ns,
        bar.interval_s,
        bar.open,
        bar.high,
        bar.low,
        bar.close,
        bar.volume,
        closed=True,
    )
