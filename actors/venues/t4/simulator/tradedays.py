"""Trading days: they begin at 17:00 US Central time on the evening before; pure.

The simulated market never closes, so weekends have trade dates of their own.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

CENTRAL: Final = ZoneInfo("America/Chicago")
BEGINS_H: Final = 17
_HOUR_S: Final = 3_600
_SATURDAY: Final = 5


def central(at_s: int) -> datetime:
    """The wall clock of US Central time, without an offset."""
    return datetime.fromtimestamp(at_s, CENTRAL).replace(tzinfo=None)


def trade_day(at_s: int) -> date:
    """The trade date of a moment (Unix seconds)."""
    return _trade_day(at_s // _HOUR_S)


@lru_cache(maxsize=65_536)
def _trade_day(hour: int) -> date:
    return (central(hour * _HOUR_S) + timedelta(hours=24 - BEGINS_H)).date()


@lru_cache(maxsize=4_096)
def _begins(day: date) -> int:
    evening = datetime(day.year, day.month, day.day, BEGINS_H, tzinfo=CENTRAL) - timedelta(days=1)
    return int(evening.astimezone(UTC).timestamp())


def as_number(day: date) -> int:
    """A date as the venue's numbers write it: YYYYMMDD."""
    return int(f"{day:%Y%m%d}")


def day_start(at_s: int) -> int:
    """When the trading day of a moment began."""
    return _begins(trade_day(at_s))


def week_start(at_s: int) -> int:
    """When the Monday of its week began."""
    day = trade_day(at_s)
    return _begins(day - timedelta(days=day.weekday()))


def begins_on_weekday(at_s: int) -> bool:
    """Whether the trading day of a moment is no weekend's."""
    return trade_day(at_s).weekday() < _SATURDAY
