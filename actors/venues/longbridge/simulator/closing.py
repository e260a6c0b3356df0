"""When a market's day ends, for orders that end with it."""

from datetime import date, datetime, time, timedelta

from actors.venues.longbridge.simulator.hours import (
    HOURS,
    TradeSession,
    is_half_day,
    is_trading_day,
)
from engine.simulator.moment import NS


def day_of(market: str, at_ns: int) -> date:
    """The market's calendar day of a moment."""
    return datetime.fromtimestamp(at_ns // NS, HOURS[market].zone).date()


def closing_ns(market: str, last_day: str, now_ns: int) -> int:
    """The close that ends an order: of its last day, or the next one when it names none."""
    day = day_of(market, now_ns)
    if last_day:
        day = max(day, date.fromisoformat(last_day))
    while not is_trading_day(market, day) or _close_ns(market, day) <= now_ns:
        day += timedelta(days=1)
    return _close_ns(market, day)


def _close_ns(market: str, day: date) -> int:
    hours = HOURS[market]
    spans = hours.half_day if is_half_day(market, day) else hours.spans
    hour, minute = divmod(max(s.end for s in spans if s.session is TradeSession.NORMAL), 100)
    return int(datetime.combine(day, time(hour, minute), hours.zone).timestamp()) * NS
