"""When products trade, to which trading day a moment belongs, and when something happened. Pure.

All clocks are China's, UTC+8 without summer time. A trading day begins with the night session of the
evening before; Friday's night belongs to Monday, and there is none before a holiday. Which of the dates
in a message are right depends on the exchange, so event times rest on none of them: the local date and the
clock time that the exchange wrote.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from actors.venues.webctp.products import Product
from engine.session.values import malformed

_DAY_NS: Final = 86_400_000_000_000
_CHINA_NS: Final = 8 * 3_600_000_000_000
_HALF_DAY_NS: Final = _DAY_NS // 2
_AHEAD_NS: Final = 300_000_000_000
"""No clock is so far ahead of ours: what looks like that is of the day before."""
CLOSED_DAYS_MAX: Final = 30
"""The exchanges are never closed for longer."""
NEXT_DAY_FROM: Final = 17 * 60
"""From this minute on a moment belongs to the next trading day."""

Span = tuple[int, int]
"""Minutes of the day, from and to."""


def _span(begin: str, end: str) -> Span:
    return _minute(begin), _minute(end)


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


DAY_SESSIONS: Final[Mapping[str, tuple[Span, ...]]] = {
    "commodity": (_span("09:00", "10:15"), _span("10:30", "11:30"), _span("13:30", "15:00")),
    "index": (_span("09:30", "11:30"), _span("13:00", "15:00")),
    "bond": (_span("09:30", "11:30"), _span("13:00", "15:15")),
}
NIGHT_BEGINS: Final = _minute("21:00")
NIGHT_ENDS: Final[Mapping[str, int]] = {
    "23:00": _minute("23:00"),
    "01:00": 24 * 60 + _minute("01:00"),
    "02:30": 24 * 60 + _minute("02:30"),
}
"""In minutes of the evening's day. The table of 2024 has gold end at 23:00; it trades to 02:30."""
AUCTION_MINUTES: Final = 5
"""Orders are taken this long before the first session of a trading day."""

TICK_DAY_BELIEVED: Final = frozenset({"SHFE", "INE", "CFFEX", "DCE", "GFEX"})
"""Exchanges whose snapshots name the trading day; Zhengzhou's name the date."""
ACTION_DAY_BELIEVED: Final = frozenset({"SHFE", "INE", "CFFEX", "CZCE"})
"""Exchanges whose snapshots name the date; Dalian's name the trading day, and Guangzhou's likely too."""


def local(wall_ns: int) -> datetime:
    """China's clock, without a zone of its own."""
    return datetime.fromtimestamp((wall_ns + _CHINA_NS) // 1_000_000_000, UTC).replace(tzinfo=None)


def day_text(day: date) -> str:
    """As the counter writes days."""
    return day.strftime("%Y%m%d")


def event_ns(clock: str, millisec: int, wall_ns: int) -> int:
    """When an exchange wrote this clock time, in UTC nanoseconds: of the days around, the nearest.

    Raises RemoteProtocolError for what is no clock time.
    """
    if len(clock) != 8 or clock[2] != ":" or clock[5] != ":" or not 0 <= millisec < 1_000:
        malformed("update_time", "a time such as 09:30:00 and milliseconds")
    hours, minutes, seconds = clock[:2], clock[3:5], clock[6:]
    if not (clock.isascii() and (hours + minutes + seconds).isdigit()):
        malformed("update_time", "a time such as 09:30:00")
    since_ns = (int(hours) * 3_600 + int(minutes) * 60 + int(seconds)) * 1_000_000_000
    midnight_ns = (wall_ns + _CHINA_NS) // _DAY_NS * _DAY_NS - _CHINA_NS
    moment_ns = midnight_ns + since_ns + millisec * 1_000_000
    if moment_ns - wall_ns > _AHEAD_NS:
        return moment_ns - _DAY_NS
    if wall_ns - moment_ns > _HALF_DAY_NS and moment_ns + _DAY_NS - wall_ns <= _AHEAD_NS:
        return moment_ns + _DAY_NS
    return moment_ns


class Calendar:
    """Trading days and sessions.

    Args:
        holidays: weekdays on which the exchanges are closed, `YYYYMMDD`.
    """

    def __init__(self, holidays: Iterable[str] = ()) -> None:
        self._holidays = frozenset(holidays)

    def is_trading_day(self, day: date) -> bool:
        """Whether there is a day session."""
        return day.weekday() < 5 and day_text(day) not in self._holidays

    def trading_day_after(self, day: date) -> date:
        """The first trading day after this one."""
        for days in range(1, CLOSED_DAYS_MAX + 1):
            following = day + timedelta(days=days)
            if self.is_trading_day(following):
                return following
        return day + timedelta(days=1)

    def has_night(self, day: date) -> bool:
        """Whether there is a night session on this evening: not before a holiday."""
        if not self.is_trading_day(day):
            return False
        pause = (self.trading_day_after(day) - day).days
        return pause == 1 or (day.weekday() == 4 and pause == 3)

    def trading_day_of(self, wall_ns: int) -> str:
        """The trading day that a moment belongs to, `YYYYMMDD`; after the close the next one."""
        moment = local(wall_ns)
        day = moment.date()
        if moment.hour * 60 + moment.minute < NEXT_DAY_FROM and self.is_trading_day(day):
            return day_text(day)
        return day_text(self.trading_day_after(day))

    def is_open(self, product: Product, wall_ns: int, *, auction: bool = True) -> bool:
        """Whether a product trades, or (with `auction`) takes orders for its opening."""
        moment = local(wall_ns)
        day, minute = moment.date(), moment.hour * 60 + moment.minute
        before = AUCTION_MINUTES if auction else 0
        end = NIGHT_ENDS.get(product.night_ends)
        if end is not None:
            if self.has_night(day) and NIGHT_BEGINS - before <= minute < end:
                return True
            if self.has_night(day - timedelta(days=1)) and minute + 24 * 60 < end:
                return True
        if not self.is_trading_day(day):
            return False
        begun_at_night = end is not None and self._night_before(day)
        spans = DAY_SESSIONS[product.day]
        if not begun_at_night and spans[0][0] - before <= minute < spans[0][0]:
            return True
        return any(begin <= minute < finish for begin, finish in spans)

    def _night_before(self, day: date) -> bool:
        """Whether this trading day began with a night session."""
        for days in range(1, CLOSED_DAYS_MAX + 1):
            earlier = day - timedelta(days=days)
            if self.is_trading_day(earlier):
                return self.has_night(earlier)
        return False
