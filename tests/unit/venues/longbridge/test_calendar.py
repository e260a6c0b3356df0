"""When markets trade, in their own time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.calendar import Calendar, local, offset_of
from actors.venues.longbridge.proto.quote_pb2 import MarketTradePeriod, TradePeriod
from engine.errors import RemoteProtocolError


def market(name, *periods):
    rows = [TradePeriod(beg_time=b, end_time=e, trade_session=s) for b, e, s in periods]
    return MarketTradePeriod(market=name, trade_session=rows)


def calendar():
    made = Calendar()
    made.periods_told(
        [
            market("HK", (930, 1200, 0), (1300, 1600, 0)),
            market("US", (400, 930, 1), (930, 1600, 0), (1600, 2000, 2), (2000, 400, 3)),
        ]
    )
    made.days_told("HK", ["20261120", "20261123"], ["20261224"])
    made.days_told("US", ["20261120"], ["20261127"])
    return made


def ns(text, zone):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1e9)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-20T09:29", False),
        ("2026-11-20T09:30", True),
        ("2026-11-20T11:59", True),
        ("2026-11-20T12:00", False),
        ("2026-11-20T13:00", True),
        ("2026-11-20T16:00", False),
        ("2026-11-21T10:00", False),
        ("2026-12-24T10:00", True),
        ("2026-12-24T14:00", False),
    ],
)
def test_hong_kong(moment, open_):
    """Periods, days, and half days until noon."""
    assert calendar().is_trading("HK", ns(moment, "Asia/Hong_Kong")) is open_


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-20T09:29", False),
        ("2026-11-20T09:30", True),
        ("2026-11-20T15:59", True),
        ("2026-11-20T17:00", False),
        ("2026-11-20T23:00", False),
        ("2026-11-27T12:59", True),
        ("2026-11-27T13:00", False),
    ],
)
def test_new_york(moment, open_):
    """The main session alone; half days until one."""
    assert calendar().is_trading("US", ns(moment, "America/New_York")) is open_


@given(st.integers(1_600_000_000, 2_000_000_000))
def test_summer_time_is_new_yorks(second):
    """As the zone's own rules have it."""
    moment = datetime.fromtimestamp(second, UTC)
    wanted = moment.astimezone(ZoneInfo("America/New_York")).utcoffset()
    assert offset_of("US", moment) == wanted


def test_what_is_not_known_trades_always():
    """And without days weekdays count."""
    made = Calendar()
    assert made.is_trading("HK", ns("2026-11-21T03:00", "Asia/Hong_Kong"))
    made.periods_told([market("HK", (930, 1600, 0))])
    assert made.is_trading("HK", ns("2026-11-20T10:00", "Asia/Hong_Kong"))
    assert not made.is_trading("HK", ns("2026-11-21T10:00", "Asia/Hong_Kong"))


def test_the_days_to_ask_for():
    """Five back, thirty in all, by the market's own date."""
    moment = ns("2026-11-20T23:30", "America/New_York")
    assert local("US", moment).hour == 23
    assert Calendar().span_to_ask("US", moment) == ("20261115", "20261215")
    assert Calendar().span_to_ask("HK", moment) == ("20261116", "20261216")


@pytest.mark.parametrize("clock", [960, 2500, -1, 1_000_000])
def test_impossible_times_are_refused(clock):
    """Clock times and days that cannot be, and more of them than there are."""
    with pytest.raises(RemoteProtocolError):
        Calendar().periods_told([market("HK", (930, clock, 0))])
    with pytest.raises(RemoteProtocolError):
        Calendar().days_told("HK", ["2026-11-20"], [])
    with pytest.raises(RemoteProtocolError):
        Calendar().periods_told([market(str(n), (930, 1200, 0)) for n in range(99)])
