"""When the markets trade: the venue's periods and days, in each market's own time. Pure.

Silence is suspicious only while a market trades, and a warm-up asks for days that exist. The venue names
periods as local clock times (930 is half past nine) and days as `YYYYMMDD`; auctions are not among
its periods. New York's summer time is worked out here, because periods are few and rules are simple.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import attrs

from engine.session.values import malformed

PERIODS_MAX: Final = 16
DAYS_MAX: Final = 400
MARKETS_MAX: Final = 16
DAYS_BACK: Final = 5
DAYS_ASKED: Final = 30
"""The venue allows a month at a time; the venue's own client asks for these days."""

_ASIA: Final = timedelta(hours=8)
_WINTER: Final = timedelta(hours=-5)
_SUMMER: Final = timedelta(hours=-4)


@attrs.frozen
class Period:
    """Minutes of the local day, from and to; an end before its beginning is on the next day."""

    begin: int
    end: int
    session: int

    def covers(self, minute: int) -> bool:
        """Whether this minute of a day is inside."""
        if self.begin <= self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


def offset_of(market: str, moment: datetime) -> timedelta:
    """Local time minus UTC at this moment (UTC)."""
    if market != "US":
        return _ASIA
    begin = _sunday(moment.year, 3, 2) + timedelta(hours=7)  # 02:00 in winter time
    end = _sunday(moment.year, 11, 1) + timedelta(hours=6)  # 02:00 in summer time
    return _SUMMER if begin <= moment < end else _WINTER


def _sunday(year: int, month: int, number: int) -> datetime:
    """Midnight UTC of the month's first or second Sunday."""
    first = datetime(year, month, 1, tzinfo=UTC)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))


def local(market: str, wall_ns: int) -> datetime:
    """The market's clock."""
    moment = datetime.fromtimestamp(wall_ns // 1_000_000_000, UTC)
    return moment + offset_of(market, moment)


def text_of(day: date) -> str:
    """As the venue writes days."""
    return day.strftime("%Y%m%d")


class Calendar:
    """What is known of the markets' times."""

    def __init__(self) -> None:
        self._periods: dict[str, tuple[Period, ...]] = {}
        self._days: dict[str, frozenset[str]] = {}
        self._half_days: dict[str, frozenset[str]] = {}

    def periods_told(self, markets: Iterable[Any]) -> None:
        """The answer to command 8 replaces what was known. Raises RemoteProtocolError."""
        told: dict[str, tuple[Period, ...]] = {}
        for market in markets:
            if len(told) >= MARKETS_MAX or len(market.trade_session) > PERIODS_MAX:
                malformed("trading periods", "a few per market")
            told[market.market] = tuple(
                Period(_minute(p.beg_time), _minute(p.end_time), p.trade_session)
                for p in market.trade_session
            )
        self._periods.update(told)

    def days_told(self, market: str, days: Iterable[str], half_days: Iterable[str]) -> None:
        """The answer to command 9. Raises RemoteProtocolError."""
        self._days[market] = _days(days)
        self._half_days[market] = _days(half_days)

    def knows_days(self, market: str) -> bool:
        """Whether the days of this market were told."""
        return market in self._days

    def span_to_ask(self, market: str, wall_ns: int) -> tuple[str, str]:
        """First and last day to ask command 9 for."""
        begin = local(market, wall_ns).date() - timedelta(days=DAYS_BACK)
        return text_of(begin), text_of(begin + timedelta(days=DAYS_ASKED))

    def is_trading(self, market: str, wall_ns: int) -> bool:
        """Whether the main session runs. A market of which nothing is known trades always."""
        periods = self._periods.get(market)
        if not periods:
            return True
        now = local(market, wall_ns)
        if not self._is_trading_day(market, now.date()):
            return False
        main = [period for period in periods if period.session == 0]
        if text_of(now.date()) in self._half_days.get(market, ()):
            return bool(main) and _half(main, market).covers(now.hour * 60 + now.minute)
        return any(period.covers(now.hour * 60 + now.minute) for period in main)

    def _is_trading_day(self, market: str, day: date) -> bool:
        days = self._days.get(market)
        if not days:
            return day.weekday() < 5
        text = text_of(day)
        return text in days or text in self._half_days.get(market, ())


HALF_DAY_ENDS: Final = {"HK": 720, "CN": 690, "SG": 720, "US": 780}
"""Minute of the day at which half days end, by market."""


def _half(main: list[Period], market: str) -> Period:
    return attrs.evolve(main[0], end=HALF_DAY_ENDS.get(market, main[0].end))


def _minute(clock: int) -> int:
    hour, minute = divmod(clock, 100)
    if not 0 <= hour <= 24 or not 0 <= minute < 60:
        malformed("a trading period", "made of clock times such as 930")
    return hour * 60 + minute


def _days(days: Iterable[str]) -> frozenset[str]:
    told = frozenset(days)
    if len(told) > DAYS_MAX or any(len(day) != 8 or not day.isdigit() for day in told):
        malformed("trading days", "days such as 20260105")
    return told
