"""Bars of one security: minutes from its prints, days behind them, longer ones put together on demand.

What lies before the simulator's start is made up once, seeded by the symbol, and ends at the
reference price: a random walk backwards over minutes and over trading days.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

import attrs

from actors.venues.longbridge.simulator.hours import (
    HOURS,
    TradeSession,
    TradingClock,
    day_start_s,
    is_trading_day,
)
from actors.venues.longbridge.simulator.listings import Listing

MINUTE_S: Final = 60
HOUR_S: Final = 3_600
HOURS_KEPT: Final = 65_536
"""Hours whose date is remembered, over all markets, and days whose beginning is."""
MINUTES_MAX: Final = 10_000
"""Live minutes kept."""
PAST_MINUTES: Final = 2_000
PAST_DAYS: Final = 1_000
_STEPS_MAX: Final = 40_000
"""Minutes walked back to find the past ones that are within trading hours."""
DAY: Final = 1000
WEEK: Final = 2000
MONTH: Final = 3000
QUARTER: Final = 3500
YEAR: Final = 4000
MINUTE_PERIODS: Final = frozenset({1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 180, 240})
DATE_PERIODS: Final = frozenset({DAY, WEEK, MONTH, QUARTER, YEAR})


@attrs.define
class Bar:
    """One bar from `start_s` on (unix seconds); `flow` is what buyers paid minus what sellers did."""

    start_s: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    shares: int = 0
    turnover: Decimal = Decimal(0)
    flow: Decimal = Decimal(0)
    session: TradeSession = TradeSession.NORMAL

    def take(self, other: "Bar") -> None:
        """Add a later bar or print."""
        self.high, self.low = max(self.high, other.high), min(self.low, other.low)
        self.close = other.close
        self.shares += other.shares
        self.turnover += other.turnover
        self.flow += other.flow


def grouped(bars: Iterable[Bar], start_of: Callable[[int], int]) -> list[Bar]:
    """Bars put together by the start that `start_of` gives each, oldest first."""
    groups: list[Bar] = []
    for bar in bars:
        start_s = start_of(bar.start_s)
        if groups and groups[-1].start_s == start_s:
            groups[-1].take(bar)
        else:
            groups.append(attrs.evolve(bar, start_s=start_s))
    return groups


class Bars:
    """All bars of one security.

    Args:
        listing: of the security.
        reference_price: where the past ends.
        birth_s: when the past ends, unix seconds.
        clock: which minutes of the past there are.
    """

    def __init__(
        self, listing: Listing, reference_price: Decimal, birth_s: int, clock: TradingClock
    ) -> None:
        self._listing = listing
        self._reference = reference_price
        self._birth_s = birth_s // MINUTE_S * MINUTE_S
        self._clock = clock
        self._live: deque[Bar] = deque(maxlen=MINUTES_MAX)
        self._past: dict[int, list[Bar]] = {}

    def take(
        self, price: Decimal, shares: int, direction: int, at_s: int, session: TradeSession
    ) -> None:
        """Add one print."""
        worth = price * shares
        flow = worth * (direction == 2) - worth * (direction == 1)
        start_s = at_s // MINUTE_S * MINUTE_S
        new = Bar(start_s, price, price, price, price, shares, worth, flow, session)
        if self._live and self._live[-1].start_s >= start_s:
            self._live[-1].take(new)
        else:
            self._live.append(new)

    def minutes(self) -> list[Bar]:
        """Bars of a minute, oldest first."""
        return [*self._past_of(1), *self._live]

    def of_period(self, period: int) -> list[Bar]:
        """Bars of one of the venue's periods, oldest first; KeyError for a number that is none.

        The bars of the past are the same objects every time: do not change them.
        """
        if period == 1:
            return self.minutes()
        past, live = self._past_of(period), grouped(self._live, self._start_of(period))
        if past and live and past[-1].start_s == live[0].start_s:
            seam = attrs.evolve(past[-1])
            seam.take(live[0])
            return [*past[:-1], seam, *live[1:]]
        return [*past, *live]

    def _start_of(self, period: int) -> Callable[[int], int]:
        """From a time to the start of the bar that it lies in."""
        if period in MINUTE_PERIODS:
            length_s = period * MINUTE_S
            return lambda at_s: at_s // length_s * length_s
        begin = _BEGINNINGS[period]
        return lambda at_s: self._midnight(begin(self._date(at_s)))

    def _past_of(self, period: int) -> list[Bar]:
        """The bars before the simulator's start, made once."""
        past = self._past.get(period)
        if past is None:
            if period == 1:
                past = self._walk(self._minute_starts(), spread=0.0006, shares=2_000)
            elif period == DAY:
                past = self._walk(self._day_starts(), spread=0.012, shares=9_000_000)
            else:
                source = self._past_of(1 if period in MINUTE_PERIODS else DAY)
                past = grouped(source, self._start_of(period))
            self._past[period] = past
        return past

    def today(self, at_s: int) -> list[Bar]:
        """The minutes of the exchange's day that a moment lies in."""
        begin_s = self._midnight(self._date(at_s))
        return [bar for bar in self.minutes() if begin_s <= bar.start_s <= at_s]

    # --- the past -------------------------------------------------------------------------

    def _minute_starts(self) -> list[int]:
        starts: list[int] = []
        at_s = self._birth_s
        for _ in range(_STEPS_MAX):
            at_s -= MINUTE_S
            if self._clock.session(self._listing.market, at_s * 1_000_000_000) is not None:
                starts.append(at_s)
                if len(starts) == PAST_MINUTES:
                    break
        return starts

    def _day_starts(self) -> list[int]:
        starts: list[int] = []
        day = self._date(self._birth_s)
        while len(starts) < PAST_DAYS:
            day -= timedelta(days=1)
            if is_trading_day(self._listing.market, day):
                starts.append(self._midnight(day))
        return starts

    def _walk(self, starts: Sequence[int], *, spread: float, shares: int) -> list[Bar]:
        """Bars at these starts (newest first) back from the reference price; oldest first."""
        rng = random.Random(f"{self._listing.symbol}/{len(starts)}/{spread}")  # noqa: S311 - a market
        tick, lot = self._listing.tick, self._listing.lot
        close, bars = round(self._reference / tick), list[Bar]()
        for start_s in starts:
            opened = max(1, round(close * (1 + rng.gauss(0, spread))))
            edge = rng.randrange(4)
            high, low = max(opened, close) + edge, max(1, min(opened, close) - edge)
            traded = max(1, round(shares * rng.lognormvariate(0, 0.5) / lot)) * lot
            worth = tick * ((high + low) * traded) / 2
            prices = (tick * opened, tick * high, tick * low, tick * close)
            bars.append(Bar(start_s, *prices, traded, worth))
            close = opened
        return bars[::-1]

    # --- days of the exchange -------------------------------------------------------------

    def _date(self, at_s: int) -> date:
        """The exchange's date; days begin and end with whole hours everywhere."""
        return _date_of_hour(self._listing.market, at_s // HOUR_S)

    def _midnight(self, day: date) -> int:
        return _midnight_of(self._listing.market, day)


@lru_cache(maxsize=HOURS_KEPT)
def _date_of_hour(market: str, hour: int) -> date:
    at = datetime.fromtimestamp(hour * HOUR_S, UTC)
    return at.astimezone(HOURS[market].zone).date()


@lru_cache(maxsize=HOURS_KEPT)
def _midnight_of(market: str, day: date) -> int:
    return day_start_s(market, day)


_BEGINNINGS: Final[dict[int, Callable[[date], date]]] = {
    DAY: lambda day: day,
    WEEK: lambda day: day - timedelta(days=day.weekday()),
    MONTH: lambda day: day.replace(day=1),
    QUARTER: lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    YEAR: lambda day: day.replace(month=1, day=1),
}
"""First day of the period that a day is in."""
