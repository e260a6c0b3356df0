"""When the markets trade: sessions in exchange local time, trading days, the clock that is forced open."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from engine.simulator.moment import NS

_HOLIDAYS: Final = {
    "HK": {(1, 1), (5, 1), (7, 1), (10, 1), (12, 25), (12, 26)},
    "US": {(1, 1), (6, 19), (7, 4), (12, 25)},
    "CN": {(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)},
    "SG": {(1, 1), (5, 1), (8, 9), (12, 25)},
}
"""Days (month, day) that never trade; movable holidays are not simulated."""
_HALF_DAYS: Final = {"HK": {(12, 24), (12, 31)}, "US": {(12, 24)}, "CN": set(), "SG": {(12, 24)}}


class TradeSession(IntEnum):
    """Session of a trade or quote."""

    NORMAL = 0
    PRE = 1
    POST = 2
    OVERNIGHT = 3


@attrs.frozen
class Span:
    """From (inclusive) to (exclusive) in local hours and minutes as one number: 930 is 09:30."""

    begin: int
    end: int
    session: TradeSession = TradeSession.NORMAL

    def holds(self, hhmm: int) -> bool:
        """Whether the local time lies in it; a span may run over midnight."""
        if self.begin <= self.end:
            return self.begin <= hhmm < self.end
        return hhmm >= self.begin or hhmm < self.end


@attrs.frozen
class MarketHours:
    """The hours of one market."""

    market: str
    zone: ZoneInfo
    spans: tuple[Span, ...]
    half_day: tuple[Span, ...]


HOURS: Final = {
    each.market: each
    for each in (
        MarketHours(
            "US",
            ZoneInfo("America/New_York"),
            (
                Span(400, 930, TradeSession.PRE),
                Span(930, 1600),
                Span(1600, 2000, TradeSession.POST),
                Span(2000, 400, TradeSession.OVERNIGHT),
            ),
            (
                Span(400, 930, TradeSession.PRE),
                Span(930, 1300),
                Span(1300, 1700, TradeSession.POST),
            ),
        ),
        MarketHours(
            "HK",
            ZoneInfo("Asia/Hong_Kong"),
            (Span(930, 1200), Span(1300, 1600)),
            (Span(930, 1200),),
        ),
        MarketHours(
            "CN",
            ZoneInfo("Asia/Shanghai"),
            (Span(930, 1130), Span(1300, 1457)),
            (Span(930, 1130),),
        ),
        MarketHours(
            "SG",
            ZoneInfo("Asia/Singapore"),
            (Span(900, 1200), Span(1300, 1700)),
            (Span(900, 1200),),
        ),
    )
}
"""All markets."""


def is_half_day(market: str, day: date) -> bool:
    """Whether the market closes early."""
    return is_trading_day(market, day) and (day.month, day.day) in _HALF_DAYS[market]


def is_trading_day(market: str, day: date) -> bool:
    """Whether the market trades at all."""
    return day.weekday() < 5 and (day.month, day.day) not in _HOLIDAYS[market]


def trading_days(market: str, first: date, last: date) -> Iterator[date]:
    """The days of trading from first to last, both included."""
    day = first
    while day <= last:
        if is_trading_day(market, day):
            yield day
        day += timedelta(days=1)


def local(market: str, wall_ns: int) -> datetime:
    """The exchange's local time."""
    return datetime.fromtimestamp(wall_ns / NS, UTC).astimezone(HOURS[market].zone)


def day_start_s(market: str, day: date) -> int:
    """Midnight of a day at the exchange, unix seconds."""
    return int(datetime.combine(day, time(), HOURS[market].zone).timestamp())


@attrs.frozen
class TradingClock:
    """What session it is; `forced_open` trades round the clock."""

    forced_open: bool

    def session(self, market: str, wall_ns: int) -> TradeSession | None:
        """The session at a moment, None while the market is closed."""
        if self.forced_open:
            return TradeSession.NORMAL
        at = local(market, wall_ns)
        hours = HOURS[market]
        if not is_trading_day(market, at.date()):
            return None
        spans = hours.half_day if is_half_day(market, at.date()) else hours.spans
        hhmm = at.hour * 100 + at.minute
        return next((span.session for span in spans if span.holds(hhmm)), None)
