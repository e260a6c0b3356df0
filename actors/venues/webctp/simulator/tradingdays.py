"""Days and hours of the Chinese exchanges: trading days, night sessions, which date goes where.

All times are China Standard Time (UTC+8, no daylight saving). Public holidays are not known: every
weekday is a trading day here.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from actors.venues.webctp.simulator.listings import Listing

CST: Final = timezone(timedelta(hours=8), "CST")
NIGHT_FROM: Final = 17
"""From this hour on it is the next trading day's night."""
DAY_SESSIONS: Final = ((540, 615), (630, 690), (810, 900))
CFFEX_SESSIONS: Final = ((570, 690), (780, 900))
BOND_SESSIONS: Final = ((570, 690), (780, 915))
"""Minutes after midnight; bonds of CFFEX trade a quarter of an hour longer."""
NIGHT_STARTS: Final = 21 * 60
MIDNIGHT: Final = 24 * 60
FRIDAY: Final = 4


def at(wall_ns: int) -> datetime:
    """The moment in China."""
    seconds, rest = divmod(wall_ns, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).astimezone(CST).replace(microsecond=rest // 1_000)


def text(day: date) -> str:
    """YYYYMMDD."""
    return day.strftime("%Y%m%d")


def day_of(written: str) -> date:
    """The day of such a text; ValueError for one that is none."""
    return datetime.strptime(written, "%Y%m%d").replace(tzinfo=CST).date()


def next_day(day: date) -> date:
    """The weekday after a day."""
    day += timedelta(days=1)
    while day.weekday() > FRIDAY:
        day += timedelta(days=1)
    return day


def day_before(day: date) -> date:
    """The weekday before a day."""
    day -= timedelta(days=1)
    while day.weekday() > FRIDAY:
        day -= timedelta(days=1)
    return day


def trading_day(wall_ns: int) -> date:
    """The trading day that a moment belongs to; at weekends the coming Monday."""
    now = at(wall_ns)
    day = now.date()
    if now.hour >= NIGHT_FROM or day.weekday() > FRIDAY:
        return next_day(day)
    return day


def _sessions(listing: Listing) -> tuple[tuple[int, int], ...]:
    if listing.exchange != "CFFEX":
        return DAY_SESSIONS
    return BOND_SESSIONS if listing.product.startswith("T") else CFFEX_SESSIONS


def is_open(listing: Listing, wall_ns: int) -> bool:
    """Whether the contract trades then."""
    now = at(wall_ns)
    minute, weekday = now.hour * 60 + now.minute, now.weekday()
    sessions = _sessions(listing)
    if weekday <= FRIDAY and any(start <= minute < end for start, end in sessions):
        return True
    if listing.night_until is None:
        return False
    if weekday <= FRIDAY and NIGHT_STARTS <= minute < listing.night_until:
        return True
    return 0 < weekday <= FRIDAY + 1 and minute + MIDNIGHT < listing.night_until


def tick_days(exchange: str, day: date, wall_ns: int) -> tuple[str, str]:
    """trading_day and action_day as the exchange's ticks carry them."""
    calendar, trading = text(at(wall_ns).date()), text(day)
    if exchange == "CZCE":
        return calendar, calendar
    if exchange in ("DCE", "GFEX"):
        return trading, trading
    return trading, calendar


def insert_day(exchange: str, day: date, wall_ns: int, *, accepted: bool) -> str:
    """insert_date of an order: where DCE has seen it, that exchange's trading day."""
    if accepted and exchange in ("DCE", "GFEX"):
        return text(day)
    return text(at(wall_ns).date())
