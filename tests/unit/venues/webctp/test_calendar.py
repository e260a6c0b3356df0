"""Trading days, sessions, and when something happened."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.calendar import Calendar, day_text, event_ns, local
from actors.venues.webctp.products import PRODUCTS
from engine.errors import RemoteProtocolError

CALENDAR = Calendar(["20261001", "20261002", "20261005", "20261006", "20261007"])
"""The first of October 2026 is a Thursday; the exchanges open again on the eighth."""


def china(text: str) -> int:
    """`2026-11-27 21:00:00` in China as wall nanoseconds."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (int(moment.timestamp()) - 8 * 3600) * 1_000_000_000


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2023-04-10 21:10:00", "20230411"),
        ("2023-04-11 09:30:00", "20230411"),
        ("2023-04-11 15:30:00", "20230411"),
        ("2023-04-11 17:00:00", "20230412"),
        # Friday's night belongs to Monday, after midnight as well.
        ("2023-04-14 21:00:00", "20230417"),
        ("2023-04-15 02:00:00", "20230417"),
        ("2023-04-16 12:00:00", "20230417"),
        ("2023-04-17 02:00:00", "20230417"),
        ("2026-09-30 21:00:00", "20261008"),
        ("2026-10-03 12:00:00", "20261008"),
    ],
)
def test_trading_days(moment, day):
    """The next one from the evening on."""
    assert CALENDAR.trading_day_of(china(moment)) == day


@pytest.mark.parametrize(
    ("product", "moment", "opened"),
    [
        ("rb", "2026-11-24 08:54:00", False),
        # The day began with the auction of the evening before, so there is none in the morning.
        ("rb", "2026-11-24 08:56:00", False),
        ("rb", "2026-11-24 09:00:00", True),
        ("rb", "2026-11-24 10:15:00", False),
        ("rb", "2026-11-24 10:30:00", True),
        ("rb", "2026-11-24 12:00:00", False),
        ("rb", "2026-11-24 13:30:00", True),
        ("rb", "2026-11-24 15:00:00", False),
        ("rb", "2026-11-24 20:56:00", True),
        ("rb", "2026-11-24 22:59:59", True),
        ("rb", "2026-11-24 23:00:00", False),
        ("cu", "2026-11-25 00:59:00", True),
        ("cu", "2026-11-25 01:00:00", False),
        ("ag", "2026-11-25 02:29:00", True),
        ("ag", "2026-11-25 02:30:00", False),
        ("au", "2026-11-25 02:29:00", True),
        # Friday night and Saturday morning, then nothing until Monday.
        ("ag", "2026-11-27 21:00:00", True),
        ("ag", "2026-11-28 01:00:00", True),
        ("ag", "2026-11-28 09:30:00", False),
        ("ag", "2026-11-28 21:30:00", False),
        ("ag", "2026-11-29 21:30:00", False),
        ("ag", "2026-11-30 01:00:00", False),
        ("ag", "2026-11-30 09:00:00", True),
        # Without a night there is an auction in the morning.
        ("jd", "2026-11-24 08:56:00", True),
        ("jd", "2026-11-24 21:00:00", False),
        ("IF", "2026-11-24 09:25:00", True),
        ("IF", "2026-11-24 09:24:00", False),
        ("IF", "2026-11-24 11:30:00", False),
        ("IF", "2026-11-24 13:00:00", True),
        ("IF", "2026-11-24 15:00:00", False),
        ("T", "2026-11-24 15:14:00", True),
        # No night before a holiday, so the first day after it has a morning auction.
        ("rb", "2026-09-30 14:00:00", True),
        ("rb", "2026-09-30 21:00:00", False),
        ("rb", "2026-10-02 10:00:00", False),
        ("rb", "2026-10-08 08:56:00", True),
        ("rb", "2026-10-08 21:00:00", True),
    ],
)
def test_sessions(product, moment, opened):
    """Day, night, auction, weekend, holiday."""
    assert CALENDAR.is_open(PRODUCTS[product], china(moment)) is opened


def test_auctions_take_orders_and_bring_no_data():
    """Silence in them is nothing to worry about."""
    moment = china("2026-11-24 20:56:00")
    assert CALENDAR.is_open(PRODUCTS["rb"], moment)
    assert not CALENDAR.is_open(PRODUCTS["rb"], moment, auction=False)


def test_a_calendar_that_is_closed_for_ever():
    """Looks ahead for a month and not for ever."""
    closed = Calendar(
        [day_text(date(2026, month, day)) for month in (1, 2) for day in range(1, 29)]
    )
    assert closed.trading_day_after(date(2026, 1, 1)) == date(2026, 1, 29)


@pytest.mark.parametrize(
    ("clock", "received", "event"),
    [
        ("09:30:00", "2026-11-24 09:30:01", "2026-11-24 09:30:00"),
        # Our clock may be a little late or early.
        ("09:30:00", "2026-11-24 09:29:58", "2026-11-24 09:30:00"),
        ("23:59:59", "2026-11-25 00:00:01", "2026-11-24 23:59:59"),
        ("00:00:00", "2026-11-24 23:59:59", "2026-11-25 00:00:00"),
        # The state of the day before, told outside of trading hours.
        ("15:00:00", "2026-11-25 08:40:00", "2026-11-24 15:00:00"),
        ("15:00:00", "2026-11-24 20:55:00", "2026-11-24 15:00:00"),
        ("02:29:59", "2026-11-24 20:55:00", "2026-11-24 02:29:59"),
    ],
)
def test_event_times(clock, received, event):
    """The local date, put on the day that makes sense; no date of the message is asked."""
    assert event_ns(clock, 500, china(received)) == china(event) + 500_000_000


@pytest.mark.parametrize(
    "clock", ["", "9:30:00", "09-30-00", "ab:cd:ef", "09:30:000", "\uff10\uff19:30:00"]
)
def test_what_is_no_time(clock):
    """Is refused."""
    with pytest.raises(RemoteProtocolError):
        event_ns(clock, 0, china("2026-11-24 09:30:00"))
    with pytest.raises(RemoteProtocolError):
        event_ns("09:30:00", 1_000, china("2026-11-24 09:30:00"))


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(-299, 43_000))  # noqa: DTZ001 - China's clock, which has no zone here
def test_event_times_are_right_within_their_range(moment, late_s):
    """Whatever the day: up to five minutes ahead of our clock, and nearly half a day behind."""
    event = china(moment.replace(microsecond=0).isoformat())
    clock = moment.strftime("%H:%M:%S")
    assert event_ns(clock, 0, event + late_s * 1_000_000_000) == event


@given(st.integers(1_500_000_000, 2_000_000_000))
def test_a_product_is_open_only_on_days_that_trade(seconds):
    """And a night of Saturday morning is Friday's."""
    wall_ns = seconds * 1_000_000_000
    day = local(wall_ns)
    if CALENDAR.is_open(PRODUCTS["ag"], wall_ns) and day.weekday() >= 5:
        assert (day.weekday(), day.hour < 3) == (5, True)
