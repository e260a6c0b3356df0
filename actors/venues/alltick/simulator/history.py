"""K-lines: the bars of the running market, and before it a made-up past that never changes.

The past of an instrument is a fixed curve through time (a sum of waves, from seconds to years long,
chosen by seed and code) that arrives at the reference price when the simulator was born. So any bar
of any length can be had without keeping one, and bars of different lengths agree where they begin
and end.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import IntEnum
from random import Random
from typing import Final

from actors.venues.alltick.simulator.candles import MINUTE_S, Bar, Candles, merged

DAY_S: Final = 86_400
WEEK_STARTS_S: Final = 4 * DAY_S
"""Weeks begin on Monday; the epoch was a Thursday."""
SAMPLES_MAX: Final = 30
"""Points of the curve that one bar looks at."""
ROWS_MAX: Final = 500
"""Of one request; more are cut."""

_WAVES: Final = (
    (400.0, 0.0004),
    (1_700.0, 0.0008),
    (9_100.0, 0.0020),
    (43_000.0, 0.0050),
    (250_000.0, 0.0120),
    (1_900_000.0, 0.0300),
    (13_000_000.0, 0.0800),
    (97_000_000.0, 0.1500),
)
"""(seconds, part of the price) of the curve."""


class KlineType(IntEnum):
    """Lengths of bars by the venue's numbers."""

    MINUTE = 1
    MINUTES_5 = 2
    MINUTES_15 = 3
    MINUTES_30 = 4
    HOUR = 5
    HOURS_2 = 6
    HOURS_4 = 7
    DAY = 8
    WEEK = 9
    MONTH = 10


KLINE_TYPES: Final = frozenset(int(each) for each in KlineType)
NOT_FOR_STOCKS: Final = frozenset({KlineType.HOURS_2, KlineType.HOURS_4})

_LENGTH_S: Final = {
    KlineType.MINUTE: 60,
    KlineType.MINUTES_5: 300,
    KlineType.MINUTES_15: 900,
    KlineType.MINUTES_30: 1_800,
    KlineType.HOUR: 3_600,
    KlineType.HOURS_2: 7_200,
    KlineType.HOURS_4: 14_400,
    KlineType.DAY: DAY_S,
}


def floor(kind: KlineType, at_s: int) -> int:
    """Where the bar around a time begins, in UTC."""
    if kind is KlineType.MONTH:
        moment = datetime.fromtimestamp(at_s, UTC)
        return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp())
    if kind is KlineType.WEEK:
        return (at_s - WEEK_STARTS_S) // (7 * DAY_S) * 7 * DAY_S + WEEK_STARTS_S
    length_s = _LENGTH_S[kind]
    return at_s // length_s * length_s


def after(kind: KlineType, start_s: int) -> int:
    """Where the bar behind the one that begins at `start_s` begins."""
    if kind is KlineType.MONTH:
        return floor(kind, start_s + 32 * DAY_S)
    return start_s + (7 * DAY_S if kind is KlineType.WEEK else _LENGTH_S[kind])


class Past:
    """The made-up past of one instrument.

    Args:
        seed: of the market.
        code: of the instrument.
        end_ticks: the price at which it arrives.
        end_s: when, a whole minute.
        usual_lots: volume of a usual minute.
    """

    def __init__(
        self, *, seed: int, code: str, end_ticks: int, end_s: int, usual_lots: int
    ) -> None:
        rng = Random(f"{seed}/{code}/past")  # noqa: S311 - a market, not a secret
        self._waves = [
            (math.tau / length, part, rng.random() * math.tau) for length, part in _WAVES
        ]
        self._end_ticks = end_ticks
        self._usual_lots = usual_lots
        self.end_s = end_s
        self._end = self._curve(end_s)

    def _curve(self, at_s: int) -> float:
        return sum(part * math.sin(at_s * pace + phase) for pace, part, phase in self._waves)

    def ticks(self, at_s: int) -> int:
        """The price at a time."""
        return max(1, round(self._end_ticks * math.exp(self._curve(at_s) - self._end)))

    def bar(self, start_s: int, end_s: int) -> Bar:
        """The bar from a time to another."""
        step_s = max(MINUTE_S, (end_s - start_s) // SAMPLES_MAX)
        prices = [self.ticks(at_s) for at_s in range(start_s, end_s, step_s)]
        prices.append(self.ticks(end_s))
        minutes = (end_s - start_s) // MINUTE_S
        lots = max(1, round(self._usual_lots * minutes * (1.0 + 0.5 * math.sin(start_s / 7_000))))
        mean = sum(prices) // len(prices)
        high, low = max(prices), min(prices)
        return Bar(start_s, prices[0], high, low, prices[-1], lots, lots * mean)


def bars(past: Past, live: Candles, kind: KlineType, until_s: int, count: int) -> list[Bar]:
    """The newest `count` bars that begin at `until_s` or before, oldest first."""
    found: list[Bar] = []
    for bar in _backwards(past, live, kind, until_s):
        if len(found) == min(count, ROWS_MAX) or bar.start_s < 0:
            break
        found.append(bar)
    return found[::-1]


def _backwards(past: Past, live: Candles, kind: KlineType, until_s: int) -> Iterator[Bar]:
    """Bars from the newest on into the past; the one in which the market began has both parts."""
    grouped: dict[int, list[Bar]] = {}
    for minute in live.minutes:
        start_s = floor(kind, minute.start_s)
        if start_s <= until_s and minute.start_s >= past.end_s:
            grouped.setdefault(start_s, []).append(minute)
    for start_s in sorted(grouped, reverse=True):
        minutes = grouped[start_s]
        if start_s < past.end_s:
            minutes = [past.bar(start_s, past.end_s), *minutes]
        yield merged(start_s, minutes)
    end_s = min(past.end_s, min(grouped, default=past.end_s))
    if until_s < end_s:
        end_s = min(end_s, after(kind, floor(kind, until_s)))
    while end_s > 0:
        start_s = floor(kind, end_s - 1)
        yield past.bar(start_s, end_s)
        end_s = start_s
