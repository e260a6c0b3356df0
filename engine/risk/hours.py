"""Trading hours: when an instrument may be traded, in the venue's own time zone. Pure.

What a venue's definition says of itself (`Instrument.tradeable`) and how far its session is (`closed`,
or a settlement that is not confirmed yet: the session is not ready before it) are looked at by other
controls. This is the place for what no message carries: the hours of the exchange.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import attrs

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MINUTES_OF_DAY = 24 * 60

NS = 1_000_000_000

SESSIONS_KEPT_MAX = 100
"""Lists of sessions that are kept parsed; there are as many as a configuration names."""


def minutes_of(clock: str) -> int:
    """Minutes since midnight of `HH:MM`; ValueError for anything else. `24:00` is the day's end."""
    hours, colon, minutes = clock.partition(":")
    if not (
        colon and hours.isdecimal() and len(hours) == len(minutes) == 2 and minutes.isdecimal()
    ):
        raise ValueError(f"not a time of day like 09:30: {clock!r}")
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > MINUTES_OF_DAY:
        raise ValueError(f"not a time of day like 09:30: {clock!r}")
    return total


def _parsed(session: str) -> tuple[int, int]:
    """Begin and end in minutes; an end before the begin is of the next day."""
    begin, dash, end = session.partition("-")
    first, last = minutes_of(begin.strip()), minutes_of(end.strip())
    if not dash or first == last:
        raise ValueError(f"not a session like 09:00-15:00: {session!r}")
    return first, last if last > first else last + MINUTES_OF_DAY


@lru_cache(maxsize=SESSIONS_KEPT_MAX)
def _spans(sessions: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    return tuple(map(_parsed, sessions))


def _sessions(_instance: object, _attribute: Any, value: tuple[str, ...]) -> None:
    if not value:
        raise ValueError("sessions must name at least one session like 09:00-15:00")
    for session in value:
        _parsed(session)


def _days(_instance: object, _attribute: Any, value: tuple[str, ...]) -> None:
    wrong = [day for day in value if day not in DAYS]
    if wrong or not value:
        raise ValueError(
            f"days must be some of {', '.join(DAYS)}, not {', '.join(wrong) or 'none'}"
        )


def _zone(_instance: object, _attribute: Any, value: str) -> None:
    try:
        ZoneInfo(value)
    except (LookupError, OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"timezone {value!r} is not known, write one like Asia/Shanghai") from None


@attrs.frozen(kw_only=True)
class TradingHours:
    """Sessions of some days in one time zone.

    Attributes:
        sessions: `HH:MM-HH:MM`, from the first minute on and before the last; one that ends before
            it begins goes over midnight and belongs to the day on which it begins.
        days: on which sessions begin.
        timezone: of both.
    """

    sessions: tuple[str, ...] = attrs.field(validator=_sessions)
    days: tuple[str, ...] = attrs.field(default=DAYS, validator=_days)
    timezone: str = attrs.field(default="UTC", validator=_zone)

    def is_open(self, wall_ns: int) -> bool:
        """Whether a session is on at this time."""
        # In whole microseconds: a float of seconds would round the last one before the end up.
        exact = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=wall_ns // 1_000)
        local = exact.astimezone(ZoneInfo(self.timezone))
        minute = local.hour * 60 + local.minute
        today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
        return any(
            (today in self.days and begin <= minute < end)
            or (yesterday in self.days and begin <= minute + MINUTES_OF_DAY < end)
            for begin, end in _spans(self.sessions)
        )

    def __str__(self) -> str:
        days = "" if self.days == DAYS else f" {','.join(self.days)}"
        return f"{', '.join(self.sessions)}{days} {self.timezone}"


def day_of(wall_ns: int, begins: str) -> int:
    """Number of the trading day that a time is in; days begin at `begins` (`HH:MM`, UTC)."""
    return (wall_ns // NS - minutes_of(begins) * 60) // (MINUTES_OF_DAY * 60)
